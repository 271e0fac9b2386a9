"""Whatever dies, the holder ends safe."""

import os
import signal
import subprocess

import pytest

from conftest import ROOT, Refused
from test_runs import HYDROGEN, RAMP, ended

PURGED = HYDROGEN.replace("steps:\n", "steps:\n  - include: clean-cell\n")


def heat(d, above=80):
    """A run in the middle of its ramp."""
    c = d.client(active=True)
    c.start(RAMP)
    c.wait(lambda v: v["heater:value"] > above)
    return c


def integrity(d):
    return d.rows("PRAGMA integrity_check")


def test_terminate_in_a_run_ends_safe(daemon):
    d = daemon(speed=20)
    with heat(d):
        assert d.end() == 0
    assert d.rows("SELECT state FROM v_run") == [("aborted",)]
    # The last word to the heater is off, and it was read back.
    value, answer, readback = d.rows(
        "SELECT value, answer, readback FROM v_setpoint WHERE"
        " channel = 'heater.output' ORDER BY t_ns DESC LIMIT 1")[0]
    assert (value, answer, readback) == (0, "ok", 0)
    assert integrity(d) == [("ok",)]


def test_a_second_signal_hurries(daemon):
    d = daemon(speed=20)
    with heat(d):
        d.process.send_signal(signal.SIGTERM)
        assert d.end(signal.SIGTERM) == 0


def test_killed_in_a_ramp(daemon):
    d = daemon(speed=20)
    heat(d).close()
    d.kill()

    d = daemon(speed=20)
    first = None
    with d.client() as c:
        first = c.ask("ping", "x")[1]["t"]
        # Safe, and nobody heats again before somebody has looked.
        assert c.read("run:_safe_confirmed") is True
        assert c.read("run:_latched") is True
        assert "cut off" in c.read("run:_cause")
        with pytest.raises(Refused):
            c.start(RAMP)
        c.do("run:_reset")
        with pytest.raises(Refused) as refused:
            c.start(HYDROGEN)
        assert "unknown gas" in refused.value.details["problems"]
        assert c.start(PURGED) > 1
        c.do("run:_abort")
    assert d.end() == 0

    assert integrity(d) == [("ok",)]
    assert d.rows("SELECT state FROM v_run ORDER BY run") == [
        ("interrupted",), ("aborted",)]
    sets = d.rows(
        "SELECT channel, answer, readback, value, readback_ns FROM v_setpoint"
        " WHERE cause = 'start' AND session = 2")
    assert {"heater.output", "beam"} <= {s[0] for s in sets}
    for channel, answer, readback, value, at in sets:
        assert answer == "ok" and readback == value, channel
        assert at // 1000 <= round(first * 1e6), channel


def test_killed_while_idle_is_no_interruption(daemon):
    d = daemon()
    d.kill()
    d = daemon()
    with d.client() as c:
        assert c.read("run:_latched") is False
        assert c.read("run:_level") == "run"


def test_a_machine_that_slept_does_not_go_on_heating(daemon):
    d = daemon()
    with d.client(active=True) as c:
        c.start(RAMP)
        c.wait(lambda v: "ramp" in v["run:_step_label"])
        c.wait(lambda v: v["heater:value"] > 22)
        d.process.send_signal(signal.SIGSTOP)
        # Slept through: nothing in the daemon can tell us when to go on.
        with pytest.raises(subprocess.TimeoutExpired):
            d.process.wait(3)
        d.process.send_signal(signal.SIGCONT)
        c.wait(ended)
        assert c.values["run:_state"] == "aborted"
        c.wait(lambda v: v["run:_level"] in ("cool", "isolate"))
    assert d.end() == 0
    assert d.rows("SELECT count(*) FROM v_event WHERE kind = 'clock'")[0][0]
    assert d.rows("SELECT count(*) FROM v_gap")[0][0] >= 1


@pytest.fixture
def small_disk(tmp_path):
    """24 MB of tmpfs, and a function that fills it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder],
            capture_output=True).returncode:
        pytest.skip("mounting needs root")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder):
    with open(folder / "ballast", "wb", buffering=0) as f:
        try:
            while True:
                f.write(b"\0" * 65536)
        except OSError:
            pass
        try:
            while True:
                f.write(b"\0")
        except OSError:
            pass


def test_a_full_disk_holds_and_lets_go_again(daemon, small_disk):
    d = daemon(folder=small_disk)
    with d.client(active=True) as c:
        fill(small_disk)
        c.wait(lambda v: v["daemon:_log_state"].startswith("failed"))
        c.wait(lambda v: v["run:_level"] == "hold")
        with pytest.raises(Refused):
            c.start(RAMP)
        # Readings go on, and nothing energising is accepted.
        with pytest.raises(Refused):
            c.change("heater_output:target", 1)
        (small_disk / "ballast").unlink()
        c.wait(lambda v: v["daemon:_log_state"] == "ok")
        c.wait(lambda v: v["run:_level"] == "run")
    assert d.end() == 0
    assert integrity(d) == [("ok",)]
    # What was read meanwhile is there: it was kept in memory.
    assert d.rows("SELECT * FROM v_gap") == []


def laboratory_with(path, fault):
    """The built-in laboratory, and something wrong with it."""
    text = (ROOT / "site" / "default.yaml").read_text()
    assert "lab: {type: sim}" in text
    path.write_text(text.replace(
        "lab: {type: sim}", f"lab: {{type: sim, faults: [{fault}]}}"))
    return path


def test_an_instrument_that_is_silent_at_the_start(daemon, tmp_path):
    lab = laboratory_with(tmp_path / "lab.yaml", "{kind: no_reply, at: 0 s,"
                          " for: 16 s, instrument: heater}")
    d = daemon("--config", lab)
    said = "\n".join(d.said)
    # It can be talked to, says so loudly, and nothing can be started.
    assert "NOT EVERYTHING WAS READ BACK SAFE (heater)" in said
    assert said.count("heater is lost") == 1
    with d.client(active=True) as c:
        assert c.values["run:_safe_confirmed"] is False
        assert c.values["run:_latched"] is True
        with pytest.raises(Refused):
            c.start(RAMP)
        c.wait(lambda v: v["run:_safe_confirmed"])
        c.wait(lambda v: v["run:_level"] == "run")
    assert "\n".join(d.said).count("heater is back") == 1
    assert d.end() == 0


def test_an_instrument_lost_in_a_ramp(daemon, tmp_path):
    lab = laboratory_with(tmp_path / "lab.yaml", "{kind: no_reply,"
                          " at: 60 s, for: 20 s, instrument: heater}")
    d = daemon("--config", lab, speed=20)
    with d.client(active=True) as c:
        c.start(RAMP)
        c.wait(ended)
        assert c.values["run:_state"] == "aborted"
        c.wait(lambda v: v["run:_safe_confirmed"])
    assert d.end() == 0
    # Off, as soon as it could be told.
    assert d.rows("SELECT value, answer, readback FROM v_setpoint WHERE"
                  " channel = 'heater.output' ORDER BY t_ns DESC LIMIT 1"
                  ) == [(0, "ok", 0)]
    assert d.rows("SELECT count(*) FROM v_gap")[0][0] >= 1
