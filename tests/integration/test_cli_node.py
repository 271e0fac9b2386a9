"""gascellctl's verbs against a node that says what the test wants: the queue,
alarms, the lock, the trace of a bus, raw updates, history, completion."""

import json
import signal

import pytest

from fake_node import FakeNode
from test_cli import FAILED, INTERRUPTED, NO_DAEMON, OK, REFUSED, USAGE, \
    Operator
from conftest import WITHIN

WAITING = [
    {"id": 4, "name": "clean-cell", "recipe": "Clean the cell", "label": "",
     "steps": 40, "seconds": 1800, "after": "stop", "state": "running",
     "added": 1795337000.0, "by": "alice"},
    {"id": 7, "name": "hydrogen", "recipe": "AuRu in hydrogen",
     "label": "chip 7", "steps": 145, "seconds": 7380, "after": "continue",
     "state": "waiting", "added": 1795337000.0, "by": "bob"},
]
ALARMS = [
    {"id": 3, "t": 1795337424.5, "text": "gas.N2 is silent",
     "severity": "alarm", "state": "unacknowledged", "until": 0, "by": ""},
    {"id": 5, "t": 1795337424.5, "text": "the disk is nearly full",
     "severity": "warning", "state": "shelved", "until": 1795341024.5,
     "by": "alice", "note": "ordered", "active": True, "times": 3},
]
MODULES = {
    "heater": {"_role": "heater", "description": "holder", "accessibles": {
        "value": {"datainfo": {"type": "double", "unit": "degC"}},
        "target": {"datainfo": {"type": "double", "unit": "degC"}}}},
    "valve_inlet": {"_role": "valve.inlet", "description": "to the cell",
                    "accessibles": {
                        "value": {"datainfo": {
                            "type": "enum",
                            "members": {"closed": 0, "open": 1}}},
                        "target": {"datainfo": {
                            "type": "enum",
                            "members": {"closed": 0, "open": 1}}}}},
    "cell_pressure": {"_role": "cell_pressure", "description": "gauge",
                      "accessibles": {"value": {"datainfo": {
                          "type": "double", "unit": "Torr"}}}},
    "run": {"description": "recipes", "accessibles": {}},
}


@pytest.fixture
def node(tmp_path):
    one = FakeNode(str(tmp_path / "socket"))
    one.modules = MODULES
    yield one
    one.close()


@pytest.fixture
def op(node, tmp_path):
    return Operator(tmp_path, node.address)


def asked(node):
    """What the node was asked last, reading aside."""
    last = None
    while not node.asked.empty():
        one = node.asked.get()
        if one[0] in ("do", "change"):
            last = one
    return last


# -- the queue ----------------------------------------------------------------


def test_the_queue_is_listed_with_places(node, op):
    node.values = {"run:_queue": json.dumps(WAITING),
                   "run:_queue_state": "held: heater above 1030 °C"}
    said = op("queue")
    assert said.code == OK
    rows = said.out.splitlines()
    assert "running" in rows[1] and "Clean the cell" in rows[1]
    assert rows[2].split()[:3] == ["1", "7", "waiting"]
    assert "2 h 03 min" in rows[2] and "chip 7" in rows[2]
    assert "held: heater above 1030 °C" in rows[3]
    assert "gascellctl queue go" in rows[3]


def test_an_empty_queue_says_so(node, op):
    node.values = {"run:_queue": "[]", "run:_queue_state": "idle"}
    assert op("queue").out == "nothing waits\n"
    assert op("queue", "--json").json == {"state": "idle", "queue": []}


def test_a_recipe_is_added_with_its_parameters(node, op):
    node.answers = {"run:_queue_add": {"id": 8}}
    said = op("queue", "add", "hydrogen", "-p", "pressure=50 Torr", "--label",
              "chip 7", "--after", "continue")
    assert said.code == OK and "in the queue as 8" in said.out
    _, name, data = asked(node)
    assert name == "run:_queue_add"
    assert data["name"] == "hydrogen" and data["after"] == "continue"
    assert json.loads(data["parameters"]) == {"pressure": "50 Torr"}
    assert data["label"] == "chip 7"
    assert op("queue", "add", "x", "--json").json == {"ok": True, "id": 8}


def test_mistakes_of_a_queued_recipe_are_told(node, op):
    op.recipe("recipe: x\nsteps: 5\n", "x.yaml")
    node.then["do run:_queue_add"] = []
    node.answers["run:_queue_add"] = ValueError(
        "RangeError", "x.yaml:2:8: steps is a list")
    said = op("queue", "add", "x.yaml")
    assert said.code == FAILED and "x.yaml:2:8" in said.err


@pytest.mark.parametrize("words,name,data", [
    (["move", "7", "1"], "run:_queue_move", {"id": 7, "to": 1}),
    (["remove", "7"], "run:_queue_remove", {"id": 7}),
    (["go"], "run:_queue_go", None),
    (["hold"], "run:_queue_hold", None),
])
def test_the_queue_is_changed(node, op, words, name, data):
    node.answers = {name: None}
    assert op("queue", *words).code == OK
    assert asked(node) == ("do", name, data)
    assert op("queue", *words, "--json").json == {"ok": True}


@pytest.mark.parametrize("words,why", [
    (["queue", "ad"], "did you mean 'queue add'?"),
    (["queue", "move", "seven", "1"], "ENTRY is a number"),
    (["queue", "move", "7"], "ENTRY PLACE is missing"),
    (["queue", "add", "x", "--after", "never"], "--after is stop"),
    (["alarms", "acknowledge", "3"], "gascellctl help alarms"),
    (["alarms", "ack", "three"], "ALARM is the number"),
    (["alarms", "shelve", "3", "--for", "long"], "--for"),
    (["lock", "--force"], "say what for"),
    (["lock", "x", "--for", "2"], "no unit"),
    (["trace", "gas", "--for", "2 d"], "between 1 s and 24 h"),
    (["status", "--host"], "HOST:PORT"),
])
def test_mistakes(op, words, why):
    said = op(*words)
    assert said.code == USAGE and why in said.err, said.err


def test_a_daemon_without_a_queue_is_another_version(op):
    said = op("queue")
    assert said.code == FAILED
    assert "another version" in said.err


# -- alarms -------------------------------------------------------------------


def test_alarms_are_listed(node, op):
    node.values = {"daemon:_alarms": json.dumps(ALARMS)}
    rows = op("alarms").out.splitlines()
    assert rows[0].split() == ["id", "since", "severity", "state", "what"]
    assert "gas.N2 is silent" in rows[1] and "unacknowledged" in rows[1]
    assert "shelved until 09:50:24 by alice: ordered" in rows[2]
    assert rows[2].endswith("the disk is nearly full (3 times)")
    assert op("alarms", "--json").json == ALARMS
    node.values = {"daemon:_alarms": "[]"}
    assert op("alarms").out == "no alarm\n"


@pytest.mark.parametrize("words,name,data", [
    (["ack", "3"], "daemon:_alarm_acknowledge", {"id": 3}),
    (["ack", "all"], "daemon:_alarm_acknowledge", {"id": 0}),
    (["shelve", "3", "--for", "2 h", "--note", "gauge is baked"],
     "daemon:_alarm_shelve",
     {"id": 3, "seconds": 7200, "note": "gauge is baked"}),
    (["unshelve", "3"], "daemon:_alarm_unshelve", {"id": 3}),
])
def test_alarms_are_dealt_with(node, op, words, name, data):
    node.answers = {name: None}
    assert op("alarms", *words).code == OK
    assert asked(node) == ("do", name, data)


# -- the lock -----------------------------------------------------------------


def test_the_lock_is_taken_shown_and_given_back(node, op):
    node.values["daemon:_lock"] = {"holder": "", "note": "", "expires": 0}
    assert "nobody has the lock" in op("lock").out
    node.answers = {"daemon:_lock_take": None, "daemon:_lock_release": None}
    node.values["daemon:_lock"] = {
        "holder": "alice", "note": "aligning the column",
        "expires": 1795341024.5}
    said = op("lock", "aligning", "the", "column", "--for", "2 h", "--force")
    assert said.code == OK
    assert said.out == ("alice has the lock: aligning the column; until "
                        "2026-11-22 09:50:24\n")
    assert asked(node) == ("do", "daemon:_lock_take", {
        "note": "aligning the column", "seconds": 7200, "force": True})
    assert op("unlock").out == "nobody has the lock now\n"


def test_who_is_locked_out_is_told_by_whom(node, op):
    node.values["daemon:_lock"] = {
        "holder": "alice", "note": "aligning", "expires": 0}
    node.answers["run:hold"] = ValueError(
        "IsBusy", "alice has the lock: aligning")
    said = op("pause")
    assert said.code == REFUSED
    assert "alice has the lock" in said.err and "--force" in said.err


# -- what goes by -------------------------------------------------------------


def test_monitor_prints_every_value(node, op):
    node.values = {"heater:value": 350.1, "heater:status": [100, ""],
                   "run:_state": "idle"}
    process = op.start("monitor", "heater")
    assert process.stdout.readline() == "08:50:24.500 heater:value 350.1\n"
    assert process.stdout.readline().endswith('heater:status [100,""]\n')
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=WITHIN)
    assert process.returncode == INTERRUPTED and out == ""


def test_monitor_as_json(node, op):
    node.values = {"gas_Ar:value": 5}
    process = op.start("monitor", "gas.Ar", "--json")
    assert json.loads(process.stdout.readline()) == {
        "t": 1795337424.5, "module": "gas_Ar", "parameter": "value",
        "value": 5}
    process.kill()
    process.communicate(timeout=WITHIN)


def test_trace_prints_the_lines_of_its_bus(node, op):
    node.answers = {"daemon:_trace": None}
    node.then["do daemon:_trace"] = [
        'log daemon:debug "gas > 41 0D  A<CR>"',
        'log daemon:debug "vacuum > 42 0D  B<CR>"',
        'log daemon:debug "gas < 4F 4B"',
    ]
    process = op.start("trace", "gas", "--for", "1 min")
    assert process.stdout.readline() == "> 41 0D  A<CR>\n"
    assert process.stdout.readline() == "< 4F 4B\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=WITHIN)
    assert process.returncode == INTERRUPTED
    assert asked(node) == ("do", "daemon:_trace",
                           {"bus": "gas", "seconds": 0})


def test_a_daemon_that_goes_away_ends_the_monitor(tmp_path):
    import socket
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        server.listen()
        process = Operator(tmp_path, tmp_path / "s").start("monitor")
        peer, _ = server.accept()
        with peer:
            peer.recv(100)
            peer.sendall(b"ISSE,SECoP,,v2.0\n")
            peer.recv(100)
            peer.sendall(b"active\n")
        _, err = process.communicate(timeout=WITHIN)
    assert process.returncode == NO_DAEMON
    assert "closed the connection" in err


# -- history ------------------------------------------------------------------


HISTORY = {"unit": "degC", "t": [1795337400.0, 1795337410.0, 1795337420.0],
           "min": [20.5, 21.0, None], "max": [20.6, 22.0, None]}


def test_history_on_a_pipe_is_csv(node, op):
    node.values = {"run:_state": "idle"}
    node.answers = {"run:_history": json.dumps(HISTORY)}
    said = op("history", "heater", "--from", "2 h")
    assert said.code == OK
    assert said.out.splitlines() == [
        "time,lowest,highest", "2026-11-22T08:50:00.000000Z,20.5,20.6",
        "2026-11-22T08:50:10.000000Z,21,22",
        "2026-11-22T08:50:20.000000Z,,"]
    _, _, data = asked(node)
    assert data["parameter"] == "heater:value" and data["max"] <= 2000
    assert data["to"] - data["from"] == 7200
    assert op("history", "heater", "-o", "x.csv").code == OK
    assert (op.folder / "x.csv").read_text() == said.out
    assert op("history", "heater", "--json").json == HISTORY


@pytest.mark.parametrize("words,why", [
    (["--from", "soon"], "'soon' is no time"),
    (["--from", "now"], "not before"),
])
def test_a_history_of_no_time(node, op, words, why):
    node.values = {"run:_state": "idle"}
    said = op("history", "heater", *words)
    assert said.code == USAGE and why in said.err


# -- another machine ----------------------------------------------------------


def test_host_speaks_tcp(tmp_path):
    node = FakeNode(("127.0.0.1", 0))
    node.answers = {"run:_recipes": ["clean-cell", "purge"]}
    op = Operator(tmp_path)
    port = node.address[1]
    said = op("recipes", "--host", f"127.0.0.1:{port}")
    assert said.code == OK and said.out == "clean-cell\npurge\n"
    said = op("runs", "--host", f"127.0.0.1:{port}")
    assert said.code == FAILED and "on the machine of the daemon" in said.err
    node.close()


# -- completion ---------------------------------------------------------------


def offered(op, *words):
    out = op("complete", "--", *words).out
    return [line.split("\t")[0] for line in out.splitlines()]


def test_verbs_and_those_beneath_them_are_offered(op):
    assert offered(op, "sta") == ["start", "status"]
    assert offered(op, "queue", "") == ["add", "move", "remove", "go", "hold"]
    assert offered(op, "queue", "h") == ["hold"]
    assert "queue" in offered(op, "help", "")


def test_options_are_those_of_the_verb(op):
    assert "--label" in offered(op, "start", "x", "--")
    assert "--label" not in offered(op, "stop", "--")
    assert "--json" in offered(op, "stop", "--")
    assert offered(op, "queue", "add", "x", "--after", "") == [
        "stop", "continue"]


def test_what_the_daemon_knows_is_offered(node, op):
    node.answers["run:_recipes"] = ["clean-cell", "hydrogen"]
    node.values = {"run:_choices": ["yes it is", "no"],
                   "daemon:_alarms": json.dumps(ALARMS),
                   "run:_queue": json.dumps(WAITING)}
    assert offered(op, "set", "") == ["heater", "valve.inlet"]
    assert offered(op, "set", "valve.inlet", "") == ["closed", "open"]
    assert "cell_pressure" in offered(op, "history", "")
    assert offered(op, "start", "h") == ["hydrogen"]
    assert offered(op, "monitor", "heater", "r") == ["run"]
    assert offered(op, "answer", "") == ["yes it is", "no"]
    assert offered(op, "alarms", "ack", "") == ["3", "5", "all"]
    assert offered(op, "queue", "move", "") == ["4", "7"]
    assert offered(op, "queue", "move", "7", "") == []


def test_without_a_daemon_nothing_is_said(tmp_path):
    op = Operator(tmp_path, tmp_path / "nowhere")
    said = op("complete", "--", "set", "")
    assert (said.code, said.out, said.err) == (OK, "", "")
