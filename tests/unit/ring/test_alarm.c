/* The states of ISA-18.2, and a list of alarms that moves through them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "ring/alarm.h"

#define S NSEC_PER_S
#define T0 (INT64_C(1795332932) * S)

#define NOR ALARM_NORMAL
#define UNA ALARM_UNACKNOWLEDGED
#define ACK ALARM_ACKNOWLEDGED
#define RTN ALARM_RETURNED
#define SHE ALARM_SHELVED
#define SHR ALARM_SHELVED_RETURNED

/* For each state: what it is after raise, return, acknowledge, shelve,
 * unshelve. */
static const enum alarm_state expected[ALARM_STATE_N][ALARM_INPUT_N] = {
	[NOR] = { UNA, NOR, NOR, NOR, NOR }, /* nothing to acknowledge */
	[UNA] = { UNA, RTN, ACK, SHE, UNA },
	[ACK] = { ACK, NOR, ACK, SHE, ACK },
	[RTN] = { UNA, RTN, NOR, SHR, RTN },
	[SHE] = { SHE, SHR, SHE, SHE, UNA }, /* the shelf hides it */
	[SHR] = { SHE, SHR, SHR, SHR, NOR },
};

static void every_state_takes_every_input(void **state)
{
	(void)state;
	for (int s = 0; s < ALARM_STATE_N; s++)
		for (int i = 0; i < ALARM_INPUT_N; i++)
			if (alarm_next((enum alarm_state)s,
				       (enum alarm_input)i) != expected[s][i])
				fail_msg("state %d input %d", s, i);
}

static void names_and_activity_tell_the_state(void **state)
{
	(void)state;
	for (int s = 0; s < ALARM_STATE_N; s++)
		assert_int_equal(
			alarm_state_of(alarm_state_name((enum alarm_state)s),
				       alarm_is_active((enum alarm_state)s)),
			s);
	assert_int_equal(alarm_state_of("nonsense", true), ALARM_NORMAL);
}

struct seen {
	int n, n_attention;
	struct alarm last;
};

static void on_changed(void *context, const struct alarm *a, bool attention)
{
	struct seen *seen = context;

	seen->n++;
	seen->n_attention += attention;
	seen->last = *a;
}

static struct seen seen;
static struct alarms list;

static int clean(void **state)
{
	(void)state;
	seen = (struct seen){ 0 };
	list = (struct alarms){ .changed = on_changed, .context = &seen };
	return 0;
}

static void raise_one(const char *source, enum severity severity)
{
	const struct alarm_cause cause = { severity, source, "it is broken" };

	alarms_raise(&list, T0, &cause);
}

static int acknowledge(uint32_t id)
{
	const struct alarm_wish wish = { .id = id, .by = "alice" };
	struct err err;

	return alarms_acknowledge(&list, T0 + S, &wish, &err);
}

static int shelve(uint32_t id, nsec until)
{
	const struct alarm_wish wish = {
		.id = id, .by = "alice", .until = until, .note = "known"
	};
	struct err err;

	return alarms_shelve(&list, T0 + S, &wish, &err);
}

static void a_cause_is_one_alarm_however_often_it_comes(void **state)
{
	(void)state;
	raise_one("link heater", SEVERITY_WARNING);
	raise_one("link heater", SEVERITY_WARNING);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.v[0].times, 2);
	assert_int_equal(seen.n_attention, 1);
	raise_one("link gas", SEVERITY_WARNING);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.v[1].id, 2);
}

static void acknowledged_and_over_it_is_gone(void **state)
{
	(void)state;
	raise_one("link heater", SEVERITY_WARNING);
	assert_int_equal(acknowledge(1), 0);
	assert_string_equal(list.v[0].by, "alice");
	alarms_return(&list, T0 + 2 * S, "link heater");
	assert_int_equal(list.n, 0);
	assert_int_equal(seen.last.state, ALARM_NORMAL);
	assert_int_equal(acknowledge(1), -1);
}

static void over_and_not_seen_it_stays(void **state)
{
	(void)state;
	raise_one("trip a", SEVERITY_ALARM);
	raise_one("trip b", SEVERITY_ALARM);
	alarms_return(&list, T0 + S, "trip");
	assert_int_equal(list.v[0].state, ALARM_RETURNED);
	assert_int_equal(list.v[1].state, ALARM_RETURNED);
	raise_one("trip b", SEVERITY_ALARM);
	assert_int_equal(list.v[1].state, ALARM_UNACKNOWLEDGED);
	assert_int_equal(seen.n_attention, 3);
	assert_int_equal(acknowledge(0), 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.v[0].state, ALARM_ACKNOWLEDGED);
}

static void worse_than_acknowledged_wants_to_be_seen_again(void **state)
{
	(void)state;
	raise_one("store", SEVERITY_WARNING);
	acknowledge(1);
	raise_one("store", SEVERITY_WARNING);
	assert_int_equal(list.v[0].state, ALARM_ACKNOWLEDGED);
	raise_one("store", SEVERITY_ALARM);
	assert_int_equal(list.v[0].state, ALARM_UNACKNOWLEDGED);
	assert_string_equal(list.v[0].by, "");
}

static void the_shelf_has_a_time(void **state)
{
	(void)state;
	raise_one("link heater", SEVERITY_WARNING);
	raise_one("link gas", SEVERITY_WARNING);
	assert_int_equal(shelve(1, T0 + 60 * S), 0);
	assert_int_equal(shelve(2, T0 + 60 * S), 0);
	raise_one("link heater", SEVERITY_WARNING);
	assert_int_equal(seen.n_attention, 2);
	assert_int_equal(acknowledge(1), -1);
	alarms_return(&list, T0 + 2 * S, "link gas");
	alarms_tick(&list, T0 + 60 * S - 1);
	assert_int_equal(list.n, 2);
	alarms_tick(&list, T0 + 60 * S);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.v[0].id, 1);
	assert_int_equal(list.v[0].state, ALARM_UNACKNOWLEDGED);
	assert_true(list.v[0].until == 0);
	assert_int_equal(seen.n_attention, 3);
}

static void what_is_not_on_the_shelf_is_not_taken_off(void **state)
{
	const struct alarm_wish wish = { .id = 1, .by = "bob" };
	struct err err;

	(void)state;
	raise_one("link heater", SEVERITY_WARNING);
	assert_int_equal(alarms_unshelve(&list, T0, &wish, &err), -1);
	assert_int_equal(err.code, ERR_STATE);
	shelve(1, T0 + 60 * S);
	assert_int_equal(alarms_unshelve(&list, T0, &wish, &err), 0);
	assert_int_equal(list.v[0].state, ALARM_UNACKNOWLEDGED);
}

/* After a restart: one cause is still there, the other is not. */
static void what_was_taken_over_settles(void **state)
{
	(void)state;
	raise_one("link heater", SEVERITY_WARNING);
	raise_one("link gas", SEVERITY_WARNING);
	acknowledge(0);
	list.v[0].unsure = list.v[1].unsure = true;
	raise_one("link heater", SEVERITY_WARNING);
	assert_int_equal(list.v[0].state, ALARM_ACKNOWLEDGED);
	alarms_settle(&list, T0 + S);
	assert_int_equal(list.n, 1);
	assert_string_equal(list.v[0].source, "link heater");
	alarms_settle(&list, T0 + 2 * S);
	assert_int_equal(list.n, 1);
}

static void when_it_is_full_what_matters_least_gives_way(void **state)
{
	char source[16];

	(void)state;
	for (int i = 0; i < ALARMS_MAX; i++) {
		snprintf(source, sizeof(source), "s%d", i);
		raise_one(source, i == 40 ? SEVERITY_WARNING : SEVERITY_ALARM);
	}
	raise_one("one more", SEVERITY_ALARM);
	assert_int_equal(list.n, ALARMS_MAX);
	for (size_t i = 0; i < list.n; i++)
		assert_string_not_equal(list.v[i].source, "s40");
	assert_string_equal(list.v[ALARMS_MAX - 1].source, "one more");
	alarms_return(&list, T0, "s63");
	raise_one("and one", SEVERITY_WARNING);
	for (size_t i = 0; i < list.n; i++)
		assert_string_not_equal(list.v[i].source, "s63");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, clean)
	const struct CMUnitTest tests[] = {
		T(every_state_takes_every_input),
		T(names_and_activity_tell_the_state),
		T(a_cause_is_one_alarm_however_often_it_comes),
		T(acknowledged_and_over_it_is_gone),
		T(over_and_not_seen_it_stays),
		T(worse_than_acknowledged_wants_to_be_seen_again),
		T(the_shelf_has_a_time),
		T(what_is_not_on_the_shelf_is_not_taken_off),
		T(what_was_taken_over_settles),
		T(when_it_is_full_what_matters_least_gives_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
