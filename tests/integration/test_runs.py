"""Recipes on the simulated laboratory, time accelerated."""

import os

import pytest

from conftest import RECIPES, Refused

RAMP = """\
recipe: A ramp
steps:
  - ramp: {to: 200 °C, rate: 50 °C/min}
  - hold: {for: 1 min}
  - image: {}
  - cool: rapid
on_fault:
  - cool: rapid
"""

HYDROGEN = """\
recipe: Hydrogen
steps:
  - atmosphere: {gas: H2, pressure: 50 Torr, flow: 0.05 sccm}
"""


def ended(values):
    return values.get("run:_state") in ("complete", "stopped", "aborted")


def test_a_recipe_runs_to_its_end(daemon):
    d = daemon(speed=200)
    with d.client(active=True) as c:
        assert c.start(RAMP) == 1
        c.wait(ended)
        assert c.values["run:_state"] == "complete"
        assert c.values["run:_images"] == 1
    assert d.end() == 0
    assert d.rows("SELECT state FROM v_run") == [("complete",)]
    (file, temperature), = d.rows(
        "SELECT file, temperature_C_mean FROM v_image")
    assert os.path.basename(file) == "run0001_step0004_img0001.tif"
    assert os.path.getsize(file) > 1000
    assert abs(temperature - 200) < 3


def test_every_setpoint_was_on_disk_before_it_was_sent(daemon):
    d = daemon(speed=200)
    with d.client(active=True) as c:
        c.start(RAMP)
        c.wait(ended)
    assert d.end() == 0
    assert d.rows("SELECT count(*) FROM v_setpoint WHERE cause = 'step'"
                  " AND NOT (t <= sent AND sent <= answered)") == [(0,)]
    assert d.rows("SELECT count(*) > 50 FROM v_setpoint"
                  " WHERE cause = 'step' AND answer = 'ok'") == [(1,)]


def test_no_sample_is_missing_at_high_speed(daemon):
    d = daemon(speed=1000)
    with d.client(active=True) as c:
        c.start(RAMP)
        c.wait(ended)
    assert d.end() == 0
    assert d.rows("SELECT * FROM v_gap") == []


def test_pause_resume_and_extend(daemon):
    d = daemon(speed=20)
    with d.client(active=True) as c:
        c.start(RAMP)
        c.wait(lambda v: v["heater:value"] > 60)
        c.do("run:hold")
        c.wait(lambda v: v["run:_state"] == "paused")
        c.do("run:_resume")
        c.wait(lambda v: v["run:_state"] == "running")
        c.do("run:_abort")
        c.wait(ended)
        assert c.values["run:_state"] == "aborted"


def test_a_recipe_with_mistakes_does_not_start(daemon):
    d = daemon()
    with d.client() as c:
        with pytest.raises(Refused) as refused:
            c.start("recipe: x\nsteps:\n  - ramp: {to: 300}\n"
                    "  - ramp: {to: 5000 °C}\n")
        problems = refused.value.details["problems"]
        assert "test.yaml:3:" in problems and "test.yaml:4:" in problems
        assert c.read("run:_state") == "idle"


def test_only_one_run_at_a_time(daemon):
    d = daemon(speed=10)
    with d.client(active=True) as c:
        c.start(RAMP)
        with pytest.raises(Refused):
            c.start(RAMP)


def test_the_reference_experiment(daemon):
    """P5 at 50 Torr from end to end: two hours in some seconds."""
    d = daemon(speed=2000)
    with d.client(active=True) as c:
        c.start(RECIPES / "hydrogen-nitrogen.yaml", pressure="50 Torr")
        c.wait(ended, within=600)
        assert c.values["run:_state"] == "complete"
    assert d.end() == 0
    images = d.rows("SELECT round(temperature_C_mean, -1), gas_sample,"
                    " beam_on_s, file FROM v_image ORDER BY t_begin")
    assert [i[0] for i in images] == [150, 350, 450, 550, 650, 750]
    for _, gas, beam_on, file in images:
        assert gas == "H2 75.0 %, N2 25.0 %"
        assert beam_on > 0
        assert os.path.exists(file)
    assert d.rows("SELECT * FROM v_gap") == []


def test_hydrogen_needs_a_purge_first(daemon):
    with daemon().client() as c:
        with pytest.raises(Refused) as refused:
            c.start(HYDROGEN)
        assert "purge" in refused.value.details["problems"]


HOLD = "recipe: Hold\nsteps:\n  - hold: 10 min\n"


def test_what_is_answered_is_in_the_log(daemon):
    d = daemon()
    with d.client() as c:
        for command, argument in (("_extend", 60), ("hold", None),
                                  ("_resume", None), ("stop", None)):
            if command == "_extend":
                c.start(HOLD)
                assert d.rows("SELECT verb FROM v_command") == [("start",)]
            before = len(d.rows("SELECT 1 FROM v_command"))
            c.do(f"run:{command}", argument)
            assert len(d.rows("SELECT 1 FROM v_command")) == before + 1
    d.end()


def test_a_manual_set_that_makes_safe_is_in_the_log_when_answered(daemon):
    d = daemon()
    with d.client() as c:
        c.change("gas_H2:target", 0)
        assert d.rows("SELECT verb, outcome FROM v_command") == [("set", "ok")]


def test_seconds_are_logged_as_they_were_said(daemon):
    d = daemon()
    with d.client() as c:
        c.start(HOLD)
        c.do("run:_extend", -120)
        c.do("run:_extend", 0.1)
    assert d.rows("SELECT args FROM v_command WHERE verb = 'extend'") == [
        ('{"duration_s":-120}',), ('{"duration_s":0.1}',)]


def test_a_command_that_ends_its_run_belongs_to_it(daemon):
    d = daemon()
    with d.client(active=True) as c:
        run = c.start(HOLD)
        c.do("run:_skip")
        c.wait(lambda v: v["run:_state"] == "complete")
    assert d.rows("SELECT verb, run FROM v_command") == [
        ("start", run), ("skip", run)]
