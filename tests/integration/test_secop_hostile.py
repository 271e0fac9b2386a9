"""However hostile a client is, the loop that controls the instruments is kept
by clients for a few ms at most: measured by the daemon itself, as CPU time of
its thread, so that what else runs on this machine does not count."""

import json
import os
import socket
import threading

import pytest

from conftest import ROOT, program

LINE_MAX = 512 * 1024
CROWD = 64
SLOW = 10
# A sanitizer makes everything some times slower; what else runs on the other
# half of a core, up to twice.
INSTRUMENTED = b"__asan_init" in open(program("gascelld"), "rb").read()
LONGEST = 0.050 if INSTRUMENTED else 0.010


def line(head, piece, tail, n=LINE_MAX - 100):
    body = n - len(head) - len(tail)
    return (head + piece * (body // len(piece)) + tail + "\n").encode()


def recipe(step, n=250_000):
    text = "recipe: x\nsteps:\n"
    return text + step * ((n - len(text)) // len(step))


def command(name, argument):
    return f"do run:{name} {json.dumps(argument)}\n".encode()


LARGE = (ROOT / "recipes/overnight-pressure-series.yaml").read_text()

# What is sent, and how often.
HOSTILE = {
    "escapes": (line('do run:_start {"recipe":"', "\\u00b0", '"}'), 8),
    "wrong-escapes": (line('do run:_start {"recipe":"', "\\u00b0",
                           '\\ud800"}'), 8),
    "long-names": (line('change run:target "', "x", '"'), 8),
    "utf8": (line('do run:_start {"recipe":"', "°" * 3, '"}',
                  LINE_MAX // 2), 8),
    "quotes": (line('do run:_start {"recipe":"', '\\"', '"}'), 8),
    "strings": (line("do run:_start [", '"a",', '"a"]'), 8),
    "brackets": (line("do run:_start ", "[", ""), 8),
    "closed-brackets": (line("do run:_start ", "[],", ""), 8),
    "numbers": (line("do run:_start [1", ",1", "]"), 8),
    "a-number": (line("change heater:target ", "1", ""), 8),
    "a-fraction": (line("change heater:target 0.", "1", ""), 8),
    "keys": (("do run:_start {" + ",".join(
        f'"k{i}":{i}' for i in range(8000)) + "}\n").encode(), 20),
    "same-keys": (line("do run:_start {", '"recipe":"",', '"name":""}'), 8),
    "spaces": (line("do run:_start ", " ", "1"), 8),
    "action": (line("", "x", ""), 8),
    "specifier": (line("read ", "x", ""), 8),
    "too-long": (line("read ", "x", "", 3 * LINE_MAX), 4),
    "empty-lines": (b"\n" * 60_000, 4),
    "pings": (b"ping\n" * 12_000, 4),
    "identify": (b"*IDN?\n" * 10_000, 4),
    "describe": (b"describe\n" * 300, 4),
    "activate": (b"activate\n" * 300, 4),
    "on-off": (b"activate\ndeactivate\n" * 150, 4),
    "logging": (b'logging  "debug"\n' * 3000, 4),
    "no-module": (b"read heatre:value\n" * 3000, 4),
    "no-parameter": (b"read heater:vlaue\n" * 3000, 4),
    "read": (b"read heater:value\n" * 3000, 4),
    "read-plan": (b"read run:_plan\n" * 3000, 4),
    "changes": (b"change gas_Ar:target 1\n" * 2000, 4),
    "wrong-changes": (b"change gas_Ar:target [[[[\n" * 2000, 4),
    "refused-changes": (b"change gas_Ar:target 1e9\n" * 2000, 4),
    "checks": (b"check gas_Ar:target 1\n" * 2000, 4),
    "stop": (b"do run:stop\n" * 2000, 4),
    "acknowledge": (b'do daemon:_alarm_acknowledge {"id":0}\n' * 1000, 4),
    "control": (b'do daemon:_lock_take {"note":"mine"}\n'
                b"do daemon:_lock_release\n" * 500, 4),
    "recipes": (b"do run:_recipes\n" * 500, 4),
    "events": (b'do run:_events {"since":0}\n' * 500, 4),
    "history": (b'do run:_history {"parameter":"heater:value",'
                b'"from":0,"to":1e10}\n' * 500, 4),
    "validate": (command("_validate", {"recipe": LARGE}) * 8, 2),
    "validate-long": (command("_validate", {
        "recipe": recipe("  - wait: 1 s\n")}), 2),
    "validate-wrong": (command("_validate", {
        "recipe": recipe("  - wiat: 1 q\n")}), 2),
    "validate-yaml": (command("_validate", {"recipe": "[" * 100_000}), 2),
    "load": (command("_load", {"recipe": LARGE, "name": "large"}) * 4, 2),
    "queue": (command("_queue_add", {"recipe": LARGE}) * 50, 2),
    "noise": (os.urandom(60_000), 8),
}


class Flood(threading.Thread):
    """Says it all, and reads all answers meanwhile."""

    def __init__(self, where, piece, times):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(where)
        self.piece, self.times = piece, times
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.start()

    def read(self):
        while self.socket.recv(1 << 16):
            pass

    def run(self):
        self.reader.start()
        for _ in range(self.times):
            self.socket.sendall(self.piece)
        # A line of its own, so that what was half a line ends as well.
        self.socket.sendall(b"\n")
        self.socket.shutdown(socket.SHUT_WR)
        self.reader.join(120)
        assert not self.reader.is_alive()
        self.socket.close()


def longest(d):
    """What is shown of it four times a second, when ten readings (each of
    them a tenth of a second) have come."""
    with d.client() as c:
        c.send("activate heater")
        readings = 0
        while readings < 10:
            readings += c.line().startswith("update heater:value")
        return c.read("daemon:_turn_longest")


@pytest.mark.parametrize("what", HOSTILE)
def test_the_loop_is_not_kept_by(daemon, what):
    d = daemon()
    flood = Flood(d.socket, *HOSTILE[what])
    flood.join(300)
    assert not flood.is_alive()
    assert longest(d) < LONGEST


def test_the_loop_is_not_kept_by_a_crowd(daemon):
    d = daemon()
    slow = [d.client() for _ in range(SLOW)]
    for c in slow:
        c.send("activate")
        c.send("describe\n" * 20 + "describe")
    healthy = [d.client(active=True) for _ in range(CROWD - SLOW - 6)]
    floods = [Flood(d.socket, *HOSTILE[what]) for what in
              ("noise", "escapes", "changes", "describe", "validate")]
    for flood in floods:
        flood.join(300)
        assert not flood.is_alive()
    for c in healthy:
        c.ask("ping")
    assert longest(d) < LONGEST
    for c in healthy + slow:
        c.close()
