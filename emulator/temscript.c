#include "emulator/temscript.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/array.h"
#include "base/number.h"
#include "emulator/http.h"

#define PA_PER_TORR 133.3224
#define THINKS (5 * NSEC_PER_MS)
#define VALVES_MAY_OPEN 1e-5 /* Torr: not into a worse vacuum */
#define TIME_MAX_S 600.0

/* An endpoint: the rest of the path behind it, and the body of a PUT. Fills
 * out and returns the status. */
typedef int answer_fn(struct emulator_temscript *t, const char *rest,
		      const json_t *body, struct emulator_reply *reply,
		      struct text *out);

static void add_json(struct text *out, json_t *value)
{
	char *s = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	json_decref(value);
	text_add(out, s);
	free(s);
}

/* -- beam and column ---------------------------------------------------- */

static int get_beam(struct emulator_temscript *t, const char *rest,
		    const json_t *body, struct emulator_reply *reply,
		    struct text *out)
{
	(void)rest;
	(void)body;
	(void)reply;
	add_json(out, json_boolean(!t->bench->sim->column.beam));
	return 200;
}

static int put_beam(struct emulator_temscript *t, const char *rest,
		    const json_t *body, struct emulator_reply *reply,
		    struct text *out)
{
	struct sim_column *column = &t->bench->sim->column;

	(void)rest;
	(void)reply;
	(void)out;
	if (!json_is_boolean(body))
		return 500;
	column->beam_wanted = !json_is_true(body);
	sim_column_obey(column, t->bench->now);
	return 204;
}

static json_t *vacuum(const struct emulator_temscript *t)
{
	const struct sim_column *column = &t->bench->sim->column;

	return json_pack("{s:s, s:b, s:b, s:{s:f, s:f}}", "status",
			 column->pressure < VALVES_MAY_OPEN ? "READY" : "OFF",
			 "column_valves_open", column->valves, "pvp_running", 0,
			 "gauges(Pa)", "IGPa", column->pressure * PA_PER_TORR,
			 "CCGp", 4.0 * column->pressure * PA_PER_TORR);
}

static int get_vacuum(struct emulator_temscript *t, const char *rest,
		      const json_t *body, struct emulator_reply *reply,
		      struct text *out)
{
	(void)rest;
	(void)body;
	(void)reply;
	add_json(out, vacuum(t));
	return 200;
}

static int get_state(struct emulator_temscript *t, const char *rest,
		     const json_t *body, struct emulator_reply *reply,
		     struct text *out)
{
	json_t *state = vacuum(t);

	(void)rest;
	(void)body;
	(void)reply;
	json_object_set_new(state, "family", json_string("TITAN"));
	json_object_set_new(state, "beam_blanked",
			    json_boolean(!t->bench->sim->column.beam));
	json_object_set_new(state, "vacuum", vacuum(t));
	add_json(out, state);
	return 200;
}

static int put_valves(struct emulator_temscript *t, const char *rest,
		      const json_t *body, struct emulator_reply *reply,
		      struct text *out)
{
	struct sim_column *column = &t->bench->sim->column;

	(void)rest;
	(void)reply;
	(void)out;
	if (!json_is_boolean(body))
		return 500;
	if (json_is_true(body) && column->pressure > VALVES_MAY_OPEN)
		return 500;
	column->valves = json_is_true(body);
	return 204;
}

static int get_valves(struct emulator_temscript *t, const char *rest,
		      const json_t *body, struct emulator_reply *reply,
		      struct text *out)
{
	(void)rest;
	(void)body;
	(void)reply;
	add_json(out, json_boolean(t->bench->sim->column.valves));
	return 200;
}

static int get_family(struct emulator_temscript *t, const char *rest,
		      const json_t *body, struct emulator_reply *reply,
		      struct text *out)
{
	(void)t;
	(void)rest;
	(void)body;
	(void)reply;
	text_add(out, "\"TITAN\"");
	return 200;
}

static int get_id(struct emulator_temscript *t, const char *rest,
		  const json_t *body, struct emulator_reply *reply,
		  struct text *out)
{
	(void)t;
	(void)rest;
	(void)body;
	(void)reply;
	text_add(out, "\"gascell emulator\"");
	return 200;
}

static int get_version(struct emulator_temscript *t, const char *rest,
		       const json_t *body, struct emulator_reply *reply,
		       struct text *out)
{
	(void)t;
	(void)rest;
	(void)body;
	(void)reply;
	text_add(out, "\"2.15.3\"");
	return 200;
}

/* -- cameras ------------------------------------------------------------ */

static int get_cameras(struct emulator_temscript *t, const char *rest,
		       const json_t *body, struct emulator_reply *reply,
		       struct text *out)
{
	(void)rest;
	(void)body;
	(void)reply;
	add_json(out,
		 json_pack("{s:{s:s, s:i, s:i, s:[iiii]}}", TEMSCRIPT_CAMERA,
			   "type", "CAMERA", "width", (int)t->size, "height",
			   (int)t->size, "binnings", 1, 2, 4, 8));
	return 200;
}

static int get_detectors(struct emulator_temscript *t, const char *rest,
			 const json_t *body, struct emulator_reply *reply,
			 struct text *out)
{
	(void)t;
	(void)rest;
	(void)body;
	(void)reply;
	add_json(out,
		 json_pack("{s:{s:s, s:[iiii]}}", TEMSCRIPT_DETECTOR, "type",
			   "STEM_DETECTOR", "binnings", 1, 2, 4, 8));
	return 200;
}

static const struct {
	int part;
	const char *name;
} sizes[] = { { 1, "FULL" }, { 2, "HALF" }, { 4, "QUARTER" } };

static json_t *show(const struct temscript_settings *s, const char *time_key)
{
	const char *size = "FULL";

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		if (sizes[i].part == s->part)
			size = sizes[i].name;
	return json_pack("{s:s, s:i, s:f}", "image_size", size, "binning",
			 s->binning, time_key, s->time_s);
}

static bool take_size(const json_t *value, struct temscript_settings *s)
{
	for (size_t i = 0; value && i < ARRAY_SIZE(sizes); i++)
		if (json_is_string(value) &&
		    strcmp(json_string_value(value), sizes[i].name) == 0) {
			s->part = sizes[i].part;
			return true;
		}
	return !value;
}

static bool take_binning(const json_t *value, struct temscript_settings *s)
{
	json_int_t n = json_integer_value(value);

	if (!value)
		return true;
	if (n != 1 && n != 2 && n != 4 && n != 8)
		return false;
	s->binning = (int)n;
	return true;
}

/* All or nothing; other keys are taken without an effect. */
static int take(struct temscript_settings *s, const char *time_key,
		const json_t *body)
{
	struct temscript_settings now = *s;
	const json_t *time = json_object_get(body, time_key);

	if (!json_is_object(body))
		return 500;
	if (time)
		now.time_s = json_number_value(time);
	if (!take_size(json_object_get(body, "image_size"), &now) ||
	    !take_binning(json_object_get(body, "binning"), &now) ||
	    !(now.time_s > 0.0 && now.time_s <= TIME_MAX_S))
		return 500;
	*s = now;
	return 204;
}

static int get_camera(struct emulator_temscript *t, const char *rest,
		      const json_t *body, struct emulator_reply *reply,
		      struct text *out)
{
	(void)body;
	(void)reply;
	if (strcmp(rest, TEMSCRIPT_CAMERA))
		return 500;
	add_json(out, show(&t->camera, "exposure(s)"));
	return 200;
}

static int put_camera(struct emulator_temscript *t, const char *rest,
		      const json_t *body, struct emulator_reply *reply,
		      struct text *out)
{
	(void)reply;
	(void)out;
	if (strcmp(rest, TEMSCRIPT_CAMERA))
		return 500;
	return take(&t->camera, "exposure(s)", body);
}

static int get_scan(struct emulator_temscript *t, const char *rest,
		    const json_t *body, struct emulator_reply *reply,
		    struct text *out)
{
	(void)rest;
	(void)body;
	(void)reply;
	add_json(out, show(&t->scan, "dwell_time(s)"));
	return 200;
}

static int put_scan(struct emulator_temscript *t, const char *rest,
		    const json_t *body, struct emulator_reply *reply,
		    struct text *out)
{
	(void)rest;
	(void)reply;
	(void)out;
	return take(&t->scan, "dwell_time(s)", body);
}

/* -- frames ------------------------------------------------------------- */

static void add_base64(struct text *out, const uint8_t *v, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t bits = (uint32_t)v[i] << 16;
		char four[4];

		if (left > 1)
			bits |= (uint32_t)v[i + 1] << 8;
		if (left > 2)
			bits |= v[i + 2];
		four[0] = digits[bits >> 18];
		four[1] = digits[bits >> 12 & 63];
		four[2] = left > 1 ? digits[bits >> 6 & 63] : '=';
		four[3] = left > 2 ? digits[bits & 63] : '=';
		text_add_n(out, four, 4);
	}
}

/* Signed and little-endian. */
static void add_pixels(struct text *out, const uint16_t *pixels, size_t n)
{
	uint8_t *bytes = memory_zeroed(n, 2);

	for (size_t i = 0; i < n; i++) {
		unsigned value = pixels[i] < 32767 ? pixels[i] : 32767;

		bytes[2 * i] = (uint8_t)value;
		bytes[2 * i + 1] = (uint8_t)(value >> 8);
	}
	add_base64(out, bytes, 2 * n);
	free(bytes);
}

static void expose(struct emulator_temscript *t, const char *name,
		   struct emulator_reply *reply, struct text *out)
{
	bool scans = strcmp(name, TEMSCRIPT_DETECTOR) == 0;
	const struct temscript_settings *s = scans ? &t->scan : &t->camera;
	size_t size = t->size / (size_t)(s->binning * s->part);
	struct sim_lab *lab = t->bench->sim;
	struct sim_exposure exposure = {
		.size = size,
		.exposure_s =
			scans ? s->time_s * (double)(size * size) : s->time_s,
		.age_s = nsec_to_s(t->bench->now - lab->origin),
		.beam = sim_lab_true_beam(lab),
	};
	uint16_t *pixels = memory_zeroed(size * size, sizeof(*pixels));
	nsec ends = t->bench->now + nsec_from_s(exposure.exposure_s);

	sim_particles_render(&lab->sample, &exposure, &t->bench->noise, pixels);
	lab->column.exposed_until = nsec_max(lab->column.exposed_until, ends);
	reply->after = nsec_max(reply->after, ends - t->bench->now);
	text_addf(out,
		  "%s\"%s\":{\"width\":%zu,\"height\":%zu,\"type\":"
		  "\"INT16\",\"endianness\":\"LITTLE\",\"encoding\":"
		  "\"BASE64\",\"data\":\"",
		  out->n > 1 ? "," : "", name, size, size);
	add_pixels(out, pixels, size * size);
	text_add(out, "\"}");
	free(pixels);
}

/* rest: the query, "detectors=A&detectors=B". What is unknown is left out. */
static int acquire(struct emulator_temscript *t, const char *rest,
		   const json_t *body, struct emulator_reply *reply,
		   struct text *out)
{
	static const char *const known[] = { TEMSCRIPT_CAMERA,
					     TEMSCRIPT_DETECTOR };
	char wanted[64];

	(void)body;
	text_add_char(out, '{');
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		const char *at;
		size_t n = strlen(known[i]);

		snprintf(wanted, sizeof(wanted), "detectors=%s", known[i]);
		at = strstr(rest, wanted);
		if (at && (!at[n + 10] || at[n + 10] == '&'))
			expose(t, known[i], reply, out);
	}
	text_add_char(out, '}');
	return 200;
}

/* -- all of them -------------------------------------------------------- */

static const struct endpoint {
	const char *path; /* with a '/' at its end: a name follows */
	answer_fn *get, *put;
} endpoints[] = {
	{ "beam_blanked", get_beam, put_beam },
	{ "column_valves_open", get_valves, put_valves },
	{ "vacuum", get_vacuum, NULL },
	{ "state", get_state, NULL },
	{ "family", get_family, NULL },
	{ "microscope_id", get_id, NULL },
	{ "version", get_version, NULL },
	{ "cameras", get_cameras, NULL },
	{ "stem_detectors", get_detectors, NULL },
	{ "stem_acquisition_param", get_scan, put_scan },
	{ "camera_param/", get_camera, put_camera },
	{ "acquire", acquire, NULL },
};

static const struct endpoint *find(const char *path, const char **rest)
{
	static const char root[] = "/v1/";

	if (strncmp(path, root, strlen(root)))
		return NULL;
	path += strlen(root);
	for (size_t i = 0; i < ARRAY_SIZE(endpoints); i++) {
		size_t n = strlen(endpoints[i].path);

		*rest = path + n;
		if (strncmp(path, endpoints[i].path, n) == 0 &&
		    (endpoints[i].path[n - 1] == '/' ? **rest : !**rest))
			return &endpoints[i];
	}
	return NULL;
}

static int obey(struct emulator_temscript *t, const struct http_request *r,
		struct emulator_reply *reply, struct text *out)
{
	const char *rest;
	const struct endpoint *e = find(r->path, &rest);
	bool puts = strcmp(r->method, "PUT") == 0;
	answer_fn *answer;
	json_t *body = NULL;
	int status;

	if (!e || (!puts && strcmp(r->method, "GET")))
		return 404;
	answer = puts ? e->put : e->get;
	if (!answer)
		return 404;
	if (puts)
		body = json_loadb(r->body, r->n_body, JSON_DECODE_ANY, NULL);
	status = answer(t, answer == acquire ? r->query : rest, body, reply,
			out);
	json_decref(body);
	return status;
}

static void answer(void *instrument, const char *bytes, size_t n,
		   struct emulator_reply *reply)
{
	struct emulator_temscript *t = instrument;
	_cleanup_(text_free) struct text out = { 0 };
	struct http_request request;
	int status = emulator_http_parse(bytes, n, &request);

	reply->after = THINKS;
	emulator_bench_advance(t->bench);
	if (!status)
		status = obey(t, &request, reply, &out);
	emulator_http_reply(status, text_str(&out), out.n, reply);
}

const struct emulator_codec emulator_temscript_codec = {
	.span = emulator_http_span,
	.answer = answer,
	.break_check = emulator_http_break,
};

void emulator_temscript_init(struct emulator_temscript *t,
			     struct emulator_bench *bench, size_t size)
{
	*t = (struct emulator_temscript){
		.bench = bench,
		.size = size,
		.camera = { .time_s = 1.0, .binning = 1, .part = 1 },
		.scan = { .time_s = 2e-6, .binning = 1, .part = 1 },
	};
}
