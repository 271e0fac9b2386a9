"""docs/first-night.md, played with the command line alone (with shorter
recipes): instruments behind wires, one of them pulled away in the run."""

import subprocess

from conftest import program
from test_cli import OK, REFUSED, Operator, wait_until
from test_emulate import emulator  # noqa: F401: a fixture

SPEED = 6
HEAT = """
recipe: heat
steps:
  - ramp: {to: 60 °C, rate: 300 °C/min}
  - hold: {for: 2 min}
  - image: {exposure: 1 s}
  - hold: {for: 1 h}
on_fault:
  - cool: rapid
"""
AGAIN = """
recipe: again
steps:
  - ramp: {to: 40 °C, rate: 300 °C/min}
  - image: {exposure: 1 s}
  - cool: rapid
"""


def test_a_first_night(emulator, daemon, tmp_path):  # noqa: F811
    site = tmp_path / "site.yaml"
    e = emulator("--write-config", site, "--speed", SPEED, "--seed", 3)
    d = daemon("--config", site, speed=SPEED)
    me = Operator(tmp_path, d.socket)

    def ok(*words):
        said = me(*words)
        assert said.code == OK, (words, said.out, said.err)
        return said.out

    def until(is_it):
        return wait_until(d.socket, is_it)

    until(lambda v: v.get("run:_safe_confirmed") is True)
    assert "mfc_h2" in ok("devices") and "gas.H2" in ok("devices")
    heat = me.recipe(HEAT, "heat.yaml")
    assert "1 image" in ok("check", heat)
    ok("start", heat, "--label", "chip 7")
    until(lambda v: "hold" in v.get("run:_step_label", ""))
    ok("pause")
    until(lambda v: v.get("run:_state") == "paused")
    assert "paused" in ok("status")
    ok("resume")
    ok("extend", "5 min")
    ok("skip")
    until(lambda v: v.get("run:_images") == 1)
    until(lambda v: "1 h" in v.get("run:_step_label", ""))
    ok("queue", "add", me.recipe(AGAIN, "again.yaml"))
    ok("queue", "go")
    ok("lock", "aligning the column", "--for", "30 min")
    assert "aligning" in ok("status")
    ok("unlock")

    assert e.tell("die meter for 8 s") == {"ok": True}
    until(lambda v: v.get("run:_level") == "cool")
    assert "TRIPPED" in ok("status")
    until(lambda v: v.get("run:_state") == "aborted")
    until(lambda v: v.get("run:_queue_state", "").startswith("held"))
    assert "meter" in ok("alarms") or "heater" in ok("alarms")
    refused = me("queue", "go")
    assert refused.code == REFUSED and "reset" in refused.err
    until(lambda v: v.get("run:_safe_confirmed") is True)
    while me("reset").code == REFUSED:  # until its cause is gone
        until(lambda v: v.get("run:_level") == "cool")
    ok("alarms", "ack", "all")
    ok("queue", "go")
    until(lambda v: v.get("run:_run") == 2 and
          v.get("run:_state") == "complete")

    runs = ok("runs")
    assert "aborted" in runs and "complete" in runs
    assert "60" in ok("images", "1") and "40" in ok("images", "2")
    ok("export", "2", "-o", "run2.csv")
    assert (tmp_path / "run2.csv").read_text().count("\n") > 50
    assert d.end() == 0
    replay = subprocess.run([program("gascelld"), "replay", d.db],
                            capture_output=True, text=True)
    assert replay.returncode == 0 and "the same" in replay.stdout
