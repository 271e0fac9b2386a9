"""gascelld probe: one instrument, live; it is only read unless more is asked
for."""

import json
import os
import re
import signal
import subprocess

import pytest

from bench_supply import Supply
from conftest import WITHIN, program
from test_emulate import emulator  # noqa: F401: a fixture

DEFINITION = """
definition: supply
summary: A bench supply
proof: a test's
frame: {send: "<LF>", answer: "<LF>", reply: REPLY}
identify: {send: "*IDN?", expect: "ACME,{model:s},{serial:s},{_:s}"}
identity: {serial: {}, model: {}}
init:
  - ask: reset
ask:
  reset: {send: "*RST"}
  volts: {send: "VOLT?", expect: "{v:f}"}
  set: {send: "VOLT {v:.3f}"}
  out: {send: "OUTP?", expect: "{on:d}"}
  switch: {send: "OUTP {v:d}"}
channels:
  setpoint: {read: volts.v, write: set, quantity: voltage, unit: V,
             min: 0 V, max: 30 V, tolerance: 0.01}
  output: {read: out.on, write: switch, quantity: switch}
safe:
  - output: off
"""


class Probe:
    """One that runs; its lines as they come."""

    def __init__(self, *words):
        self.process = subprocess.Popen(
            [program("gascelld"), "probe", *map(str, words)], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL)
        self.said = []

    def line(self):
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        self.said.append(line.rstrip("\n"))
        return self.said[-1]

    def wait_for(self, text):
        while text not in self.line():
            pass
        return self.said[-1]

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.process.wait(WITHIN)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def probe(*words):
    done = subprocess.run([program("gascelld"), "probe", *map(str, words)],
                          capture_output=True, text=True, timeout=WITHIN)
    return done.returncode, done.stdout.splitlines(), done.stderr


@pytest.fixture
def running():
    started = []

    def start(*words):
        started.append(Probe(*words))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def supply():
    one = Supply()
    one.volts, one.on = 12.0, 1
    yield one
    one.end()


@pytest.fixture
def definition(tmp_path):
    file = tmp_path / "supply.yaml"
    file.write_text(DEFINITION.replace("REPLY", "300 ms"))
    return file


READ = {"*IDN?", "VOLT?", "OUTP?"}


# -- reading -------------------------------------------------------------

def test_it_says_who_it_is_and_then_what_it_reads(supply, definition):
    code, lines, said = probe(definition, "--bus", supply.bus, "--count", 2,
                              "--every", "50 ms")
    assert code == 0 and said == ""
    assert lines[0] == (f"supply on 127.0.0.1:{supply.port}: "
                        "serial 4711, model PS30")
    assert len(lines) == 3
    for line in lines[1:]:
        assert re.fullmatch(r"\[ +\d+\.\d\] setpoint 12 V, output on", line)


def test_reading_changes_nothing(supply, definition):
    assert probe(definition, "--bus", supply.bus, "--count", 3, "--every",
                 "50 ms")[0] == 0
    assert set(supply.heard) == READ


def test_for_programs_each_line_is_an_object(supply, definition):
    code, lines, _ = probe(definition, "--bus", supply.bus, "--count", 1,
                           "--json")
    assert code == 0
    first, second = map(json.loads, lines)
    assert first["identity"] == {"serial": "4711", "model": "PS30"}
    assert first["channels"] == {"setpoint": "V", "output": ""}
    assert second["values"] == {"setpoint": 12.0, "output": 1.0}


def test_the_bytes_are_shown_as_definitions_write_them(supply, definition):
    _, lines, said = probe(definition, "--bus", supply.bus, "--count", 1,
                           "--trace")
    assert said.splitlines()[:3] == [
        "> *IDN?<LF>", "< ACME,PS30,4711,1.0<LF>", "> VOLT?<LF>"]
    assert not any(line.startswith(("<", ">")) for line in lines)


def test_an_instrument_of_a_site_has_its_bus_and_params_there(
        supply, definition, tmp_path):
    site = tmp_path / "site.yaml"
    site.write_text(
        "definitions: .\n"
        f"buses: {{bench: {supply.bus}}}\n"
        "instruments:\n"
        "  heater: {driver: supply, bus: bench,"
        " params: {expect: {serial: '4711'}}}\n")
    code, lines, _ = probe("--config", site, "heater", "--count", 1)
    assert code == 0 and "serial 4711" in lines[0]
    code, _, said = probe("--config", site, "heatr")
    assert code == 1 and "did you mean heater?" in said


def test_all_emulated_instruments_can_be_read(emulator,  # noqa: F811
                                              tmp_path):
    site = tmp_path / "site.yaml"
    emulator("--write-config", site)
    names = re.findall(r"^  (\w+):(?: \{|\n    )driver: ", site.read_text(), re.M)
    assert len(names) > 5
    for name in names:
        code, lines, said = probe("--config", site, name, "--count", 2,
                                  "--every", "100 ms")
        assert code == 0, (name, lines, said)


# -- changing ------------------------------------------------------------

def test_setting_needs_a_yes(supply, definition):
    code, lines, said = probe(definition, "--bus", supply.bus, "--set",
                              "setpoint=5 V")
    assert code == 2 and lines == [] and "--yes" in said
    assert supply.heard == []


def test_what_is_set_is_read_back(supply, definition):
    code, lines, _ = probe(definition, "--bus", supply.bus, "--set",
                           "setpoint=5 V", "--yes")
    assert code == 0 and supply.volts == 5
    assert "setpoint was set to 5 V; it reads back 5 V" in lines[-1]
    assert set(supply.heard) == READ | {"VOLT 5.000"}
    assert supply.on == 1


def test_what_does_not_take_is_said(supply, definition):
    supply.stuck = True
    code, lines, _ = probe(definition, "--bus", supply.bus, "--set",
                           "setpoint=5 V", "--yes", "--every", "500 ms")
    assert code == 1
    assert "it reads back 12 V: NOT what was set" in lines[-1]
    assert supply.heard.count("VOLT 5.000") == 1


@pytest.mark.parametrize("what,why", [
    ("setpoint=31 V", "0 V .. 30 V"), ("setpoint=5 A", "setpoint"),
    ("setpont=5 V", "such as setpoint"), ("setpoint", "is written like"),
    ("output=0.5", "on or off"),
])
def test_what_cannot_be_set_is_refused_before_anything_is_sent(
        supply, definition, what, why):
    code, _, said = probe(definition, "--bus", supply.bus, "--set", what,
                          "--yes")
    assert code == 2 and why in said
    assert supply.heard == []


def test_the_limits_of_a_site_hold(supply, definition, tmp_path):
    site = tmp_path / "site.yaml"
    site.write_text(
        "definitions: .\n"
        f"buses: {{bench: {supply.bus}}}\n"
        "instruments: {heater: {driver: supply, bus: bench}}\n"
        "roles: {heater.voltage: heater.setpoint}\n"
        "limits: {heater.voltage: {min: 0 V, max: 6 V}}\n")
    code, _, said = probe("--config", site, "heater", "--set",
                          "setpoint=7 V", "--yes")
    assert code == 2 and "0 V .. 6 V" in said


def test_safe_makes_it_safe(supply, definition):
    code, lines, _ = probe(definition, "--bus", supply.bus, "--safe")
    assert code == 0 and supply.on == 0
    assert "made safe" in lines[1] and "output off" in lines[2]
    assert set(supply.heard) == READ | {"OUTP 0"}


def test_what_cannot_be_only_looked_at_is_not(supply):
    code, _, said = probe("lines", "--bus",
                          "{type: file, path: /dev/null}")
    assert code == 2 and "--safe" in said


# -- when it goes wrong --------------------------------------------------

def test_no_answer_is_said_and_tried_again_later_and_later(
        supply, definition):
    supply.silent = True
    code, lines, _ = probe(definition, "--bus", supply.bus, "--count", 3)
    assert code == 1 and len(lines) == 3
    assert all("no answer to '*IDN?" in line for line in lines)
    assert lines[0].endswith("again in 1 s")
    assert lines[1].endswith("again in 2 s")
    assert "again" not in lines[2]


def test_another_instrument_ends_it_at_once(supply, definition):
    code, lines, _ = probe(definition, "--bus", supply.bus, "--param",
                           'expect={serial: "4712"}')
    assert code == 1
    assert lines == ["[    0.0] serial: 4712 is expected, 4711 answers"]
    assert supply.heard == ["*IDN?"]


def test_so_does_one_of_another_kind(supply, definition):
    supply.identity = "OTHER,X,1,1"
    code, lines, _ = probe(definition, "--bus", supply.bus)
    assert code == 1 and "does not answer like a supply" in lines[0]


def test_a_cable_is_pulled_and_plugged_in(supply, definition, running):
    p = running(definition, "--bus", supply.bus, "--every", "100 ms")
    p.wait_for("output on")
    supply.pull()
    assert "again in 1 s" in p.wait_for("again in")
    supply.plug_in()
    p.wait_for("serial 4711")
    p.wait_for("output on")
    assert p.end() == 0
    assert set(supply.heard) == READ


def test_another_instrument_on_the_cable_is_not_believed(
        supply, definition, running):
    p = running(definition, "--bus", supply.bus, "--every", "100 ms")
    p.wait_for("output on")
    supply.pull()
    supply.identity = "ACME,PS30,4712,1.0"
    supply.volts = 30.0
    supply.plug_in()
    p.wait_for("4711 is expected, 4712 answers")
    assert p.end() == 1
    assert not any("30 V" in line for line in p.said)


def test_ctrl_c_does_not_wait_for_an_answer(supply, tmp_path, running):
    slow = tmp_path / "supply.yaml"
    slow.write_text(DEFINITION.replace("REPLY", "50 s"))
    supply.silent = True
    p = running(slow, "--bus", supply.bus)
    supply.wait(lambda s: s.heard)
    p.process.send_signal(signal.SIGINT)
    assert p.process.wait(20) == 1


def test_a_reader_that_goes_ends_it(supply, definition, running):
    p = running(definition, "--bus", supply.bus, "--every", "20 ms")
    p.wait_for("output on")
    p.process.stdout.close()
    p.process.stdout = open(os.devnull)
    p.process.wait(WITHIN)
    assert p.process.returncode in (0, 70)


def test_a_mistake_in_params_ends_it(supply, definition):
    code, lines, said = probe(definition, "--bus", supply.bus, "--param",
                              "adress=3")
    assert code == 1 and "'adress'" in lines[0] + said


@pytest.mark.parametrize("words,code,why", [
    (["alicatt", "--bus", "{type: tcp, host: 127.0.0.1, port: 1}"], 1,
     "did you mean alicat?"),
    (["alicat", "--bus", "{type: tpc}"], 1, "--bus:1:8: "),
    (["alicat", "--bus", "here"], 1, "a mapping belongs here"),
    (["alicat", "--param", "addr=A"], 2, "--bus"),
    (["/nowhere.yaml", "--bus", "{type: tcp, host: 127.0.0.1, port: 1}"], 1,
     "/nowhere.yaml"),
    (["heater", "--every", "1 V"], 2, "--every"),
    (["heater", "--every", "0 s"], 2, "--every"),
    ([], 2, "probe"),
])
def test_mistakes_on_the_command_line_are_told(words, code, why):
    got, _, said = probe(*words)
    assert got == code and why in said


def test_a_running_daemon_keeps_its_instruments(daemon, tmp_path, supply,
                                                definition):
    site = tmp_path / "site.yaml"
    site.write_text(
        "definitions: .\n"
        f"socket: {{path: {tmp_path / 'socket'}}}\n"
        f"buses: {{bench: {supply.bus}}}\n"
        "instruments: {bench: {driver: supply, bus: bench}}\n")
    d = daemon("--config", site)
    code, _, said = probe("--config", site, "bench")
    assert code == 75 and "gascelld listens at" in said
    assert d.end() == 0
