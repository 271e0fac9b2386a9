/*
 * The source meter as a Keithley 2602B that speaks TSP: the statements of a
 * host that drives smua, not the language. A line holds assignments and calls
 * (several in a row are allowed), print() answers, mistakes go to errorqueue.
 */
#ifndef EMULATOR_TSP_H
#define EMULATOR_TSP_H

#include "emulator/codec.h"

/* Its instrument is a struct emulator_meter. */
extern const struct emulator_codec emulator_tsp_codec;

#endif
