/*
 * The source meter as a Keithley 2450 with its SCPI command set: what a
 * four-wire R(T) loop needs. Short and long words in any case, several
 * commands on a line, an error queue; commands that set are silent.
 */
#ifndef EMULATOR_SCPI_H
#define EMULATOR_SCPI_H

#include "emulator/codec.h"

/* Its instrument is a struct emulator_meter. */
extern const struct emulator_codec emulator_scpi_codec;

/* Is `given` (":SOUR:CURR") an abbreviation of `pattern`
 * (":SOURce:CURRent[:LEVel]")? */
bool emulator_scpi_match(const char *pattern, const char *given);

#endif
