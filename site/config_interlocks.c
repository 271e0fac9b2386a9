/* The list of interlocks, read. */
#include <string.h>

#include "base/array.h"
#include "site/config_interlock.h"
#include "site/config_read.h"

#define WINDOW_MAX (24 * 3600 * NSEC_PER_S)
#define OF_MAX 8

static const char *const known_keys[] = { "role",  "roles",  "name",	"need",
					  "level", "when",   "window",	"above",
					  "below", "rise",   "fall",	"stale",
					  "lag",   "frozen", "differs", NULL };

/* The key that names the kind; NULL with a problem unless there is just
 * one. */
static const struct yaml_node *find_kind(struct config_reader *r,
					 const struct yaml_node *map,
					 enum interlock_kind *kind)
{
	const struct yaml_node *found = NULL, *node;
	size_t i;

	for (i = 0; config_interlock_kinds[i]; i++) {
		node = yaml_get(map, config_interlock_kinds[i]);
		if (node && found) {
			problems_add(r->p, node->key_at,
				     "an interlock has "
				     "one condition; '%s' and '%s' are two",
				     found->key, node->key);
			return NULL;
		}
		if (node) {
			found = node;
			*kind = (enum interlock_kind)i;
		}
	}
	if (!found)
		problems_add(r->p, map->at,
			     "an interlock needs a condition: "
			     "above, below, rise, fall, stale, lag, frozen or "
			     "differs");
	return found;
}

static int read_choice(struct config_reader *r, const struct yaml_node *map,
		       const char *key, const char *const *words, int usual)
{
	const struct yaml_node *node = yaml_get(map, key);
	int choice = node ? config_word(r, node, key, words) : usual;

	return choice < 0 ? usual : choice;
}

/* "2 of 3": one digit each. */
static void read_need(struct config_reader *r, const struct yaml_node *map,
		      struct interlock *lock)
{
	const struct yaml_node *node = yaml_get(map, "need");
	const char *s;

	lock->need = lock->of = 1;
	if (!node || !config_is(node, YAML_SCALAR, "need", r->p))
		return;
	if (!config_interlock_counts_samples(lock->kind))
		problems_add(r->p, node->key_at,
			     "need does not go with %s: "
			     "it has a window",
			     config_interlock_kinds[lock->kind]);
	s = node->s;
	if (strlen(s) == 6 && !strncmp(s + 1, " of ", 4) && s[0] >= '1' &&
	    s[0] <= s[5] && s[5] <= '0' + OF_MAX) {
		lock->need = (uint8_t)(s[0] - '0');
		lock->of = (uint8_t)(s[5] - '0');
	} else {
		problems_add(r->p, node->at,
			     "'%s': written like '2 of 3', of "
			     "at most %d samples",
			     s, OF_MAX);
	}
}

static void read_window(struct config_reader *r, const struct yaml_node *map,
			struct interlock *lock)
{
	const struct yaml_node *node = yaml_get(map, "window");

	if (config_interlock_needs_window(lock->kind)) {
		if (node)
			config_time(r, node, NSEC_PER_MS, WINDOW_MAX,
				    &lock->window);
		else
			problems_add(r->p, map->at,
				     "%s needs a window: the "
				     "time it is looked at, like '2 s'",
				     config_interlock_kinds[lock->kind]);
	} else if (node) {
		problems_add(r->p, node->key_at, "%s has no window",
			     config_interlock_kinds[lock->kind]);
	}
}

/* All that is the same for each role of a list. */
static void read_common(struct config_reader *r, const struct yaml_node *map,
			struct interlock *lock)
{
	const struct yaml_node *name = config_scalar(r, map, "name");

	lock->level = (enum level)read_choice(
		r, map, "level", config_interlock_levels, LEVEL_COOL);
	lock->when = (enum interlock_when)read_choice(
		r, map, "when", config_interlock_whens, WHEN_ALWAYS);
	read_need(r, map, lock);
	read_window(r, map, lock);
	if (name && !text_copy(lock->name, sizeof(lock->name), name->s))
		problems_add(r->p, name->at, "a name has at most %zu bytes",
			     sizeof(lock->name) - 1);
	if (lock->level == LEVEL_RUN)
		problems_add(r->p, map->at,
			     "an interlock leads to hold, cool "
			     "or isolate");
}

static bool read_bound(struct config_reader *r, const struct yaml_node *node,
		       struct interlock *lock)
{
	const struct role *role = &r->c->site.roles[lock->role];
	double per_unit;
	enum quantity q;

	if (!config_interlock_has_bound(lock->kind))
		return config_time(r, node, NSEC_PER_MS, WINDOW_MAX,
				   &lock->window);
	if (!config_interlock_quantity(lock->kind, role->quantity, &q,
				       &per_unit)) {
		problems_add(r->p, node->key_at,
			     "%s does not fit %s, which "
			     "is a %s",
			     node->key, role->name,
			     quantity_name(role->quantity));
		return false;
	}
	if (!config_quantity(r, node, q, &lock->bound))
		return false;
	lock->bound /= per_unit;
	return true;
}

static void check_role(struct config_reader *r, const struct yaml_node *node,
		       const struct interlock *lock)
{
	const struct site *s = &r->c->site;
	const struct role *role = &s->roles[lock->role];

	if ((lock->kind == INTERLOCK_LAG || lock->kind == INTERLOCK_DIFFERS) &&
	    !(role->access & ROLE_WRITE))
		problems_add(r->p, node->at,
			     "%s has no setpoint that it "
			     "could differ from",
			     role->name);
	if (lock->kind == INTERLOCK_FROZEN &&
	    s->known[KNOWN_HEATER_POWER] == ROLE_NONE)
		problems_add(r->p, node->at,
			     "frozen compares with the role "
			     "heater.power, which this site has not");
	if (lock->window && lock->window < s->polls[role->poll].period)
		problems_add(r->p, node->at, "%s is read every %.0f ms only",
			     role->name,
			     nsec_to_s(s->polls[role->poll].period) * 1e3);
	if (lock->kind == INTERLOCK_ABOVE &&
	    (int)lock->role == s->known[KNOWN_HEATER] &&
	    lock->bound <= role->max)
		problems_add(r->p, node->at,
			     "the heater may be set to %.6g "
			     "°C, which is not below this interlock: lower "
			     "its limit, or holder: temperature_max",
			     role->max);
}

/* One interlock for one of its roles. */
static void read_for_role(struct config_reader *r, const struct yaml_node *role,
			  const struct yaml_node *bound, struct interlock lock)
{
	struct site *s = &r->c->site;
	int index;

	if (!config_is(role, YAML_SCALAR, "a role", r->p))
		return;
	index = config_role(r, role->s, role->at);
	if (index == ROLE_NONE)
		return;
	lock.role = (uint16_t)index;
	if (!read_bound(r, bound, &lock))
		return;
	check_role(r, role, &lock);
	if (!lock.name[0])
		config_interlock_name(&lock, s);
	if (s->n_interlocks == INTERLOCKS_MAX)
		problems_add(r->p, role->at, "more than %d interlocks",
			     INTERLOCKS_MAX);
	else
		s->interlocks[s->n_interlocks++] = lock;
}

static void read_interlock(struct config_reader *r, const struct yaml_node *map)
{
	const struct yaml_node *bound, *role, *roles;
	struct interlock lock = { 0 };

	if (!config_is(map, YAML_MAPPING, "an interlock", r->p))
		return;
	yaml_check_keys(map, "an interlock", known_keys, r->p);
	bound = find_kind(r, map, &lock.kind);
	role = yaml_get(map, "role");
	roles = yaml_get(map, "roles");
	if (!role == !roles)
		problems_add(r->p, map->at,
			     "an interlock watches a 'role' or "
			     "a list of 'roles'");
	if (!bound || !role == !roles)
		return;
	read_common(r, map, &lock);
	if (role) {
		read_for_role(r, role, bound, lock);
	} else if (config_is(roles, YAML_SEQUENCE, "roles", r->p)) {
		for (role = roles->first; role; role = role->next)
			read_for_role(r, role, bound, lock);
	}
}

void config_read_interlocks(struct config_reader *r)
{
	const struct yaml_node *list =
		config_section(r, "interlocks", YAML_SEQUENCE);
	const struct yaml_node *node;

	for (node = list ? list->first : NULL; node; node = node->next)
		read_interlock(r, node);
	if (!config_interlock_complete(&r->c->site))
		problems_add(r->p,
			     list ? list->at
				  : (struct place){ .file = r->file },
			     "more than %d interlocks, with those that each "
			     "site gets",
			     INTERLOCKS_MAX);
}
