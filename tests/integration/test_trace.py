"""The bytes of a bus, shown while the daemon runs."""

import json
import re
import subprocess

import pytest

from conftest import Refused, program
from test_emulate import emulator  # noqa: F401: a fixture


@pytest.fixture
def wired(emulator, daemon, tmp_path):  # noqa: F811
    """A daemon on wires, and its emulator."""
    site = tmp_path / "site.yaml"
    e = emulator("--write-config", site)
    return daemon("--config", site), e


def listen(client):
    client.send('logging daemon "debug"')
    while not client.line().startswith("logging daemon"):
        pass


def lines(client, n, bus):
    found = []
    while len(found) < n:
        line = client.line()
        if line.startswith("log daemon:debug "):
            text = json.loads(line.partition("debug ")[2])
            assert text.startswith(bus + " ")
            found.append(text)
    return found


def test_bytes_are_shown_both_ways(wired):
    d, _ = wired
    with d.client() as client:
        listen(client)
        client.do("daemon:_trace", {"bus": "flows", "seconds": 60})
        state, = json.loads(client.read("daemon:_trace_state"))
        assert state["bus"] == "flows"
        shape = re.compile(r"flows \d+\.\d{3} [<>] ([0-9A-F]{2} )+ .+")
        got = lines(client, 12, "flows")
        assert all(shape.fullmatch(line) for line in got), got
        assert any("> 41 0D  A<CR>" in line for line in got)
        assert any("< " in line for line in got)


def test_modbus_is_shown_with_its_header(wired):
    d, _ = wired
    with d.client() as client:
        listen(client)
        client.do("daemon:_trace", {"bus": "valves", "seconds": 60})
        for line in lines(client, 4, "valves"):
            assert re.search(r"[<>] 00 00 00 00 00 ..", line), line


def test_it_ends_by_itself_and_when_nobody_listens(wired):
    d, _ = wired
    with d.client(active=True) as other:
        with d.client() as client:
            listen(client)
            client.do("daemon:_trace", {"bus": "flows", "seconds": 1})
            other.wait(lambda v: v.get("daemon:_trace_state") != "[]")
            other.wait(lambda v: v.get("daemon:_trace_state") == "[]")
            client.do("daemon:_trace", {"bus": "flows", "seconds": 3600})
            other.wait(lambda v: v.get("daemon:_trace_state") != "[]")
        other.wait(lambda v: v.get("daemon:_trace_state") == "[]")


def test_what_cannot_be_traced_is_told(wired):
    d, _ = wired
    with d.client() as client:
        with pytest.raises(Refused) as refused:
            client.do("daemon:_trace", {"bus": "flows", "seconds": 5})
        assert "nobody would see it" in refused.value.text
        listen(client)
        with pytest.raises(Refused) as refused:
            client.do("daemon:_trace", {"bus": "flow", "seconds": 5})
        assert refused.value.kind == "RangeError"
        assert "flows" in refused.value.text
        client.do("daemon:_trace", {"bus": "flows", "seconds": 0})


def test_a_trace_that_is_not_read_keeps_nobody_waiting(wired):
    d, e = wired
    with d.client() as slow, d.client() as other:
        listen(slow)
        for bus in ("flows", "valves", "gauges", "pressures", "meter"):
            slow.do("daemon:_trace", {"bus": bus, "seconds": 60})
        e.tell("flood gauges for 500 ms")
        for _ in range(300):
            other.ask("ping", "x")
        assert other.read("run:_level") in ("run", "hold", "cool")


def test_the_command_line_prints_them(wired):
    d, _ = wired
    done = subprocess.run(
        [program("gascellctl"), "--socket", d.socket, "trace", "gauges",
         "--for", "2 s"], capture_output=True, text=True, timeout=60)
    assert "> 50 52 58 0D  PRX<CR>" in done.stdout, done
