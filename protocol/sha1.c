#include "protocol/sha1.h"

#include <string.h>

#define BLOCK 64

static uint32_t rotate(uint32_t v, unsigned by)
{
	return v << by | v >> (32 - by);
}

static void expand(const uint8_t block[BLOCK], uint32_t w[80])
{
	int i;

	for (i = 0; i < 16; i++)
		w[i] = (uint32_t)block[4 * i] << 24 |
		       (uint32_t)block[4 * i + 1] << 16 |
		       (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (; i < 80; i++)
		w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
}

/* The function of FIPS 180-4 for this round, with its constant. */
static uint32_t mix(int round, uint32_t b, uint32_t c, uint32_t d)
{
	if (round < 20)
		return ((b & c) | (~b & d)) + UINT32_C(0x5a827999);
	if (round < 40)
		return (b ^ c ^ d) + UINT32_C(0x6ed9eba1);
	if (round < 60)
		return ((b & c) | (b & d) | (c & d)) + UINT32_C(0x8f1bbcdc);
	return (b ^ c ^ d) + UINT32_C(0xca62c1d6);
}

static void add_block(uint32_t h[5], const uint8_t block[BLOCK])
{
	uint32_t w[80], v[5], t;
	int i;

	expand(block, w);
	memcpy(v, h, sizeof(v));
	for (i = 0; i < 80; i++) {
		t = rotate(v[0], 5) + mix(i, v[1], v[2], v[3]) + v[4] + w[i];
		v[4] = v[3];
		v[3] = v[2];
		v[2] = rotate(v[1], 30);
		v[1] = v[0];
		v[0] = t;
	}
	for (i = 0; i < 5; i++)
		h[i] += v[i];
}

void sha1(const void *bytes, size_t n, uint8_t out[SHA1_BYTES])
{
	uint32_t h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
			  0xc3d2e1f0 };
	const uint8_t *at = bytes;
	uint8_t last[2 * BLOCK] = { 0 };
	size_t left = n, end, i;

	for (; left >= BLOCK; left -= BLOCK, at += BLOCK)
		add_block(h, at);
	if (left)
		memcpy(last, at, left);
	last[left] = 0x80;
	end = left < BLOCK - 8 ? BLOCK : sizeof(last);
	for (i = 0; i < 8; i++)
		last[end - 1 - i] = (uint8_t)((uint64_t)n * 8 >> (8 * i));
	for (i = 0; i < end; i += BLOCK)
		add_block(h, last + i);
	for (i = 0; i < SHA1_BYTES; i++)
		out[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}
