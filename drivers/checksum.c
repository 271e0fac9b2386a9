#include "drivers/checksum.h"

#include <stdint.h>
#include <string.h>

#include "base/array.h"

static const struct {
	const char *name;
	size_t size;
} kinds[] = {
	[CHECKSUM_NONE] = { "none", 0 },
	[CHECKSUM_XOR] = { "xor", 1 },
	[CHECKSUM_SUM_DEC3] = { "sum-dec3", 3 },
	[CHECKSUM_SUM_HEX2] = { "sum-hex2", 2 },
	[CHECKSUM_LRC] = { "lrc", 2 },
	[CHECKSUM_CRC16] = { "crc16", 2 },
};

int checksum_from_name(const char *name, enum checksum *kind, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].name, name)) {
			*kind = (enum checksum)i;
			return 0;
		}
	return err_set(err, ERR_NOT_FOUND,
		       "no such checksum; one of xor, "
		       "sum-dec3, sum-hex2, lrc, crc16");
}

size_t checksum_size(enum checksum kind)
{
	return kinds[kind].size;
}

static uint8_t sum_of(const char *bytes, size_t n)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum = (uint8_t)(sum + (uint8_t)bytes[i]);
	return sum;
}

static uint8_t xor_of(const char *bytes, size_t n)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum ^= (uint8_t)bytes[i];
	return sum;
}

static uint16_t crc16_of(const char *bytes, size_t n)
{
	uint16_t crc = 0xffff;

	for (size_t i = 0; i < n; i++) {
		crc ^= (uint8_t)bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0xa001
						 : crc >> 1);
	}
	return crc;
}

static void put_hex2(uint8_t value, char *out)
{
	static const char digits[] = "0123456789ABCDEF";

	out[0] = digits[value >> 4];
	out[1] = digits[value & 15];
}

static void put_dec3(uint8_t value, char *out)
{
	out[0] = (char)('0' + value / 100);
	out[1] = (char)('0' + value / 10 % 10);
	out[2] = (char)('0' + value % 10);
}

size_t checksum_put(enum checksum kind, const char *bytes, size_t n,
		    char out[CHECKSUM_BYTES_MAX])
{
	uint16_t crc;

	switch (kind) {
	case CHECKSUM_NONE: break;
	case CHECKSUM_XOR: out[0] = (char)xor_of(bytes, n); break;
	case CHECKSUM_SUM_DEC3: put_dec3(sum_of(bytes, n), out); break;
	case CHECKSUM_SUM_HEX2: put_hex2(sum_of(bytes, n), out); break;
	case CHECKSUM_LRC: put_hex2((uint8_t)-sum_of(bytes, n), out); break;
	case CHECKSUM_CRC16:
		crc = crc16_of(bytes, n);
		out[0] = (char)(crc & 0xff);
		out[1] = (char)(crc >> 8);
		break;
	}
	return kinds[kind].size;
}

bool checksum_fits(enum checksum kind, const char *frame, size_t n, size_t from)
{
	size_t size = kinds[kind].size;
	char right[CHECKSUM_BYTES_MAX];

	if (n < size + from)
		return false;
	checksum_put(kind, frame + from, n - size - from, right);
	return memcmp(frame + n - size, right, size) == 0;
}
