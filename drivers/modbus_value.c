/* Values of two registers. */
#include <string.h>

#include "drivers/link_modbus.h"

static uint16_t swapped(uint16_t word)
{
	return (uint16_t)(word << 8 | word >> 8);
}

static bool swaps_words(enum modbus_order order)
{
	return order == MODBUS_CDAB || order == MODBUS_DCBA;
}

static bool swaps_bytes(enum modbus_order order)
{
	return order == MODBUS_BADC || order == MODBUS_DCBA;
}

uint32_t modbus_join(const uint16_t words[2], enum modbus_order order)
{
	uint16_t high = words[swaps_words(order) ? 1 : 0];
	uint16_t low = words[swaps_words(order) ? 0 : 1];

	if (swaps_bytes(order)) {
		high = swapped(high);
		low = swapped(low);
	}
	return (uint32_t)high << 16 | low;
}

void modbus_split(uint32_t value, enum modbus_order order, uint16_t words[2])
{
	uint16_t high = (uint16_t)(value >> 16), low = (uint16_t)value;

	if (swaps_bytes(order)) {
		high = swapped(high);
		low = swapped(low);
	}
	words[swaps_words(order) ? 1 : 0] = high;
	words[swaps_words(order) ? 0 : 1] = low;
}

float modbus_float(const uint16_t words[2], enum modbus_order order)
{
	uint32_t bits = modbus_join(words, order);
	float value;

	_Static_assert(sizeof(bits) == sizeof(value), "IEEE 754 single");
	memcpy(&value, &bits, sizeof(value));
	return value;
}

void modbus_from_float(float value, enum modbus_order order, uint16_t words[2])
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	modbus_split(bits, order, words);
}
