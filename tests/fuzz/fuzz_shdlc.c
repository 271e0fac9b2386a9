/*
 * Any bytes as a frame on the line: one that is taken says no more than it
 * holds, and what is sent is read back as it was.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/shdlc.h"

static void send_back(const uint8_t *bytes, size_t size)
{
	struct shdlc_request request = { .address = bytes[0],
					 .command = bytes[1] };
	uint8_t frame[SHDLC_FRAME_MAX];
	struct shdlc_answer answer;
	struct err err = { 0 };
	size_t n;

	/* A request with a state and a length in front is an answer. */
	request.n = size - 2 < 14 ? size - 2 : 14;
	memcpy(request.data, bytes + 2, request.n);
	n = shdlc_put(&request, frame);
	if (n > sizeof(frame) || frame[0] != 0x7E || frame[n - 1] != 0x7E ||
	    memchr(frame + 1, 0x7E, n - 2))
		abort();
	if (request.n && request.data[0] == request.n - 1 &&
	    (shdlc_take(frame, n, &answer, &err) || answer.n != request.n - 1 ||
	     memcmp(answer.data, request.data + 1, answer.n)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct shdlc_answer answer;
	struct err err = { 0 };

	if (!shdlc_take(bytes, size, &answer, &err) && answer.n + 7 > size)
		abort();
	if (size >= 2)
		send_back(bytes, size);
	return 0;
}
