"""Long recipes are compiled beside the loop: nothing else waits for them."""

import json
import select
import subprocess

import pytest

from conftest import program

STEPS = 8000
LONG = "recipe: long\nsteps:\n" + "  - hold: {for: 10 s}\n" * STEPS


def ask(client, verb, **more):
    """Says it; the answer is read later."""
    client.send(f"do run:{verb} " + json.dumps({"recipe": LONG, **more}))


def answer(client, to):
    while True:
        line = client.line()
        if line.split(" ")[1] == to:
            return line.split(" ", 2)


def test_others_are_answered_while_a_recipe_is_checked(daemon):
    d = daemon()
    with d.client() as first, d.client() as second:
        ask(first, "_validate")
        second.ask("ping", "x")
        assert not select.select([first.socket], [], [], 0)[0]
        action, _, report = answer(first, "run:_validate")
        assert action == "done"
        assert json.loads(report)[0]["steps"] >= STEPS


def test_a_start_that_is_stopped_in_time_never_begins(daemon):
    d = daemon()
    with d.client() as c:
        ask(c, "_start")
        c.send("do run:stop")
        action, _, report = answer(c, "run:_start")
        assert action == "error_do"
        assert json.loads(report)[1] == "stopped before it had begun"
        assert c.read("run:_state") == "idle"
    assert d.rows("SELECT count(*) FROM v_run") == [(0,)]


def test_a_command_in_between_makes_it_check_again(daemon):
    d = daemon()
    with d.client() as c:
        ask(c, "_start")
        c.send("do run:_skip")
        assert answer(c, "run:_skip")[0] == "error_do"
        action, _, report = answer(c, "run:_start")
        assert action == "done" and json.loads(report)[0] == {"run": 1}
        ask(c, "_replace")
        told = answer(c, "run:_replace")
        assert told[0] == "done", told
        c.do("run:_abort")
    assert d.end() == 0, d.said
    replay = subprocess.run([program("gascelld"), "replay", d.db],
                            capture_output=True, text=True)
    assert replay.returncode == 0 and "the same" in replay.stdout


@pytest.mark.parametrize("verb", ["_start", "_validate", "_load"])
def test_a_client_that_leaves_meanwhile(daemon, verb):
    d = daemon()
    c = d.client()
    ask(c, verb, name="long.yaml")
    c.close()
    with d.client() as other:
        other.ask("ping", "x")
    assert d.end() == 0, d.said


def test_an_end_while_recipes_wait(daemon):
    d = daemon()
    with d.client() as c:
        for _ in range(8):
            ask(c, "_validate")
        c.ask("ping", "x")
        assert d.end() == 0, d.said


def test_too_many_at_once_are_refused(daemon):
    d = daemon()
    with d.client() as c:
        for _ in range(40):
            ask(c, "_validate")
        actions = [answer(c, "run:_validate") for _ in range(40)]
    refused = [json.loads(report) for action, _, report in actions
               if action == "error_do"]
    assert 0 < len(refused) < 40
    assert refused[0][0] == "IsBusy" and "wait" in refused[0][1]


def add_long(client):
    ask(client, "_queue_add", name="long")
    assert answer(client, "run:_queue_add")[0] == "done"


def test_others_are_answered_while_the_queue_starts_its_next(daemon):
    d = daemon()
    with d.client() as first, d.client() as second:
        add_long(first)
        first.send("do run:_queue_go")
        second.ask("ping", "x")
        assert not select.select([first.socket], [], [], 0)[0]
        assert answer(first, "run:_queue_go")[0] == "done"
        assert second.read("run:_queue_state") == "running"
        assert second.read("run:_run") == 1
        second.do("run:_abort")
    assert d.end() == 0, d.said
    assert d.rows("SELECT program FROM v_command WHERE verb = 'start'") == [
        ("queue",)]
    replay = subprocess.run([program("gascelld"), "replay", d.db],
                            capture_output=True, text=True)
    assert replay.returncode == 0 and "the same" in replay.stdout


def test_the_queue_checks_again_after_a_command_in_between(daemon):
    d = daemon()
    with d.client() as c:
        add_long(c)
        c.send("do run:_queue_go")
        c.send("do run:_skip")
        assert answer(c, "run:_skip")[0] == "error_do"
        assert answer(c, "run:_queue_go")[0] == "done"
        c.ask("activate")
        c.wait(lambda v: v["run:_run"] == 1)
        c.do("run:_abort")
    assert d.end() == 0, d.said


def test_a_stop_in_time_holds_the_queue(daemon):
    d = daemon()
    with d.client() as c:
        add_long(c)
        c.send("do run:_queue_go")
        c.send("do run:stop")
        assert answer(c, "run:_queue_go")[0] == "done"
        assert c.read("run:_queue_state") == (
            "held: held by somebody who wanted an end")
        assert c.read("run:_state") == "idle"
        # Told again, it begins.
        c.do("run:_queue_go")
        assert c.read("run:_run") == 1
        c.do("run:_abort")
    assert d.end() == 0, d.said


def test_an_entry_that_is_removed_in_time_never_begins(daemon):
    d = daemon()
    with d.client() as c:
        add_long(c)
        c.send("do run:_queue_go")
        c.do("run:_queue_remove", {"id": 1})
        assert answer(c, "run:_queue_go")[0] == "done"
        assert c.read("run:_queue_state") == "idle"
    assert d.end() == 0, d.said
    assert d.rows("SELECT count(*) FROM v_run") == [(0,)]


def test_an_end_while_the_queue_starts_its_next(daemon):
    d = daemon()
    with d.client() as c:
        add_long(c)
        c.send("do run:_queue_go")
        c.ask("ping", "x")
        assert d.end() == 0, d.said
