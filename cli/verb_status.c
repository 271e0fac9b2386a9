/* gascellctl status: how things are, once. */
#include "cli/snapshot.h"
#include "cli/verb.h"
#include "cli/view.h"

int verb_status(struct call *c)
{
	_cleanup_(snapshot_fini) struct snapshot s = { 0 };
	struct err err;
	int code = call_connect(c);

	if (code)
		return code;
	if (snapshot_activate(c->client, snapshot_on_update, &s, &err))
		return call_fail_err(c, &err);
	if (c->options->json)
		call_add_json(c, snapshot_json(&s));
	else
		view_block(&s, &c->terminal, &c->out);
	return CLI_OK;
}
