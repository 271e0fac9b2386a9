"""The beam is taken away while the microscope is deaf: its server does one
thing at a time, and just now it exposes a frame."""

import socketserver
import struct
import threading
import time

import pytest

from conftest import WITHIN
from test_emulate import emulator  # noqa: F401: a fixture

EXPOSURE_S = 8
COIL = 3
READ_COILS, WRITE_COIL = 1, 5
RECIPE = "recipe: looks\nsteps:\n  - image: {label: one}\n"


class Blanker(socketserver.ThreadingTCPServer):
    """A Modbus unit with one coil: on is beam. states: all it ever was."""

    daemon_threads = True

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            while head := self.rfile.read(7):
                number, _, length, unit = struct.unpack(">HHHB", head)
                request = self.rfile.read(length - 1)
                answer = self.server.answer(request)
                self.wfile.write(struct.pack(
                    ">HHHB", number, 0, len(answer) + 1, unit) + answer)

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.port = self.server_address[1]
        self.changed = threading.Condition()
        self.states = [(0.0, True)]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def answer(self, request):
        function, at, value = struct.unpack(">BHH", request[:5])
        assert at == COIL
        if function == WRITE_COIL:
            self.set(value == 0xFF00)
            return request
        assert function == READ_COILS
        return bytes([function, 1, self.states[-1][1]])

    def set(self, on):
        with self.changed:
            self.states.append((time.monotonic(), on))
            self.changed.notify_all()

    def wait(self, on):
        """When it became so, after the last time it was not."""
        with self.changed:
            assert self.changed.wait_for(
                lambda: self.states[-1][1] == on, WITHIN), self.states
            return self.states[-1][0]


@pytest.fixture
def blanker():
    with Blanker() as b:
        yield b
        b.shutdown()


@pytest.fixture
def scope(emulator, blanker, tmp_path):  # noqa: F811
    """An emulator, and a site whose microscope has a way around it."""
    path = tmp_path / "site.yaml"
    e = emulator("--write-config", path)
    text = path.read_text()
    params = text[text.index("params: {detector: HAADF"):
                  text.index("roles:\n  heater:")]
    path.write_text(text.replace(params, f"""params:
      camera: BM-Ceta
      exposure: {EXPOSURE_S} s
      gauge: IGPa
      emergency:
        driver: modbus-coil
        bus: {{type: modbus-tcp, host: 127.0.0.1, port: {blanker.port}}}
        params: {{unit: 1, coil: {COIL}}}

"""))
    return e, path


def await_exposure(e):
    """Other requests are short."""
    since = None
    while since is None or time.monotonic() - since < 0.3:
        if not e.tell("busy microscope")["busy"]:
            since = None
        elif since is None:
            since = time.monotonic()


def test_an_abort_blanks_during_an_exposure(scope, daemon, blanker):
    e, site = scope
    d = daemon("--config", site)
    assert not blanker.states[-1][1], "it is blanked from the start"
    with d.client(active=True) as client:
        client.wait(lambda v: v.get("run:_level") == "run", WITHIN)
        client.start(RECIPE)
        exposing = blanker.wait(True)
        await_exposure(e)
        client.do("run:_abort")
        blanked = blanker.wait(False)
        client.wait(lambda v: v.get("run:_state") == "aborted", WITHIN)
    assert blanked - exposing < EXPOSURE_S, \
        "the end of the exposure was waited for"
