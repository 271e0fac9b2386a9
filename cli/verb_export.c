/* gascellctl export: all readings of a run as CSV. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/past.h"
#include "cli/verb.h"

static int write_piece(void *context, const char *s, size_t n)
{
	return fwrite(s, 1, n, context) == n ? 0 : 1;
}

/* An unfinished file is not left behind to be mistaken for a whole one. */
static int write_file(struct call *c, struct history *h, uint32_t run,
		      const char *path)
{
	FILE *f = fopen(path, "we");
	struct err err = { 0 };
	int status;

	if (!f)
		return call_fail(c, CLI_FAILED, "%s: %s", path,
				 strerror(errno));
	status = history_export(h, run, write_piece, f, &err);
	if (fclose(f) && !status)
		status = 1;
	if (!status)
		return CLI_OK;
	unlink(path);
	if (status > 0)
		return call_fail(c, CLI_FAILED, "%s: cannot be written: %s",
				 path, strerror(errno));
	return call_fail(c, CLI_FAILED, "%s", err.msg);
}

static int write_out(struct call *c, struct history *h, uint32_t run)
{
	struct err err = { 0 };
	int status = history_export(h, run, write_piece, stdout, &err);

	if (status < 0)
		return call_fail(c, CLI_FAILED, "%s", err.msg);
	return status || fflush(stdout) ? CLI_FAILED : CLI_OK;
}

static int export_run(struct call *c, struct history *h, uint32_t run)
{
	const char *path = c->options->output;
	int code;

	if (!path || !strcmp(path, "-"))
		return write_out(c, h, run);
	code = write_file(c, h, run, path);
	if (code)
		return code;
	if (c->options->json)
		call_add_json(c, json_pack("{sb sI ss}", "ok", 1, "run",
					   (json_int_t)run, "file", path));
	else
		fprintf(stderr, "run %u: %s\n", run, path);
	return CLI_OK;
}

int verb_export(struct call *c)
{
	struct history *h;
	uint32_t run;
	int code;

	h = past_open(c, &code);
	if (!h)
		return code;
	run = past_run(c, h, 0, &code);
	if (run)
		code = export_run(c, h, run);
	history_close(h);
	return code;
}
