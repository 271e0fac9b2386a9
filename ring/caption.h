/*
 * What the file of an image says of it, as YAML: which one it is, when it was
 * taken, and its conditions as they are in the log (v_image).
 *
 *	run: 3
 *	image: 7
 *	step: 12
 *	label: "image at 350 °C"
 *	began: 2026-11-22T10:00:00.123456Z
 *	temperature_C: {begin: 350.1, end: 350, min: 349.9, max: 350.2, ...}
 */
#ifndef RING_CAPTION_H
#define RING_CAPTION_H

#include "base/text.h"
#include "ring/journal.h"

/* When it is asked for: its conditions are not known yet. */
void caption_ask(const struct journal *j, uint32_t image, uint32_t step,
		 nsec now, struct text *out);

/* When it is complete. detector "": not known. */
void caption_print(const struct journal *j, const struct image_record *r,
		   const char *detector, struct text *out);

#endif
