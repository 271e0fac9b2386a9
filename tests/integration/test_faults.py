"""Everything that goes wrong on a wire, on every kind of wire, with the real
daemon: the run goes to the level that the site says, nothing wrong is ever
logged, all comes back by itself, and the log says what is missing.

Each link has a laboratory and a daemon of its own, and all go through their
faults at once."""

import concurrent.futures
import dataclasses
import re
import time

import pytest

from conftest import Daemon, Refused
from test_emulate import Emulator

WITHIN = 60
WAITS = "recipe: waits\nsteps:\n  - wait: 30 min\n"
HEATS = ("recipe: heats\nsteps:\n  - ramp: {to: 40 °C, rate: 600 °C/min}\n"
         "  - hold: {for: 30 min}\n")


@dataclasses.dataclass(frozen=True)
class Link:
    server: str
    instrument: str     # as the site calls it
    module: str         # of the socket
    level: str          # that the site asks for when it is silent
    right: dict         # channel: the values it may have, or (least, most)
    recipe: str = WAITS
    before: tuple = ()  # what is set by hand: numbers that differ
    without: tuple = ()
    # Connections made anew are good enough: it may not be noticed.
    bears: tuple = ()


SHUT = {f"valve.{name}": [0] for name in
        ("H2", "N2", "NH3", "O2", "supply", "inlet", "outlet", "bypass")}
LINKS = {
    "ascii-pty": Link(
        "flows", "mfc_h2", "gas_H2", "isolate",
        {"mfc_h2.setpoint": [0], "mfc_n2.setpoint": [0, 0.5],
         "mfc_ar.setpoint": [0, 0.8], "mfc_nh3.setpoint": [0]},
        before=(("gas_N2", 0.5), ("gas_Ar", 0.8))),
    "enquiry-pty": Link(
        "gauges", "gauges", "cell_pressure", "isolate",
        {"cell_pressure": (700, 800)}, without=("foreign",)),
    "ascii-tcp": Link(
        "meter", "heater", "heater", "cool", {"heater": (10, 60)},
        recipe=HEATS, without=("foreign",), bears=("flood",)),
    "modbus-tcp": Link(
        "valves", "valves", "valve_Ar", "isolate",
        {**SHUT, "valve.Ar": [0, 1]}, before=(("valve_Ar", 1),),
        bears=("flood",)),
    "modbus-rtu": Link(
        "rtu", "valves", "valve_Ar", "isolate",
        {**SHUT, "valve.Ar": [0, 1]}, before=(("valve_Ar", 1),)),
    # A connection for each request: nothing is foreign, nothing to flood.
    "http": Link(
        "microscope", "microscope", "column_vacuum", "hold",
        {"beam": [0], "column_vacuum": (1e-9, 1e-4)},
        without=("foreign", "flood", "hangs_up")),
}

LEVELS = ("run", "hold", "cool", "isolate")

# What is told to the emulator, and whether it must end in the link's level.
FAULTS = {
    "no_reply": ("no_reply {} for 2500 ms", True),
    "late": ("late {} by 900 ms for 2500 ms", True),
    "late_once": ("late {} by 700 ms times 1", False),
    "half": ("half {} for 2500 ms", True),
    "garbage": ("garbage {} for 2500 ms", True),
    "checksum": ("checksum {} for 2500 ms", True),
    "foreign": ("foreign {} for 2500 ms", True),
    "flood": ("flood {} for 2500 ms", True),
    "hangs_up": ("drop {}", False),         # a pty has another name then
    "dies": ("die {} for 2500 ms", True),
    "one_dead": ("no_reply {}:A for 6 s", True),
    "killed": (None, True),                 # the whole emulator
}


def faults_of(name):
    left_out = set(LINKS[name].without)
    if name != "ascii-pty":
        left_out.add("one_dead")    # there is one instrument
    return [fault for fault in FAULTS if fault not in left_out]


class Laboratory:
    def __init__(self, name, folder):
        folder.mkdir()
        self.link, self.folder = LINKS[name], folder
        self.site = folder / "site.yaml"
        self.emulator = Emulator("--write-config", self.site)
        text = self.site.read_text().replace("stale: 12 s", "stale: 1500 ms")
        if name != "ascii-tcp":     # many are on this computer just now
            text = text.replace("stale: 300 ms", "stale: 5 s")
        if name == "modbus-rtu":
            text = re.sub(
                r"  valves: \{type: modbus-tcp.*",
                f'  valves: {{type: modbus-rtu, path: "{self.site}.rtu",'
                " baud: 19200}", text)
        self.site.write_text(text)
        self.daemon = Daemon(folder, "--config", self.site)
        self.client = self.daemon.client(active=True)

    def end(self):
        self.client.close()
        self.daemon.end()
        self.emulator.end()

    def revive(self):
        """Where it was, as a computer that has been switched on again."""
        servers = self.emulator.servers
        config = self.folder / "emulator.yaml"
        config.write_text("servers:\n" + "".join(
            f"  {name}: {{link: {self.site}.{name}}}\n"
            if at["type"] == "file" else
            f"  {name}: {{port: {at['port']}}}\n"
            for name, at in servers.items()))
        self.emulator.process.kill()
        self.emulator.process.wait()
        self.wait_for_level("isolate")
        self.emulator = Emulator("--config", config)

    def insist(self, action, *arguments):
        """Until the daemon finds that it can be."""
        deadline = time.monotonic() + WITHIN
        while True:
            try:
                return getattr(self.client, action)(*arguments)
            except Refused as refused:
                if time.monotonic() > deadline:
                    raise AssertionError(f"{arguments}: {refused}")
                time.sleep(0.05)

    def wait_for_level(self, level):
        """Or a higher one: on a line of several, others are silent, too."""
        levels = LEVELS[LEVELS.index(level):]
        self.client.wait(lambda v: v.get("run:_level") in levels, WITHIN)

    def begin(self):
        """True: there is a run."""
        if self.client.read("run:_level") in ("cool", "isolate"):
            self.client.do("run:_reset")
        if self.client.read("run:_level") != "run":
            return False
        if self.client.read("run:_state") == "running":
            return True
        for module, value in self.link.before:
            self.client.change(f"{module}:target", value)
        self.client.start(self.link.recipe)
        return True

    def run(self):
        """From whatever the last fault has left."""
        deadline = time.monotonic() + WITHIN
        why = "the level stays"
        while time.monotonic() < deadline:
            try:
                if self.begin():
                    return
            except Refused as refused:
                why = str(refused)
            time.sleep(0.05)
        raise AssertionError(f"no run can begin: {why}")

    def pause(self):
        """A client that does not read is cut off."""
        self.client.ask("ping", "x")
        time.sleep(0.1)

    def gaps(self):
        return self.daemon.rows("SELECT count(*) FROM v_gap WHERE"
                                " instrument = ?", self.link.instrument)[0][0]

    def suffer(self, fault):
        line, reaches = FAULTS[fault]
        reaches = reaches and fault not in self.link.bears
        self.run()
        before = self.gaps()
        self.client.values.pop("run:_level", None)
        if line is None:
            self.revive()
        else:
            told = self.emulator.tell(line.format(self.link.server))
            assert told == {"ok": True}, told
            if reaches:
                self.wait_for_level(self.link.level)
        self.insist("read", f"{self.link.module}:value")
        self.run()
        for _ in range(3):
            self.insist("read", f"{self.link.module}:value")
        if reaches:
            self.is_logged(before)

    def is_logged(self, before):
        deadline = time.monotonic() + WITHIN
        while self.gaps() <= before:
            assert time.monotonic() < deadline, "no gap in the log"
            self.pause()

    def wrong_values(self):
        wrong = []
        for channel, right in self.link.right.items():
            rows = self.daemon.rows(
                "SELECT DISTINCT value FROM v_reading_ns"
                " WHERE channel = ? AND value IS NOT NULL", channel)
            assert rows, f"{channel} was never read"
            for value, in rows:
                if value not in right if isinstance(right, list) else \
                        not right[0] <= value <= right[1]:
                    wrong.append((channel, value))
        return wrong


def go_through(name, folder):
    """What was wrong, by fault; "values" is the log as a whole."""
    outcome = {}
    lab = Laboratory(name, folder)
    try:
        for fault in faults_of(name):
            try:
                lab.suffer(fault)
                outcome[fault] = None
            except Exception as error:  # the next fault is tried, too
                outcome[fault] = f"{type(error).__name__}: {error}"
        outcome["values"] = lab.wrong_values()
    finally:
        lab.end()
    outcome["said"] = lab.daemon.said
    return outcome


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    with concurrent.futures.ThreadPoolExecutor(len(LINKS)) as pool:
        running = {name: pool.submit(go_through, name, folder / name)
                   for name in LINKS}
        return {name: one.result() for name, one in running.items()}


@pytest.mark.parametrize("name, fault", [
    (name, fault) for name in LINKS for fault in faults_of(name)])
def test_a_fault_is_survived(outcomes, name, fault):
    assert outcomes[name][fault] is None, outcomes[name]["said"]


@pytest.mark.parametrize("name", LINKS)
def test_no_wrong_value_was_logged(outcomes, name):
    assert outcomes[name]["values"] == []


@pytest.mark.parametrize("name", LINKS)
def test_what_was_lost_came_back(outcomes, name):
    said = "\n".join(outcomes[name]["said"])
    instrument = LINKS[name].instrument
    assert f"{instrument} is lost" in said
    assert f"{instrument} is back" in said
