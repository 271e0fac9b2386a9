#include "ring/alarm.h"

#include <string.h>

#include "base/array.h"
#include "base/text.h"

/* Rows: what it is; columns: what comes. */
static const enum alarm_state next[ALARM_STATE_N][ALARM_INPUT_N] = {
	[ALARM_NORMAL] = { [ALARM_RAISE] = ALARM_UNACKNOWLEDGED },
	[ALARM_UNACKNOWLEDGED] = { [ALARM_RAISE] = ALARM_UNACKNOWLEDGED,
				   [ALARM_RETURN] = ALARM_RETURNED,
				   [ALARM_ACKNOWLEDGE] = ALARM_ACKNOWLEDGED,
				   [ALARM_SHELVE] = ALARM_SHELVED,
				   [ALARM_UNSHELVE] = ALARM_UNACKNOWLEDGED },
	[ALARM_ACKNOWLEDGED] = { [ALARM_RAISE] = ALARM_ACKNOWLEDGED,
				 [ALARM_RETURN] = ALARM_NORMAL,
				 [ALARM_ACKNOWLEDGE] = ALARM_ACKNOWLEDGED,
				 [ALARM_SHELVE] = ALARM_SHELVED,
				 [ALARM_UNSHELVE] = ALARM_ACKNOWLEDGED },
	[ALARM_RETURNED] = { [ALARM_RAISE] = ALARM_UNACKNOWLEDGED,
			     [ALARM_RETURN] = ALARM_RETURNED,
			     [ALARM_ACKNOWLEDGE] = ALARM_NORMAL,
			     [ALARM_SHELVE] = ALARM_SHELVED_RETURNED,
			     [ALARM_UNSHELVE] = ALARM_RETURNED },
	[ALARM_SHELVED] = { [ALARM_RAISE] = ALARM_SHELVED,
			    [ALARM_RETURN] = ALARM_SHELVED_RETURNED,
			    [ALARM_ACKNOWLEDGE] = ALARM_SHELVED,
			    [ALARM_SHELVE] = ALARM_SHELVED,
			    [ALARM_UNSHELVE] = ALARM_UNACKNOWLEDGED },
	[ALARM_SHELVED_RETURNED] = { [ALARM_RAISE] = ALARM_SHELVED,
				     [ALARM_RETURN] = ALARM_SHELVED_RETURNED,
				     [ALARM_ACKNOWLEDGE] =
					     ALARM_SHELVED_RETURNED,
				     [ALARM_SHELVE] = ALARM_SHELVED_RETURNED,
				     [ALARM_UNSHELVE] = ALARM_NORMAL },
};

static const char *const names[ALARM_STATE_N] = {
	[ALARM_NORMAL] = "normal",
	[ALARM_UNACKNOWLEDGED] = "unacknowledged",
	[ALARM_ACKNOWLEDGED] = "acknowledged",
	[ALARM_RETURNED] = "returned",
	[ALARM_SHELVED] = "shelved",
	[ALARM_SHELVED_RETURNED] = "shelved",
};

enum alarm_state alarm_next(enum alarm_state state, enum alarm_input input)
{
	return next[state][input];
}

const char *alarm_state_name(enum alarm_state state)
{
	return names[state];
}

bool alarm_is_active(enum alarm_state state)
{
	return state == ALARM_UNACKNOWLEDGED || state == ALARM_ACKNOWLEDGED ||
	       state == ALARM_SHELVED;
}

enum alarm_state alarm_state_of(const char *name, bool active)
{
	for (int i = 0; i < ALARM_STATE_N; i++)
		if (!strcmp(names[i], name) &&
		    alarm_is_active((enum alarm_state)i) == active)
			return (enum alarm_state)i;
	return ALARM_NORMAL;
}

static bool is_shelved(const struct alarm *a)
{
	return a->state == ALARM_SHELVED || a->state == ALARM_SHELVED_RETURNED;
}

static void take_out(struct alarms *a, size_t i)
{
	memmove(&a->v[i], &a->v[i + 1], (--a->n - i) * sizeof(a->v[0]));
}

/* Tells what has changed, and lets go of what is over. True: that one is no
 * longer in its place. */
static bool set_state(struct alarms *a, size_t i, nsec utc,
		      enum alarm_state state)
{
	struct alarm *it = &a->v[i];
	bool attention = state == ALARM_UNACKNOWLEDGED && it->state != state;
	struct alarm told;

	if (it->state != state)
		it->changed = utc;
	it->state = state;
	if (!is_shelved(it)) {
		it->until = 0;
		it->note[0] = '\0';
	}
	if (state == ALARM_UNACKNOWLEDGED)
		it->by[0] = '\0';
	told = *it;
	if (state == ALARM_NORMAL)
		take_out(a, i);
	if (a->changed)
		a->changed(a->context, &told, attention);
	return state == ALARM_NORMAL;
}

static bool give(struct alarms *a, size_t i, nsec utc, enum alarm_input input)
{
	return set_state(a, i, utc, alarm_next(a->v[i].state, input));
}

/* -- its cause --------------------------------------------------------- */

/* What is over, before what is there; a warning before an alarm; the oldest
 * first. */
static size_t least(const struct alarms *a)
{
	size_t found = 0;
	int lowest = INT32_MAX;

	for (size_t i = 0; i < a->n; i++) {
		int rank = 2 * alarm_is_active(a->v[i].state) +
			   (a->v[i].severity == SEVERITY_ALARM);

		if (rank < lowest) {
			lowest = rank;
			found = i;
		}
	}
	return found;
}

static size_t find_source(const struct alarms *a, const char *source)
{
	size_t i = 0;

	while (i < a->n && strcmp(a->v[i].source, source))
		i++;
	return i;
}

static void add(struct alarms *a, nsec utc, const struct alarm_cause *cause)
{
	struct alarm *it;

	if (a->n == ALARMS_MAX)
		set_state(a, least(a), utc, ALARM_NORMAL);
	it = &a->v[a->n++];
	*it = (struct alarm){ .id = ++a->last_id,
			      .t = utc,
			      .severity = cause->severity,
			      .times = 1 };
	text_copy(it->source, sizeof(it->source), cause->source);
	text_copy(it->text, sizeof(it->text), cause->text);
	give(a, a->n - 1, utc, ALARM_RAISE);
}

/* Something worse than what was acknowledged wants to be seen again. */
void alarms_raise(struct alarms *a, nsec utc, const struct alarm_cause *cause)
{
	size_t i = find_source(a, cause->source);
	struct alarm *it = &a->v[i];
	enum alarm_state state;

	if (i == a->n) {
		add(a, utc, cause);
		return;
	}
	state = alarm_next(it->state, ALARM_RAISE);
	if (cause->severity > it->severity && state == ALARM_ACKNOWLEDGED)
		state = ALARM_UNACKNOWLEDGED;
	it->severity = cause->severity;
	it->times++;
	it->unsure = false;
	text_copy(it->text, sizeof(it->text), cause->text);
	set_state(a, i, utc, state);
}

void alarms_return(struct alarms *a, nsec utc, const char *source)
{
	size_t i = 0, n = strlen(source);

	while (i < a->n)
		if (strncmp(a->v[i].source, source, n) ||
		    !alarm_is_active(a->v[i].state) ||
		    !give(a, i, utc, ALARM_RETURN))
			i++;
}

void alarms_settle(struct alarms *a, nsec utc)
{
	size_t i = 0;

	while (i < a->n) {
		bool gone = a->v[i].unsure && alarm_is_active(a->v[i].state);

		a->v[i].unsure = false;
		if (!gone || !give(a, i, utc, ALARM_RETURN))
			i++;
	}
}

/* -- the operator ------------------------------------------------------ */

static int find(const struct alarms *a, uint32_t id, size_t *i, struct err *err)
{
	for (*i = 0; *i < a->n; ++*i)
		if (a->v[*i].id == id)
			return 0;
	return err_set(err, ERR_NOT_FOUND, "there is no alarm %u", id);
}

static void acknowledge_all(struct alarms *a, nsec utc, const char *by)
{
	size_t i = 0;

	while (i < a->n) {
		enum alarm_state was = a->v[i].state;

		if (alarm_next(was, ALARM_ACKNOWLEDGE) == was) {
			i++;
			continue;
		}
		text_copy(a->v[i].by, sizeof(a->v[i].by), by);
		if (!give(a, i, utc, ALARM_ACKNOWLEDGE))
			i++;
	}
}

int alarms_acknowledge(struct alarms *a, nsec utc,
		       const struct alarm_wish *wish, struct err *err)
{
	size_t i;

	if (!wish->id) {
		acknowledge_all(a, utc, wish->by);
		return 0;
	}
	if (find(a, wish->id, &i, err))
		return -1;
	if (is_shelved(&a->v[i]))
		return err_set(err, ERR_STATE, "alarm %u is on the shelf",
			       wish->id);
	text_copy(a->v[i].by, sizeof(a->v[i].by), wish->by);
	give(a, i, utc, ALARM_ACKNOWLEDGE);
	return 0;
}

int alarms_shelve(struct alarms *a, nsec utc, const struct alarm_wish *wish,
		  struct err *err)
{
	size_t i;

	if (find(a, wish->id, &i, err))
		return -1;
	text_copy(a->v[i].by, sizeof(a->v[i].by), wish->by);
	text_copy(a->v[i].note, sizeof(a->v[i].note), wish->note);
	a->v[i].until = wish->until;
	give(a, i, utc, ALARM_SHELVE);
	return 0;
}

int alarms_unshelve(struct alarms *a, nsec utc, const struct alarm_wish *wish,
		    struct err *err)
{
	size_t i;

	if (find(a, wish->id, &i, err))
		return -1;
	if (!is_shelved(&a->v[i]))
		return err_set(err, ERR_STATE, "alarm %u is not on the shelf",
			       wish->id);
	text_copy(a->v[i].by, sizeof(a->v[i].by), wish->by);
	give(a, i, utc, ALARM_UNSHELVE);
	return 0;
}

void alarms_tick(struct alarms *a, nsec utc)
{
	size_t i = 0;

	while (i < a->n)
		if (!is_shelved(&a->v[i]) || utc < a->v[i].until ||
		    !give(a, i, utc, ALARM_UNSHELVE))
			i++;
}
