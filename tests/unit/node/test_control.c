/* Who has control, until when, and who may take it away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "node/control.h"

#define S NSEC_PER_S
#define T0 (INT64_C(1795332932) * S)

static int take(struct control *c, const char *user, nsec utc, struct err *err)
{
	const struct control_wish wish = { .user = user,
					   .note = "overnight",
					   .seconds = 3600 };

	return control_take(c, &wish, utc, err);
}

static void nobody_keeps_nobody_out(void **state)
{
	struct control c = { 0 };
	struct err why;

	(void)state;
	assert_false(control_keeps_out(&c, "bob", T0, &why));
	assert_false(control_expire(&c, T0));
}

static void the_others_are_kept_out_and_told_by_whom(void **state)
{
	struct control c = { 0 };
	struct err why;

	(void)state;
	assert_int_equal(take(&c, "alice", T0, &why), 0);
	assert_false(control_keeps_out(&c, "alice", T0, &why));
	assert_true(control_keeps_out(&c, "bob", T0 + 600 * S, &why));
	assert_string_equal(why.msg, "alice has control for another 50 min: "
				     "overnight");
}

static void it_runs_out_once(void **state)
{
	struct control c = { 0 };
	struct err why;

	(void)state;
	take(&c, "alice", T0, &why);
	assert_false(control_expire(&c, T0 + 3600 * S - 1));
	assert_false(control_keeps_out(&c, "bob", T0 + 3600 * S, &why));
	assert_true(control_expire(&c, T0 + 3600 * S));
	assert_false(control_expire(&c, T0 + 3600 * S));
	assert_string_equal(c.holder, "");
}

static void the_holder_makes_it_longer(void **state)
{
	struct control c = { 0 };
	struct err why;

	(void)state;
	take(&c, "alice", T0, &why);
	assert_int_equal(take(&c, "alice", T0 + 1000 * S, &why), 0);
	assert_true(c.expires == T0 + 4600 * S);
}

/* force, admin: does bob get it from alice, and what is he told? */
static const struct {
	bool force, admin;
	enum err_code code;
} wishes[] = {
	{ false, false, ERR_STATE },
	{ false, true, ERR_STATE },
	{ true, false, ERR_DENIED },
	{ true, true, ERR_NONE },
};

static void only_an_admin_with_force_takes_it_over(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wishes); i++) {
		struct control c = { 0 };
		const struct control_wish wish = { .user = "bob",
						   .note = "",
						   .seconds = 60,
						   .force = wishes[i].force,
						   .admin = wishes[i].admin };
		struct err err = { 0 };

		take(&c, "alice", T0, &err);
		if (control_take(&c, &wish, T0 + S, &err))
			assert_int_equal(err.code, wishes[i].code);
		assert_string_equal(c.holder, wishes[i].code ? "alice" : "bob");
	}
}

static void who_does_not_have_it_cannot_give_it_up(void **state)
{
	struct control c = { 0 };
	struct err err;

	(void)state;
	take(&c, "alice", T0, &err);
	assert_int_equal(control_release(&c, "bob", T0 + S, &err), -1);
	assert_int_equal(control_release(&c, "alice", T0 + S, &err), 0);
	assert_int_equal(control_release(&c, "bob", T0 + S, &err), 0);
}

static void a_client_on_tcp_is_its_host(void **state)
{
	const struct node_who tcp = { .user = "192.0.2.7:4711",
				      .peer = "192.0.2.7:4711" };
	const struct node_who local = { .user = "alice",
					.program = "gascellctl",
					.peer = "unix" };
	char name[NODE_WHO_MAX];

	(void)state;
	control_name(&tcp, name);
	assert_string_equal(name, "192.0.2.7");
	control_name(&local, name);
	assert_string_equal(name, "alice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_keeps_nobody_out),
		cmocka_unit_test(the_others_are_kept_out_and_told_by_whom),
		cmocka_unit_test(it_runs_out_once),
		cmocka_unit_test(the_holder_makes_it_longer),
		cmocka_unit_test(only_an_admin_with_force_takes_it_over),
		cmocka_unit_test(who_does_not_have_it_cannot_give_it_up),
		cmocka_unit_test(a_client_on_tcp_is_its_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
