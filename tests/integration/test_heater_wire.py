"""How well the heater loop holds and follows: a chip driven open loop by a
source meter, behind a real wire, from the log alone."""

import statistics

from test_emulate import emulator  # noqa: F401: a fixture

SPEED = 3
WITHIN = 320

RECIPE = """
recipe: hold and follow
steps:
  - ramp: {to: 570 °C, rate: 300 °C/min}
  - hold: {for: 20 s, band: ± 2 °C}
  - ramp: {to: 600 °C, rate: 20 °C/min}
  - hold: {for: 60 s, band: ± 2 °C}
  - cool: rapid
"""


def step(d, kind, place):
    rows = d.rows("SELECT t_ns, t_end_ns FROM v_step WHERE run = 1 AND"
                  " kind = ? ORDER BY step", kind)
    return rows[place]


def readings(d, channel, begin, end):
    return d.rows("SELECT t_ns, value FROM v_reading WHERE channel = ? AND"
                  " t_ns BETWEEN ? AND ? AND quality = 'good' ORDER BY t_ns",
                  channel, begin, end)


def test_it_holds_and_follows(emulator, daemon, tmp_path):  # noqa: F811
    site = tmp_path / "site.yaml"
    emulator("--write-config", site, "--speed", SPEED, "--seed", 3)
    d = daemon("--config", site, speed=SPEED)
    with d.client(active=True) as client:
        client.wait(lambda v: v.get("run:_safe_confirmed") is True)
        client.start(RECIPE)
        client.wait(lambda v: v.get("run:_state") in
                    ("complete", "stopped", "aborted"), WITHIN)
        assert client.values["run:_state"] == "complete", [e["text"] for e in client.events]
    assert d.end() == 0

    begin, end = step(d, "hold", 1)
    held = [v for t, v in readings(d, "heater", begin, end)
            if t > begin + 30e9]
    assert len(held) > 200
    assert abs(statistics.mean(held) - 600) < 0.1
    assert statistics.stdev(held) <= 0.15

    begin, end = step(d, "ramp", 1)
    setpoint = dict(readings(d, "heater.setpoint", begin, end))
    late = [setpoint[t] - v for t, v in readings(d, "heater", begin, end)
            if t in setpoint and t > begin + 10e9]
    assert len(late) > 300
    assert abs(statistics.mean(late)) <= 0.5
