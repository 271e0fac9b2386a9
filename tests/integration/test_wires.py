"""Runs through wires only: gascelld on a source meter, mass-flow and pressure
controllers, gauges, valves and a microscope that gascelld emulate answers
for, with the drivers and definitions that are part of the program."""

import pathlib
import shutil
import sqlite3
import struct
import subprocess

from conftest import program
from test_emulate import emulator  # noqa: F401: a fixture
from test_proofs import FALSIFIED, PROOFS, ROOT, replay, summary, violations

SPEED = 5
WITHIN = 240

# P5 at 350 Torr: P4 as it ships, the mixture, then two temperatures with an
# image each, low and short. The pump is a fast one: the ten purges are as many
# and go as deep, but need less of the test's time.
FAST = 12
FAST_PUMP = """
laboratory:
  type: sim
  manifold: {pump_time: 1 s, tail_time: 20 s}
"""
REACTION = """
recipe: P5, shortened
limits: {temperature: 800 °C, pressure: 800 Torr}
steps:
  - include: clean-cell
  - atmosphere: {gas: {H2: 3, N2: 1}, pressure: 350 Torr, flow: {up_to: 0.1 sccm}}
  - anneal:
      from: 35 °C
      to: 50 °C
      step: 15 °C
      rate: 20 °C/min
      hold: 45 s
      band: ± 2 °C
      equilibrate: {at_least: 10 s}
      image: all
  - cool: rapid
on_fault:
  - cool: rapid
"""

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


def description(path):
    """The lines `key: value` of a TIFF's description."""
    tiff = open(path, "rb").read()
    at, = struct.unpack_from("<I", tiff, 4)
    n, = struct.unpack_from("<H", tiff, at)
    for i in range(n):
        tag, _, count, place = struct.unpack_from("<HHII", tiff,
                                                  at + 2 + 12 * i)
        if tag == 270:
            text = tiff[place:place + count].decode().rstrip(" \0")
            return dict(line.split(": ", 1) for line in text.splitlines())
    raise AssertionError("no description")


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
    assert gas.startswith("N2 ")
    # The file says it as well.
    said = description(file)
    assert said["run"] == "1" and said["image"] == "1"
    assert said["gas_sample"] == f'"{gas}"'
    assert f"mean: {temperature:.6g}"[:10] in said["temperature_C"]
    assert f"mean: {pressure:.6g}"[:10] in said["pressure_Torr"]
    assert said["detector"] == '"HAADF"' and said["began"].endswith("Z")
    # While it exposes the microscope answers nobody.
    assert d.rows("SELECT * FROM v_gap WHERE instrument <> 'microscope'") == []


def test_a_dead_source_meter_cools_and_comes_back(
        emulator, daemon, tmp_path):  # noqa: F811
    site = tmp_path / "site.yaml"
    e = emulator("--write-config", site)
    # This computer may be slow just now; the meter is dead for longer.
    site.write_text(site.read_text().replace("stale: 300 ms", "stale: 2 s"))
    d = daemon("--config", site)
    with d.client(active=True) as client:
        client.wait(lambda v: v.get("run:_safe_confirmed") is True)
        client.start("recipe: hold\nsteps:\n"
                     "  - ramp: {to: 60 °C, rate: 600 °C/min}\n"
                     "  - hold: {for: 10 min}\n")
        client.wait(lambda v: (v.get("heater:value") or 0) > 40)
        assert e.tell("die meter for 6 s") == {"ok": True}
        client.wait(lambda v: v.get("run:_level") == "cool", 30)
        client.wait(lambda v: v.get("run:_safe_confirmed") is True, 60)
        client.wait(lambda v: (v.get("heater:value") or 99) < 30, 60)
    assert d.end() == 0


def gascellctl(d, *words):
    done = subprocess.run([program("gascellctl"), "-s", d.socket, *words],
                          capture_output=True, text=True, timeout=WITHIN,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def noticed(db, folder):
    """How many of the falsifications that concern this run; all are found."""
    found = 0
    for what, (proof, change) in FALSIFIED.items():
        falsified = folder / "falsified.db"
        shutil.copy(db, falsified)
        connection = sqlite3.connect(falsified)
        changed = connection.execute(change(db)).rowcount
        connection.commit()
        connection.close()
        if changed:
            path = ROOT / "tests" / "proofs" / f"{proof}.sql"
            assert violations(falsified, path), what
            found += 1
    return found    # of the others, this run has no such row


def test_the_reaction_is_proven_through_wires(
        emulator, daemon, tmp_path):  # noqa: F811
    site, recipe = tmp_path / "site.yaml", tmp_path / "reaction.yaml"
    config = tmp_path / "emulate.yaml"
    config.write_text(FAST_PUMP)
    recipe.write_text(REACTION)
    emulator("--config", config, "--write-config", site, "--speed", FAST,
             "--seed", 3)
    d = daemon("--config", site, speed=FAST)
    gascellctl(d, "start", str(recipe), "--watch")
    assert d.end() == 0

    assert d.rows("SELECT state, reason FROM v_run") == [("complete", "")]
    assert {p.stem: violations(d.db, p) for p in PROOFS} == {
        p.stem: [] for p in PROOFS}
    slope = summary(d.db, "slope")[0]
    purge = summary(d.db, "purge")[0]
    images = summary(d.db, "image_conditions")[0]
    gas, = summary(d.db, "gas_at_sample")
    assert (slope["ramps"], slope["holds"], images["images"]) == (2, 2, 2)
    assert (purge["cycles"], images["failed"]) == (10, 0)
    assert purge["residual"] < 1e-20 and gas["gas_sample"].startswith("H2 7")
    for pressure, file in d.rows("SELECT pressure_Torr_mean, file"
                                 " FROM v_image"):
        assert abs(pressure - 350) < 5
        assert pathlib.Path(file).read_bytes()[:2] == b"II"

    done = replay(d.db)
    assert done.returncode == 0 and "the same" in done.stdout, done.stdout
    assert noticed(d.db, tmp_path) >= 35
