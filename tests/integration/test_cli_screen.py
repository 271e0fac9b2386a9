"""The full screen of `watch`, on a terminal that can be read."""

import json

import pytest

from conftest import WITHIN, program
from fake_node import FakeNode
from test_cli import ASKING, FAILED, INTERRUPTED, LONG, OK, Operator, lab, \
    state, step
from virtual_screen import Terminal

assert lab  # a fixture


@pytest.fixture
def terminal():
    """terminal(operator, words...) starts gascellctl on one."""
    started = []

    def start(operator, *words, **size):
        started.append(Terminal([program("gascellctl"), *words],
                                operator.env, operator.folder, **size))
        return started[-1]

    yield start
    for one in started:
        one.kill()


def test_watch_fills_the_screen_and_leaves_it(lab, terminal):
    lab.recipe(LONG)
    assert lab("start", "recipe.yaml", "--label", "chip ü").code == OK
    t = terminal(lab, "watch")
    t.wait("q quit")
    t.wait("hold at 60 °C")
    text = t.wait("in its band")
    assert t.lines[0].startswith("running   A long hold (run 1, chip ü)")
    assert "progress  [" in text and "°C" in text and "▁" in text
    assert "▶  0:00" in text
    assert "p pause  r resume" in t.lines[-1]
    t.type("q")
    assert t.end() == INTERRUPTED
    assert "the run goes on" in t.text
    assert lab("status", "--json").json["run"]["state"] == "running"


def test_keys_pause_resume_extend_and_skip(lab, terminal):
    lab.recipe(LONG)
    assert lab("start", "recipe.yaml").code == OK
    t = terminal(lab, "watch")
    t.wait("in its band")
    t.type("p")
    t.wait("it pauses")
    state(lab, "paused")
    t.type("p")
    t.wait(lambda text: text.splitlines()[-1].strip() and
           "it pauses" not in text)
    t.type("r")
    state(lab, "running")
    t.type("++-")
    t.wait("of 10 h 01 min")
    t.type("s")
    t.wait("end the present step now?")
    t.type("n")
    t.wait("left as it is")
    t.type("sy")
    assert t.end() == OK
    assert "run 1: complete" in t.text


def test_abort_asks_first(lab, terminal):
    lab.recipe(LONG)
    assert lab("start", "recipe.yaml").code == OK
    t = terminal(lab, "watch")
    t.wait("in its band")
    t.type("A")
    t.wait("ABORT")
    t.type("\x1b")
    t.wait("left as it is")
    assert lab("status", "--json").json["run"]["state"] == "running"
    t.type("Ay")
    assert t.end() == FAILED
    assert "run 1: aborted" in t.text and "gascellctl reset" in t.text


def test_a_question_is_answered_by_its_number(lab, terminal):
    lab.recipe(ASKING)
    assert lab("start", "recipe.yaml", "-p", "to=50 °C").code == OK
    t = terminal(lab, "watch")
    text = t.wait("Sample in?")
    t.wait("2: no")
    t.type("a9")
    t.wait("not answered")
    t.type("a1")
    step(lab, "hold at 50")
    t.wait(lambda text: "Sample in?  (a," not in text)
    assert "asks      Sample in?" in text


def test_it_follows_the_size_of_the_terminal(lab, terminal):
    lab.recipe(LONG)
    assert lab("start", "recipe.yaml").code == OK
    t = terminal(lab, "watch", rows=40, columns=120)
    t.wait("in its band")
    assert "p pause" in t.lines[39]
    t.resize(10, 40)
    t.wait(lambda text: "p r s +/- a A q" in text.splitlines()[-1])
    assert t.lines[0].startswith("running   A long hold")
    t.resize(3, 20)
    t.wait(lambda text: text.splitlines()[-1].startswith("p r s"))
    t.resize(24, 80)
    t.wait(lambda text: "p pause" in text.splitlines()[-1])


def test_a_title_that_is_too_long_is_cut(lab, terminal):
    lab.recipe("recipe: " + "x" * 100 + "\nsteps:\n  - hold: 10 h\n")
    assert lab("start", "recipe.yaml").code == OK
    t = terminal(lab, "watch", columns=60)
    t.wait("p r s +/- a A q")
    assert t.lines[0] == "running   " + "x" * 49 + "…"


def test_a_terminal_without_utf8_gets_ascii(lab, terminal):
    lab.recipe(LONG)
    lab.env.update(LC_ALL="C")
    assert lab("start", "recipe.yaml").code == OK
    t = terminal(lab, "watch")
    t.wait("in its band")
    t.wait("60.0 oC")
    t.type("q")
    assert t.end() == INTERRUPTED
    assert all(byte < 0x80 for byte in t.bytes)


def test_no_color_draws_without_colours(lab, terminal):
    lab.recipe(LONG)
    lab.env.update(NO_COLOR="1")
    assert lab("start", "recipe.yaml").code == OK
    t = terminal(lab, "watch")
    t.wait("in its band")
    t.wait("q quit")
    assert all(cell.fg == "default" and not cell.bold
               for row in t.screen.buffer.values() for cell in row.values())
    lab.env.pop("NO_COLOR")
    t = terminal(lab, "watch")
    t.wait("in its band")
    assert t.screen.buffer[0][0].fg == "green"


def test_a_terminal_that_is_not_known_gets_lines(lab, terminal):
    lab.recipe("recipe: x\nsteps:\n  - note: hello\n")
    t = terminal(lab, "start", "recipe.yaml", "--watch")
    t.process.wait(60)
    assert t.end() == OK
    lab.recipe(LONG)
    lab.env["TERMINFO"] = "/nowhere"
    assert lab("start", "recipe.yaml").code == OK
    t = Terminal(["env", "TERM=nosuch", program("gascellctl"), "watch"],
                 lab.env, lab.folder)
    t.wait("ramp to 60")
    assert lab("stop").code == OK
    assert t.end() == FAILED
    assert b"\x1b[H" not in t.bytes


def test_a_daemon_that_dies_gives_the_terminal_back(daemon, tmp_path,
                                                    terminal):
    running = daemon(speed=50)
    op = Operator(tmp_path, running.socket)
    op.recipe(LONG)
    assert op("start", "recipe.yaml").code == OK
    t = terminal(op, "watch")
    t.wait("in its band")
    assert not t.echoes()
    running.kill()
    t.process.wait(WITHIN)
    assert t.echoes()
    assert t.end() == 3
    assert "when the daemon starts again" in t.text.replace("\n", " ")
    assert t.bytes.rstrip().endswith(b"gascellctl events")


def test_alarms_and_the_lock_stand_at_the_top(tmp_path, terminal):
    node = FakeNode(str(tmp_path / "socket"))
    node.values = {
        "run:_state": "running", "run:status": [300, "running: hold"],
        "run:_run": 3, "run:_recipe": "AuRu", "run:_label": "",
        "run:_level": "run", "run:_step": 4, "run:_step_count": 40,
        "run:_step_label": "hold", "run:_progress": 0.25,
        "run:_plan": json.dumps([
            {"step": 1 + 4 * i, "steps": 4, "start": 60 * i, "seconds": 60,
             "longest": 0, "images": i % 2, "tail": i == 9,
             "label": f"section {i}"} for i in range(10)]),
        "daemon:_alarms": json.dumps([
            {"id": 3, "t": 1.0, "text": "gas.N2 is silent",
             "severity": "alarm", "state": "unacknowledged", "until": 0,
             "by": ""}]),
        "daemon:_lock": {"holder": "alice", "note": "aligning",
                         "expires": 1795341024.5},
        "run:_queue": json.dumps([{"id": 7, "recipe": "Next one",
                                   "state": "waiting"}]),
        "run:_queue_state": "held: a trip",
    }
    op = Operator(tmp_path, node.address)
    t = terminal(op, "watch", rows=30)
    t.wait("q quit")
    assert t.lines[1].startswith("ALARM     gas.N2 is silent")
    assert t.lines[2].startswith("locked    by alice: aligning (until 09:50)")
    assert "1 waits, next: Next one; held: a trip" in t.text
    assert "section 8" in t.text and "section 9" not in t.text
    out = op("status").out
    assert "ALARM     gas.N2 is silent" in out and "by alice" in out
    node.close()


def test_devices_are_drawn_anew(lab, terminal):
    t = terminal(lab, "devices", "--watch", rows=60)
    t.wait("q quit")
    t.wait(lambda text: " min" not in text)
    assert lab("set", "gas.Ar", "5 sccm").code == OK
    t.wait(lambda text: any(
        line.split()[:3] == ["gasbox.ar_setpoint", "5.000", "sccm"]
        for line in text.splitlines()))
    t.resize(10, 30)
    t.wait(lambda text: text.splitlines()[0].startswith("role"))
    t.type("q")
    assert t.end() == INTERRUPTED


def test_trends_begin_before_the_watch(lab, terminal):
    lab.recipe(LONG)
    assert lab("start", "recipe.yaml").code == OK
    step(lab, "hold")
    t = terminal(lab, "watch", columns=100)
    t.wait(lambda text: any("heater" in line and "to 6" in line and
                            "▁" in line and "█" in line
                            for line in text.splitlines()))


def test_history_is_drawn_and_its_texts_are_harmless(tmp_path, terminal):
    node = FakeNode(str(tmp_path / "socket"))
    node.values = {"run:_state": "idle"}
    node.answers = {"run:_history": json.dumps({
        "unit": "K\x1b[2J", "t": [1795337400.0 + i for i in range(60)],
        "min": list(range(60)), "max": list(range(60))})}
    op = Operator(tmp_path, node.address)
    t = terminal(op, "history", "heater")
    assert t.end() == OK
    assert "█" in t.text and "\\x1b[2J" in t.text
    assert b"\x1b[2J" not in t.bytes
    assert "from 2026-11-22 08:50:00" in t.text.replace("\n", " ")
    node.close()


def test_what_a_daemon_says_cannot_draw(tmp_path, terminal):
    bad = "\x1b[2J\x1b]0;x\x07"
    node = FakeNode(str(tmp_path / "socket"))
    node.values = {
        "run:_state": "running", "run:status": [300, f"running: {bad}"],
        "run:_run": 3, "run:_recipe": bad, "run:_label": bad,
        "run:_level": "run", "run:_step": 1, "run:_step_label": bad,
        "run:_prompt": bad, "run:_choices": [bad], "run:_gas_inlet": bad,
        "run:_plan": json.dumps([{"step": 1, "steps": 4, "label": bad}]),
        "daemon:_alarms": json.dumps([
            {"id": 3, "text": bad, "state": "unacknowledged"}]),
        "daemon:_lock": {"holder": bad, "note": bad, "expires": 0},
        "run:_queue": json.dumps([{"id": 7, "recipe": bad,
                                   "state": "waiting"}]),
        "run:_queue_state": f"held: {bad}",
    }
    op = Operator(tmp_path, node.address)
    t = terminal(op, "watch", rows=40, columns=200)
    t.wait("q quit")
    t.type("q")
    assert t.end() == INTERRUPTED
    for verb in "status", "queue", "alarms", "lock":
        assert "\x1b" not in op(verb).out
    assert b"\x1b]0;" not in t.bytes and b"\x07" not in t.bytes
    node.close()
