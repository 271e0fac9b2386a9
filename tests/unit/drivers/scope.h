/*
 * A microscope behind a small server like temscript's, with its traps: it does
 * one thing at a time, refuses to blank, knows nothing of unknown detectors.
 */
#ifndef TESTS_SCOPE_H
#define TESTS_SCOPE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "folder.h"
#include "one_device.h"
#include "small_coils.h"
#include "small_http.h"

enum { BEAM, COLUMN_VACUUM, COLUMN_VALVES, FRAME, EXPOSING, N_CHANNELS };

/* Two by two: 1, -2, 300, 0. */
#define PIXELS "AQD+/ywBAAA="
#define SMALL_FRAME(type, data)                                                \
	"{\"BM-Ceta\":{\"width\":2,\"height\":2,\"type\":\"" type "\","        \
	"\"endianness\":\"LITTLE\",\"encoding\":\"BASE64\","                   \
	"\"data\":\"" data "\"}}"

struct scope {
	struct small_http server;
	atomic_bool blanked, valves;
	atomic_int refusals; /* blanks taken and not done */
	atomic_int n_blanks;
	const char *gauges, *cameras;
	const char *frame;	     /* what acquire answers */
	char put[SMALL_REQUEST_MAX]; /* the newest settings, with path */
	pthread_mutex_t shutter;     /* an exposure lasts while it is held */
	struct small_coils coils;    /* of the emergency path */
	struct one_device d;
	char folder[FOLDER_MAX];
};

static inline void scope_put(struct scope *s, const char *request,
			     struct text *reply)
{
	bool on = strcmp(strstr(request, "\r\n\r\n") + 4, "true") == 0;

	if (strstr(request, "/v1/beam_blanked ")) {
		s->n_blanks += on;
		if (on && s->refusals)
			s->refusals--;
		else
			s->blanked = on;
	} else if (strstr(request, "/v1/column_valves_open ")) {
		s->valves = on;
	} else {
		strcpy(s->put, request);
	}
	small_say(reply, 204, "");
}

static inline void scope_get(struct scope *s, const char *request,
			     struct text *reply)
{
	char vacuum[512];

	snprintf(vacuum, sizeof(vacuum),
		 "{\"status\":\"READY\","
		 "\"column_valves_open\":%s,\"pvp_running\":false,"
		 "\"gauges(Pa)\":%s}",
		 s->valves ? "true" : "false", s->gauges);
	if (strstr(request, "/v1/beam_blanked "))
		small_say(reply, 200, s->blanked ? "true" : "false");
	else if (strstr(request, "/v1/vacuum "))
		small_say(reply, 200, vacuum);
	else if (strstr(request, "/v1/family "))
		small_say(reply, 200, "\"TITAN\"");
	else if (strstr(request, "/v1/cameras "))
		small_say(reply, 200, s->cameras);
	else if (strstr(request, "/v1/stem_detectors "))
		small_say(reply, 200, "{\"HAADF\":{}}");
	else
		small_say(reply, 404, "<html>unknown</html>");
}

static inline void scope_answer(void *context, const char *request,
				struct text *reply)
{
	struct scope *s = context;

	if (strncmp(request, "GET /v1/acquire?detectors=", 26) == 0) {
		pthread_mutex_lock(&s->shutter);
		small_say(reply, 200, s->frame);
		pthread_mutex_unlock(&s->shutter);
	} else if (strncmp(request, "PUT", 3) == 0) {
		scope_put(s, request, reply);
	} else {
		scope_get(s, request, reply);
	}
}

static inline int scope_begin(void **state)
{
	struct scope *s = memory_zeroed(1, sizeof(*s));

	s->gauges = "{\"IGPco\":1.333224e-05,\"P4\":133.3224}";
	s->cameras = "{\"BM-Ceta\":{},\"EF-CCD\":{}}";
	s->frame = SMALL_FRAME("INT16", PIXELS);
	folder_make(s->folder);
	pthread_mutex_init(&s->shutter, NULL);
	s->server.answer = scope_answer;
	s->server.context = s;
	small_start(&s->server);
	one_bus(&s->d, "{type: http, host: 127.0.0.1, port: %u}",
		s->server.port);
	*state = s;
	return 0;
}

static inline int scope_end(void **state)
{
	struct scope *s = *state;

	one_close(&s->d);
	small_stop(&s->server);
	folder_remove(s->folder);
	free(s);
	return 0;
}

static inline void scope_open(struct scope *s, const char *params)
{
	one_open(&s->d, "temscript", params);
}

static inline void scope_open_usual(struct scope *s)
{
	scope_open(s, "{camera: BM-Ceta, gauge: IGPco, reply: 200 ms}");
}

static inline void scope_refused(struct scope *s, const char *params,
				 enum err_code code, const char *words)
{
	one_refused(&s->d, "temscript", params, code, words);
}

static inline void scope_poll(struct scope *s, double *values)
{
	struct err err = { 0 };

	if (one_poll(&s->d, values, &err))
		fail_msg("%s", err.msg);
}

static inline double scope_read(struct scope *s, size_t channel)
{
	return one_read(&s->d, channel);
}

static inline int scope_set(struct scope *s, size_t channel, double value,
			    struct err *err)
{
	return one_write(&s->d, channel, value, err);
}

/* Of a frame that was held back at the shutter. */
static inline void scope_end_exposure(struct scope *s, struct frame *frame)
{
	pthread_mutex_unlock(&s->shutter);
	one_await_good(&s->d, frame);
}

#endif
