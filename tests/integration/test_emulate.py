"""gascelld emulate: each server spoken to raw, byte by byte, and what goes
wrong on the wires when it is told to."""

import json
import os
import pathlib
import select
import socket
import struct
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from conftest import WITHIN, program


class Line:
    """A pty or a TCP connection."""

    def __init__(self, where):
        if where["type"] == "file":
            self.fd = os.open(where["path"], os.O_RDWR | os.O_NOCTTY)
            self.socket = None
        else:
            self.socket = socket.create_connection(
                (where["host"], where["port"]), timeout=WITHIN)
            self.fd = self.socket.fileno()

    def close(self):
        if self.socket:
            self.socket.close()
        else:
            os.close(self.fd)

    def send(self, request):
        os.write(self.fd, request)

    def receive(self, enough, within=WITHIN):
        """Bytes until enough(bytes), or what came in that time."""
        got = b""
        deadline = time.monotonic() + within
        while not enough(got):
            left = max(0, deadline - time.monotonic())
            if not select.select([self.fd], [], [], left)[0]:
                break
            try:
                part = os.read(self.fd, 65536)
            except OSError:
                part = b""
            if not part:
                break
            got += part
        return got

    def ask(self, request, end=b"\r", within=WITHIN):
        self.send(request)
        return self.receive(lambda got: got.endswith(end), within)

    def quiet(self, request, within=0.3):
        """What comes although nothing should: empty is right."""
        self.send(request)
        return self.receive(lambda got: False, within)

    def modbus(self, pdu, transaction=1):
        head = struct.pack(">HHHB", transaction, 0, len(pdu) + 1, 1)
        self.send(head + pdu)
        got = self.receive(lambda b: len(b) >= 6 and
                           len(b) >= 6 + struct.unpack(">H", b[4:6])[0])
        assert got[:4] == head[:4]
        return got[7:]


class Emulator:
    def __init__(self, *options):
        self.process = subprocess.Popen(
            [program("gascelld"), "emulate", "--json", *map(str, options)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.servers = self.said()["servers"]
        self.lines = []

    def said(self):
        line = self.process.stdout.readline()
        assert line, "it ended"
        return json.loads(line)

    def tell(self, line):
        """Its answer; what moved meanwhile is noted."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        while True:
            answer = self.said()
            if "moved" not in answer:
                return answer
            self.servers[answer["moved"]] = answer["to"]

    def await_busy(self, name):
        """Until a request is being worked on, such as an exposure."""
        deadline = time.monotonic() + WITHIN
        while not self.tell(f"busy {name}")["busy"]:
            assert time.monotonic() < deadline

    def line(self, name):
        self.lines.append(Line(self.servers[name]))
        return self.lines[-1]

    def http(self, path, body=None, within=WITHIN):
        at = self.servers["microscope"]
        request = urllib.request.Request(
            f"http://{at['host']}:{at['port']}{path}",
            method="GET" if body is None else "PUT",
            data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=within) as reply:
            text = reply.read()
            return reply.status, json.loads(text) if text else None

    def end(self):
        for line in self.lines:
            line.close()
        self.process.stdin.close()
        code = self.process.wait(WITHIN)
        self.process.stdout.close()
        return code


@pytest.fixture
def emulator():
    started = []

    def start(*options):
        started.append(Emulator(*options))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            assert one.end() == 0


def test_a_mass_flow_controller_is_set_and_read_back(emulator):
    line = emulator().line("flows")
    assert line.ask(b"AS1.5\r").split()[5:] == [b"+01.500", b"H2"]
    columns = line.ask(b"A\r").split()
    assert columns[0] == b"A" and columns[5] == b"+01.500"
    assert line.ask(b"BLS 0.1\r") == b"B +00.000 +00.100 12 SCCM\r"
    assert line.quiet(b"Z\r") == b""


def test_pressure_controllers_are_on_a_line_of_their_own(emulator):
    line = emulator().line("pressures")
    columns = line.ask(b"BS10\r").split()
    assert columns[0] == b"B" and columns[2] == b"+0010.000"
    assert 750 < float(columns[1]) < 770


def test_a_gauge_controller_answers_after_an_enquiry(emulator):
    line = emulator().line("gauges")
    assert line.ask(b"UNI,1\r", b"\n") == b"\x06\r\n"
    assert line.ask(b"\x05", b"\n") == b"1\r\n"
    assert line.ask(b"PRX\r\n", b"\n") == b"\x06\r\n"
    values = line.ask(b"\x05", b"\n").decode().strip().split(",")
    assert values[0::2] == ["0", "0", "0"]
    assert all(750 < float(v) < 770 for v in values[1::2])
    assert line.ask(b"NONSENSE\r", b"\n") == b"\x15\r\n"


def test_valves_are_coils_and_their_positions_inputs(emulator):
    line = emulator().line("valves")
    assert line.modbus(b"\x05\x00\x09\xff\x00") == b"\x05\x00\x09\xff\x00"
    assert line.modbus(b"\x05\x00\x0a\xff\x00") == b"\x05\x00\x0a\xff\x00"
    assert line.modbus(b"\x02\x00\x00\x00\x0b") == b"\x02\x02\x00\x06"
    assert line.modbus(b"\x04\x00\x00\x00\x01") == b"\x84\x01"


def test_what_one_wire_does_another_one_sees(emulator):
    """The pump on Modbus, the pressure on the gauges."""
    e = emulator("--speed", 20)
    valves, gauges = e.line("valves"), e.line("gauges")
    for coil in (6, 7, 8, 9, 10):
        valves.modbus(bytes([5, 0, coil, 0xff, 0]))
    deadline = time.monotonic() + WITHIN
    pressure = 1000
    while pressure > 10 and time.monotonic() < deadline:
        gauges.ask(b"PR2\r", b"\n")
        pressure = float(gauges.ask(b"\x05", b"\n").split(b",")[1])
    assert pressure <= 10


def test_a_source_meter_heats_the_chip(emulator):
    e = emulator()
    line = e.line("meter")
    assert b"MODEL 2450" in line.ask(b"*IDN?\n", b"\n")
    line.send(b":SENS:FUNC 'VOLT';:SENS:VOLT:RSEN ON;:SOUR:FUNC CURR\n"
              b":SOUR:CURR:VLIM 10;:SOUR:CURR 1e-4;:OUTP ON\n")
    read = b'READ? "defbuffer1",SOUR,READ\n'

    def resistance():
        current, voltage = line.ask(read, b"\n").split(b",")
        return float(voltage) / float(current)

    cold = resistance()
    assert abs(cold - (0.279 * 21 + 153.051)) < 0.5
    line.send(b":SOUR:CURR 5e-3\n")
    line.ask(read, b"\n")
    assert resistance() > cold + 5
    assert line.ask(b":SYST:ERR?\n", b"\n").startswith(b"0,")
    # The same meter in its other language.
    tsp = e.line("tsp")
    assert tsp.ask(b"print(smua.source.output)\n", b"\n") == b"1.00000e+00\n"
    tsp.send(b"smua.source.leveli=0 smua.source.output=0\n")
    assert tsp.ask(b"print(smua.source.leveli)\n", b"\n") == b"0.00000e+00\n"
    assert line.ask(b":OUTP?\n", b"\n") == b"0\n"


def test_a_microscope_answers_over_http(emulator):
    e = emulator()
    assert e.http("/v1/beam_blanked") == (200, True)
    assert e.http("/v1/beam_blanked", False) == (204, None)
    assert e.http("/v1/beam_blanked") == (200, False)
    assert e.http("/v1/acquire?detectors=nothing") == (200, {})
    assert e.http("/v1/vacuum")[1]["column_valves_open"] is True
    with pytest.raises(urllib.error.HTTPError) as error:
        e.http("/v1/nowhere")
    assert error.value.code == 404 and b"<html>" in error.value.read()


def test_a_blank_waits_for_a_running_exposure(emulator):
    e = emulator()
    e.http("/v1/beam_blanked", False)
    e.http("/v1/camera_param/BM-Ceta", {"exposure(s)": 0.5, "binning": 8})
    camera = e.line("microscope")
    began = time.monotonic()
    camera.send(b"GET /v1/acquire?detectors=BM-Ceta HTTP/1.0\r\n\r\n")
    e.await_busy("microscope")
    e.http("/v1/beam_blanked", True)
    assert time.monotonic() - began >= 0.5
    frame = camera.receive(lambda got: False)
    frame = json.loads(frame.split(b"\r\n\r\n", 1)[1])["BM-Ceta"]
    assert (frame["width"], frame["type"]) == (64, "INT16")
    assert e.http("/v1/beam_blanked") == (200, True)


def test_a_request_in_pieces_is_one_request(emulator):
    line = emulator().line("meter")
    for byte in b"*LANG?":
        line.send(bytes([byte]))
    assert line.ask(b"\n", b"\n") == b"SCPI\n"


def test_a_seed_repeats_the_noise(emulator):
    first = emulator("--seed", 7).line("gauges")
    second = emulator("--seed", 7).line("gauges")
    for line in (first, second):
        assert line.ask(b"PR1\r", b"\n") == b"\x06\r\n"
    assert first.ask(b"\x05", b"\n") == second.ask(b"\x05", b"\n")


def test_a_request_is_lost_and_nothing_is_done(emulator):
    e = emulator()
    line = e.line("flows")
    assert e.tell("no_reply flows:A times 1") == {"ok": True}
    assert line.quiet(b"AS3\r") == b""
    assert b"+00.000     H2" in line.ask(b"A\r")


def test_one_dead_unit_does_not_silence_the_others(emulator):
    e = emulator()
    line = e.line("flows")
    e.tell("no_reply flows:C")
    assert line.quiet(b"C\r") == b""
    assert line.ask(b"A\r").startswith(b"A ")
    e.tell("clear flows")
    assert line.ask(b"C\r").startswith(b"C ")


def test_a_late_reply_comes_before_the_next_one(emulator):
    e = emulator()
    line = e.line("flows")
    e.tell("late flows by 400 ms times 1")
    began = time.monotonic()
    line.send(b"A\r")
    assert line.receive(lambda got: False, 0.2) == b""
    line.send(b"B\r")
    assert line.receive(lambda got: got.count(b"\r") == 2)[:2] == b"A "
    assert time.monotonic() - began >= 0.4


@pytest.mark.parametrize("kind", ["half", "garbage", "checksum", "foreign"])
def test_a_reply_is_spoilt_once(emulator, kind):
    e = emulator()
    line = e.line("flows")
    e.tell(f"{kind} flows times 1")
    line.send(b"A\r")
    spoilt = line.receive(lambda got: got.endswith(b"\r"), 0.5)
    assert spoilt and spoilt[:2] != b"A " or not spoilt.isascii() or (
        not spoilt.endswith(b"\r"))
    good = line.ask(b"A\r")
    assert good.startswith(b"A ") and good.endswith(b" H2\r")


def test_a_foreign_transaction(emulator):
    e = emulator()
    line = e.line("valves")
    e.tell("foreign valves times 1")
    line.send(b"\0\1\0\0\0\6\1\1\0\0\0\1")
    assert line.receive(lambda got: len(got) == 10)[:2] != b"\0\1"


def test_a_connection_is_dropped(emulator):
    e = emulator()
    line = e.line("meter")
    assert line.ask(b"*LANG?\n", b"\n") == b"SCPI\n"
    e.tell("drop meter")
    assert line.receive(lambda got: False) == b""     # hung up
    assert e.line("meter").ask(b"*LANG?\n", b"\n") == b"SCPI\n"


def test_a_server_dies_and_comes_back_on_its_port(emulator):
    e = emulator()
    where = e.servers["valves"]
    e.tell("die valves")
    with pytest.raises(ConnectionRefusedError):
        Line(where)
    e.tell("clear valves")
    line = e.line("valves")
    assert e.servers["valves"] == where
    assert line.modbus(b"\x01\x00\x00\x00\x01") == b"\x01\x01\x00"


def test_a_dropped_pty_comes_back_under_another_name(emulator, tmp_path):
    e = emulator("--write-config", tmp_path / "site.yaml")
    link = tmp_path / "site.yaml.flows"
    before = e.servers["flows"]["path"]
    assert os.readlink(link) == before
    line = e.line("flows")
    e.tell("drop flows")
    assert e.servers["flows"]["path"] != before
    assert os.readlink(link) == e.servers["flows"]["path"]
    assert line.receive(lambda got: False, 1) == b""
    again = Line({"type": "file", "path": str(link)})
    assert again.ask(b"A\r").startswith(b"A ")
    again.close()


def test_a_line_is_flooded(emulator):
    e = emulator()
    line = e.line("gauges")
    e.tell("flood gauges for 200 ms")
    assert len(line.receive(lambda got: len(got) > 200)) > 200


def test_mistakes_on_the_control_line_are_told(emulator):
    e = emulator()
    assert "such as" in e.tell("explode flows")["error"]
    assert "such as" in e.tell("late flow")["error"]
    assert "error" in e.tell("x" * 600)
    assert "error" in e.tell("busy flow")
    assert e.tell("clear") == {"ok": True}


def test_garbage_harms_no_server(emulator):
    e = emulator()
    noise = bytes(range(256)) * 64
    for name, where in e.servers.items():
        line = e.line(name)
        try:
            for i in range(0, len(noise), 512):
                line.send(noise[i:i + 512])
                line.receive(lambda got: False, 0)
        except OSError:
            pass    # hung up: right
    assert e.line("meter").ask(b"*LANG?\n", b"\n").endswith(b"SCPI\n")
    assert e.http("/v1/family") == (200, "TITAN")


def test_the_written_site_names_every_server(emulator, tmp_path):
    site = tmp_path / "site.yaml"
    e = emulator("--write-config", site)
    text = site.read_text()
    for name in ("meter", "valves", "microscope"):
        assert f"port: {e.servers[name]['port']}" in text
    for name in ("flows", "pressures", "gauges"):
        assert f"{site}.{name}" in text
    assert e.end() == 0
    assert not pathlib.Path(f"{site}.flows").is_symlink()


def test_mistakes_in_its_configuration_are_told_with_their_place(tmp_path):
    config = tmp_path / "emulate.yaml"
    config.write_text("servers:\n  motor: {port: 1}\nfaults: [late]\n")
    done = subprocess.run([program("gascelld"), "emulate", "--config", config],
                          capture_output=True, text=True, timeout=WITHIN,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == 1
    assert ":2:3: " in done.stderr and ":3:10: " in done.stderr
