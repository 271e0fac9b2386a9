"""kill -9 at random moments of a run, again and again in one log.

Each time: the log opens and is whole, every acknowledged command is in it,
the run is marked as cut off, no outcome is without its intent, and the
next daemon has read back everything safe before anybody can talk to it.
More than CI does: GASCELL_KILLS=200. GASCELL_SEED repeats a series."""

import os
import random
import sqlite3
import time

from laboratory import Refused

KILLS = int(os.environ.get("GASCELL_KILLS", "20"))
SEED = int(os.environ.get("GASCELL_SEED", str(random.randrange(1 << 31))))

RAMP = """\
recipe: A long ramp
steps:
  - ramp: {to: 700 °C, rate: 60 °C/min}
  - image: {}
  - hold: {for: 10 min}
"""


def check_log(path):
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA quick_check").fetchall() == [("ok",)]
        # An answer has a setpoint that was meant and sent before.
        assert db.execute(
            "SELECT count(*) FROM v_setpoint WHERE answered IS NOT NULL AND"
            " answer = 'ok' AND (sent IS NULL OR NOT (t <= sent AND"
            " sent <= answered))").fetchall() == [(0,)]
        # At most one run is open: the one that was just cut off.
        assert db.execute("SELECT count(*) FROM v_run WHERE state ="
                          " 'running'").fetchone()[0] <= 1
        return [r[0] for r in db.execute("SELECT run FROM v_run")]
    finally:
        db.close()


def check_start(client):
    assert client.read("run:_safe_confirmed") is True
    assert client.read("run:_state") == "idle"
    if client.read("run:_latched"):
        client.do("run:_reset")


def live_a_while(client, chance):
    """A run is started, and goes on until a random temperature or time."""
    run = client.start(RAMP)
    client.ask("activate")
    target = chance.uniform(20, 400)
    end = time.monotonic() + chance.uniform(0.0, 1.0)
    while client.values["heater:value"] < target and time.monotonic() < end:
        client.line()
    return run


def test_kill_at_random(daemon):
    print(f"GASCELL_SEED={SEED} GASCELL_KILLS={KILLS}")
    chance = random.Random(SEED)
    started = []
    for i in range(KILLS):
        d = daemon(speed=50)
        with d.client() as client:
            check_start(client)
            started.append(live_a_while(client, chance))
        d.kill()
        runs = check_log(d.db)
        assert set(started[:-1]) <= set(runs), (SEED, i)
    d = daemon()
    with d.client() as client:
        check_start(client)
    assert d.end() == 0
    check_log(d.db)
    states = dict(d.rows("SELECT run, state FROM v_run"))
    # The newest start may not have been committed; all others were, and
    # were cut off.
    assert all(state == "interrupted" for state in states.values()), SEED
    assert len(states) >= KILLS - 1


def test_kill_while_it_starts(daemon):
    chance = random.Random(SEED)
    for _ in range(KILLS):
        d = daemon(wait=False)
        time.sleep(chance.uniform(0.0, 0.06))
        d.kill()
    d = daemon()
    with d.client() as client:
        client.ask("ping", "alive")
        assert client.read("run:_safe_confirmed") is True
    assert d.end() == 0
    check_log(d.db)


def test_kill_while_it_ends(daemon):
    chance = random.Random(SEED + 1)
    for _ in range(KILLS // 2):
        d = daemon(speed=50)
        with d.client() as client:
            check_start(client)
            try:
                client.start(RAMP)
            except Refused:
                pass
        d.process.terminate()
        time.sleep(chance.uniform(0.0, 0.03))
        d.kill()
        check_log(d.db)
