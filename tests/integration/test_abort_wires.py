"""An operator's abort, on wires that are being asked all the time, is no
failure of an instrument."""

from conftest import WITHIN
from test_emulate import emulator  # noqa: F401: a fixture

ABORTS = 12     # some of them while a flow controller answers


def test_an_abort_costs_no_reading(emulator, daemon, tmp_path):  # noqa: F811
    site = tmp_path / "site.yaml"
    emulator("--write-config", site)
    d = daemon("--config", site)
    with d.client(active=True) as client:
        client.wait(lambda v: v.get("run:_level") == "run", WITHIN)
        for _ in range(ABORTS):
            client.change("gas_N2:target", 0.3)
            client.do("run:_abort")
            client.wait(lambda v: v.get("run:_safe_confirmed") is True,
                        WITHIN)
            client.do("run:_reset")
            client.wait(lambda v: v.get("run:_level") == "run", WITHIN)
    trips = d.rows("SELECT text FROM v_event WHERE kind = 'trip'")
    assert trips == []
    gaps = d.rows("SELECT instrument, reason FROM v_gap")
    assert gaps == []
