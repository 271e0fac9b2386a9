"""Both ends of DigitalMicrograph's socket: docs/gatan_socket.py, run with a
stand-in for the module that it finds inside DigitalMicrograph, and gascelld's
driver."""

import json
import os
import pathlib
import queue
import socket
import struct
import subprocess
import sys
import threading
import time

import pytest

from conftest import ROOT, WITHIN

STAND_IN = pathlib.Path(__file__).parent / "stand_in"
START = ("import gatan_socket as s; s.HOST = '127.0.0.1';"
         " s.PORT = {port}; s.PART = 1000; s.main()")

RECIPE = """
recipe: one image
steps:
  - image: {exposure: 200 ms}
"""


class Micrograph:
    """The script with its stand-in, and what happens there."""

    def __init__(self, port=0):
        path = f"{ROOT / 'docs'}:{STAND_IN}"
        self.process = subprocess.Popen(
            [sys.executable, "-c", START.format(port=port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": path})
        self.happened = []
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.port = int(self.wait_for("gascell: listening at").split()[-1])

    def _read(self):
        for line in self.process.stdout:
            self.happened.append(line.strip())
            self.lines.put(line.strip())

    def wait_for(self, text):
        deadline = time.monotonic() + WITHIN
        while True:
            line = self.lines.get(timeout=max(0.001,
                                              deadline - time.monotonic()))
            if text in line:
                return line

    def tell(self, **behaviour):
        self.process.stdin.write(json.dumps(behaviour) + "\n")
        self.process.stdin.flush()
        self.wait_for("told")

    def so_far(self):
        """All that has happened until now."""
        self.tell()
        return [h for h in self.happened[1:] if h != "told"]

    def kill(self):
        self.process.kill()
        self.process.wait(WITHIN)
        self.process.stdin.close()


@pytest.fixture
def micrograph():
    started = []

    def start(**options):
        started.append(Micrograph(**options))
        return started[-1]

    yield start
    for one in started:
        one.kill()


@pytest.fixture
def site(tmp_path):
    """The simulated laboratory, its beam and camera through the socket."""
    def write(m):
        text = (ROOT / "site/default.yaml").read_text()
        text = text.replace(
            "  lab: {type: sim}\n",
            "  lab: {type: sim}\n"
            f"  dm: {{type: tcp, host: 127.0.0.1, port: {m.port}}}\n")
        text = text.replace(
            "every: 500 ms}\n\n# Recipes",
            "every: 500 ms}\n"
            "  gatan:\n    driver: digitalmicrograph\n    bus: dm\n"
            "    every: 500 ms\n"
            "    params: {expect: {camera: OneView}, width: 64, height: 48,\n"
            "             binning: 2, reply: 2 s}\n\n# Recipes")
        text = text.replace("beam: microscope.beam", "beam: gatan.beam")
        text = text.replace("camera: microscope.frame", "camera: gatan.frame")
        assert "gatan.beam" in text and "driver: digital" in text
        path = tmp_path / "site.yaml"
        path.write_text(text)
        return path
    return write


def run_recipe(d):
    with d.client(active=True) as client:
        client.start(RECIPE)
        client.wait(lambda v: v.get("run:_state") in
                    ("complete", "stopped", "aborted"))
        return client.values["run:_state"]


def test_an_image_comes_through_both_ends(micrograph, daemon, site):
    m = micrograph()
    d = daemon("--config", site(m))
    assert run_recipe(d) == "complete"
    assert d.end() == 0
    ok, file, lasted = d.rows(
        "SELECT ok, file, (t_end_ns - t_ns) / 1e9 FROM v_image")[0]
    assert ok and 0.2 <= lasted < 2
    assert m.so_far() == ["blanked", "unblanked", "exposing", "exposed",
                          "blanked"]
    # 32 x 24 pixels, in two parts: 0 and 65535 are as far as they go.
    tiff = pathlib.Path(file).read_bytes()
    assert struct.pack("<6H", 0, 65535, 2, 3, 4, 5) in tiff
    assert struct.pack("<4H", *(2300 + x for x in range(28, 32))) in tiff
    assert b'detector: "OneView"\n' in tiff


def test_a_camera_that_fails_is_told_of_and_the_beam_is_blanked(
        micrograph, daemon, site):
    m = micrograph()
    d = daemon("--config", site(m))
    m.tell(breaks=True)
    run_recipe(d)
    assert d.end() == 0
    assert d.rows("SELECT count(*) FROM v_image WHERE ok") == [(0,)]
    assert any("DigitalMicrograph refuses with -2" in line for line in d.said)
    assert m.so_far()[-1] == "blanked"


def test_a_refused_blank_is_repeated(micrograph, daemon, site):
    m = micrograph()
    m.tell(refusals=2)
    d = daemon("--config", site(m))
    assert m.so_far() == ["refused", "refused", "blanked"]
    assert d.end() == 0


def test_it_dies_in_an_exposure_and_comes_back(micrograph, daemon, site):
    m = micrograph()
    d = daemon("--config", site(m))
    with d.client(active=True) as client:
        client.start(RECIPE.replace("200 ms", "30 s"))
        m.wait_for("exposing")
        m.kill()
        d.wait_for("gatan is lost")
        again = micrograph(port=m.port)
        d.wait_for("gatan is back")
        again.wait_for("blanked")
    assert d.end() == 0


# -- the script alone: nothing from outside is trusted --------------------


def ask(m, packet):
    with socket.create_connection(("127.0.0.1", m.port), WITHIN) as s:
        s.sendall(packet)
        s.shutdown(socket.SHUT_WR)
        got = b""
        try:
            while part := s.recv(4096):
                got += part
        except ConnectionResetError:
            pass    # hung up before it had read everything
        return got


def packet(function, *numbers, text=b""):
    body = struct.pack(f"<i{len(numbers)}i", function, *numbers) + text
    return struct.pack("<i", 4 + len(body)) + body


def script(text):
    text = text.encode() + b"\0"
    text += b"\0" * (-len(text) % 4)
    return packet(1, len(text) // 4, 0, text=text)


def test_only_known_scripts_are_run(micrograph):
    m = micrograph()
    assert ask(m, script("EMSetBeamBlanked(1)")) == struct.pack(
        "<iid", 16, 0, 0.0)
    assert ask(m, script("Exit(EMGetBeamBlanked())")) == struct.pack(
        "<iid", 16, 0, 1.0)
    for text in ("EMSetBeamBlanked(1) EMSetBeamBlanked(0)", "ClosePlugIn()",
                 "EMSetHighTensionOffset(1)", ""):
        assert ask(m, script(text)) == struct.pack("<iid", 16, 1, 0.0)
    assert m.so_far() == ["blanked"]


@pytest.mark.parametrize("request_,said", [
    (packet(99), struct.pack("<ii", 8, -1)),
    (packet(9), struct.pack("<ii", 8, -6)),
    (packet(9, 0, 0), struct.pack("<ii", 8, -6)),
    (packet(1, 100, 0), struct.pack("<ii", 8, -6)),
    (packet(9, 3), struct.pack("<ii", 8, 1)),
    (struct.pack("<ii", 5000, 1), b""),
    (struct.pack("<ii", -1, 1), b""),
    (b"\0", b""),
])
def test_what_is_no_request_harms_nothing(micrograph, request_, said):
    m = micrograph()
    assert ask(m, request_) == said
    assert ask(m, packet(11)) == struct.pack("<iii", 12, 0, 1)
