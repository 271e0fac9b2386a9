"""What `describe` promises, in each version of SECoP, and that what is sent
keeps it."""

import keyword
import re
import time

import pytest

import secop
from conftest import Daemon

VERSIONS = {
    "2.0": "ISSE,SECoP,,v2.0",
    "1.1": "ISSE&SINE2020,SECoP,V2025-10-16,v1.1",
    "1.0": "ISSE&SINE2020,SECoP,V2019-09-16,v1.0",
}
SINCE_1_1 = {"controlled_by", "control_active", "control_off",
             "target_limits"}
PREDEFINED = SINCE_1_1 | {
    "value", "status", "target", "time_to_target", "stop", "hold", "go",
    "clear_errors", "ramp", "setpoint", "mode", "pollinterval", "reset"}
NEEDS = {
    "Readable": {"value", "status"},
    "Writable": {"value", "status", "target"},
    "Drivable": {"value", "status", "target", "stop"},
}
NODE = {"equipment_id", "description", "firmware", "implementor", "timeout",
        "modules"}
MODULE = {"accessibles", "description", "interface_classes", "group",
          "meaning", "visibility", "implementor"}
NEWER = {"features", "implementation"}
ACCESSIBLE = {"description", "datainfo", "readonly", "group", "visibility",
              "constant", "checkable"}


# What SECoP says of the names that it defines: readonly, and the types there
# are; a command's type.
PARAMETERS = {
    "value": (True, {"double", "int", "enum", "string"}),
    "status": (True, {"tuple"}),
    "target": (False, {"double", "enum", "string"}),
    "time_to_target": (True, {"double"}),
    "controlled_by": (True, {"enum"}),
    "control_active": (True, {"bool"}),
    "target_limits": (True, {"tuple"}),
}
COMMANDS = {"stop", "hold", "clear_errors", "control_off"}
CODES = {"DISABLED": 0, "IDLE": 100, "STANDBY": 130, "PREPARED": 150,
         "WARN": 200, "BUSY": 300, "RAMPING": 370, "STABILIZING": 380,
         "FINALIZING": 390, "ERROR": 400}
FUNCTIONS = {"temperature", "magneticfield", "electricfield", "pressure",
             "rotation_z", "humidity", "viscosity", "flowrate",
             "concentration"}


@pytest.fixture(scope="module", params=VERSIONS)
def version(request):
    return request.param


@pytest.fixture(scope="module")
def node(tmp_path_factory, version):
    folder = tmp_path_factory.mktemp("node")
    d = Daemon(folder, "--config", secop.site_with(
        folder, more=f"identify: {version}\n"))
    yield d
    d.kill()


@pytest.fixture
def modules(node):
    with node.client() as c:
        return c.ask("describe")["modules"]


def accessibles(modules):
    for m, module in modules.items():
        for name, a in module["accessibles"].items():
            yield m, name, a


def test_identifies_as_its_version(node, version):
    with node.client() as c:
        c.send("*IDN?")
        assert c.line() == VERSIONS[version]


def test_the_node_has_what_it_must(node):
    with node.client() as c:
        d = c.ask("describe")
    assert {"equipment_id", "description", "modules"} <= set(d)
    assert all(p in NODE or p.startswith("_") for p in d)
    headline, blank = d["description"].split("\n")[:2]
    assert len(headline) <= 72 and not blank
    assert 0 < d["timeout"] <= 10


def test_names_are_names_and_unique(modules):
    lower = [m.lower() for m in modules]
    assert len(set(lower)) == len(lower)
    for m, module in modules.items():
        assert secop.NAME.match(m)
        names = [a.lower() for a in module["accessibles"]]
        assert len(set(names)) == len(names)
        for name in module["accessibles"]:
            assert secop.NAME.match(name)


def test_names_make_attributes(modules):
    """Clients make objects of modules, whose attributes are properties and
    accessibles, without the underscore in front."""
    for m, module in modules.items():
        assert m.isidentifier() and not keyword.iskeyword(m)
        names = [n.strip("_").lower()
                 for n in (*module, *module["accessibles"])]
        assert len(set(names)) == len(names), m
        assert not any(map(keyword.iskeyword, names)), m


def test_what_secop_does_not_know_has_an_underscore(modules, version):
    known = PREDEFINED - (SINCE_1_1 if version == "1.0" else set())
    properties = MODULE if version == "1.0" else MODULE | NEWER
    for m, module in modules.items():
        assert all(p in properties or p.startswith("_") for p in module), m
    for m, name, a in accessibles(modules):
        assert name in known or name.startswith("_"), f"{m}:{name}"
        assert all(p in ACCESSIBLE or p.startswith("_") for p in a)


def test_every_type_is_bounded(modules):
    for m, name, a in accessibles(modules):
        secop.check_info(a["datainfo"], f"{m}:{name}")


def test_every_accessible_has_what_it_must(modules):
    for m, name, a in accessibles(modules):
        assert a["description"], f"{m}:{name}"
        command = a["datainfo"]["type"] == "command"
        assert ("readonly" not in a) if command else isinstance(
            a["readonly"], bool)


def test_classes_have_what_they_need(modules):
    for m, module in modules.items():
        assert module["description"]
        classes = module["interface_classes"]
        assert all(c in NEEDS for c in classes), m
        for c in classes[-1:]:
            assert NEEDS[c] <= set(module["accessibles"]), m
            if c != "Readable":
                assert not module["accessibles"]["target"]["readonly"], m
        if "Drivable" in classes:
            codes = module["accessibles"]["status"]["datainfo"]["members"][0]
            assert any(300 <= n < 400 for n in codes["members"].values())


def test_names_that_secop_defines_are_what_it_says(modules):
    for m, name, a in accessibles(modules):
        info = a["datainfo"]
        if name in COMMANDS:
            assert info == {"type": "command"}, f"{m}:{name}"
        elif name in PARAMETERS:
            readonly, types = PARAMETERS[name]
            assert a["readonly"] is readonly, f"{m}:{name}"
            assert info["type"] in types, f"{m}:{name}"
        else:
            assert name.startswith("_"), f"{m}:{name}"


def test_codes_of_a_status_are_those_of_secop(modules):
    for m, module in modules.items():
        if "status" not in module["accessibles"]:
            continue
        info = module["accessibles"]["status"]["datainfo"]
        assert [x["type"] for x in info["members"]] == ["enum", "string"], m
        for name, code in info["members"][0]["members"].items():
            assert CODES.get(name, code) == code, m
            # One of our own is read as its group by who does not know it.
            assert name in CODES or code % 100, m
            assert 0 <= code < 500, m


def test_modules_say_where_they_come_from(modules, version):
    if version == "1.0":
        return
    assert all(module["features"] == [] for module in modules.values())
    classes = [v["implementation"].split(".")[-1] for v in modules.values()]
    assert len(set(classes)) == len(modules)
    assert all(name.isidentifier() for name in classes)


def test_limits_are_of_the_type_of_what_they_limit(modules):
    for m, module in modules.items():
        a = module["accessibles"]
        limits = a.get("target_limits", a.get("_target_limits"))
        if limits:
            assert limits["datainfo"] == {
                "type": "tuple", "members": [a["target"]["datainfo"]] * 2}, m


def test_value_and_target_have_the_same_type(modules):
    for m, module in modules.items():
        a = module["accessibles"]
        if "target" in a:
            value, target = a["value"]["datainfo"], a["target"]["datainfo"]
            assert value["type"] == target["type"], m
            assert value.get("unit") == target.get("unit"), m


def test_meaning_is_that_of_the_version(modules, version):
    meanings = {m: v["meaning"] for m, v in modules.items() if "meaning" in v}
    assert "heater" in meanings
    for meaning in meanings.values():
        function = meaning["function" if version == "2.0" else 0]
        assert function.removesuffix("_regulation") in FUNCTIONS
        if version == "2.0":
            assert meaning["belongs_to"] in ("sample", "other")
            assert set(meaning) <= {"function", "importance", "belongs_to"}
            assert 0 <= meaning["importance"] <= 50
        else:
            assert len(meaning) == 2 and 0 <= meaning[1] <= 50


def test_checkable_is_of_version_2(modules, version):
    found = {f"{m}:{name}" for m, name, a in accessibles(modules)
             if a.get("checkable")}
    if version == "2.0":
        assert {"heater:target", "run:target", "run:_start"} <= found
    else:
        assert not found


def test_what_controls_whom_is_told(modules, version):
    mark = "_" if version == "1.0" else ""
    heater = modules["heater"]["accessibles"]
    assert heater[f"{mark}controlled_by"]["datainfo"]["members"]["self"] == 0
    assert set(heater[f"{mark}controlled_by"]["datainfo"]["members"]) <= {
        "self", *modules}
    assert heater[f"{mark}control_active"]["readonly"]
    assert heater[f"{mark}control_off"]["datainfo"] == {"type": "command"}
    limits = heater[f"{mark}target_limits"]["datainfo"]
    assert [m["type"] for m in limits["members"]] == ["double", "double"]


def test_every_value_keeps_its_type(node):
    with node.client() as c:
        wanted = secop.infos(c)
        seen = set()
        c.send("activate")
        while True:
            line = c.line()
            if line == "active":
                break
            action, name, data = secop.report(line)
            seen.add(name)
            # Clients that want a time of everything end without it.
            assert 0 <= time.time() - data[-1]["t"] < 600, line
            if action == "update":
                secop.check_value(wanted[name], data[0], name)
            else:
                assert action == "error_update"
                assert data[0] in secop.CLASSES
        assert seen == set(wanted)


WAIT = {"recipe": "recipe: W\nsteps:\n  - wait: 1 ms\n", "name": "wait"}
RESULTS = {
    "run:_recipes": None, "run:_validate": WAIT, "run:_load": WAIT,
    "run:_queue_add": WAIT, "run:_start": WAIT, "run:_events": {"since": 0},
    "run:_history": {"parameter": "heater:value", "from": 0, "to": 2e9},
    "daemon:_roles": None}


def test_every_result_keeps_its_type(node):
    with node.client() as c:
        modules = c.ask("describe")["modules"]
        told = {f"{m}:{name}": a["datainfo"]["result"]
                for m, name, a in accessibles(modules)
                if a["datainfo"].get("result")}
        assert set(told) == set(RESULTS)
        for name, info in told.items():
            secop.check_value(info, c.do(name, RESULTS[name]), name)


def test_all_that_is_idle_can_be_read(node):
    """To some clients a module with a parameter in error is none at all."""
    with node.client() as c:
        wanted = set(secop.infos(c))
        c.ask("activate")
        c.wait(lambda values: wanted <= set(values))
        assert c.values["run:status"][0] == 100


def test_timestamps_have_six_decimals_and_are_of_now(node):
    with node.client() as c:
        c.send("ping 1")
        t = re.search(r'"t":(\d+\.\d+)', c.line()).group(1)
        assert len(t.split(".")[1]) == 6
        c.send("read heater:value")
        read = float(re.search(r'"t":(\d+\.\d+)', c.line()).group(1))
    assert abs(float(t) - read) < 30


def test_values_keep_type_and_order_through_a_run(daemon):
    d = daemon(speed=50)
    with d.client() as c:
        wanted = secop.infos(c)
        newest = {}
        c.ask("activate")
        c.start("recipe: R\nsteps:\n"
                "  - ramp: {to: 200 °C, rate: 10 K/s}\n"
                "  - hold: 5 s\n  - image:\n"
                "  - ask: \"go \N{SNOWMAN} on?\"\n")
        asked = False
        while True:
            action, name, data = secop.report(c.line())
            if action in ("update", "error_update"):
                assert data[-1]["t"] >= newest.get(name, 0), name
                newest[name] = data[-1]["t"]
            if action == "update":
                secop.check_value(wanted[name], data[0], name)
            if name == "run:_prompt" and data[0] and not asked:
                asked = True
                c.send('do run:_answer "continue"')
            if action in ("error_do", "done"):
                assert action == "done", data
            if name == "run:status" and asked and data[0][0] < 300:
                break


def test_an_observer_is_told_that_it_may_only_read(daemon, tmp_path):
    d = daemon("--listen", "127.0.0.1:0")
    with secop.connect(d, "tcp") as c:
        modules = c.ask("describe")["modules"]
    for m, name, a in accessibles(modules):
        assert a.get("readonly", True), f"{m}:{name}"
        assert not a.get("checkable")
    assert all(v["interface_classes"] in ([], ["Readable"])
               for v in modules.values())
    assert "stop" not in modules["heater"]["accessibles"]
