#include "ring/seen.h"

static int64_t command_argument(const struct command *c)
{
	switch (c->kind) {
	case COMMAND_START: return c->run;
	case COMMAND_EXTEND: return c->duration;
	case COMMAND_ANSWER: return c->choice;
	case COMMAND_SET: return c->role;
	default: return 0;
	}
}

static void command_encode(const struct command *c, struct seen *out)
{
	out->a = (int64_t)c->kind | (int64_t)c->id << 8;
	out->c = command_argument(c);
	out->x = c->kind == COMMAND_SET ? c->value : 0;
}

bool seen_encode(const struct event *event, struct seen *out)
{
	*out = (struct seen){ .type = (int)event->type };
	switch (event->type) {
	case EVENT_POLL:
	case EVENT_TIMEOUT: return false;
	case EVENT_LOST:
		out->a = event->lost.poll;
		out->c = (int64_t)event->lost.code;
		return true;
	case EVENT_ANSWER:
		out->a = event->answer.set;
		out->c = (int64_t)event->answer.code;
		out->d = event->answer.ok;
		return true;
	case EVENT_FRAME:
		out->a = event->frame.image;
		out->c = event->frame.began;
		out->d = event->frame.ended;
		out->x = event->frame.ok;
		return true;
	case EVENT_COMMAND: command_encode(&event->command, out); return true;
	case EVENT_FAULT:
		out->a = (int64_t)event->fault.fault;
		out->c = event->fault.gone;
		return true;
	}
	return false;
}

static bool within(int64_t value, int64_t max)
{
	return value >= 0 && value <= max;
}

static int command_decode(const struct seen *s, struct command *c,
			  struct err *err)
{
	int64_t kind = s->a & 0xff;
	int64_t id = s->a >> 8;

	if (!within(kind, COMMAND_N - 1) || !within(id, UINT32_MAX))
		return err_set(err, ERR_INVALID,
			       "no command has the number "
			       "%lld",
			       (long long)s->a);
	*c = (struct command){ .kind = (enum command_kind)kind,
			       .id = (uint32_t)id };
	if (c->kind == COMMAND_EXTEND) {
		c->duration = s->c;
		return 0;
	}
	if (!within(s->c, c->kind == COMMAND_SET ? UINT16_MAX : UINT32_MAX))
		return err_set(err, ERR_INVALID, "command %s: argument %lld",
			       command_name(c->kind), (long long)s->c);
	c->run = c->kind == COMMAND_START ? (uint32_t)s->c : 0;
	c->choice = c->kind == COMMAND_ANSWER ? (uint32_t)s->c : 0;
	c->role = c->kind == COMMAND_SET ? (uint16_t)s->c : 0;
	c->value = s->x;
	return 0;
}

static int bad_row(const struct seen *s, struct err *err)
{
	return err_set(err, ERR_INVALID, "row of type %d: %lld %lld %lld",
		       s->type, (long long)s->a, (long long)s->c,
		       (long long)s->d);
}

static int lost_decode(const struct seen *s, struct event *event,
		       struct err *err)
{
	if (!within(s->a, POLLS_MAX - 1) || !within(s->c, ERR_AGAIN))
		return bad_row(s, err);
	event->lost.poll = (uint16_t)s->a;
	event->lost.code = (enum err_code)s->c;
	return 0;
}

static int answer_decode(const struct seen *s, struct event *event,
			 struct err *err)
{
	if (!within(s->a, UINT32_MAX) || !within(s->c, ERR_AGAIN) ||
	    !within(s->d, 1))
		return bad_row(s, err);
	event->answer.set = (uint32_t)s->a;
	event->answer.code = (enum err_code)s->c;
	event->answer.ok = s->d == 1;
	return 0;
}

static int frame_decode(const struct seen *s, struct event *event,
			struct err *err)
{
	if (!within(s->a, UINT32_MAX))
		return bad_row(s, err);
	event->frame.image = (uint32_t)s->a;
	event->frame.began = s->c;
	event->frame.ended = s->d;
	event->frame.ok = s->x > 0;
	return 0;
}

static int fault_decode(const struct seen *s, struct event *event,
			struct err *err)
{
	if (!within(s->a, FAULT_LATE) || !within(s->c, 1))
		return bad_row(s, err);
	event->fault.fault = (enum fault)s->a;
	event->fault.gone = s->c == 1;
	return 0;
}

int seen_decode(const struct seen *s, struct event *event, struct err *err)
{
	struct event got = { .now = event->now,
			     .type = (enum event_type)s->type };
	int status;

	switch (s->type) {
	case EVENT_LOST: status = lost_decode(s, &got, err); break;
	case EVENT_ANSWER: status = answer_decode(s, &got, err); break;
	case EVENT_FRAME: status = frame_decode(s, &got, err); break;
	case EVENT_COMMAND:
		status = command_decode(s, &got.command, err);
		break;
	case EVENT_FAULT: status = fault_decode(s, &got, err); break;
	default: status = bad_row(s, err);
	}
	if (!status)
		*event = got;
	return status;
}
