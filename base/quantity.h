/*
 * Physical quantities: what kind a number is, its unit in the program, and
 * how a person writes it ("20 °C/min", "782 Torr", "0.1 sccm", "10 min").
 *
 * A temperature is a point on a scale ("350 °C", "623.15 K"); a temperature
 * difference ("± 2 °C", "2 K") and a rate are lengths on it. UDUNITS-2 does
 * not keep the two apart; we do. Any unit UDUNITS-2 knows of the right
 * dimension is accepted; sccm, slm, °C, Torr, mbar, psi, percent and ppm are
 * always known. UDUNITS is loaded at the first unit that is not in the short
 * list of common ones (it takes 6 ms). Not thread-safe: loop thread only.
 */
#ifndef BASE_QUANTITY_H
#define BASE_QUANTITY_H

#include "base/err.h"
#include "base/number.h"

enum quantity {
	QUANTITY_NUMBER,	/* bare number, unit "" */
	QUANTITY_SWITCH,	/* 0 or 1: off/on, closed/open */
	QUANTITY_TEMPERATURE,	/* degC */
	QUANTITY_DIFFERENCE,	/* K, of temperatures */
	QUANTITY_RATE,		/* K/min, of temperatures */
	QUANTITY_PRESSURE,	/* Torr */
	QUANTITY_PRESSURE_RATE, /* Torr/s */
	QUANTITY_FLOW,		/* sccm: cm3/min at 0 degC, 1 atm */
	QUANTITY_TIME,		/* s */
	QUANTITY_POWER,		/* mW */
	QUANTITY_POWER_RATE,	/* mW/min */
	QUANTITY_RESISTANCE,	/* ohm */
	QUANTITY_VOLTAGE,	/* V */
	QUANTITY_CURRENT,	/* mA */
	QUANTITY_FRACTION,	/* 1; "5 %", "100 ppm" */
	QUANTITY_LENGTH,	/* um */
	QUANTITY_VOLUME,	/* mL */
	QUANTITY_N
};

/* "temperature", "flow": as messages name it. Static. */
const char *quantity_name(enum quantity q);

/* The program's unit, UTF-8, as shown to people: "°C", "Torr". Static. */
const char *quantity_unit(enum quantity q);

/* The kind with that name; ERR_NOT_FOUND lists the names. */
int quantity_from_name(const char *name, enum quantity *q, struct err *err);

/*
 * "350 °C" -> 350.0 in program units. A bare number is an error for every
 * quantity that has a unit: "350 has no unit: a temperature is written like
 * '350 °C'". A leading "±" or "+-" is accepted for differences. Switches
 * take on/off, open/closed, blanked/unblanked (on), true/false, yes/no.
 * ERR_INVALID, ERR_RANGE (not finite after conversion).
 */
int quantity_parse(enum quantity q, const char *s, double *value,
		   struct err *err);

#define QUANTITY_TEXT_MAX 64

/* "350 °C", "0.1 sccm", "10 min": short, for people, at most 6 digits. */
void quantity_format(enum quantity q, double value,
		     char out[QUANTITY_TEXT_MAX]);

/* Frees what UDUNITS holds; for a clean leak check at exit. */
void quantity_fini(void);

#endif
