"""gascelld safe: instruments are made safe without the daemon."""

import os
import re
import subprocess

import pytest

from conftest import WITHIN, program
from test_emulate import emulator  # noqa: F811: a fixture

HEAT = """
recipe: hold
steps:
  - ramp: {to: 60 °C, rate: 600 °C/min}
  - hold: {for: 10 min}
"""


def make_safe(*options, env=None):
    return subprocess.run(
        [program("gascelld"), "safe", *map(str, options)],
        capture_output=True, text=True, timeout=WITHIN,
        env={**os.environ, **(env or {})})


@pytest.fixture
def crashed(emulator, daemon, tmp_path):  # noqa: F811
    """A chip that was heated by a daemon that is dead."""
    site = tmp_path / "site.yaml"
    e = emulator("--write-config", site)
    # This computer may be slow just now.
    site.write_text(site.read_text().replace("stale: 300 ms", "stale: 5 s"))
    d = daemon("--config", site)
    with d.client(active=True) as client:
        client.wait(lambda v: v.get("run:_safe_confirmed") is True)
        client.start(HEAT)
        client.wait(lambda v: (v.get("heater:value") or 0) > 40)
    d.kill()
    e.site = site
    assert is_heating(e)
    return e


def is_heating(e):
    return e.line("meter").ask(b":OUTP?\n", b"\n").strip() == b"1"


def test_a_dead_daemon_heater_is_switched_off(crashed):
    done = make_safe("--config", crashed.site)
    assert done.returncode == 0, done.stderr
    assert "heater: safe" in done.stderr
    assert not is_heating(crashed)


def test_what_cannot_be_reached_is_named_and_the_rest_is_safe(crashed):
    assert crashed.tell("die microscope for 60 s") == {"ok": True}
    done = make_safe("--config", crashed.site, "--within", 1)
    assert done.returncode == 1
    assert "microscope: NOT SAFE: " in done.stderr
    assert not is_heating(crashed)


@pytest.mark.parametrize("env, acts", [
    ({"SERVICE_RESULT": "success"}, False),
    ({"SERVICE_RESULT": "exit-code", "EXIT_STATUS": "75"}, False),
    ({"SERVICE_RESULT": "watchdog", "EXIT_STATUS": "ABRT"}, True),
    ({}, True),
])
def test_after_a_crash_only(crashed, env, acts):
    done = make_safe("--after-crash", "--config", crashed.site, env=env)
    assert done.returncode == 0, done.stderr
    assert is_heating(crashed) is not acts


def test_a_living_daemon_is_left_to_do_it_itself(daemon, tmp_path):
    d = daemon()
    config = tmp_path / "site.yaml"
    config.write_text(re.sub(
        r"(?<=\nsocket:\n  path: ).*", d.socket, subprocess.run(
            [program("gascelld"), "config"], capture_output=True, text=True,
            check=True).stdout))
    done = make_safe("--config", config)
    assert done.returncode == 75
    assert "gascellctl abort" in done.stderr


def test_mistakes_are_told(tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("instruments: {}\nnonsense: 1\n")
    done = make_safe("--config", bad)
    assert done.returncode == 1 and "bad.yaml:2:1" in done.stderr
    assert make_safe("--within", 601).returncode == 2
