"""What comes before what, on the connection that asked and on others, and who
is told what."""

import re

import pytest

import secop
from conftest import Daemon, Refused

HOLD = "recipe: Hold\nsteps:\n  - hold: 10 min\n"


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    folder = tmp_path_factory.mktemp("node")
    d = Daemon(folder, "--config", secop.site_with(folder))
    yield d
    d.kill()


@pytest.fixture(params=["unix", "tcp", "websocket"])
def client(node, request):
    with secop.connect(node, request.param) as c:
        yield c
        try:
            c.do("run:stop")
            while c.read("run:control_active"):
                pass
        except Refused:
            pass


def until(client, action):
    """All lines up to the one that begins with this word."""
    lines = []
    while not lines or not lines[-1].startswith(action):
        lines.append(client.line())
        assert not lines[-1].startswith("error_" + action[:4]), lines[-1]
    return [secop.report(line) for line in lines]


def place(lines, action, specifier, is_it=lambda value: True):
    found = [i for i, (a, s, data) in enumerate(lines)
             if a == action and s == specifier and is_it(data[0])]
    assert found, (action, specifier, lines)
    return found[0]


def test_everything_is_told_before_active(client):
    wanted = set(secop.infos(client))
    client.send("activate")
    lines = until(client, "active")
    told = [s for _, s, _ in lines[:-1]]
    assert set(told) == wanted


def test_a_second_activation_tells_everything_again(client):
    wanted = set(secop.infos(client))
    client.ask("activate")
    client.send("activate")
    assert {s for _, s, _ in until(client, "active")[:-1]} == wanted


def test_nothing_is_told_unless_activated(client):
    client.change("gas_N2:target", 0)
    for i in range(3):
        client.send(f"ping {i}")
        assert client.line().startswith("pong")


@pytest.mark.parametrize("end", ["deactivate", "*IDN?"])
def test_nothing_is_told_after_the_end(node, client, end):
    client.ask("activate")
    client.send(end)
    while not client.line().startswith(("inactive", "ISSE")):
        pass
    with node.client(active=True) as other:
        seen = other.values["heater:value"]
        other.wait(lambda v: v["heater:value"] != seen)
    client.send("ping 1")
    assert client.line().startswith("pong 1")


def test_deactivating_one_module_leaves_the_others(client):
    client.ask("activate")
    client.send("deactivate heater")
    while client.line() != "inactive heater":
        pass
    for _ in range(30):
        assert " heater:" not in client.line()


def test_a_change_is_told_before_it_is_answered(client):
    client.ask("activate")
    client.send("change gas_N2:target 5")
    lines = until(client, "changed")
    assert lines[-1][2][0] == 5
    place(lines, "update", "gas_N2:target", lambda v: v == 5)
    client.change("gas_N2:target", 0)


def test_busy_is_told_first_and_on_all_connections(node, client):
    # Far from where it is now, which depends on what was done before.
    wanted = round(client.read("inlet_pressure:value")) % 500 + 100
    with node.client(active=True) as other:
        client.ask("activate")
        client.send(f"change inlet_pressure:target {wanted}")
        lines = until(client, "changed")
        busy = place(lines, "update", "inlet_pressure:status",
                     lambda v: v[0] // 100 == 3)
        target = place(lines, "update", "inlet_pressure:target",
                       lambda v: v == wanted)
        assert busy < target < len(lines) - 1
        other.wait(lambda v: v["inlet_pressure:target"] == wanted)
        assert other.read("inlet_pressure:status")[0] // 100 == 3
        # Where it is is where it stays.
        client.do("inlet_pressure:stop")
        client.wait(lambda v: v["inlet_pressure:status"][0] == 100)


def test_all_that_can_be_set_is_set_at_once(client):
    modules = client.ask("describe")["modules"]
    wanted = {f"{m}:target": client.read(f"{m}:target")
              for m, module in modules.items()
              if m != "run" and "target" in module["accessibles"]}
    assert len(wanted) > 20
    for name, value in wanted.items():
        client.send(f"change {name} {value}")
    got = {}
    while len(got) < len(wanted):
        action, name, data = secop.report(client.line())
        assert action == "changed", (action, name, data)
        got[name] = data[0]
    assert got == wanted


def test_what_one_connection_ends_goes_on_at_another(node, client):
    with node.client(active=True) as other:
        other.send('logging gas_Ar "debug"')
        for line in ("activate", 'logging  "debug"', "deactivate heater",
                     'logging gas_Ar "off"', "*IDN?"):
            client.send(line)
        until(client, "ISSE")
        seen = other.values["heater:value"]
        other.wait(lambda v: v["heater:value"] != seen)
        other.send("change gas_Ar:target 0")
        lines = until(other, "changed")
        assert any(a == "log" and s == "gas_Ar:debug" for a, s, _ in lines)
        # ... and *IDN? has ended all of it here.
        client.send("ping 1")
        assert client.line().startswith("pong 1 ")


AFTER_A_RUN = ("change gas_N2:target 0", "change heater:target 30",
               'do run:_start {"recipe":'
               '"recipe: H\\nsteps:\\n  - hold: 10 min"}')


@pytest.mark.parametrize("request_line", AFTER_A_RUN)
def test_who_waits_for_the_end_of_a_run_can_go_on_at_once(
        client, request_line):
    client.ask("activate")
    client.start("recipe: W\nsteps:\n  - wait: 100 ms\n")
    client.wait(lambda v: v["run:status"][0] < 300)
    assert client.values["run:control_active"] is False
    assert client.values["heater:controlled_by"] == 0
    client.send(request_line)
    until(client, "changed" if request_line[0] == "c" else "done")


OF_A_RUN = ("run:_state", "run:_run", "run:_recipe", "run:_step",
            "run:_step_label", "run:value", "run:target")


def test_a_run_is_busy_and_owns_what_it_sets_before_it_is_answered(
        node, client):
    with node.client() as other:
        client.ask("activate")
        client.send('do run:_start {"recipe":'
                    '"recipe: H\\nsteps:\\n  - hold: 10 min"}')
        lines = until(client, "done")
        busy = place(lines, "update", "run:status", lambda v: v[0] == 300)
        owner = place(lines, "update", "heater:controlled_by",
                      lambda v: v == 1)
        place(lines, "update", "run:control_active", lambda v: v is True)
        assert busy < owner
        # First of all that tells of the new run; what else goes on may come
        # in between.
        assert busy < min(i for i, (a, s, _) in enumerate(lines)
                          if a == "update" and s in OF_A_RUN)
        # What was answered is so on every connection.
        assert other.read("run:status")[0] == 300
        assert other.read("heater:controlled_by") == 1
        assert other.read("heater:control_active") is False
        for name in ("heater:target", "valve_Ar:target", "gas_H2:target"):
            with pytest.raises(Refused) as refused:
                other.change(name, 0 if name != "heater:target" else 30)
            assert refused.value.kind == "IsBusy"
        with pytest.raises(Refused) as refused:
            other.do("heater:control_off")
        assert refused.value.kind == "IsBusy"
    client.send("do run:stop")
    until(client, "done")
    client.wait(lambda v: v["run:status"][0] < 300)
    client.wait(lambda v: v["heater:controlled_by"] == 0)
    assert client.values["run:control_active"] is False


def test_what_is_wrong_is_looked_for_in_an_order(client):
    client.start(HOLD)
    for line, kind in (("change nothing:target {", "NoSuchModule"),
                       ("change heater:nothing {", "NoSuchParameter"),
                       ("change heater:value {", "ReadOnly"),
                       ("change heater:target {", "BadJSON"),
                       ('change heater:target "5000"', "WrongType"),
                       ("change heater:target 5000", "RangeError"),
                       ("change heater:target 30", "IsBusy"),
                       ('do run:_start {"recipe":3}', "WrongType"),
                       ('do run:_start {"recipe":"?"}', "RangeError"),
                       ('do run:_start {"recipe":'
                        '"recipe: H\\nsteps:\\n  - hold: 10 min"}', "IsBusy")):
        client.send(line)
        assert secop.report(client.line())[2][0] == kind, line


def test_what_a_latched_trip_keeps_safe_is_impossible(client):
    client.do("run:_abort")
    with pytest.raises(Refused) as refused:
        client.change("gas_H2:target", 1)
    assert refused.value.kind == "Impossible"
    client.ask("activate")
    client.wait(lambda v: v["run:_safe_confirmed"])
    client.do("run:_reset")
    assert client.read("run:_latched") is False


def test_the_heater_says_whether_its_target_counts(client):
    client.ask("activate")
    client.change("heater:target", 25)
    assert client.read("heater:control_active") is False
    client.change("heater_output:target", 1)
    client.wait(lambda v: v["heater:control_active"])
    client.send("do heater:control_off")
    lines = until(client, "done")
    place(lines, "update", "heater:control_active", lambda v: v is False)
    assert client.read("heater_output:value") == 0


def test_limits_are_told_and_kept(client):
    low, high = client.read("heater:target_limits")
    assert low < 100 < high
    for beyond in (low - 1, high + 1):
        with pytest.raises(Refused) as refused:
            client.change("heater:target", beyond)
        assert refused.value.kind == "RangeError"
        assert re.search(r"(below|above) the (min|max)imum .* degC",
                         refused.value.text)


def test_what_is_refused_changes_nothing(node, client):
    client.ask("activate")
    before = {n: v for n, v in client.values.items() if n.endswith(":target")}
    for line in ("change heater:target 5000", "change valve_Ar:target {",
                 'change run:target "nothing"', 'do run:_start {"recipe":""}'):
        client.send(line)
        while not client.line().startswith("error_"):
            pass
    client.send("activate")
    until(client, "active")
    assert before == {n: v for n, v in client.values.items()
                      if n.endswith(":target")}


def test_a_check_does_nothing_at_all(node, client):
    commands = len(node.rows("SELECT 1 FROM v_command"))
    setpoints = len(node.rows("SELECT 1 FROM v_setpoint"))
    client.ask("activate")
    for line in ("check heater:target 300", 'check valve_Ar:target "open"',
                 'check run:_start {"recipe":"recipe: W\\nsteps:\\n'
                 '  - hold: 1 min"}', 'check run:target "clean-cell"'):
        client.send(line)
        lines = []
        while not lines or not lines[-1].startswith("checked"):
            lines.append(client.line())
            assert not lines[-1].startswith("error_check"), lines[-1]
        # Of what was going on before, something may still become idle.
        for _, name, data in map(secop.report, lines[:-1]):
            assert not name.endswith(":target"), (name, data)
            assert not (name.endswith(":status") and
                        data[0][0] // 100 == 3), (name, data)
    assert client.read("run:control_active") is False
    assert len(node.rows("SELECT 1 FROM v_command")) == commands
    assert len(node.rows("SELECT 1 FROM v_setpoint")) == setpoints


def test_a_check_is_of_the_connection_that_asks(node, client):
    with node.client(active=True) as other:
        client.send("check gas_O2:target 3")
        assert client.line() == "checked gas_O2:target [3,{}]"
        for _ in range(20):
            action, name, data = secop.report(other.line())
            assert action == "update", (action, name, data)
            assert name != "gas_O2:target" or data[0] == 0


def test_a_check_does_not_mind_a_run(node, client):
    client.start(HOLD)
    client.send("check heater:target 300")
    assert client.line() == "checked heater:target [300,{}]"
    client.send('check run:target "clean-cell"')
    assert client.line() == 'checked run:target ["clean-cell",{}]'


def test_a_run_logs_to_who_asked(node, client):
    with node.client() as other:
        client.send('logging run "info"')
        assert client.line() == 'logging run "info"'
        client.send('do run:_start {"recipe":'
                    '"recipe: H\\nsteps:\\n  - hold: 10 min"}')
        got = []
        while not got or not got[-1].startswith("done run:_start"):
            got.append(client.line())
        assert len(got) > 1
        for line in got[:-1]:
            assert re.fullmatch(r'log run:(info|error) ".*"', line)
        other.send("ping 1")
        assert other.line().startswith("pong")


def test_an_instrument_logs_its_setpoints(client):
    client.send('logging gas_N2 "debug"')
    assert client.line() == 'logging gas_N2 "debug"'
    client.send("change gas_N2:target 3")
    got = []
    while not got or not got[-1].startswith("changed"):
        got.append(client.line())
    assert got[:-1] == ['log gas_N2:debug "setpoint 3"',
                        'log gas_N2:debug "setpoint 3 was taken"']
    client.send("logging gas_N2 false")
    client.send("change gas_N2:target 0")
    assert client.line() == "logging gas_N2 false"
    assert client.line().startswith("changed")


def test_an_instrument_that_is_silent_is_an_error(daemon, tmp_path):
    site = secop.site_with(tmp_path).read_text().replace(
        "lab: {type: sim}",
        "lab: {type: sim, faults: [{kind: no_reply, at: 4 s, for: 3 s, "
        "instrument: gasbox}]}")
    path = tmp_path / "faulty.yaml"
    path.write_text(site)
    d = daemon("--config", path)
    with d.client() as c:
        c.send('logging gas_N2 "info"')
        c.send("activate gas_N2")
        lines = []
        while "again" not in (lines or [""])[-1]:
            lines.append(c.line())
    bad = [x for x in lines if x.startswith("error_update gas_N2:value")]
    assert bad and '["CommunicationFailed","' in bad[0] and '{"t":' in bad[0]
    told = [x for x in lines if x.startswith("log ")]
    assert told[0].startswith('log gas_N2:error "the instrument does not')
    # Between the two it could not be made safe, which is said as well.
    assert all(x.startswith("log gas_N2:error ") for x in told[:-1])
    assert told[-1] == 'log gas_N2:info "the instrument answers again"'
    assert any("update gas_N2:status [[400," in x for x in lines)
