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

/* -- beam and column ---------------------------------------------------- */

static json_t *get_beam(const struct emulator_temscript *t)
{
	return json_boolean(!t->bench->sim->column.beam);
}

static bool put_beam(struct emulator_temscript *t, const json_t *body)
{
	struct sim_column *column = &t->bench->sim->column;

	if (!json_is_boolean(body))
		return false;
	column->beam_wanted = !json_is_true(body);
	sim_column_obey(column, t->bench->now);
	return true;
}

static json_t *get_vacuum(const struct emulator_temscript *t)
{
	const struct sim_column *column = &t->bench->sim->column;

	return json_pack("{s:s, s:b, s:b, s:{s:f, s:f}}", "status",
			 column->pressure < VALVES_MAY_OPEN ? "READY" : "OFF",
			 "column_valves_open", column->valves, "pvp_running", 0,
			 "gauges(Pa)", "IGPa", column->pressure * PA_PER_TORR,
			 "CCGp", 4.0 * column->pressure * PA_PER_TORR);
}

static json_t *get_state(const struct emulator_temscript *t)
{
	json_t *state = get_vacuum(t);

	json_object_set_new(state, "family", json_string("TITAN"));
	json_object_set_new(state, "beam_blanked", get_beam(t));
	json_object_set_new(state, "vacuum", get_vacuum(t));
	return state;
}

static json_t *get_valves(const struct emulator_temscript *t)
{
	return json_boolean(t->bench->sim->column.valves);
}

static bool put_valves(struct emulator_temscript *t, const json_t *body)
{
	struct sim_column *column = &t->bench->sim->column;

	if (!json_is_boolean(body))
		return false;
	if (json_is_true(body) && column->pressure > VALVES_MAY_OPEN)
		return false;
	column->valves = json_is_true(body);
	return true;
}

static json_t *get_family(const struct emulator_temscript *t)
{
	(void)t;
	return json_string("TITAN");
}

static json_t *get_id(const struct emulator_temscript *t)
{
	(void)t;
	return json_string("gascell emulator");
}

static json_t *get_version(const struct emulator_temscript *t)
{
	(void)t;
	return json_string("2.15.3");
}

/* -- cameras ------------------------------------------------------------ */

static json_t *get_cameras(const struct emulator_temscript *t)
{
	return json_pack("{s:{s:s, s:i, s:i, s:[iiii]}}", TEMSCRIPT_CAMERA,
			 "type", "CAMERA", "width", (int)t->size, "height",
			 (int)t->size, "binnings", 1, 2, 4, 8);
}

static json_t *get_detectors(const struct emulator_temscript *t)
{
	(void)t;
	return json_pack("{s:{s:s, s:[iiii]}}", TEMSCRIPT_DETECTOR, "type",
			 "STEM_DETECTOR", "binnings", 1, 2, 4, 8);
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
static bool take(struct temscript_settings *s, const char *time_key,
		 const json_t *body)
{
	struct temscript_settings now = *s;
	const json_t *time = json_object_get(body, time_key);

	if (!json_is_object(body))
		return false;
	if (time)
		now.time_s = json_number_value(time);
	if (!take_size(json_object_get(body, "image_size"), &now) ||
	    !take_binning(json_object_get(body, "binning"), &now) ||
	    !(now.time_s > 0.0 && now.time_s <= TIME_MAX_S))
		return false;
	*s = now;
	return true;
}

static json_t *get_camera(const struct emulator_temscript *t)
{
	return show(&t->camera, "exposure(s)");
}

static bool put_camera(struct emulator_temscript *t, const json_t *body)
{
	return take(&t->camera, "exposure(s)", body);
}

static json_t *get_scan(const struct emulator_temscript *t)
{
	return show(&t->scan, "dwell_time(s)");
}

static bool put_scan(struct emulator_temscript *t, const json_t *body)
{
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

/* query: "detectors=A&detectors=B". What is unknown is left out. */
static void acquire(struct emulator_temscript *t, const char *query,
		    struct emulator_reply *reply, struct text *out)
{
	static const char *const known[] = { TEMSCRIPT_CAMERA,
					     TEMSCRIPT_DETECTOR };
	char wanted[64];

	text_add_char(out, '{');
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		const char *at;
		size_t n = strlen(known[i]);

		snprintf(wanted, sizeof(wanted), "detectors=%s", known[i]);
		at = strstr(query, wanted);
		if (at && (!at[n + 10] || at[n + 10] == '&'))
			expose(t, known[i], reply, out);
	}
	text_add_char(out, '}');
}

/* -- all of them -------------------------------------------------------- */

/* What can be asked; put: false when it is not obeyed. */
static const struct endpoint {
	const char *path;
	json_t *(*get)(const struct emulator_temscript *t);
	bool (*put)(struct emulator_temscript *t, const json_t *body);
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
	{ "camera_param/" TEMSCRIPT_CAMERA, get_camera, put_camera },
};

static int get(const struct emulator_temscript *t, const struct endpoint *e,
	       struct text *out)
{
	json_t *value = e->get(t);
	char *s = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	json_decref(value);
	text_add(out, s);
	free(s);
	return 200;
}

static int put(struct emulator_temscript *t, const struct endpoint *e,
	       const struct http_request *r)
{
	json_t *body;
	bool obeyed;

	if (!e->put)
		return 404;
	body = json_loadb(r->body, r->n_body, JSON_DECODE_ANY, NULL);
	obeyed = e->put(t, body);
	json_decref(body);
	return obeyed ? 204 : 500;
}

static int obey(struct emulator_temscript *t, const struct http_request *r,
		struct emulator_reply *reply, struct text *out)
{
	static const char root[] = "/v1/", camera[] = "camera_param/";
	const char *path = r->path + strlen(root);
	bool puts = strcmp(r->method, "PUT") == 0;

	if ((!puts && strcmp(r->method, "GET")) ||
	    strncmp(r->path, root, strlen(root)))
		return 404;
	if (!puts && !strcmp(path, "acquire")) {
		acquire(t, r->query, reply, out);
		return 200;
	}
	for (size_t i = 0; i < ARRAY_SIZE(endpoints); i++)
		if (!strcmp(path, endpoints[i].path))
			return puts ? put(t, &endpoints[i], r)
				    : get(t, &endpoints[i], out);
	/* Of a camera that there is not. */
	return strncmp(path, camera, strlen(camera)) ? 404 : 500;
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
