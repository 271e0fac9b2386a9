"""One of several instruments on a line is dead: the others go on."""

import time

from test_emulate import emulator  # noqa: F401: a fixture

DEAD = "gas.H2"
NEIGHBOURS = ("gas.N2", "gas.Ar", "gas.NH3", "gas.O2")
WITHIN_S = 60
SEEN_S = 10
# A try costs its answer's time and a quarantine, 1.3 s; and the machine may
# be busy.
LONGEST_S = 4


def longest_silence(daemon, channel, begin, end):
    """In seconds, with both ends of the time looked at."""
    times = [t for t, in daemon.rows(
        "SELECT t FROM v_reading_ns WHERE channel = ? AND value IS NOT NULL"
        " AND t BETWEEN ? AND ? ORDER BY t", channel, begin, end)]
    times = [begin, *times, end]
    return max(b - a for a, b in zip(times, times[1:])) / 1e9


def silences(daemon):
    end = time.time_ns()
    begin = end - SEEN_S * 10**9
    return {channel: longest_silence(daemon, channel, begin, end)
            for channel in (DEAD, *NEIGHBOURS)}


def test_the_neighbours_of_a_dead_instrument_are_read(
        emulator, daemon, tmp_path):  # noqa: F811
    site = tmp_path / "site.yaml"
    e = emulator("--write-config", site)
    d = daemon("--config", site)
    with d.client(active=True) as client:
        client.wait(lambda v: "gas_N2:value" in v, 20)
        assert e.tell("no_reply flows:A for 120 s") == {"ok": True}
        client.wait(lambda v: v.get("run:_level") == "isolate", 30)
    deadline = time.monotonic() + WITHIN_S
    while True:
        seen = silences(d)
        if seen[DEAD] == SEEN_S and all(
                seen[channel] < LONGEST_S for channel in NEIGHBOURS):
            break
        assert time.monotonic() < deadline, seen
        time.sleep(0.5)
    assert e.tell("clear flows") == {"ok": True}
    d.wait_for("mfc_h2 is back", 20)
