/* Groups and what they may. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/array.h"
#include "daemon/access.h"

#define MICRO 7001
#define LAB 7002
#define BOSS 7003
#define SELF 4711

static const struct access open_access = {
	.given = true,
	.self = SELF,
	.n = 2,
	.groups = { { LAB, NODE_OPERATOR }, { BOSS, NODE_ADMIN } },
};
static const struct access closed_access = {
	.given = true,
	.closed = true,
	.self = SELF,
	.n = 3,
	.groups = { { MICRO, NODE_OBSERVER },
		    { LAB, NODE_OPERATOR },
		    { BOSS, NODE_ADMIN } },
};
static const struct access no_access = { .self = SELF };

static const struct {
	const struct access *access;
	uid_t uid;
	gid_t groups[3];
	enum node_rights rights;
} peers[] = {
	{ &no_access, 1000, { 1000 }, NODE_OPERATOR },
	{ &no_access, 0, { 0 }, NODE_ADMIN },
	{ &no_access, SELF, { 1000 }, NODE_ADMIN },
	{ &open_access, 1000, { 1000 }, NODE_OBSERVER },
	{ &open_access, 1000, { 1000, LAB }, NODE_OPERATOR },
	{ &open_access, 1000, { LAB, 1000 }, NODE_OPERATOR },
	{ &open_access, 1000, { LAB, BOSS }, NODE_ADMIN },
	{ &open_access, 1000, { BOSS, LAB }, NODE_ADMIN },
	{ &open_access, 0, { 0 }, NODE_ADMIN },
	{ &closed_access, 1000, { 1000 }, NODE_RIGHTS_DEFAULT },
	{ &closed_access, 1000, { 1000, MICRO }, NODE_OBSERVER },
	{ &closed_access, 1000, { MICRO, LAB }, NODE_OPERATOR },
	{ &closed_access, SELF, { 1000 }, NODE_ADMIN },
};

static void the_highest_right_of_its_groups_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(peers); i++) {
		struct peer peer = { .known = true, .uid = peers[i].uid };

		while (peer.n_groups < 3 && peers[i].groups[peer.n_groups]) {
			peer.groups[peer.n_groups] =
				peers[i].groups[peer.n_groups];
			peer.n_groups++;
		}
		if (access_of(peers[i].access, &peer) != peers[i].rights)
			fail_msg("peer %zu", i);
	}
}

static void who_is_not_known_does_not_operate(void **state)
{
	const struct peer peer = { .known = false };

	(void)state;
	assert_int_equal(access_of(&open_access, &peer), NODE_OBSERVER);
	assert_int_equal(access_of(&closed_access, &peer), NODE_RIGHTS_DEFAULT);
	assert_int_equal(access_of(&no_access, &peer), NODE_OBSERVER);
}

static void a_group_that_is_not_there_is_named(void **state)
{
	struct config_access config = { .given = true };
	struct access access;
	struct err err = { 0 };

	(void)state;
	config.rights[CONFIG_ADMIN].n = 1;
	config.rights[CONFIG_ADMIN].name[0] = "no-such-group-here";
	assert_int_equal(access_init(&access, &config, &err), -1);
	assert_string_equal(err.msg, "access: there is no group "
				     "'no-such-group-here' on this machine");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_highest_right_of_its_groups_counts),
		cmocka_unit_test(who_is_not_known_does_not_operate),
		cmocka_unit_test(a_group_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
