"""A run through wires only: gascelld on a source meter, mass-flow and pressure
controllers, gauges, valves and a microscope that gascelld emulate answers
for."""

from test_emulate import emulator  # noqa: F401: a fixture

SPEED = 5
WITHIN = 240

RECIPE = """
recipe: nitrogen through wires
steps:
  - evacuate: {to: 5 Torr}
  - atmosphere: {gas: N2, pressure: 350 Torr, flow: 0.1 sccm}
  - ramp: {to: 200 °C, rate: 200 °C/min}
  - hold: {for: 20 s}
  - image: {exposure: 2 s}
  - cool: rapid
"""


def test_a_recipe_runs_through_wires(emulator, daemon, tmp_path):  # noqa: F811
    site = tmp_path / "site.yaml"
    emulator("--write-config", site, "--speed", SPEED, "--seed", 3)
    d = daemon("--config", site, speed=SPEED)
    with d.client(active=True) as client:
        client.start(RECIPE)
        client.wait(lambda v: v.get("run:_state") in
                    ("complete", "stopped", "aborted"), WITHIN)
        assert client.values["run:_state"] == "complete", client.events
    assert d.end() == 0
    image, = d.rows("SELECT ok, temperature_C_mean, pressure_Torr_mean,"
                    " flow_sccm_mean, gas_sample, file,"
                    " (t_end_ns - t_ns) / 1e9 FROM v_image")
    ok, temperature, pressure, flow, gas, file, lasted = image
    # In the laboratory's time, however fast that goes.
    assert 1.95 < lasted < 2.5
    assert ok and abs(temperature - 200) < 2
    assert abs(pressure - 350) < 5 and abs(flow - 0.1) < 0.01
    assert gas.startswith("N2 ") and open(file, "rb").read(2) == b"II"
    # While it exposes the microscope answers nobody.
    assert d.rows("SELECT * FROM v_gap WHERE instrument <> 'microscope'") == []


def test_a_dead_source_meter_cools_and_comes_back(
        emulator, daemon, tmp_path):  # noqa: F811
    site = tmp_path / "site.yaml"
    e = emulator("--write-config", site)
    d = daemon("--config", site)
    with d.client(active=True) as client:
        client.start("recipe: hold\nsteps:\n"
                     "  - ramp: {to: 60 °C, rate: 600 °C/min}\n"
                     "  - hold: {for: 10 min}\n")
        client.wait(lambda v: (v.get("heater:value") or 0) > 40)
        assert e.tell("die meter for 3 s") == {"ok": True}
        client.wait(lambda v: v.get("run:_level") == "cool", 30)
        client.wait(lambda v: v.get("run:_safe_confirmed") is True, 60)
        client.wait(lambda v: (v.get("heater:value") or 99) < 30, 60)
    assert d.end() == 0
