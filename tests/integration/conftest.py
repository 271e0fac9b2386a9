"""Whole-system tests: the real daemon on the simulated laboratory, in a folder
of its own. Nothing here waits for a time: each wait is for something that is
said on the socket or on standard error, with a bound."""

import json
import os
import pathlib
import queue
import signal
import socket
import sqlite3
import subprocess
import threading
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECIPES = ROOT / "recipes"
WITHIN = 60  # seconds; what takes longer is broken, not slow


def program(name):
    """The program under test: from the environment, or the newest build."""
    given = os.environ.get(name.upper())
    if given:
        return given
    built = [p for p in ROOT.glob(f"build/*/{name}") if os.access(p, os.X_OK)]
    if not built:
        pytest.skip(f"{name} is not built")
    return str(max(built, key=lambda p: p.stat().st_mtime))


class Refused(Exception):
    """An error report: class, text, details."""

    def __init__(self, line, report):
        super().__init__(line)
        self.kind, self.text, self.details = report


class Client:
    """One connection; keeps the newest value of every parameter it is told."""

    def __init__(self, where, family=socket.AF_UNIX):
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.connect(where)
        self.socket.settimeout(WITHIN)
        self.rest = b""
        self.values = {}
        self.events = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, line):
        self.socket.sendall(line.encode() + b"\n")

    def line(self, deadline=None):
        deadline = deadline or time.monotonic() + WITHIN
        while b"\n" not in self.rest:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"nothing more; values: {self.values}")
            self.socket.settimeout(left)
            got = self.socket.recv(65536)
            if not got:
                raise ConnectionError("the daemon hung up")
            self.rest += got
        line, self.rest = self.rest.split(b"\n", 1)
        return self.note(line.decode())

    def note(self, line):
        action, _, rest = line.partition(" ")
        name, _, data = rest.partition(" ")
        if action in ("update", "reply", "changed"):
            value = json.loads(data)[0]
            if name == "run:_event" and (
                    not self.events or self.events[-1] != value):
                self.events.append(value)
            self.values[name] = value
        return line

    def ask(self, action, name="", data=None):
        """The answer's data; updates on the way are noted."""
        text = " ".join(
            [action] + ([name] if name or data is not None else [])
            + ([json.dumps(data)] if data is not None else []))
        answers = {"read": "reply", "change": "changed", "do": "done",
                   "describe": "describing", "ping": "pong",
                   "activate": "active"}
        self.send(text)
        while True:
            line = self.line()
            got, _, rest = line.partition(" ")
            if got == f"error_{action}":
                raise Refused(line, json.loads(rest.partition(" ")[2]))
            if got != answers[action]:
                continue
            if action in ("read", "change", "do", "ping") and \
                    rest.partition(" ")[0] != name:
                continue
            report = rest.partition(" ")[2]
            return json.loads(report) if report else None

    def read(self, name):
        return self.ask("read", name)[0]

    def do(self, name, argument=None):
        return self.ask("do", name, argument)[0]

    def change(self, name, value):
        return self.ask("change", name, value)[0]

    def start(self, recipe, **parameters):
        """recipe: a path, or the text itself."""
        text = recipe if "\n" in str(recipe) else pathlib.Path(
            recipe).read_text()
        return self.do("run:_start", {
            "recipe": text, "name": "test.yaml", "label": "test",
            "parameters": json.dumps(parameters),
            "includes": json.dumps({p.stem: p.read_text()
                                    for p in RECIPES.glob("clean-*.yaml")}),
        })["run"]

    def wait(self, is_it, within=WITHIN):
        """Reads until is_it(values); activate first."""
        deadline = time.monotonic() + within
        while not is_it(self.values):
            self.line(deadline)
        return self.values


class Daemon:
    """gascelld run, and what it says on standard error."""

    def __init__(self, folder, *options, speed=1, wait=True, env=None,
                 wrapper=()):
        self.folder = pathlib.Path(folder)
        self.socket = str(self.folder / "socket")
        self.db = str(self.folder / "log.db")
        self.images = self.folder / "images"
        command = [*wrapper, program("gascelld"), "run", "--db", self.db,
                   "--images", str(self.images), "--socket", self.socket,
                   "--speed", str(speed), *map(str, options)]
        self.process = subprocess.Popen(
            command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
            text=True, env={**os.environ, **(env or {})})
        self.said = []
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        if wait:
            self.wait_for("gascelld: ready")

    def _read(self):
        for line in self.process.stderr:
            self.said.append(line.rstrip("\n"))
            self.lines.put(line)
        self.lines.put(None)

    def wait_for(self, text, within=WITHIN):
        """The first line from here on that has the text in it."""
        deadline = time.monotonic() + within
        while True:
            line = self.lines.get(timeout=max(0.001,
                                              deadline - time.monotonic()))
            if line is None:
                raise AssertionError(
                    f"ended without '{text}':\n" + "\n".join(self.said))
            if text in line:
                return line

    def client(self, active=False):
        client = Client(self.socket)
        if active:
            client.ask("activate")
        return client

    def end(self, number=signal.SIGTERM):
        """Its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(WITHIN)
        self.reader.join(WITHIN)
        return code

    def kill(self):
        self.process.kill()
        self.process.wait(WITHIN)
        self.reader.join(WITHIN)

    def rows(self, sql, *arguments):
        """Of the log, while the daemon writes it or afterwards."""
        db = sqlite3.connect(f"file:{self.db}?mode=ro", uri=True,
                             timeout=10)
        try:
            return db.execute(sql, arguments).fetchall()
        finally:
            db.close()


@pytest.fixture
def daemon(tmp_path):
    """daemon(...) starts one in the test's folder; all end with the test."""
    started = []

    def start(*options, folder=tmp_path, **named):
        started.append(Daemon(folder, *options, **named))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.kill()
