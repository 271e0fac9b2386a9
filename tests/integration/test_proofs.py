"""P1 to P7 in virtual time with a log, proven from the database alone; and
every proof shown to notice when the database says something else."""

import json
import pathlib
import shutil
import sqlite3
import subprocess

import pytest

from conftest import program

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROOFS = sorted((ROOT / "tests" / "proofs").glob("*.sql"))
RECIPES = {
    "P1": "vacuum-anneal-stem",
    "P2": "vacuum-anneal-tem",
    "P3": "vacuum-anneal-eels",
    "P4": "clean-cell",
    "P5": "hydrogen-nitrogen",
    "P6": "overnight-pressure-series",
    "P7": "gas-chemistry-series",
    "P8": "time-lapse",
}
# Ramps, holds, images, purge cycles: that there was something to prove.
WORK = {
    "P1": (11, 11, 55, 0),
    "P2": (15, 15, 15, 0),
    "P3": (5, 5, 4, 0),
    "P4": (0, 0, 0, 10),
    "P5": (7, 7, 6, 10),
    "P6": (21, 21, 18, 40),
    "P7": (21, 21, 18, 40),
    "P8": (1, 1, 110, 10),
}


def simulate(recipe, db, *options):
    path = recipe if recipe.endswith(".yaml") else f"{ROOT}/recipes/{recipe}.yaml"
    done = subprocess.run(
        [program("gascelld"), "simulate", path, "--db", str(db), "--json", *options],
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def statements(proof):
    return [s for s in proof.read_text().split(";\n") if s.strip()]


def reader(db):
    return sqlite3.connect(f"file:{db}?mode=ro", uri=True)


def rows(connection, statement):
    connection.row_factory = sqlite3.Row
    return [dict(r) for r in connection.execute(statement, {"run": 1})]


def violations(db, proof):
    connection = reader(db)
    found = []
    for statement in statements(proof)[:-1]:
        found += rows(connection, statement)
    connection.close()
    return found


def summary(db, name):
    connection = reader(db)
    proof = ROOT / "tests" / "proofs" / f"{name}.sql"
    found = rows(connection, statements(proof)[-1])
    connection.close()
    return found


@pytest.fixture(scope="session")
def nights(tmp_path_factory):
    """The database of each protocol, made when first asked for."""
    folder = tmp_path_factory.mktemp("nights")
    made = {}

    def night(protocol):
        if protocol not in made:
            made[protocol] = folder / f"{protocol}.db"
            told = simulate(RECIPES[protocol], made[protocol])
            assert told["state"] == "complete"
        return made[protocol]

    return night


@pytest.mark.parametrize("proof", PROOFS, ids=lambda p: p.stem)
@pytest.mark.parametrize("protocol", RECIPES)
def test_nothing_to_object_to(nights, protocol, proof):
    assert violations(nights(protocol), proof) == []


@pytest.mark.parametrize("protocol", RECIPES)
def test_there_was_something_to_prove(nights, protocol):
    db = nights(protocol)
    slope = summary(db, "slope")[0]
    images = summary(db, "image_conditions")[0]
    cycles = summary(db, "purge")[0]["cycles"]
    assert (slope["ramps"], slope["holds"], images["images"], cycles) == \
        WORK[protocol]
    assert images["failed"] == 0


def test_the_gas_needs_its_time_to_the_sample(nights):
    transits = [(round(r["transit_s"]), round(r["to_s"]))
                for r in summary(nights("P6"), "gas_at_sample")]
    assert len(transits) == 1
    assert 9 <= transits[0][0] <= 11 and 62 <= transits[0][1] <= 66


def test_the_beam_was_on_for_the_images_only(nights):
    told = summary(nights("P5"), "blanked")[0]
    assert told["images"] == 6
    assert 12 <= told["beam_on_images_s"] <= 24
    assert told["beam_read_on_s"] <= told["beam_on_images_s"]


def test_the_purge_left_almost_nothing(nights):
    told = summary(nights("P4"), "purge")[0]
    assert told["highest_base_Torr"] <= 1
    assert told["lowest_fill_Torr"] >= 722
    assert told["residual"] <= 1e-20


# ---- each proof notices ----

def sample(db, channel):
    """Table and column in which the readings of a channel are kept."""
    connection = reader(db)
    layout, place = connection.execute(
        "SELECT layout, place FROM channel WHERE name = ?",
        (channel,)).fetchone()
    connection.close()
    return f"sample_{layout}", f"v{place}"


def in_a_hold(db, text):
    table, column = sample(db, "heater")
    return (f"UPDATE {table} SET {column} = {text} WHERE t = (SELECT t FROM"
            f" {table}, step WHERE kind = 'hold' AND t > began + 30000000000"
            " AND t < ended - 1000000000 LIMIT 1)")


def a_reading(db, channel, text, where):
    table, column = sample(db, channel)
    return f"UPDATE {table} SET {column} = {text} WHERE {where}"


def missing(db, channel, since, seconds):
    """Nothing was read of that instrument for a while."""
    table, _ = sample(db, channel)
    return (f"DELETE FROM {table} WHERE t > {since} AND t <= {since} +"
            f" {int(seconds * 1e9)}")


# When what is at the sample at the first image came in.
THEN = "(SELECT t_begin - CAST(transit_s * 1e9 AS INTEGER) FROM image" \
    " WHERE image = 1)"
DURING = "t = (SELECT max(s.t) FROM {0} s, image i WHERE s.t < i.t_end" \
    " AND i.image = 1)"
HEATER = "(SELECT channel FROM channel WHERE name = 'heater')"

FALSIFIED = {
    "a setpoint of a ramp is off": ("slope", lambda db:
        f"UPDATE setpoint SET value = value + 0.05 WHERE channel = {HEATER}"
        " AND id = (SELECT id + 50 FROM setpoint WHERE channel ="
        f" {HEATER} ORDER BY id LIMIT 1)"),
    "a setpoint of a ramp is late": ("slope", lambda db:
        "UPDATE setpoint SET t = t + 50000000 WHERE id = (SELECT id + 50"
        f" FROM setpoint WHERE channel = {HEATER} ORDER BY id LIMIT 1)"),
    "the rate was another": ("slope", lambda db:
        "UPDATE step SET asked = json_set(asked, '$.rate_K_per_min', 20.5)"
        " WHERE kind = 'ramp'"),
    "the target was not reached": ("slope", lambda db:
        "UPDATE step SET asked = json_set(asked, '$.target_C', 150.5)"
        " WHERE kind = 'ramp' AND label LIKE '%150%'"),
    "one reading of a hold is out of its band": ("slope", lambda db:
        in_a_hold(db, "155.5")),
    "one reading of a hold is missing": ("slope", lambda db:
        in_a_hold(db, "NULL")),
    "a hold is a second short": ("soak", lambda db:
        "UPDATE step SET ended = ended - 1000000000 WHERE kind = 'hold'"
        " AND label LIKE '%350%'"),
    "a hold is out of its band for a second": ("soak", lambda db:
        a_reading(db, "heater", "340", "t IN (SELECT t FROM {0}, step"
                  " WHERE kind = 'hold' AND t BETWEEN began AND ended"
                  " ORDER BY t LIMIT 10)".format(sample(db, "heater")[0]))),
    "nobody looked at the heater for a second": ("soak", lambda db:
        missing(db, "heater", "(SELECT began + 30000000000 FROM step WHERE"
                " kind = 'hold' AND label LIKE '%350%')", 1)),
    "a paused hold": ("soak", lambda db:
        "INSERT INTO state SELECT session, 1000000000, run, began +"
        " 60000000000, 'paused', 'run', 0 FROM run"),
    "a base was not reached": ("purge", lambda db:
        "UPDATE purge SET base = 1.01 WHERE cycle = 3"),
    "a fill was not reached": ("purge", lambda db:
        "UPDATE purge SET fill = 700 WHERE cycle = 3"),
    "a purge cycle without record": ("purge", lambda db:
        "DELETE FROM purge WHERE cycle = 3"),
    "a base on the holder's gauge": ("purge", lambda db:
        "UPDATE purge SET gauge = (SELECT channel FROM channel WHERE name ="
        " 'cell_pressure') WHERE cycle = 3"),
    "a base that the gauge did not read": ("purge", lambda db:
        "UPDATE purge SET base = base - 0.1 WHERE cycle = 3"),
    "a base from a gauge that nobody read any more": ("purge", lambda db:
        missing(db, "outlet_pressure", "(SELECT t - 1900000000 FROM purge"
                " WHERE cycle = 3)", 2)),
    "a residual that the cycles do not give": ("purge", lambda db:
        "UPDATE purge SET residual = residual * 1.001 WHERE cycle = 0"),
    "the beam was on before the images": ("blanked", lambda db:
        a_reading(db, "beam", "1", "t = (SELECT s.t FROM {0} s, image i"
                  " WHERE i.image = 1 AND s.t < i.t_unblank - 1000000000"
                  " ORDER BY s.t DESC LIMIT 1)".format(
                      sample(db, "beam")[0]))),
    "the beam was not read back": ("blanked", lambda db:
        a_reading(db, "beam", "NULL", "rowid = (SELECT rowid + 0 FROM {0}"
                  " LIMIT 1 OFFSET 200)".format(sample(db, "beam")[0]))),
    "nobody looked at the beam": ("blanked", lambda db:
        "DELETE FROM {0} WHERE t IN (SELECT t FROM {0} LIMIT 5 OFFSET 200)"
        .format(sample(db, "beam")[0])),
    "the beam was looked at four times less": ("blanked", lambda db:
        "DELETE FROM {0} WHERE t IN (SELECT t FROM (SELECT t, row_number()"
        " OVER (ORDER BY t) AS n FROM {0}) WHERE n % 4)"
        .format(sample(db, "beam")[0])),
    "an image without beam": ("blanked", lambda db:
        a_reading(db, "beam", "0", "1")),
    "another gas at the sample": ("gas_at_sample", lambda db:
        "UPDATE image SET gas_sample = 'H2 70.0 %, N2 30.0 %'"
        " WHERE image = 2"),
    "a gas at the sample too early": ("gas_at_sample", lambda db:
        a_reading(db, "gas.Ar", "5", "t < (SELECT t_begin - transit_s *"
                  " 1000000000 FROM image WHERE image = 1)")),
    "a flow that is not known": ("gas_at_sample", lambda db:
        a_reading(db, "gas.N2", "NULL", f"t <= {THEN}"
                  f" AND t > {THEN} - 600000000")),
    "nobody looked at the flows": ("gas_at_sample", lambda db:
        missing(db, "gas.H2", f"{THEN} - 1700000000", 1.7)),
    "a transit that the holder does not have": ("gas_at_sample", lambda db:
        "UPDATE image SET transit_s = transit_s / 2 WHERE image = 3"),
    "another temperature at the beginning": ("image_conditions", lambda db:
        "UPDATE image SET temperature_begin = temperature_begin + 0.01"
        " WHERE image = 1"),
    "another pressure at the end": ("image_conditions", lambda db:
        "UPDATE image SET pressure_end = pressure_end + 1 WHERE image = 1"),
    "a peak that the image does not tell": ("image_conditions", lambda db:
        a_reading(db, "heater.power", "300", DURING.format(
            sample(db, "heater.power")[0]))),
    "a mean outside of the extremes": ("image_conditions", lambda db:
        "UPDATE image SET flow_mean = flow_max + 0.01 WHERE image = 1"),
    "a mean that is a little off": ("image_conditions", lambda db:
        "UPDATE image SET temperature_mean = temperature_mean + 1e-5"
        " WHERE image = 2"),
    "a lowest pressure that nobody read": ("image_conditions", lambda db:
        "UPDATE image SET pressure_min = pressure_min - 0.1"
        " WHERE image = 2"),
    "a highest power that nobody read": ("image_conditions", lambda db:
        "UPDATE image SET power_max = power_max + 0.001 WHERE image = 2"),
    "an image that began before its readings": ("image_conditions",
        lambda db: "UPDATE image SET t_begin = t_unblank WHERE image = 2"),
    "nobody looked at the heater during an image": ("image_conditions",
        lambda db: missing(db, "heater", "(SELECT t_begin FROM image"
                           " WHERE image = 2)", 0.4)),
    "an image that is missing": ("image_conditions", lambda db:
        "DELETE FROM image WHERE image = 4"),
    "a setpoint that was never sent": ("setpoint_causes", lambda db:
        "UPDATE setpoint SET sent = NULL WHERE id = 100"),
    "a setpoint that was sent before it was logged": ("setpoint_causes",
        lambda db: "UPDATE setpoint SET sent = t - 1 WHERE id = 100"),
    "a setpoint that was answered before it was sent": ("setpoint_causes",
        lambda db: "UPDATE setpoint SET answered = sent - 1 WHERE id = 100"),
    "a setpoint that was read back before its answer": ("setpoint_causes",
        lambda db: "UPDATE setpoint SET readback_t = answered - 1"
        " WHERE id = 100"),
    "a setpoint that was refused": ("setpoint_causes", lambda db:
        "UPDATE setpoint SET answer = 'timeout' WHERE id = 100"),
    "a setpoint of another step": ("setpoint_causes", lambda db:
        "UPDATE setpoint SET source = '1 something' WHERE id = 100"),
    "a setpoint of an operator nobody knows": ("setpoint_causes", lambda db:
        "UPDATE setpoint SET cause = 'operator', source = 'mallory: set'"
        " WHERE id = 100"),
    "a setpoint of a trip that never was": ("setpoint_causes", lambda db:
        "UPDATE setpoint SET cause = 'interlock' WHERE id = 100"),
    "a setpoint that was not taken": ("setpoint_causes", lambda db:
        f"UPDATE setpoint SET readback = 20 WHERE channel = {HEATER} AND"
        " id > 2000"),
}


@pytest.mark.parametrize("what", FALSIFIED)
def test_a_falsified_log_is_noticed(nights, tmp_path, what):
    proof, change = FALSIFIED[what]
    original, db = nights("P5"), tmp_path / "falsified.db"
    shutil.copy(original, db)
    connection = sqlite3.connect(db)
    assert connection.execute(change(original)).rowcount > 0
    connection.commit()
    connection.close()
    assert violations(db, ROOT / "tests" / "proofs" / f"{proof}.sql")


# ---- the same again ----

def content(db):
    """All of a database as text, but for what the file system adds."""
    connection = reader(db)
    dump = list(connection.iterdump())
    connection.close()
    return dump


SHORT = """\
recipe: Short
about: A little of everything that has noise.
steps:
  - ramp: {to: 40 °C, rate: 300 °C/min}
  - hold: {for: 20 s}
  - image: {exposure: 1 s}
  - cool: rapid
"""


@pytest.fixture
def short(tmp_path):
    path = tmp_path / "short.yaml"
    path.write_text(SHORT)
    return str(path)


def test_the_same_seed_gives_the_same_database(short, tmp_path):
    for name in "ab":
        simulate(short, tmp_path / name, "--seed", "7")
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_another_seed_gives_another_database(short, tmp_path):
    for seed in "78":
        simulate(short, tmp_path / seed, "--seed", seed)
    assert content(tmp_path / "7") != content(tmp_path / "8")


def test_a_night_comes_out_the_same_again(nights, tmp_path):
    simulate(RECIPES["P5"], tmp_path / "again.db")
    assert content(nights("P5")) == content(tmp_path / "again.db")


def test_a_second_run_goes_into_the_same_log(short, tmp_path):
    db = tmp_path / "log.db"
    assert simulate(short, db)["run"] == 1
    assert simulate(short, db)["run"] == 2
    connection = reader(db)
    (first,), (second,) = connection.execute(
        "SELECT started FROM v_run ORDER BY run").fetchall()
    assert first < second
    connection.close()
    for run in "12":
        assert replay(db, run).returncode == 0


# ---- replay ----

def replay(db, *run):
    return subprocess.run([program("gascelld"), "replay", str(db), *run],
                          capture_output=True, text=True, check=False)


@pytest.mark.parametrize("protocol", RECIPES)
def test_replay_decides_the_same(nights, protocol):
    done = replay(nights(protocol))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the same" in done.stdout


# What was changed, and how the first difference is called.
CHANGED = {
    "UPDATE setpoint SET value = value + 1e-12 WHERE id = 400": "a setpoint",
    "UPDATE setpoint SET t = t + 1 WHERE id = 400": "a setpoint",
    "DELETE FROM setpoint WHERE id = 400": "a setpoint",
    "UPDATE setpoint SET safe = 1 - safe WHERE id = 400": "a setpoint",
    "DELETE FROM state WHERE state = 'running'": "a state",
    "UPDATE event SET text = 'x' WHERE kind = 'safe'": "an event",
    "INSERT INTO setpoint(session, id, seq, t, channel, value, cause, source,"
    " safe) SELECT session, 99999, 99999, ended, 1, 0, 'step', '', 0 FROM run":
        "a setpoint",
}


@pytest.mark.parametrize("change", CHANGED)
def test_replay_shows_the_first_difference(nights, tmp_path, change):
    db = tmp_path / "changed.db"
    shutil.copy(nights("P4"), db)
    connection = sqlite3.connect(db)
    assert connection.execute(change).rowcount > 0
    connection.commit()
    connection.close()
    done = replay(db)
    assert done.returncode == 1
    assert "the first difference" in done.stdout
    assert CHANGED[change] in done.stdout
    assert "logged" in done.stdout and "decided" in done.stdout


def test_replay_feels_a_changed_reading(nights, tmp_path):
    """A ramp that never saw its temperature would have waited."""
    db = tmp_path / "changed.db"
    original = nights("P5")
    shutil.copy(original, db)
    connection = sqlite3.connect(db)
    connection.execute(a_reading(original, "heater", "20", "1"))
    connection.commit()
    connection.close()
    assert replay(db).returncode == 1


OPERATOR = {
    "pause": "3 s pause\n5 s resume\n",
    "skip": "8 s skip\n",
    "extend": "5 s extend 10 s\n",
    "stop": "6 s stop\n",
    "abort": "6 s abort\n9 s reset\n10 s set heater 30 °C\n",
    "replace": "4 s replace short.yaml\n",
    "refused": "2 s answer yes\n3 s resume\n3 s extend 1 min\n",
}


@pytest.mark.parametrize("what", OPERATOR)
def test_replay_follows_the_operator(short, tmp_path, what):
    (tmp_path / "commands").write_text(OPERATOR[what])
    db = tmp_path / "log.db"
    subprocess.run(
        [program("gascelld"), "simulate", short, "--db", str(db), "--commands",
         "commands", "--quiet"],
        cwd=tmp_path, capture_output=True, check=False)
    done = replay(db)
    assert done.returncode == 0, done.stdout + done.stderr


FAULTS = {
    "silent": "{kind: no_reply, at: 8 s, for: 2 s, instrument: heater}",
    "late": "{kind: late, at: 8 s, for: 3 s, instrument: gasbox}",
    "garbage": "{kind: garbage, at: 8 s, for: 3 s, instrument: microscope}",
    "nan": "{kind: nan, at: 8 s, for: 2 s, instrument: heater,"
           " channel: temperature}",
    "rupture": "{kind: rupture, at: 8 s}",
    "camera": "{kind: camera_hang, at: 0 s, for: 5 min}",
    "beam": "{kind: beam_stuck, at: 25 s}",
    "open": "{kind: open_heater, at: 8 s}",
}


@pytest.mark.parametrize("what", FAULTS)
def test_replay_follows_faults(short, tmp_path, what):
    (tmp_path / "rig.yaml").write_text(
        "buses: {lab: {faults: [" + FAULTS[what] + "]}}\n")
    db = tmp_path / "log.db"
    subprocess.run(
        [program("gascelld"), "simulate", short, "--db", str(db), "--overlay",
         "rig.yaml", "--quiet"],
        cwd=tmp_path, capture_output=True, check=False)
    done = replay(db)
    assert done.returncode == 0, done.stdout + done.stderr
