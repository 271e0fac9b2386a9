"""What a live session logs decides the same again, however it ended."""

import subprocess

from conftest import Daemon, program

SHORT = """\
recipe: Short
about: A ramp, a hold, an image.
steps:
  - ramp: {to: 60 °C, rate: 300 °C/min}
  - hold: {for: 20 s}
  - image: {exposure: 1 s}
  - cool: rapid
"""
LONG = """\
recipe: Long
about: Never over.
steps:
  - ramp: {to: 100 °C, rate: 100 °C/min}
  - hold: {for: 10 h}
"""


def replay(daemon, *run):
    done = subprocess.run([program("gascelld"), "replay", daemon.db, *run],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the same" in done.stdout


def test_a_run_with_an_operator(tmp_path):
    daemon = Daemon(tmp_path, speed=20)
    with daemon.client(active=True) as client:
        client.start(SHORT)
        client.wait(lambda v: (v.get("run:_step") or 0) >= 3)
        client.do("run:hold")
        client.wait(lambda v: v["run:_state"] == "paused")
        client.do("run:_resume")
        client.wait(lambda v: v["run:_state"] == "complete")
    assert daemon.end() == 0
    replay(daemon)


def test_a_session_that_was_killed_and_the_one_after_it(tmp_path):
    daemon = Daemon(tmp_path, speed=20)
    with daemon.client(active=True) as client:
        client.start(LONG)
        client.wait(lambda v: (v.get("run:_step") or 0) >= 2)
    daemon.kill()
    daemon = Daemon(tmp_path, speed=20)
    with daemon.client(active=True) as client:
        client.do("run:_reset")
        client.start(SHORT)
        client.wait(lambda v: v["run:_state"] == "complete")
    assert daemon.end() == 0
    replay(daemon, "1")
    replay(daemon, "2")
