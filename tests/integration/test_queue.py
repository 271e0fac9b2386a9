"""The queue of runs: one recipe after the other, and what keeps the next from
starting."""

import hashlib
import json
import os
import pwd

import pytest

from conftest import Refused

USER = pwd.getpwuid(os.getuid()).pw_name
QUICK = "recipe: Quick\nsteps:\n  - wait: 20 s\n"
LONG = "recipe: Long\nsteps:\n  - wait: 10 h\n"
# Nothing heats, so this fails after a minute.
FAILS = """recipe: Fails
steps:
  - wait: {until: heater >= 100 °C, within: 1 min}
"""
MISTAKE = "recipe: Wrong\nsteps:\n  - ramp: {to: 300}\n  - jump: 1\n"


def add(client, text, name="a", **more):
    return client.do("run:_queue_add",
                     {"recipe": text, "name": name, **more})["id"]


def queue(client):
    return json.loads(client.read("run:_queue"))


def names(client):
    return [(e["name"], e["state"]) for e in queue(client)]


def state(client):
    return client.read("run:_queue_state")


def alarm(client):
    """That the queue is held, in the list of alarms."""
    found = [a for a in json.loads(client.read("daemon:_alarms"))
             if a["text"].startswith("the queue is held")]
    assert len(found) == 1
    return found[0]


def wait_state(client, start):
    return client.wait(lambda v: v["run:_queue_state"].startswith(start))[
        "run:_queue_state"]


def runs(d):
    return d.rows("SELECT run, recipe, state FROM v_run ORDER BY run")


def test_the_second_starts_after_the_first(daemon):
    d = daemon(speed=1000)
    with d.client(active=True) as c:
        assert add(c, QUICK, "first", label="one") == 1
        assert add(c, QUICK.replace("Quick", "Again"), "second") == 2
        assert state(c) == "idle"
        entry = queue(c)[0]
        assert (entry["recipe"], entry["label"], entry["by"]) == (
            "Quick", "one", USER)
        assert entry["steps"] == 1 and entry["seconds"] == 20
        c.do("run:_queue_go")
        assert c.values["run:_queue_state"] == "running"
        assert names(c) == [("first", "running"), ("second", "waiting")]
        c.wait(lambda v: v["run:_recipe"] == "Again")
        wait_state(c, "idle")
        assert queue(c) == []
    assert d.end() == 0
    assert runs(d) == [(1, "Quick", "complete"), (2, "Again", "complete")]
    first, second = d.rows("SELECT t_ns, t_end_ns FROM v_run ORDER BY run")
    assert first[1] < second[0]
    assert d.rows("SELECT entry, place, state, run, name FROM v_queue") == [
        (1, None, "complete", 1, "first"), (2, None, "complete", 2, "second")]
    assert d.rows("SELECT verb, user, program FROM v_command"
                  " WHERE verb = 'start'") == [("start", USER, "queue")] * 2


def test_parameters_includes_and_labels_go_with_it(daemon):
    text = ("recipe: Whole\nparameters:\n  t: 1 h\nsteps:\n"
            "  - include: part\n  - wait: $t\n")
    d = daemon(speed=1000)
    with d.client(active=True) as c:
        add(c, text, label="night 3", parameters=json.dumps({"t": "7 s"}),
            includes=json.dumps({"part": QUICK}))
        assert queue(c)[0]["seconds"] == 27
        c.do("run:_queue_go")
        wait_state(c, "idle")
    assert d.end() == 0
    assert d.rows("SELECT label, parameters, state FROM v_run") == [
        ("night 3", '{"t":"7 s"}', "complete")]


def test_a_recipe_of_the_library_by_its_name(daemon):
    d = daemon()
    with d.client() as c:
        add(c, "", "clean-cell")
        assert queue(c)[0]["recipe"]


def test_a_failed_run_holds_the_queue(daemon):
    d = daemon(speed=1000)
    with d.client(active=True) as c:
        add(c, FAILS, "fails")
        add(c, QUICK, "next")
        c.do("run:_queue_go")
        why = wait_state(c, "held")
        assert "run 1 (fails) was aborted" in why
        assert names(c) == [("next", "waiting")]
        assert alarm(c)["state"] == "unacknowledged"
        c.do("run:_queue_go")
        wait_state(c, "idle")
        assert alarm(c)["state"] == "returned"
    assert d.end() == 0
    assert [r[2] for r in runs(d)] == ["aborted", "complete"]
    assert d.rows("SELECT severity FROM v_event WHERE kind = 'queue'"
                  " AND text LIKE 'the queue is held%'") == [("alarm",)]


def test_a_failed_run_is_gone_past_when_its_entry_says_so(daemon):
    d = daemon(speed=1000)
    with d.client(active=True) as c:
        add(c, FAILS, "fails", after="continue")
        add(c, QUICK, "next")
        c.do("run:_queue_go")
        wait_state(c, "idle")
    assert d.end() == 0
    assert [r[2] for r in runs(d)] == ["aborted", "complete"]


def test_never_past_a_latched_trip(daemon):
    d = daemon(speed=100)
    with d.client(active=True) as c:
        add(c, LONG, "long", after="continue")
        add(c, QUICK, "next", after="continue")
        c.do("run:_queue_go")
        c.wait(lambda v: v["run:_state"] == "running")
        c.do("run:_abort")
        why = wait_state(c, "held")
        assert "aborted by the operator" in why
        with pytest.raises(Refused) as refused:
            c.do("run:_queue_go")
        assert refused.value.kind == "Impossible"
        assert "Reset it first" in refused.value.text
        c.wait(lambda v: v["run:_safe_confirmed"])
        c.do("run:_reset")
        assert state(c).startswith("held")
        c.do("run:_queue_go")
        wait_state(c, "idle")
    assert d.end() == 0
    assert [r[2] for r in runs(d)] == ["aborted", "complete"]


def test_a_stopped_run_holds_the_queue(daemon):
    d = daemon(speed=100)
    with d.client(active=True) as c:
        add(c, LONG, "long", after="continue")
        add(c, QUICK, "next")
        c.do("run:_queue_go")
        c.do("run:stop")
        assert "run 1 (long) was stopped" in wait_state(c, "held")
        assert names(c) == [("next", "waiting")]


def test_kill_in_the_first(daemon):
    d = daemon(speed=100)
    with d.client(active=True) as c:
        add(c, LONG, "first", after="continue")
        add(c, QUICK, "second")
        c.do("run:_queue_go")
        c.wait(lambda v: v["run:_progress"] > 0)
    d.kill()
    again = daemon(speed=1000)
    with again.client(active=True) as c:
        why = c.values["run:_queue_state"]
        assert why.startswith("held: run 1 (first) was cut off")
        assert names(c) == [("first", "held"), ("second", "waiting")]
        assert queue(c)[0]["reason"] == "interrupted in run 1"
        with pytest.raises(Refused):
            c.do("run:_queue_go")  # latched, until somebody has looked
        c.wait(lambda v: v["run:_safe_confirmed"])
        c.do("run:_reset")
        assert c.read("run:_run") == 0
        c.do("run:_queue_remove", {"id": 1})
        c.do("run:_queue_go")
        wait_state(c, "idle")
    assert again.end() == 0
    assert runs(again) == [(1, "Long", "interrupted"),
                           (2, "Quick", "complete")]


def test_an_orderly_restart_holds_it_too(daemon):
    d = daemon()
    with d.client() as c:
        add(c, QUICK)
    assert d.end() == 0
    again = daemon()
    with again.client() as c:
        assert state(c) == "held: the daemon was restarted"
        assert names(c) == [("a", "waiting")]
        assert add(c, QUICK, "b") == 2


def test_move_remove_hold(daemon):
    d = daemon(speed=1000)
    with d.client(active=True) as c:
        for name in "abc":
            add(c, QUICK, name)
        c.do("run:_queue_move", {"id": 3, "to": 1})
        assert [n for n, _ in names(c)] == ["c", "a", "b"]
        c.do("run:_queue_remove", {"id": 1})
        assert [n for n, _ in names(c)] == ["c", "b"]
        c.do("run:_queue_hold")
        assert state(c) == f"held: held by {USER}"
        for command, argument, says in (
                ("move", {"id": 3, "to": 3}, "there are 1 to 2"),
                ("move", {"id": 1, "to": 1}, "no entry 1"),
                ("remove", {"id": 99}, "no entry 99")):
            with pytest.raises(Refused) as refused:
                c.do(f"run:_queue_{command}", argument)
            assert refused.value.kind == "RangeError"
            assert says in refused.value.text
        c.do("run:_queue_go")
        wait_state(c, "idle")
    assert d.end() == 0
    rows = d.rows("SELECT verb, args, user, outcome FROM v_command"
                  " WHERE verb LIKE 'queue-%' ORDER BY id")
    assert all(r[2] == USER for r in rows)
    assert [r[0] for r in rows] == ["queue-add"] * 3 + [
        "queue-move", "queue-remove", "queue-hold", "queue-move",
        "queue-move", "queue-remove", "queue-go"]
    assert json.loads(rows[3][1]) == {"id": 3, "to": 1}
    assert rows[3][3] == "ok" and "there are" in rows[6][3]


def test_by_hand_while_it_waits(daemon):
    d = daemon(speed=1000)
    with d.client(active=True) as c:
        add(c, QUICK, "queued")
        c.start(QUICK.replace("Quick", "By hand"))
        c.do("run:_queue_go")
        assert names(c) == [("queued", "waiting")]
        wait_state(c, "idle")
    assert d.end() == 0
    assert [r[1] for r in runs(d)] == ["By hand", "Quick"]


def test_mistakes_are_told_when_it_is_added(daemon):
    with daemon().client() as c:
        with pytest.raises(Refused) as refused:
            add(c, MISTAKE, "wrong.yaml")
        assert refused.value.kind == "RangeError"
        assert "wrong.yaml:" in refused.value.details["problems"]
        assert len(refused.value.details["problems"].splitlines()) >= 2
        with pytest.raises(Refused) as refused:
            add(c, QUICK, after="maybe")
        assert "'stop' or 'continue'" in refused.value.text
        with pytest.raises(Refused) as refused:
            c.do("run:_queue_go")
        assert refused.value.text == "the queue is empty"
        assert queue(c) == []


def test_what_does_not_pass_when_its_turn_comes_holds_it(daemon):
    """What is in the cell is known when it starts, not when it is added."""
    oxygen = ("recipe: Oxygen\nsteps:\n  - atmosphere: {gas: O2,"
              " pressure: 100 Torr, flow: {up_to: 0.05 sccm}}\n")
    d = daemon(speed=1000)
    with d.client(active=True) as c:
        add(c, oxygen, "oxygen.yaml")
        add(c, QUICK, "next")
        c.do("run:_queue_go")
        why = wait_state(c, "held")
        assert why.startswith("held: oxygen.yaml does not start:"
                              " oxygen.yaml:3:")
        assert "purge" in why
        assert names(c) == [("oxygen.yaml", "held"), ("next", "waiting")]
        c.do("run:_queue_move", {"id": 2, "to": 1})
        c.do("run:_queue_go")
        c.wait(lambda v: v["run:_recipe"] == "Quick")
    assert d.end() == 0


def test_it_takes_so_many(daemon):
    with daemon().client() as c:
        for i in range(32):
            add(c, QUICK, f"r{i}")
        with pytest.raises(Refused) as refused:
            add(c, QUICK)
        assert refused.value.kind == "Impossible"
        assert "32" in refused.value.text
        assert len(queue(c)) == 32


def test_load_and_start_by_name(daemon):
    d = daemon(speed=1000)
    with d.client(active=True) as c:
        got = c.do("run:_load", {"recipe": QUICK, "name": "mine",
                                 "label": "loaded"})
        assert got["sha256"] == hashlib.sha256(QUICK.encode()).hexdigest()
        assert (got["name"], got["steps"], got["seconds"]) == ("mine", 1, 20)
        c.change("run:target", "mine")
        c.wait(lambda v: v["run:status"][0] == 100 and v["run:_run"] == 1)
        assert c.read("run:_label") == "loaded"
    assert d.end() == 0
    assert runs(d) == [(1, "Quick", "complete")]
    assert d.rows("SELECT verb, args FROM v_command")[0] == (
        "load", '{"name":"mine"}')


def test_load_refuses(daemon):
    with daemon().client() as c:
        for wrong, says in (
                ({"recipe": MISTAKE, "name": "x"}, "x:"),
                ({"recipe": QUICK}, "name"),
                ({"recipe": QUICK, "name": "a\nb"}, "control"),
                ({"recipe": QUICK, "name": "clean-cell"}, "library")):
            with pytest.raises(Refused) as refused:
                c.do("run:_load", wrong)
            assert refused.value.kind == "RangeError"
            assert says in refused.value.text
        with pytest.raises(Refused):
            c.change("run:target", "x")


def test_load_keeps_the_newest_sixteen(daemon):
    d = daemon(speed=1000)
    with d.client(active=True) as c:
        for i in range(17):
            c.do("run:_load", {"recipe": QUICK, "name": f"r{i}"})
        with pytest.raises(Refused):
            c.change("run:target", "r0")
        c.change("run:target", "r1")


def test_checks_have_no_effect(daemon):
    with daemon().client() as c:
        c.send("check run:_load " + json.dumps(
            {"recipe": QUICK, "name": "mine"}))
        assert c.line().startswith("checked run:_load")
        c.send("check run:_queue_add " + json.dumps({"recipe": MISTAKE}))
        assert c.line().startswith("error_check run:_queue_add")
        c.send("check run:_queue_add " + json.dumps({"recipe": QUICK}))
        assert c.line().startswith("checked run:_queue_add")
        assert queue(c) == []
        with pytest.raises(Refused):
            c.change("run:target", "mine")


def test_a_refused_start_uses_no_run_number(daemon):
    d = daemon(speed=1000)
    with d.client(active=True) as c:
        assert c.start(LONG) == 1
        for _ in range(3):
            with pytest.raises(Refused):
                c.start(QUICK)
        c.do("run:stop")
        c.wait(lambda v: v["run:_state"] == "stopped")
        assert c.start(QUICK) == 2
