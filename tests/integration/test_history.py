"""What was: events after a number, and readings of a stretch of time."""

import json
import subprocess
import threading
import time

import pytest

from conftest import Refused, program

QUICK = "recipe: Quick\nsteps:\n  - wait: 20 s\n"
NOTES = "recipe: Notes\nsteps:\n  - note: one\n  - note: two\n"
HEAT = ("recipe: Heat\nsteps:\n  - ramp: {to: 300 °C, rate: 600 °C/min}\n"
        "  - hold: 30 s\n")


def events(client, since, **more):
    return json.loads(client.do("run:_events", {"since": since, **more}))


def history(client, parameter, start, end, **more):
    return json.loads(client.do("run:_history", {
        "parameter": parameter, "from": start, "to": end, **more}))


def test_events_have_numbers_without_holes(daemon):
    d = daemon(speed=1000)
    with d.client(active=True) as c:
        c.start(NOTES)
        c.wait(lambda v: v["run:_event"]["text"] == "two")
        got = events(c, 0)
        assert [e["seq"] for e in got] == list(range(1, len(got) + 1))
        assert got[0]["kind"] == "start"
        assert {"t", "severity", "kind", "text"} < set(got[0])
        told = [e for e in c.events if e["seq"] > c.events[0]["seq"]]
        assert told == [e for e in got if e["seq"] >= told[0]["seq"]]
        assert events(c, got[-1]["seq"]) == []
        assert events(c, 1, max=2) == got[1:3]
    assert d.end() == 0
    rows = d.rows("SELECT number, kind, text FROM v_event ORDER BY number")
    assert [(e["seq"], e["kind"], e["text"]) for e in got] == rows[:len(got)]


def test_events_of_before_a_restart(daemon):
    """A client that knows the last number gets what it has missed, also what
    the daemon found at its start."""
    d = daemon(speed=100)
    with d.client(active=True) as c:
        c.start(QUICK.replace("20 s", "10 h"))
        c.wait(lambda v: v["run:_progress"] > 0)
        known = events(c, 0)
    d.kill()
    again = daemon()
    with again.client(active=True) as c:
        got = events(c, 0)
        assert got[:len(known)] == known
        assert [e["seq"] for e in got] == list(range(1, len(got) + 1))
        missed = events(c, known[-1]["seq"])
        assert "run 1 was interrupted" in [e["text"] for e in missed]
        assert c.values["run:_event"]["seq"] <= got[-1]["seq"]


def test_what_the_daemon_remarks_is_an_event_too(daemon):
    d = daemon(speed=1000)
    with d.client(active=True) as c:
        c.do("run:_queue_add", {"recipe": QUICK, "name": "q"})
        c.do("run:_queue_go")
        c.wait(lambda v: v["run:_queue_state"] == "idle")
        kinds = [e["kind"] for e in c.events]
        assert "queue" in kinds
        assert events(c, c.events[-1]["seq"] - 1)[0] == c.events[-1]


def test_history_of_a_run(daemon):
    d = daemon(speed=100)
    with d.client(active=True) as c:
        start = time.time()
        c.start(HEAT)
        c.wait(lambda v: v["run:status"][1].startswith("complete"))
        end = start + 3600
        got = history(c, "heater:value", 0, end, max=50)
        assert got["unit"] == "°C"
        assert len(got["t"]) == len(got["min"]) == len(got["max"]) <= 50
        assert got["t"] == sorted(got["t"])
        assert max(v for v in got["max"] if v is not None) > 295
        assert min(v for v in got["min"] if v is not None) < 40
        assert all(a <= b for a, b in zip(got["min"], got["max"])
                   if a is not None)
        exact = history(c, "heater", got["t"][0], got["t"][0] + 1)
        assert exact["min"] == exact["max"] and len(exact["t"]) > 1
        assert history(c, "gas_H2", 0, end, max=1)["unit"]
        assert history(c, "heater", 1, 2) == {
            "unit": "°C", "t": [], "min": [], "max": []}
        peak = max(got["max"])
    assert d.end() == 0
    assert d.rows("SELECT max(value) FROM v_reading_ns"
                  " WHERE channel = 'heater'") == [(peak,)]


def test_history_refuses(daemon):
    with daemon().client() as c:
        for wrong, kind, says in (
                (("nothing", 0, 1), "RangeError", "no such channel"),
                (("heater:status", 0, 1), "RangeError", "heater:value"),
                (("heater", 2, 1), "RangeError", "from is after to"),
                (("heater", -1, 1), "RangeError", ""),
                (("heater", 0, 1e300), "RangeError", "")):
            with pytest.raises(Refused) as refused:
                history(c, *wrong)
            assert refused.value.kind == kind
            assert says in refused.value.text
        with pytest.raises(Refused):
            history(c, "heater", 0, 1, max=2001)
        with pytest.raises(Refused):
            events(c, 0, max=1001)


def test_a_few_at_once(daemon):
    """Many questions at once: each is answered, some with IsBusy, and the
    daemon goes on."""
    d = daemon()
    kinds = []

    def ask():
        with d.client() as c:
            for _ in range(5):
                try:
                    history(c, "heater", 0, 4e9)
                    kinds.append("ok")
                except Refused as refused:
                    kinds.append(refused.kind)

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    assert len(kinds) == 50 and set(kinds) <= {"ok", "IsBusy"}
    with d.client() as c:
        assert c.ask("ping", "x")
    assert d.end() == 0


def test_observers_may_ask(daemon):
    import socket
    from conftest import Client
    d = daemon("--listen", "0")
    line = [s for s in d.said if "listening at tcp:" in s][0]
    port = int(line.split("tcp:")[1].split()[0].rsplit(":", 1)[1])
    with Client(("127.0.0.1", port), socket.AF_INET) as c:
        assert events(c, 0)
        assert "unit" in history(c, "heater", 0, 4e9)
        with pytest.raises(Refused):
            c.do("run:_queue_go")


def test_a_long_history_from_the_command_line(daemon):
    """As many points as there may be; each with its smallest and largest."""
    d = daemon(speed=500)
    with d.client(active=True) as c:
        c.start(QUICK.replace("20 s", "10 min"))
        c.wait(lambda v: v["run:_state"] == "complete")
    said = subprocess.run(
        [program("gascellctl"), "--socket", d.socket, "history", "heater",
         "--json"], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    assert len(json.loads(said.stdout)["t"]) > 1500
