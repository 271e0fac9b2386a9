"""A session as the clients of beamlines have it, from the first line to a
restart of the daemon: on TCP, in each version of SECoP, their messages in
their order, JSON as Python writes it."""

import json
import re
import time

import pytest

import secop
from conftest import Daemon

VERSIONS = ("2.0", "1.1", "1.0")
IDENTITY = re.compile(r"[^,]*ISSE[^,]*,SECoP,[^,]*,v\d\.\d")
WAIT = "recipe: W\nsteps:\n  - wait: 200 ms\n  - note: \"21 °C\"\n"


@pytest.fixture(scope="module", params=VERSIONS)
def version(request):
    return request.param


@pytest.fixture(scope="module")
def site(tmp_path_factory, version):
    folder = tmp_path_factory.mktemp("site")
    return secop.site_with(folder, "writes: yes", f"identify: {version}\n")


@pytest.fixture(scope="module")
def node(site):
    d = Daemon(site.parent, "--config", site)
    with d.client() as c:
        wanted = set(secop.infos(c))
        c.ask("activate")
        c.wait(lambda v: v["run:_safe_confirmed"] and
               v["run:_level"] == "run" and wanted <= set(v))
    yield d
    d.kill()


def ask(client, text, answer):
    """The reports on the way to the line that begins with `answer`, and its
    own data; every report has a time that is not in the future."""
    client.send(text)
    reports = []
    while True:
        line = client.line()
        action, name, data = secop.report(line)
        if line.startswith(answer):
            return reports, data
        assert action in ("update", "error_update", "log"), line
        if action != "log":
            assert data[-1]["t"] <= time.time() + 1, line
            reports.append((name, data))


def greet(client):
    """What each of them does at once; the description and all values."""
    client.send("*IDN?")
    assert IDENTITY.fullmatch(client.line())
    _, description = ask(client, "describe", "describing . ")
    reports, _ = ask(client, "activate", "active")
    infos = {f"{m}:{name}": a["datainfo"]
             for m, module in description["modules"].items()
             for name, a in module["accessibles"].items()
             if a["datainfo"]["type"] != "command"}
    assert {name for name, _ in reports} == set(infos)
    return description, infos


@pytest.fixture
def client(node):
    with secop.connect(node, "tcp") as c:
        yield c


def test_after_the_greeting_everything_is_known(client):
    _, infos = greet(client)
    for name in infos:
        reports, data = ask(client, f"read {name}", f"reply {name} ")
        secop.check_value(infos[name], data[0], name)


def test_a_value_is_set_and_told_to_be(client):
    greet(client)
    for wanted in (2.5, 0.0):
        reports, data = ask(client,
                            f"change gas_N2:target {json.dumps(wanted)}",
                            "changed gas_N2:target ")
        assert data[0] == wanted
        told = [d[0] for name, d in reports if name == "gas_N2:target"]
        assert told and told[-1] == wanted


def test_a_recipe_is_a_target_like_any_other(client):
    greet(client)
    ask(client, 'logging run "debug"', 'logging run "debug"')
    ask(client, "do run:_load " + json.dumps({"recipe": WAIT, "name": "w"}),
        "done run:_load ")
    reports, data = ask(client, 'change run:target "w"',
                        "changed run:target ")
    assert data[0] == "w"
    busy = [d[0][0] for name, d in reports if name == "run:status"]
    assert busy and 300 <= busy[0] < 390
    client.wait(lambda v: not 300 <= v["run:status"][0] < 390)
    assert client.values["run:status"][0] == 100
    assert client.values["run:value"] == "w"
    ask(client, 'logging run "off"', 'logging run "off"')


def test_reading_on_does_not_wait_for_a_setpoint(client):
    """One thread sets, others read: each answer finds its request."""
    greet(client)
    client.send("deactivate")
    while client.line() != "inactive":
        pass
    names = ["heater:value", "run:status", "cell_pressure:value"]
    client.send("change gas_Ar:target 0.0")
    for name in names:
        client.send(f"read {name}")
    client.send("ping 5")
    answers = [secop.report(client.line())[:2] for _ in range(5)]
    assert sorted(answers) == sorted(
        [("reply", name) for name in names] +
        [("pong", "5"), ("changed", "gas_Ar:target")])


def test_who_comes_back_finds_the_same_description(daemon, site, tmp_path):
    def describe(path):
        d = daemon("--config", path)
        with secop.connect(d, "tcp") as c:
            description, _ = greet(c)
            d.end()
            with pytest.raises(ConnectionError):
                while True:
                    c.line()
        return description

    first, again = describe(site), describe(site)
    assert first == again
    path = tmp_path / "other.yaml"
    path.write_text(site.read_text().replace("gas.N2: {max: 20 sccm}",
                                             "gas.N2: {max: 7 sccm}"))
    changed = describe(path)["modules"]
    assert {m for m in changed
            if changed[m] != first["modules"][m]} == {"gas_N2"}
