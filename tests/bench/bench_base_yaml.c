/*
 * bench_base_yaml FILE: what libyaml alone takes to read a text, in ms, the
 * best of some.
 */
#include <math.h>
#include <stdio.h>
#include <time.h>

#include <yaml.h>

#include "base/array.h"
#include "base/text.h"

#define TRIES 10
#define BYTES_MAX (16 * 1024 * 1024)

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static void read_once(const struct text *text)
{
	yaml_parser_t parser;
	yaml_event_t event;
	bool more = true;

	if (!yaml_parser_initialize(&parser))
		return;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text->s,
				     text->n);
	while (more && yaml_parser_parse(&parser, &event)) {
		more = event.type != YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
}

int main(int argc, char **argv)
{
	_cleanup_(text_free) struct text text = { 0 };
	double best = INFINITY, began;
	struct err err;
	int i;

	if (argc != 2 || text_read_file(&text, argv[1], BYTES_MAX, &err)) {
		fprintf(stderr, "bench_base_yaml: a file, please\n");
		return 1;
	}
	for (i = 0; i < TRIES; i++) {
		began = now_ms();
		read_once(&text);
		best = fmin(best, now_ms() - began);
	}
	printf("%.4f\n", best);
	return 0;
}
