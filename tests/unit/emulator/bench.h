/*
 * One emulated instrument for one test: a bench with a clock that only the
 * test moves, and requests as text.
 */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emulator/bench.h"
#include "emulator/codec.h"

struct bench {
	struct emulator_bench b;
	struct yaml *yaml;
	const struct emulator_codec *codec;
	void *instrument;
	struct emulator_reply reply;
};

/* `laboratory`: the bus's mapping as YAML. */
static inline void bench_open(struct bench *x, const char *laboratory,
			      const struct emulator_codec *codec,
			      void *instrument)
{
	struct problems problems = { 0 };

	*x = (struct bench){ .codec = codec, .instrument = instrument };
	x->yaml =
		yaml_parse(laboratory, strlen(laboratory), "bench", &problems);
	assert_non_null(x->yaml);
	if (emulator_bench_init(&x->b, yaml_root(x->yaml), 1, 1000 * NSEC_PER_S,
				&problems))
		fail_msg("%s", problems.v[0].msg);
	problems_free(&problems);
}

static inline void bench_close(struct bench *x)
{
	text_free(&x->reply.bytes);
	emulator_bench_fini(&x->b);
	yaml_tree_free(x->yaml);
}

static inline void wait_for(struct bench *x, double seconds)
{
	x->b.now += nsec_from_s(seconds);
	emulator_bench_advance(&x->b);
}

/* The reply to one whole request, which `n` bytes must be. */
static inline const char *ask_bytes(struct bench *x, const char *bytes,
				    size_t n)
{
	text_clear(&x->reply.bytes);
	x->reply = (struct emulator_reply){ .bytes = x->reply.bytes };
	assert_int_equal(x->codec->span(bytes, n), n);
	x->codec->answer(x->instrument, bytes, n, &x->reply);
	return text_str(&x->reply.bytes);
}

static inline const char *ask(struct bench *x, const char *request)
{
	return ask_bytes(x, request, strlen(request));
}

static inline void expect(struct bench *x, const char *request,
			  const char *reply)
{
	assert_string_equal(ask(x, request), reply);
}

#endif
