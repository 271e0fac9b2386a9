/* The blocking client against a node on a socket of its own, on a thread. */
#include "folder.h"
#include "small_node.h"

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "protocol/client.h"

/* One connection is served; then the thread ends. */
struct served {
	struct small *small;
	char folder[FOLDER_MAX], path[96];
	int listener;
	pthread_t thread;
	const char *script; /* said instead of a node's answers */
	_Atomic bool mute;  /* takes everything and says nothing */
};

static void say(int fd, const char *s, size_t n)
{
	while (n) {
		ssize_t sent = send(fd, s, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		s += sent;
		n -= (size_t)sent;
	}
}

static void answer(struct served *s, int fd, const char *bytes, size_t n)
{
	if (s->mute)
		return;
	if (s->script) {
		say(fd, s->script, strlen(s->script));
		s->script = "";
		return;
	}
	node_client_receive(s->small->client, T0, bytes, n);
	small_got(s->small);
	say(fd, text_str(&s->small->out), s->small->out.n);
}

static void *serve(void *arg)
{
	struct served *s = arg;
	int fd = accept(s->listener, NULL, NULL);
	char bytes[4096];
	ssize_t n;

	if (fd < 0)
		return NULL;
	while ((n = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		answer(s, fd, bytes, (size_t)n);
	close(fd);
	return NULL;
}

static int setup(void **state)
{
	struct served *s = calloc(1, sizeof(*s));
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	small_setup((void **)&s->small);
	folder_make(s->folder);
	snprintf(s->path, sizeof(s->path), "%s/socket", s->folder);
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", s->path);
	s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->listener, (void *)&to, sizeof(to)), 0);
	assert_int_equal(listen(s->listener, 4), 0);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct served *s = *state;

	shutdown(s->listener, SHUT_RDWR);
	if (s->thread)
		pthread_join(s->thread, NULL);
	close(s->listener);
	folder_remove(s->folder);
	small_teardown((void **)&s->small);
	free(s);
	return 0;
}

static struct client *connected(struct served *s)
{
	struct client *c;
	struct err err = { 0 };

	pthread_create(&s->thread, NULL, serve, s);
	c = client_open(s->path, 5000, &err);
	assert_string_equal(err.msg, "");
	assert_non_null(c);
	return c;
}

static void reads_a_value(void **state)
{
	struct client *c = connected(*state);
	struct err err;
	json_t *v = NULL;

	assert_int_equal(client_read(c, "T:value", &v, &err), 0);
	assert_true(json_number_value(v) == 20.5);
	json_decref(v);
	assert_string_equal(client_identity(c), "ISSE,SECoP,,v2.0");
	client_close(c);
}

static void reads_several_at_once(void **state)
{
	static const char *const names[] = { "T:value", "T:nothing", "T:mode",
					     "T:target" };
	struct client *c = connected(*state);
	struct err err;
	json_t *v[4];
	int i;

	assert_int_equal(client_read_each(c, names, 4, v, &err), 0);
	assert_true(json_number_value(v[0]) == 20.5);
	assert_null(v[1]);
	assert_null(v[2]);
	assert_true(json_is_number(v[3]));
	for (i = 0; i < 4; i++)
		json_decref(v[i]);
	client_close(c);
}

static void several_or_none_are_read(void **state)
{
	static const char *const names[] = { "T:value", "T:target" };
	struct served *s = *state;
	struct client *c;
	struct err err;
	json_t *v[2];

	s->script = "ISSE,SECoP,,v2.0\nreply T:value [7" QUALIFIER
		    "reply T:target [7";
	c = connected(s);
	shutdown(client_fd(c), SHUT_WR);
	assert_int_equal(client_read_each(c, names, 2, v, &err), -1);
	assert_int_equal(err.code, ERR_IO);
	client_close(c);
}

static void describes(void **state)
{
	struct client *c = connected(*state);
	struct err err;
	json_t *v = NULL;

	assert_int_equal(client_describe(c, &v, &err), 0);
	assert_non_null(json_object_get(v, "modules"));
	json_decref(v);
	client_close(c);
}

static void error_keeps_its_class_and_text(void **state)
{
	struct client *c = connected(*state);
	struct err err;

	assert_int_equal(client_change(c, "T:target", "1e4", NULL, &err), -1);
	assert_int_equal(client_error_class(c), ERROR_RANGE);
	assert_int_equal(err.code, ERR_RANGE);
	assert_string_equal(err.msg, "10000 is above the maximum 1000 degC");
	assert_true(json_is_object(client_error_details(c)));
	assert_int_equal(client_do(c, "T:stop", NULL, NULL, &err), 0);
	assert_int_equal(client_error_class(c), ERROR_NONE);
	client_close(c);
}

struct seen {
	int n, n_errors;
	char last[64];
};

static void on_update(void *context, const struct client_update *u)
{
	struct seen *seen = context;

	seen->n++;
	seen->n_errors += !u->value;
	snprintf(seen->last, sizeof(seen->last), "%s:%s %d", u->module,
		 u->parameter, u->class);
	assert_true(!u->value || u->t == T0);
}

static void activation_gives_every_parameter(void **state)
{
	struct client *c = connected(*state);
	struct seen seen = { 0 };
	struct err err;

	client_set_on_update(c, on_update, &seen);
	assert_int_equal(client_activate(c, NULL, &err), 0);
	assert_int_equal(seen.n, 7);
	assert_int_equal(seen.n_errors, 1);
	assert_string_equal(seen.last, "p:_event 0");
	client_close(c);
}

static void several_modules_are_activated_at_once(void **state)
{
	static const char *const modules[] = { "p", "nothing", "T" };
	struct client *c = connected(*state);
	struct seen seen = { 0 };
	struct err err;

	client_set_on_update(c, on_update, &seen);
	assert_int_equal(client_activate_modules(c, modules, 3, &err), 0);
	assert_int_equal(seen.n, 7);
	client_close(c);
}

static void the_first_module_must_be_there(void **state)
{
	static const char *const modules[] = { "nothing", "T" };
	struct client *c = connected(*state);
	struct err err;

	assert_int_equal(client_activate_modules(c, modules, 2, &err), -1);
	assert_int_equal(client_error_class(c), ERROR_NO_SUCH_MODULE);
	client_close(c);
}

static void updates_are_given_while_waiting_for_an_answer(void **state)
{
	struct client *c = connected(*state);
	struct seen seen = { 0 };
	struct err err;

	assert_int_equal(client_activate(c, "T", &err), 0);
	client_set_on_update(c, on_update, &seen);
	assert_int_equal(client_change(c, "T:target", "300", NULL, &err), 0);
	assert_int_equal(seen.n, 2);
	client_close(c);
}

static void a_command_is_shown(void **state)
{
	struct client *c = connected(*state);
	struct seen seen = { 0 };
	struct err err;

	client_set_on_update(c, on_update, &seen);
	assert_int_equal(client_do_shown(c, "T:stop", NULL, 5000, NULL, &err),
			 0);
	assert_int_equal(seen.n, 5);
	client_close(c);
}

static void a_command_that_is_refused_is_not_shown(void **state)
{
	struct client *c = connected(*state);
	struct err err;

	assert_int_equal(client_do_shown(c, "T:go", NULL, 5000, NULL, &err),
			 -1);
	assert_int_equal(client_error_class(c), ERROR_NO_SUCH_COMMAND);
	assert_int_equal(client_do_shown(c, "U:go", NULL, 5000, NULL, &err),
			 -1);
	assert_int_equal(client_error_class(c), ERROR_NO_SUCH_MODULE);
	client_close(c);
}

static void what_came_of_a_command_is_shown(void **state)
{
	struct served *s = *state;
	struct client *c;
	struct seen seen = { 0 };
	struct err err;
	json_t *v = NULL;

	s->script = "ISSE,SECoP,,v2.0\n"
		    "update T:status [[100,\"\"]" QUALIFIER "active T\n"
		    "update T:value [7" QUALIFIER "done T:_say [\"it\",{}]\n";
	c = connected(s);
	client_set_on_update(c, on_update, &seen);
	assert_int_equal(client_do_shown(c, "T:_say", "\"it\"", 5000, &v, &err),
			 0);
	assert_string_equal(json_string_value(v), "it");
	assert_int_equal(seen.n, 2);
	assert_string_equal(seen.last, "T:value 0");
	json_decref(v);
	client_close(c);
}

static void waits_for_updates_within_a_bound(void **state)
{
	struct client *c = connected(*state);
	struct err err;
	size_t n = 7;

	assert_int_equal(client_wait(c, 0, &n, &err), 0);
	assert_int_equal(n, 0);
	client_close(c);
}

static void silence_is_a_timeout(void **state)
{
	struct served *s = *state;
	struct client *c = connected(s);
	struct err err;

	s->mute = true;
	assert_int_equal(client_request(c, "ping", "1", NULL, 20, NULL, &err),
			 -1);
	assert_int_equal(err.code, ERR_TIMEOUT);
	assert_int_equal(client_read(c, "T:value", NULL, &err), -1);
	assert_int_equal(err.code, ERR_IO);
	client_close(c);
}

static void nobody_there_is_not_found(void **state)
{
	struct served *s = *state;
	struct err err;

	s->path[strlen(s->path) - 1] = 'x';
	assert_null(client_open(s->path, 1000, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	s->path[strlen(s->path) - 1] = 't';
}

static void other_services_are_refused(void **state)
{
	struct served *s = *state;
	struct err err;

	s->script = "HTTP/1.1 400 Bad Request\r\n";
	pthread_create(&s->thread, NULL, serve, s);
	assert_null(client_open(s->path, 5000, &err));
	assert_int_equal(err.code, ERR_PROTOCOL);
}

static void silent_services_are_refused(void **state)
{
	struct served *s = *state;
	struct err err;

	s->mute = true;
	pthread_create(&s->thread, NULL, serve, s);
	assert_null(client_open(s->path, 20, &err));
	assert_int_equal(err.code, ERR_TIMEOUT);
}

static void lines_of_others_are_passed_over(void **state)
{
	struct served *s = *state;
	struct client *c;
	struct err err;
	json_t *v = NULL;

	s->script = "x,ISSE,SECoP,V1,v1.0\n";
	pthread_create(&s->thread, NULL, serve, s);
	assert_null(client_open(s->path, 5000, &err));
	pthread_join(s->thread, NULL);
	s->script = "ISSE&SINE2020,SECoP,V2019-09-16,v1.0\n"
		    "reply T:x [1,{}]\nlog T:info \"hello\"\nnonsense\n"
		    "update T:value [1]\nreply T:value [2,{}]\n";
	c = connected(s);
	assert_int_equal(client_read(c, "T:value", &v, &err), 0);
	assert_int_equal(json_integer_value(v), 2);
	json_decref(v);
	client_close(c);
}

static void places_that_are_none(void **state)
{
	static const char *const wheres[] = { "tcp:", ":1", "host:", "tcp:x" };
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wheres); i++) {
		assert_null(client_open(wheres[i], 100, &err));
		assert_int_equal(err.code, ERR_INVALID);
	}
}

static void requests_are_one_line(void **state)
{
	struct client *c = connected(*state);
	struct err err;

	assert_int_equal(client_read(c, "T:value\nping", NULL, &err), -1);
	assert_int_equal(client_read(c, "T: value", NULL, &err), -1);
	assert_int_equal(client_change(c, "T:target", "1\n2", NULL, &err), -1);
	assert_int_equal(client_read(c, "T:value", NULL, &err), 0);
	client_close(c);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(reads_a_value),
		T(reads_several_at_once),
		T(several_or_none_are_read),
		T(describes),
		T(error_keeps_its_class_and_text),
		T(activation_gives_every_parameter),
		T(several_modules_are_activated_at_once),
		T(the_first_module_must_be_there),
		T(updates_are_given_while_waiting_for_an_answer),
		T(a_command_is_shown),
		T(a_command_that_is_refused_is_not_shown),
		T(what_came_of_a_command_is_shown),
		T(waits_for_updates_within_a_bound),
		T(silence_is_a_timeout),
		T(nobody_there_is_not_found),
		T(other_services_are_refused),
		T(silent_services_are_refused),
		T(lines_of_others_are_passed_over),
		T(places_that_are_none),
		T(requests_are_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
