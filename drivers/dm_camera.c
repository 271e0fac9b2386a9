/*
 * Frames. acquire: is the camera in, then the question for a frame; its answer
 * is read piece by piece by whatever is called next:
 *
 *	head	status, pixels, width, height, chunks; it comes when the
 *		exposure is over
 *	pixels	16 bits each, chunk by chunk; each but the first is asked for
 *
 * A half frame, one of another size, or none in time: the line is distrusted
 * (and made anew), and frame() says why.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "drivers/dm.h"
#include "drivers/link.h"

/* Frame() waits no longer: other calls wait for it. */
#define FRAME_PATIENCE (50 * NSEC_PER_MS)
#define SEND_MAX (1 * NSEC_PER_S)
#define CHUNKS_MAX 64
#define SIXTEEN_BITS 2

enum { PIXELS, WIDTH, HEIGHT, CHUNKS };

static const struct dm_shape frame_shape = { .n_numbers = 4 };
static const struct dm_shape truth = { .n_numbers = 1 };

bool dm_is_exposing(const struct dm *dm)
{
	return dm->stage == DM_EXPOSING || dm->stage == DM_READING;
}

void dm_forget(struct dm *dm)
{
	/* What would still come is nobody's. */
	if (dm_is_exposing(dm))
		wire_distrust(dm->wire);
	free(dm->pixels);
	dm->pixels = NULL;
	dm->n = dm->size = 0;
	dm->stage = DM_IDLE;
	dm->trouble = (struct err){ 0 };
	exposure_forget(&dm->exposure);
}

static void fail(struct dm *dm, const struct err *err)
{
	wire_distrust(dm->wire);
	dm->stage = DM_FAILED;
	dm->trouble = *err;
}

/* A refusal is an answer like others: the line is as good as before. */
static void refuse(struct dm *dm, const struct err *err)
{
	dm->stage = DM_FAILED;
	dm->trouble = *err;
}

static nsec time_of_frame(const struct dm *dm)
{
	return nsec_from_s(dm->exposure.lasts_s + dm->site.settle_s +
			   dm->site.transfer_s);
}

static void fail_late(struct dm *dm)
{
	char span[NSEC_ISO_MAX];
	struct err err;

	nsec_span(time_of_frame(dm), span);
	err_set(&err, ERR_TIMEOUT, "the frame did not come in %s%s", span,
		dm->stage == DM_READING ? ", not all of it" : "");
	fail(dm, &err);
}

/* More of what is awaited, up to `want` bytes in out. 1 all is there, 0 it is
 * not (or the frame has failed), -1 gave way. */
static int fetch(struct dm *dm, void *out, size_t want, nsec until,
		 struct err *err)
{
	const struct link_end end = { .n = want };
	size_t got = 0;
	int status = link_receive(dm->link, &end, out, want, &got,
				  nsec_min(until, dm->deadline), err);

	if (got && !dm->exposure.ended)
		dm->exposure.ended = dm_now(dm);
	dm->n += got;
	if (!status)
		return 1;
	if (err->code == ERR_AGAIN)
		return -1;
	if (err->code != ERR_TIMEOUT)
		fail(dm, err);
	else if (link_now() >= dm->deadline)
		fail_late(dm);
	return 0;
}

static int check_frame(const struct dm_answer *answer, struct err *err)
{
	const int32_t *n = answer->number;

	if (n[WIDTH] < 1 || n[WIDTH] > DM_SIDE_MAX || n[HEIGHT] < 1 ||
	    n[HEIGHT] > DM_SIDE_MAX || n[PIXELS] != n[WIDTH] * n[HEIGHT] ||
	    n[CHUNKS] < 1 || n[CHUNKS] > CHUNKS_MAX)
		return err_set(err, ERR_PROTOCOL,
			       "a frame of %d pixels, %d x %d, in %d parts",
			       (int)n[PIXELS], (int)n[WIDTH], (int)n[HEIGHT],
			       (int)n[CHUNKS]);
	return 0;
}

/* The head is as long as its first bytes say. */
static void read_head(struct dm *dm)
{
	struct dm_answer answer = { 0 };
	size_t chunks, n = sizeof(dm->head);
	struct err err;

	if (dm_answer_size(dm->head, &frame_shape, &n, &err)) {
		fail(dm, &err);
		return;
	}
	/* A refusal below 0 ends behind its status; others have it all. */
	if (dm->n < n)
		return;
	if (dm_answer_read(dm->head, n, &frame_shape, &answer, &err)) {
		if (err.code == ERR_STATE)
			refuse(dm, &err);
		else
			fail(dm, &err);
		return;
	}
	if (check_frame(&answer, &err)) {
		fail(dm, &err);
		return;
	}
	chunks = (size_t)answer.number[CHUNKS];
	dm->width = (size_t)answer.number[WIDTH];
	dm->height = (size_t)answer.number[HEIGHT];
	dm->size = dm->width * dm->height * SIXTEEN_BITS;
	dm->chunk = (dm->size + chunks - 1) / chunks;
	dm->pixels = memory_zeroed(dm->size, 1);
	dm->n = 0;
	dm->stage = DM_READING;
}

static int await_head(struct dm *dm, nsec until, struct err *err)
{
	size_t want = dm->n < DM_HEAD ? DM_HEAD : sizeof(dm->head);
	int status = fetch(dm, dm->head + dm->n, want - dm->n, until, err);

	if (status > 0)
		read_head(dm);
	return status;
}

static int ask_chunk(struct dm *dm, struct err *err)
{
	struct dm_packet p;

	dm_packet_begin(&p, DM_NEXT_CHUNK);
	return link_send(dm->link, p.bytes, p.n, link_now() + SEND_MAX, err);
}

static int read_pixels(struct dm *dm, nsec until, struct err *err)
{
	size_t rest = dm->chunk - dm->n % dm->chunk;
	int status;

	if (rest > dm->size - dm->n)
		rest = dm->size - dm->n;
	status = fetch(dm, dm->pixels + dm->n, rest, until, err);
	if (status <= 0)
		return status;
	if (dm->n == dm->size)
		dm->stage = DM_READ;
	else if (ask_chunk(dm, err))
		fail(dm, err);
	return status;
}

int dm_expose(struct dm *dm, nsec until, struct err *err)
{
	int status = 1;

	while (dm_is_exposing(dm) && status > 0)
		status = dm->stage == DM_EXPOSING ? await_head(dm, until, err)
						  : read_pixels(dm, until, err);
	return status < 0 ? -1 : 0;
}

static int check_inserted(struct dm *dm, struct err *err)
{
	struct dm_packet p;
	struct dm_answer answer = { 0 };

	dm_packet_begin(&p, DM_IS_INSERTED);
	dm_packet_number(&p, (int32_t)dm->site.camera);
	if (dm_ask(dm, &p, "is the camera inserted", &truth, &answer, err))
		return -1;
	return answer.number[0]
		       ? 0
		       : err_set(err, ERR_STATE, "the camera is not inserted");
}

static void put_request(const struct dm_site *site, double exposure_s,
			struct dm_packet *p)
{
	int32_t width = (int32_t)(site->width / site->binning);
	int32_t height = (int32_t)(site->height / site->binning);
	const int32_t numbers[] = {
		width * height,
		width,
		height,
		(int32_t)site->processing,
		(int32_t)site->binning,
		0, /* top, left, bottom, right: all of it */
		0,
		height,
		width,
		(int32_t)site->shutter,
		0, /* no delay of the shutter */
		0, /* all 16 bits */
		0, /* no corrections but those of the processing */
	};

	dm_packet_begin(p, DM_ACQUIRE);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		dm_packet_number(p, numbers[i]);
	dm_packet_fraction(p, exposure_s);
	dm_packet_fraction(p, site->settle_s);
}

static int begin(struct dm *dm, const struct frame_request *request,
		 double exposure_s, struct err *err)
{
	struct dm_packet p;

	put_request(&dm->site, exposure_s, &p);
	if (wire_check_ready(dm->wire, 0, err))
		return -1;
	if (wire_check_input(dm->wire, err))
		return wire_distrust(dm->wire);
	exposure_begin(&dm->exposure, request, exposure_s, dm_now(dm));
	dm->deadline = link_now() + time_of_frame(dm);
	if (link_send(dm->link, p.bytes, p.n, link_now() + SEND_MAX, err))
		return wire_distrust(dm->wire);
	dm->n = 0;
	dm->stage = DM_EXPOSING;
	return 0;
}

int dm_acquire(struct dm *dm, const struct frame_request *request,
	       struct err *err)
{
	double exposure_s = request->exposure_s > 0.0 ? request->exposure_s
						      : dm->site.exposure_s;

	if (dm_expose(dm, link_now(), err))
		return -1;
	if (dm_is_exposing(dm))
		return err_set(err, ERR_STATE, "a frame is being exposed");
	if (exposure_check(request, err))
		return -1;
	dm_forget(dm);
	if (dm_be_sure(dm, err) || check_inserted(dm, err))
		return -1;
	return begin(dm, request, exposure_s, err);
}

/* From little-endian to this machine's, in place. */
static double unpack(struct dm *dm, uint16_t *pixels)
{
	size_t n = dm->size / SIXTEEN_BITS;
	double sum = 0.0;

	for (size_t i = 0; i < n; i++) {
		pixels[i] = (uint16_t)(dm->pixels[2 * i] | dm->pixels[2 * i + 1]
								   << 8);
		sum += pixels[i];
	}
	return sum / (double)n;
}

static int finish(struct dm *dm, struct frame *out, struct err *err)
{
	/* Memory of malloc() is aligned for all types. */
	uint16_t *pixels = (void *)dm->pixels;
	const char *name = dm->site.name ? dm->site.name : "";
	struct image image;
	double mean;

	if (dm->stage == DM_FAILED) {
		*err = dm->trouble;
		return -1;
	}
	mean = unpack(dm, pixels);
	image = (struct image){ .width = dm->width,
				.height = dm->height,
				.pixels = pixels };
	if (exposure_finish(&dm->exposure, name, &image, out, err))
		return -1;
	out->mean = mean;
	dm->n_frames++;
	return 0;
}

int dm_frame(struct dm *dm, struct frame *frame, struct err *err)
{
	nsec patience =
		exposure_patience(&dm->exposure, dm->now, FRAME_PATIENCE);
	int status;

	if (dm->stage == DM_IDLE)
		return err_set(err, ERR_STATE, "no frame was started");
	/* Giving way to a safe command does not end an exposure. */
	dm_expose(dm, link_now() + patience, err);
	if (dm_is_exposing(dm) ||
	    (dm->stage == DM_READ &&
	     !exposure_has_passed(&dm->exposure, dm_now(dm)))) {
		*frame = (struct frame){ .image = dm->exposure.image,
					 .began = dm->exposure.began };
		return 0;
	}
	status = finish(dm, frame, err);
	dm_forget(dm);
	return status;
}
