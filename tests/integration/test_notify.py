"""A program of the site's is told what happens, and is never in the way."""

import json
import time

import pytest

from conftest import ROOT
from test_alarms import alarms
from test_runs import ended

WAIT = "recipe: A short wait\nsteps:\n  - wait: 2 s\n"
ASK = ("recipe: Question\nsteps:\n"
       "  - ask: {text: Is it dry?, choices: [yes it is, no]}\n")


@pytest.fixture
def told(tmp_path):
    """Makes a laboratory whose program is this script; gives the file it
    writes what it got into, one object on a line."""
    def make(script, more="", faults=""):
        path = tmp_path / "tell"
        path.write_text("#!/bin/sh\n" + script.replace(
            "$FACTS", str(tmp_path / "facts")))
        path.chmod(0o755)
        text = (ROOT / "site" / "default.yaml").read_text()
        (tmp_path / "lab.yaml").write_text(text.replace(
            "lab: {type: sim}", f"lab: {{type: sim, faults: [{faults}]}}")
            + f"notify:\n  command: [{path}, --to, 'night shift']\n{more}")
        return tmp_path / "lab.yaml"
    return make


def facts(tmp_path):
    path = tmp_path / "facts"
    return [json.loads(s) for s in path.read_text().splitlines()] \
        if path.exists() else []


def wait_for_facts(tmp_path, n):
    deadline = time.monotonic() + 60
    while len(facts(tmp_path)) < n:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return facts(tmp_path)


def lines(d):
    return [text for (text,) in d.rows(
        "SELECT text FROM v_event WHERE kind = 'notify'")]


def test_a_run_is_told_from_start_to_end(daemon, tmp_path, told):
    d = daemon("--config", told('cat >> $FACTS; echo "to $2"\n'), speed=10)
    with d.client(active=True) as c:
        c.start(WAIT)
        c.wait(ended)
        start, end = wait_for_facts(tmp_path, 2)
        d.wait_for("notification of end")
    assert d.end() == 0
    assert (start["event"], end["event"]) == ("start", "end")
    assert end["run"] == 1 and end["state"] == "complete"
    assert end["recipe"] == "A short wait" and end["label"] == "test"
    assert end["step"] == "wait 2 s"
    assert end["database"] == d.db and end["site"]
    assert 10 < end["temperature_C"] < 40 and end["pressure_Torr"] > 0
    assert end["time"] > start["time"]
    said = lines(d)
    assert said[0].startswith("notification of start: told by")
    assert said[1].endswith(": to night shift")


def test_a_question_is_told(daemon, tmp_path, told):
    d = daemon("--config", told("cat >> $FACTS\n", "  on: [prompt]\n"))
    with d.client(active=True) as c:
        c.start(ASK)
        prompt = wait_for_facts(tmp_path, 1)[0]
        assert prompt["event"] == "prompt" and prompt["state"] == "running"
        assert "Is it dry?" in prompt["reason"]
        c.wait(lambda v: v["run:_choices"])
        c.do("run:_answer", "yes it is")
        c.wait(ended)
    assert d.end() == 0
    assert len(facts(tmp_path)) == 1


def test_only_what_is_asked_for_is_told(daemon, tmp_path, told):
    d = daemon("--config", told("cat >> $FACTS\n", "  on: [end]\n"), speed=10)
    with d.client(active=True) as c:
        c.start(WAIT)
        c.wait(ended)
        assert wait_for_facts(tmp_path, 1)[0]["event"] == "end"
    assert d.end() == 0
    assert len(facts(tmp_path)) == 1


def test_a_trip_is_told_once_and_an_instrument_that_is_lost(
        daemon, tmp_path, told):
    lab = told("cat >> $FACTS\n", "  on: [trip, alarm]\n",
               "{kind: no_reply, at: 20 s, for: 20 s, instrument: heater}")
    d = daemon("--config", lab, speed=10)
    with d.client(active=True) as c:
        c.wait(lambda v: v["run:_latched"] and v["run:_level"] == "cool"
               and "heater" in v["run:_cause"])
        n = 2
        while {f["event"] for f in wait_for_facts(tmp_path, n)} != {
                "trip", "alarm"}:
            n += 1
        got = facts(tmp_path)
        reasons = [f["reason"] for f in got]
        assert len(reasons) == len(set(reasons))
    assert d.end() == 0


def test_one_that_hangs_is_killed_and_the_run_goes_on(daemon, tmp_path, told):
    d = daemon("--config", told("cat >> $FACTS; sleep 1000\n",
                                "  timeout: 500 ms\n  on: [start]\n"))
    with d.client(active=True) as c:
        c.start(WAIT)
        c.wait(lambda v: any("took too long" in a["text"] for a in alarms(v)))
        c.wait(ended)
        assert c.values["run:_state"] == "complete"
    assert d.end() == 0
    assert "took too long and was killed" in lines(d)[0]


def test_one_that_is_not_there_is_an_alarm(daemon, tmp_path, told):
    lab = told("exit 0\n", "  on: [start]\n")
    (tmp_path / "tell").unlink()
    d = daemon("--config", lab, speed=10)
    with d.client(active=True) as c:
        c.start(WAIT)
        v = c.wait(lambda v: alarms(v))
        alarm = alarms(v)[0]
        assert "cannot be run: no such file" in alarm["text"]
        assert (alarm["severity"], alarm["state"]) == ("warning",
                                                       "unacknowledged")
        c.wait(ended)
        # It works again: the alarm is over by itself.
        (tmp_path / "tell").write_text("#!/bin/sh\nexit 0\n")
        (tmp_path / "tell").chmod(0o755)
        c.start(WAIT)
        c.wait(lambda v: alarms(v)[0]["state"] == "returned")
    d.end()


def test_one_that_fails_and_says_much(daemon, tmp_path, told):
    d = daemon("--config", told(
        "head -c 10000000 /dev/zero | tr '\\\\0' x\n"
        "printf 'no such \\033[31muser\\n' >&2; exit 7\n",
        "  on: [start]\n"), speed=10)
    with d.client(active=True) as c:
        c.start(WAIT)
        c.wait(lambda v: alarms(v))
        c.wait(ended)
    assert d.end() == 0
    assert lines(d)[0].endswith("ended with 7: no such \\x1b[31muser")


def test_more_than_the_queue_holds_is_counted(daemon, tmp_path, told):
    d = daemon("--config", told("cat >> $FACTS; sleep 2\n",
                                "  on: [start, end]\n"), speed=100)
    with d.client(active=True) as c:
        for _ in range(12):
            c.start(WAIT)
            c.wait(ended)
            c.wait(lambda v: v["run:_safe_confirmed"])
        c.wait(lambda v: any("were dropped" in a["text"] for a in alarms(v)))
    # Whoever ends it does not wait for those that are left.
    began = time.monotonic()
    assert d.end() == 0
    assert time.monotonic() - began < 10
    assert any("are not told any more" in s for s in d.said)
