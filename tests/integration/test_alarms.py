"""What wants an operator's attention, until he has seen it."""

import json
import os
import pwd
import time

import pytest

from conftest import Refused, WITHIN
from test_cli import FAILED, OK, REFUSED, Operator
from test_runs import RAMP, ended
from test_safe import laboratory_with

ME = pwd.getpwuid(os.getuid()).pw_name


def alarms(values):
    return json.loads(values["daemon:_alarms"])


def one(values, text):
    found = [a for a in alarms(values) if text in a["text"]]
    return found[0] if found else {"state": "normal"}


def silent(tmp_path, at, lasting):
    return laboratory_with(
        tmp_path / "lab.yaml",
        f"{{kind: no_reply, at: {at}, for: {lasting}, instrument: heater}}")


def test_nothing_is_wrong(daemon):
    with daemon().client() as c:
        assert c.read("daemon:_alarms") == "[]"


def test_a_lost_instrument_until_it_is_back_and_was_seen(daemon, tmp_path):
    d = daemon("--config", silent(tmp_path, "30 s", "60 s"), speed=20)
    with d.client(active=True) as c:
        v = c.wait(lambda v: one(v, "heater is lost")["state"]
                   == "unacknowledged")
        alarm = one(v, "heater is lost")
        assert alarm["severity"] == "warning" and alarm["active"]
        c.do("daemon:_alarm_acknowledge", {"id": alarm["id"]})
        alarm = one(c.values, "heater is lost")
        assert (alarm["state"], alarm["by"]) == ("acknowledged", ME)
        # Seen, and back: it is over. The trip that followed was not seen.
        c.wait(lambda v: one(v, "heater is lost")["state"] == "normal")
        c.wait(lambda v: v["run:_safe_confirmed"])
        assert [a["state"] for a in alarms(c.values)] != []
        c.do("run:_reset")
        c.wait(lambda v: alarms(v) and {a["state"] for a in alarms(v)}
               == {"returned"})
        c.do("daemon:_alarm_acknowledge", {"id": 0})
        assert alarms(c.values) == []
    assert d.end() == 0
    states = dict(d.rows("SELECT text, state FROM v_alarm"))
    assert set(states.values()) == {"normal"}
    assert ("alarm_acknowledge", '{"id":0}', "ok") in d.rows(
        "SELECT verb, args, outcome FROM v_command")


def test_an_alarm_on_the_shelf_comes_back(daemon, tmp_path):
    d = daemon("--config", silent(tmp_path, "20 s", "10 min"), speed=20)
    with d.client(active=True) as c:
        alarm = one(c.wait(lambda v: one(v, "heater is lost")["state"]
                           == "unacknowledged"), "heater is lost")
        with pytest.raises(Refused):
            c.do("daemon:_alarm_unshelve", {"id": alarm["id"]})
        c.do("daemon:_alarm_shelve", {"id": alarm["id"], "seconds": 30,
                                      "note": "cable is being changed"})
        alarm = one(c.values, "heater is lost")
        assert (alarm["state"], alarm["note"], alarm["by"]) == (
            "shelved", "cable is being changed", ME)
        assert alarm["until"] > alarm["t"]
        c.wait(lambda v: one(v, "heater is lost")["state"]
               == "unacknowledged")
        c.do("daemon:_alarm_shelve", {"id": alarm["id"], "seconds": 3000,
                                      "note": ""})
        c.do("daemon:_alarm_unshelve", {"id": alarm["id"]})
        assert one(c.values, "heater is lost")["state"] == "unacknowledged"
        with pytest.raises(Refused) as refused:
            c.do("daemon:_alarm_acknowledge", {"id": 4711})
        assert refused.value.text == "there is no alarm 4711"
    d.end()


def test_what_was_acknowledged_stays_so_across_a_restart(daemon, tmp_path):
    lab = silent(tmp_path, "0 s", "10 min")
    d = daemon("--config", lab)
    with d.client(active=True) as c:
        before = one(c.values, "heater is lost")
        assert before["state"] == "unacknowledged"
        c.do("daemon:_alarm_acknowledge", {"id": before["id"]})
    assert d.end() == 0
    d = daemon("--config", lab)
    with d.client(active=True) as c:
        after = one(c.values, "heater is lost")
        assert (after["state"], after["by"]) == ("acknowledged", ME)
        assert (after["id"], after["t"]) == (before["id"], before["t"])
    assert d.end() == 0
    # Its cause is gone while nobody looked: seen and over.
    d = daemon()
    with d.client(active=True) as c:
        assert one(c.values, "heater is lost")["state"] == "normal"
    d.end()


def test_a_run_that_was_cut_off_is_an_alarm(daemon, tmp_path):
    d = daemon(speed=20)
    with d.client(active=True) as c:
        c.start(RAMP)
        c.wait(lambda v: v["heater:value"] > 60)
    d.kill()
    d = daemon(speed=20)
    with d.client(active=True) as c:
        assert one(c.values, "was cut off")["state"] == "unacknowledged"
        c.wait(lambda v: v["run:_safe_confirmed"])
        c.do("run:_reset")
        c.wait(lambda v: one(v, "was cut off")["state"] == "returned")
        c.do("daemon:_alarm_acknowledge", {"id": 0})
        assert alarms(c.values) == []
    d.end()


def test_a_trip_is_an_alarm_of_the_run(daemon, tmp_path):
    lab = laboratory_with(tmp_path / "lab.yaml",
                          "{kind: open_heater, at: 60 s}")
    d = daemon("--config", lab, speed=20)
    with d.client(active=True) as c:
        c.start(RAMP)
        c.wait(ended)
        c.wait(lambda v: any(a["severity"] == "alarm" for a in alarms(v)))
    d.end()
    assert (1,) in d.rows("SELECT run FROM v_alarm WHERE severity = 'alarm'"
                          " AND source LIKE 'trip%'")


@pytest.mark.parametrize("drift", [0.03, 0.07])
def test_a_chip_that_has_drifted(daemon, tmp_path, drift):
    lab = laboratory_with(tmp_path / "lab.yaml",
                          f"{{kind: drift, at: 0 s, value: {drift}}}")
    text = lab.read_text()
    lab.write_text(text.replace(
        "\nholder:\n", "\nholder:\n  resistance: 158.9 ohm\n"))
    d = daemon("--config", lab, speed=20)
    with d.client(active=True) as c:
        start = c.read("daemon:_uptime")
        c.wait(lambda v: v["daemon:_uptime"] > start + 45)
        if drift < 0.05:
            c.start("recipe: Wait\nsteps:\n  - wait: 2 s\n")
            c.wait(lambda v: one(v, "the chip has")["state"] == "returned")
        else:
            with pytest.raises(Refused) as refused:
                c.start("recipe: Wait\nsteps:\n  - wait: 2 s\n")
            assert "calibrate it again or change it" in refused.value.text
    d.end()


# -- with nothing but gascellctl ----------------------------------------------


def until(op, text, states):
    """The alarm, when `gascellctl alarms` shows it so."""
    deadline = time.monotonic() + WITHIN
    while True:
        found = [a for a in op("alarms", "--json").json if text in a["text"]]
        state = found[0]["state"] if found else "normal"
        if state in states:
            return found[0] if found else None
        assert time.monotonic() < deadline, (text, state)


def test_an_operator_with_a_terminal(daemon, tmp_path):
    lab = silent(tmp_path, "20 s", "10 h")
    d = daemon("--config", lab, speed=20)
    op = Operator(tmp_path, d.socket)
    assert op("alarms").out == "no alarm\n"
    number = until(op, "heater is lost", ["unacknowledged"])["id"]
    row = [r for r in op("alarms").out.splitlines()
           if "heater is lost" in r][0]
    assert row.split()[0] == str(number) and "unacknowledged" in row

    said = op("alarms", "shelve", number, "--for", "30 s", "--note",
              "cable is being changed")
    assert said.code == OK, said.err
    assert f"by {ME}: cable is being changed" in op("alarms").out
    # Back by itself, half a minute later.
    assert until(op, "heater is lost", ["unacknowledged"])["note"] == ""
    assert op("alarms", "shelve", number).code == OK
    assert op("alarms", "unshelve", number).code == OK
    assert until(op, "heater is lost", ["unacknowledged"])
    said = op("alarms", "unshelve", number)
    assert said.code == REFUSED and "shelf" in said.err
    assert op("alarms", "ack", number).code == OK
    assert f"acknowledged by {ME}" in op("alarms").out
    said = op("alarms", "ack", 4711)
    assert said.code == FAILED and "there is no alarm 4711" in said.err
    assert d.end() == 0


def test_what_an_operator_did_is_kept_across_restarts(daemon, tmp_path):
    lab = silent(tmp_path, "0 s", "10 h")
    d = daemon("--config", lab, speed=20)
    op = Operator(tmp_path, d.socket)
    number = until(op, "heater is lost", ["unacknowledged"])["id"]
    assert op("alarms", "shelve", number, "--for", "20 min", "--note",
              "baking").code == OK
    shelved = until(op, "heater is lost", ["shelved"])
    assert d.end() == 0
    d = daemon("--config", lab, speed=20)
    again = until(op, "heater is lost", ["shelved"])
    for key in ("id", "t", "until", "note", "by"):
        assert again[key] == shelved[key], key
    assert op("alarms", "unshelve", number).code == OK
    assert op("alarms", "ack", "all").code == OK
    assert d.end() == 0
    d = daemon("--config", lab, speed=20)
    assert until(op, "heater is lost", ["acknowledged"])["by"] == ME
    assert d.end() == 0


def test_a_tripped_interlock_until_it_was_reset_and_seen(daemon, tmp_path):
    lab = laboratory_with(tmp_path / "lab.yaml",
                          "{kind: open_heater, at: 60 s, for: 60 s}")
    d = daemon("--config", lab, speed=20)
    op = Operator(tmp_path, d.socket)
    op.recipe("recipe: x\nsteps:\n"
              "  - ramp: {to: 400 °C, rate: 20 °C/min}\n")
    assert op("start", "recipe.yaml").code == OK
    assert until(op, "heater above 1030", ["unacknowledged"])["severity"] == "alarm"
    assert op("alarms", "ack", "all").code == OK
    assert until(op, "heater above 1030", ["acknowledged"])
    # Over when what is wrong has gone, and somebody has said so.
    deadline = time.monotonic() + WITHIN
    while op("reset").code != OK:
        assert time.monotonic() < deadline
    until(op, "heater above 1030", ["normal"])
    assert d.end() == 0
