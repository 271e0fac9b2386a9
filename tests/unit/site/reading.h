/* Configurations as texts: read, or refused with a mistake at its place. */
#ifndef TESTS_READING_H
#define TESTS_READING_H

#include "base/array.h"
#include "site/config.h"

/* The least that is a laboratory: what the tests add to. */
#define HEAD                                                                   \
	"buses: {lab: {type: sim}}\n"                                          \
	"instruments:\n"                                                       \
	"  heater: {driver: sim-heater, every: 100 ms}\n"                      \
	"  gasbox: {driver: sim-gasbox}\n"                                     \
	"roles:\n"                                                             \
	"  heater: heater.temperature\n"                                       \
	"  cell_pressure: gasbox.cell_pressure\n"                              \
	"  gas.H2: gasbox.h2_flow\n"                                           \
	"  valve.H2: gasbox.h2_valve\n"
/* Lines of HEAD: what comes after it starts in line 10. */
#define NEXT 10

struct config *parse(const char *text);

/* Some mistake in the text is at that place and has those words. */
struct mistake {
	const char *text;
	int line, column;
	const char *words;
};

/* All that are not found are printed. */
void expect_mistakes(const struct mistake *v, size_t n);

#endif
