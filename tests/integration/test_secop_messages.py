"""Every message of SECoP: its exact forms, and every refusal, over each of the
ways to talk to a node."""

import json
import re
import time

import pytest

import secop
from conftest import Daemon

T = r'\{"t":\d+\.\d{6}\}'
DOUBLE = r"-?\d+(\.\d+)?(e[+-]?\d+)?"

# Request, and what the one line is that answers it (a regular expression).
ANSWERS = [
    ("*IDN?", r"ISSE,SECoP,,v2\.0"),
    ("*IDN?\r", r"ISSE,SECoP,,v2\.0"),
    ("*IDN? and more", r"ISSE,SECoP,,v2\.0"),
    ("describe", r'describing \. \{"equipment_id":"gascell_.*\}'),
    ("describe . x", r"describing \. \{.*\}"),
    ("describe heater:value", r"describing \. \{.*\}"),
    ("ping", rf"pong  \[null,{T}\]"),
    ("ping 7", rf"pong 7 \[null,{T}\]"),
    ("ping a:b:c", rf"pong a:b:c \[null,{T}\]"),
    ("ping t surplus [", rf"pong t \[null,{T}\]"),
    ("read heater:value", rf"reply heater:value \[{DOUBLE},{T}\]"),
    ("read heater:value:x:y", rf"reply heater:value:x:y \[{DOUBLE},{T}\]"),
    ("read heater:value surplus", rf"reply heater:value \[{DOUBLE},{T}\]"),
    ("read heater:status", rf'reply heater:status \[\[\d+,".*"\],{T}\]'),
    ("read beam:value", rf"reply beam:value \[[01],{T}\]"),
    ("read heater:target_limits",
     rf"reply heater:target_limits \[\[{DOUBLE},{DOUBLE}\],{T}\]"),
    ("read run:_setpoint", rf"reply run:_setpoint \[21,{T}\]"),
    ("deactivate", "inactive"),
    ("deactivate heater", "inactive heater"),
    ("deactivate heater:value", "inactive heater:value"),
    ("deactivate heater surplus", "inactive heater"),
    ("change gas_N2:target 0", rf"changed gas_N2:target \[0,{T}\]"),
    ("change gas_N2:target:x 0", rf"changed gas_N2:target:x \[0,{T}\]"),
    ("change gas_N2:target 0.0", rf"changed gas_N2:target \[0,{T}\]"),
    ("change gas_N2:target 0e5", rf"changed gas_N2:target \[0,{T}\]"),
    ("change valve_Ar:target 0", rf"changed valve_Ar:target \[0,{T}\]"),
    ("change valve_Ar:target 0.0", rf"changed valve_Ar:target \[0,{T}\]"),
    ('change valve_Ar:target "closed"',
     rf"changed valve_Ar:target \[0,{T}\]"),
    ("do run:stop", rf"done run:stop \[null,{T}\]"),
    ("do run:stop null", rf"done run:stop \[null,{T}\]"),
    ("do run:stop:x", rf"done run:stop:x \[null,{T}\]"),
    ('do run:_events {"since":1e9,"max":2.0}',
     rf'done run:_events \["\[\]",{T}\]'),
    ("do heater:control_off", rf"done heater:control_off \[null,{T}\]"),
    ('do run:_validate {"recipe":"recipe: W\\nsteps:\\n  - wait: 1 s"}',
     rf'done run:_validate \[\{{"ok":true,.*\}},{T}\]'),
    ('do run:_validate {"recipe":"x","surplus":[1]}',
     rf'done run:_validate \[\{{"ok":false,.*\}},{T}\]'),
    ("check heater:target 300", r"checked heater:target \[300,\{\}\]"),
    ("check heater:target 20.5", r"checked heater:target \[20\.5,\{\}\]"),
    ('check valve_Ar:target "open"', r"checked valve_Ar:target \[1,\{\}\]"),
    ('check run:_start {"recipe":"recipe: W\\nsteps:\\n  - wait: 1 s"}',
     r'checked run:_start \[\{"recipe":"recipe: W.*"\},\{\}\]'),
    ('check run:target "clean-cell"',
     r'checked run:target \["clean-cell",\{\}\]'),
    ('logging heater "debug"', 'logging heater "debug"'),
    ('logging heater "info"', 'logging heater "info"'),
    ('logging heater "error"', 'logging heater "error"'),
    ('logging heater "off"', 'logging heater "off"'),
    ("logging heater false", "logging heater false"),
    ('logging heater:value "info"', 'logging heater "info"'),
    ('logging  "off"', 'logging  "off"'),
    ("logging  false", "logging  false"),
]

# Request, the error's action and specifier, its class.
REFUSALS = [
    ("", "error_ ", "ProtocolError"),
    (" ", "error_ ", "ProtocolError"),
    ("foo x y", "error_foo x", "ProtocolError"),
    ("meas:volt?", "error_meas:volt? ", "ProtocolError"),
    ("*idn?", "error_*idn? ", "ProtocolError"),
    ("READ heater:value", "error_READ heater:value", "ProtocolError"),
    ("update heater:value [1,{}]", "error_update heater:value",
     "ProtocolError"),
    ("help", "error_help ", "ProtocolError"),
    ("read", "error_read ", "ProtocolError"),
    ("read heater", "error_read heater", "ProtocolError"),
    ("read heater:", "error_read heater:", "ProtocolError"),
    ("read :value", "error_read :value", "ProtocolError"),
    ("read  heater:value", "error_read ", "ProtocolError"),
    ("change heater 1", "error_change heater", "ProtocolError"),
    ("do run", "error_do run", "ProtocolError"),
    ("check heater 1", "error_check heater", "ProtocolError"),
    ("activate :x", "error_activate :x", "ProtocolError"),
    ("read nothing:value", "error_read nothing:value", "NoSuchModule"),
    ("read Heater:value", "error_read Heater:value", "NoSuchModule"),
    ("change nothing:x {", "error_change nothing:x", "NoSuchModule"),
    ("do nothing:x {", "error_do nothing:x", "NoSuchModule"),
    ("check nothing:x {", "error_check nothing:x", "NoSuchModule"),
    ("activate nothing", "error_activate nothing", "NoSuchModule"),
    ("deactivate nothing", "error_deactivate nothing", "NoSuchModule"),
    ('logging nothing "info"', "error_logging nothing", "NoSuchModule"),
    ("read heater:nothing", "error_read heater:nothing", "NoSuchParameter"),
    ("read heater:stop", "error_read heater:stop", "NoSuchParameter"),
    ("read heater:Value", "error_read heater:Value", "NoSuchParameter"),
    ("change heater:nothing {", "error_change heater:nothing",
     "NoSuchParameter"),
    ("change heater:stop 1", "error_change heater:stop", "NoSuchParameter"),
    ("do heater:nothing {", "error_do heater:nothing", "NoSuchCommand"),
    ("do heater:value", "error_do heater:value", "NoSuchCommand"),
    ("change heater:value {", "error_change heater:value", "ReadOnly"),
    ("change heater:status 1", "error_change heater:status", "ReadOnly"),
    ("change heater:target_limits [0,1]", "error_change heater:target_limits",
     "ReadOnly"),
    ("change heater:controlled_by 0", "error_change heater:controlled_by",
     "ReadOnly"),
    ("check heater:value 1", "error_check heater:value", "ReadOnly"),
    ("check heater:stop", "error_check heater:stop", "NotCheckable"),
    ("check run:_abort {", "error_check run:_abort", "NotCheckable"),
    ("change heater:target {", "error_change heater:target", "BadJSON"),
    ("change heater:target nan", "error_change heater:target", "BadJSON"),
    ("change heater:target Infinity", "error_change heater:target",
     "BadJSON"),
    ("change heater:target 1 2", "error_change heater:target", "BadJSON"),
    ("change heater:target 0x10", "error_change heater:target", "BadJSON"),
    ('change run:target "\\ud800"', "error_change run:target", "BadJSON"),
    ('change run:target "\\u0000"', "error_change run:target", "BadJSON"),
    ('do run:_start {"recipe":"","recipe":""}', "error_do run:_start",
     "BadJSON"),
    ("change heater:target " + "[" * 40 + "]" * 40,
     "error_change heater:target", "BadJSON"),
    ("check heater:target {", "error_check heater:target", "BadJSON"),
    ("logging heater info", "error_logging heater", "BadJSON"),
    ("change heater:target", "error_change heater:target", "WrongType"),
    ("change heater:target null", "error_change heater:target", "WrongType"),
    ("change heater:target true", "error_change heater:target", "WrongType"),
    ('change heater:target "20"', "error_change heater:target", "WrongType"),
    ("change heater:target [20]", "error_change heater:target", "WrongType"),
    ("change valve_Ar:target true", "error_change valve_Ar:target",
     "WrongType"),
    ("do run:stop 1", "error_do run:stop", "WrongType"),
    ("do run:_start {}", "error_do run:_start", "WrongType"),
    ("do run:_start", "error_do run:_start", "WrongType"),
    ('do run:_extend "1"', "error_do run:_extend", "WrongType"),
    ('do run:_events {"since":1.5}', "error_do run:_events", "WrongType"),
    ('do run:_events {"since":true}', "error_do run:_events", "WrongType"),
    ('do run:_events {"since":0,"max":null}', "error_do run:_events",
     "WrongType"),
    ('do run:_validate ["recipe: W"]', "error_do run:_validate",
     "WrongType"),
    ('change run:target ["clean-cell"]', "error_change run:target",
     "WrongType"),
    ('check heater:target "x"', "error_check heater:target", "WrongType"),
    ("logging heater 1", "error_logging heater", "WrongType"),
    ("logging heater", "error_logging heater", "WrongType"),
    ("change heater:target 5000", "error_change heater:target",
     "RangeError"),
    ("change heater:target -1e300", "error_change heater:target",
     "RangeError"),
    ("change heater:target 1e999", "error_change heater:target",
     "RangeError"),
    ("change heater:target " + "9" * 400, "error_change heater:target",
     "RangeError"),
    ("change valve_Ar:target 2", "error_change valve_Ar:target",
     "RangeError"),
    ('change valve_Ar:target "ajar"', "error_change valve_Ar:target",
     "RangeError"),
    ('change run:target "no such recipe"', "error_change run:target",
     "RangeError"),
    ('change run:target "' + "x" * 200 + '"', "error_change run:target",
     "RangeError"),
    ('do run:_start {"recipe":"nonsense"}', "error_do run:_start",
     "RangeError"),
    ("do run:_extend 1e9", "error_do run:_extend", "RangeError"),
    ("check heater:target 5000", "error_check heater:target", "RangeError"),
    ('check run:_start {"recipe":"nonsense"}', "error_check run:_start",
     "RangeError"),
    ('check run:target "no such recipe"', "error_check run:target",
     "RangeError"),
    ('logging heater "loud"', "error_logging heater", "RangeError"),
    ("do run:hold", "error_do run:hold", "Impossible"),
    ('do run:_answer "yes"', "error_do run:_answer", "Impossible"),
]


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    folder = tmp_path_factory.mktemp("node")
    d = Daemon(folder, "--config", secop.site_with(folder))
    yield d
    d.kill()


@pytest.fixture(scope="module", params=["unix", "tcp", "websocket"])
def client(node, request):
    c = secop.connect(node, request.param)
    yield c
    c.close()


@pytest.mark.parametrize("request_line,answer", ANSWERS,
                         ids=[r[:40] for r, _ in ANSWERS])
def test_answers(client, request_line, answer):
    client.send(request_line)
    line = client.line()
    assert re.fullmatch(answer, line), line[:300]


@pytest.mark.parametrize("request_line,head,kind", REFUSALS,
                         ids=[r[:40] for r, _, _ in REFUSALS])
def test_refuses(client, request_line, head, kind):
    client.send(request_line)
    line = client.line()
    assert line.startswith(head + " ["), line[:300]
    got, text, details = json.loads(line[len(head) + 1:])
    assert got == kind, line
    assert text and isinstance(details, dict)
    # Taken for news of a parameter, which has a time.
    if head.startswith("error_read"):
        assert 0 <= time.time() - details["t"] < 600
    assert kind in secop.CLASSES


def test_activation_of_a_module_is_of_that_module(client):
    client.send("activate heater")
    names = []
    while True:
        line = client.line()
        if not line.startswith(("update", "error_update")):
            break
        names.append(secop.report(line)[1])
    assert line == "active heater"
    assert {n.split(":")[0] for n in names} == {"heater"}
    assert len(set(names)) == len(names)
    client.send("deactivate heater")
    while client.line() != "inactive heater":
        pass


def test_activation_repeats_its_specifier(client):
    client.send("activate heater:value")
    while True:
        line = client.line()
        if not line.startswith(("update", "error_update")):
            break
    assert line == "active heater:value"
    client.send("*IDN?")
    while not client.line().startswith("ISSE"):
        pass


def test_a_line_that_is_too_long_is_refused_and_the_next_is_not(client):
    client.send("read " + "x" * 600_000)
    assert '"ProtocolError"' in client.line()
    client.send("ping 1")
    assert client.line().startswith("pong 1 ")


def test_many_requests_in_one_piece_are_answered_in_order(client):
    for i in range(300):
        client.send(f"ping {i}")
    for i in range(300):
        assert client.line().startswith(f"pong {i} ")


def test_all_that_is_sent_is_printable_ascii(client):
    client.send("describe")
    assert all(" " <= c <= "~" for c in client.line())


def test_raw_bytes_are_refused_as_what_they_are(node):
    with node.client() as c:
        for sent, kind in ((b"read heater\xff:value", "ProtocolError"),
                           (b"read heater:val\x07ue", "ProtocolError"),
                           (b'change run:target "\xff"', "BadJSON"),
                           (b'change run:target "\xc0\x80"', "BadJSON"),
                           (b'change run:target "\xed\xa0\x80"', "BadJSON")):
            c.socket.sendall(sent + b"\n")
            assert f'["{kind}",' in c.line()


def test_utf8_in_a_string_is_as_good_as_an_escape(node):
    with node.client() as c:
        c.socket.sendall('change run:target "glühen"\n'.encode())
        raw = c.line()
        c.send('change run:target "gl\\u00fchen"')
        assert c.line() == raw
        assert "RangeError" in raw


def test_older_versions_have_no_check(daemon, tmp_path):
    d = daemon("--config",
               secop.site_with(tmp_path, more="identify: 1.1\n"))
    with d.client() as c:
        c.send("check heater:target 30")
        assert c.line().startswith(
            'error_check heater:target ["ProtocolError"')


def test_a_version_that_there_is_not_is_a_mistake(daemon, tmp_path):
    d = daemon("--config",
               secop.site_with(tmp_path, more="identify: 3.0\n"), wait=False)
    assert d.process.wait(60) != 0
    d.reader.join(60)
    assert "2.0, 1.1, 1.0" in "\n".join(d.said)
