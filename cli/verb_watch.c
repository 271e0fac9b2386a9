/* gascellctl watch: the present run, until it ends. */
#include "cli/verb.h"
#include "cli/watch.h"

int verb_watch(struct call *c)
{
	int code = call_connect(c);

	return code ? code : watch_run(c, 0);
}
