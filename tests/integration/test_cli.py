"""gascellctl as an operator uses it: every verb against the real daemon, what
it says when something is wrong, and its exit codes."""

import json
import os
import pty
import signal
import socket
import subprocess
import threading

import pytest

from conftest import RECIPES, ROOT, WITHIN, program

OK, FAILED, USAGE, NO_DAEMON, REFUSED, INTERRUPTED = 0, 1, 2, 3, 4, 130

ASKING = """\
recipe: A question
parameters: {to: 60 °C}
steps:
  - note: before the question
  - ask: {text: Sample in?, choices: [yes it is, no]}
  - ramp: {to: $to, rate: 20 °C/min}
  - hold: 10 min
"""
LONG = """\
recipe: A long hold
steps:
  - ramp: {to: 60 °C, rate: 100 °C/min}
  - hold: 10 h
"""


class Said:
    def __init__(self, process):
        self.code = process.returncode
        self.out, self.err = process.stdout, process.stderr

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]


class Operator:
    def __init__(self, folder, where=None):
        self.folder = folder
        self.env = {k: v for k, v in os.environ.items()
                    if not k.startswith(("GASCELL", "XDG"))}
        self.env.update(HOME=str(folder), TZ="UTC", LC_ALL="C.UTF-8")
        if where:
            self.env["GASCELL_SOCKET"] = str(where)

    def start(self, *words, **named):
        return subprocess.Popen(
            [program("gascellctl"), *map(str, words)], env=self.env,
            cwd=self.folder, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **named)

    def __call__(self, *words):
        process = self.start(*words)
        process.stdout, process.stderr = process.communicate(timeout=WITHIN)
        return Said(process)

    def recipe(self, text, name="recipe.yaml"):
        path = self.folder / name
        path.write_text(text)
        return path


@pytest.fixture
def alone(tmp_path):
    """An operator without a daemon."""
    return Operator(tmp_path)


@pytest.fixture
def lab(daemon, tmp_path):
    """An operator with a daemon on the simulated laboratory."""
    operator = Operator(tmp_path, daemon(speed=50).socket)
    return operator


def wait_until(daemon_socket, is_it):
    """Until the run's parameters are so, as told on the socket."""
    from conftest import Client
    with Client(daemon_socket) as client:
        client.ask("activate")
        return client.wait(is_it)


def state(operator, name):
    wait_until(operator.env["GASCELL_SOCKET"],
               lambda v: v.get("run:_state") == name)


def step(operator, part):
    wait_until(operator.env["GASCELL_SOCKET"],
               lambda v: part in v.get("run:_step_label", ""))


# -- without a daemon ---------------------------------------------------------


def test_without_a_daemon_it_says_how_to_start_one(alone):
    said = alone("--socket", "nowhere", "status")
    assert said.code == NO_DAEMON
    assert "no daemon at nowhere" in said.err
    assert "gascelld run" in said.err


def test_a_dead_socket_is_no_daemon(alone, tmp_path):
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(tmp_path / "dead"))
    assert alone("--socket", tmp_path / "dead", "status").code == NO_DAEMON


def test_something_else_at_the_socket_is_no_daemon(alone, tmp_path):
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(tmp_path / "other"))
        s.listen()

        def answer():
            peer, _ = s.accept()
            with peer:
                peer.recv(100)
                peer.sendall(b"220 mail ready\n")

        thread = threading.Thread(target=answer)
        thread.start()
        said = alone("--socket", tmp_path / "other", "status")
        thread.join(WITHIN)
    assert said.code == NO_DAEMON
    assert "not a SECoP node" in said.err


def test_help_needs_no_daemon_and_knows_every_verb(alone):
    listed = alone("help")
    assert listed.code == OK
    for verb in ("devices check start status watch pause resume skip extend "
                 "stop abort answer set replace runs show images events "
                 "export reset help version").split():
        assert f"\n  {verb} " in listed.out
        said = alone("help", verb)
        assert said.code == OK and f"gascellctl {verb}" in said.out
        assert alone(verb, "--help").out == said.out


def test_a_definition_is_checked_without_a_daemon(alone, tmp_path):
    good = ROOT / "drivers/definitions/alicat.yaml"
    said = alone("driver", "check", good)
    assert said.code == OK and "setpoint" in said.out
    bad = tmp_path / "bad.yaml"
    bad.write_text("definition: bad\nsumary: mistyped\n")
    said = alone("driver", "check", "bad.yaml")
    assert said.code == FAILED
    assert "bad.yaml:2:1: " in said.err
    found = alone("--json", "driver", "check", bad)
    assert found.code == FAILED
    assert found.json["ok"] is False and "bad.yaml:2:1: " in found.json["text"]


@pytest.mark.parametrize("words,why", [
    (["statsu"], "did you mean 'status'?"),
    (["frobnicate"], "there is no verb"),
    ([], "what shall be done?"),
    (["start"], "RECIPE is missing"),
    (["status", "now"], "too many words"),
    (["status", "-n", "3"], "does not take --last"),
    (["runs", "--lats", "3"], "did you mean --last?"),
    (["start", "x", "-p", "pressure"], "NAME=VALUE"),
    (["extend", "soon"], "a time is written like"),
    (["extend", "5"], "no unit"),
    (["set", "heater"], "a role and a value"),
    (["help", "strat"], "did you mean 'start'?"),
])
def test_mistakes_on_the_command_line(alone, words, why):
    said = alone(*words)
    assert said.code == USAGE
    assert why in said.err
    assert said.out == ""


def test_failures_are_json_as_well(alone):
    said = alone("--socket", "nowhere", "status", "--json")
    assert said.code == NO_DAEMON
    assert said.json["ok"] is False and said.json["exit"] == NO_DAEMON
    assert "no daemon" in said.json["error"]


def test_a_recipe_that_is_no_file_is_refused_before_a_daemon_is_asked(alone):
    said = alone("start", "./none.yaml")
    assert said.code == FAILED
    assert "none.yaml" in said.err


# -- the laboratory -----------------------------------------------------------


def test_devices_have_values_with_units_and_ages(lab):
    said = lab("devices", "--json")
    roles = {one["role"]: one for one in said.json}
    assert roles["heater"]["unit"] == "degC"
    assert 10 < roles["heater"]["value"] < 40
    assert 0 <= roles["heater"]["age_s"] < 5
    assert roles["beam"]["word"] == "blanked"
    assert "°C" in lab("devices").out


def test_devices_on_a_pipe_go_on_as_one_list_per_line(lab):
    process = lab.start("devices", "--watch", "--json")
    for _ in range(2):
        roles = json.loads(process.stdout.readline())
        assert any(one["role"] == "heater" for one in roles)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=WITHIN)
    assert process.returncode == INTERRUPTED


@pytest.mark.parametrize("words,unit,value", [
    (["gas.Ar", "5", "sccm"], "sccm", 5),
    (["gas.Ar 5 sccm"], "sccm", 5),
    (["gas_Ar", "5e-3 slm"], "sccm", 5),
    (["valve.inlet", "open"], "", 1),
    (["valve.inlet=open"], "", 1),
])
def test_set_changes_a_setpoint(lab, words, unit, value):
    said = lab("set", *words, "--json")
    assert said.code == OK
    assert (said.json["unit"], said.json["target"]) == (unit, value)


@pytest.mark.parametrize("words,code,why", [
    (["gas.Ra", "5 sccm"], USAGE, "did you mean 'gas.Ar'?"),
    (["gas.Ar", "5"], USAGE, "no unit"),
    (["gas.Ar", "5 Torr"], USAGE, "flow is wanted"),
    (["valve.inlet", "ajar"], USAGE, "closed or open"),
    (["cell_pressure", "5 Torr"], REFUSED, "only be read"),
    (["gas.H2", "5000 sccm"], FAILED, "maximum"),
])
def test_what_cannot_be_set(lab, words, code, why):
    said = lab("set", *words)
    assert said.code == code
    assert why in said.err


def test_status_of_an_idle_laboratory(lab):
    said = lab("status")
    assert said.code == OK
    assert said.out.startswith("idle ")
    assert "beam      blanked" in said.out
    assert "\033" not in said.out


@pytest.mark.parametrize("words,offered", [
    (["trace", ""], ["lab"]),
    (["set", "valve.inl"], ["valve.inlet"]),
    (["set", "valve.inlet", ""], ["closed", "open"]),
    (["start", "clean"], ["clean-cell"]),
    (["monitor", "daem"], ["daemon"]),
])
def test_completion_knows_the_laboratory(lab, words, offered):
    said = lab("complete", "--", *words)
    assert [line.split("\t")[0] for line in said.out.splitlines()] == offered


def test_recipes_of_the_library_are_listed(lab):
    assert "hydrogen-nitrogen\n" in lab("recipes").out
    assert "clean-cell" in lab("recipes", "--json").json


def test_control_is_taken_shown_and_given_back(lab):
    assert "nobody has the lock" in lab("lock").out
    said = lab("lock", "aligning the column", "--for", "2 h")
    assert said.code == OK and "has the lock: aligning the column" in said.out
    assert "aligning the column (until" in lab("status").out
    assert lab("unlock").code == OK
    assert lab("lock", "--json").json["holder"] == ""


def test_the_queue_runs_what_it_is_given(lab):
    lab.recipe("recipe: First\nsteps:\n  - note: one\n", "one.yaml")
    lab.recipe(LONG, "long.yaml")
    assert lab("queue", "add", "one.yaml").code == OK
    said = lab("queue", "add", "long.yaml", "-l", "chip 7", "--json")
    assert said.json["ok"]
    rows = lab("queue").out.splitlines()
    assert "First" in rows[1] and "chip 7" in rows[2]
    entry = str(said.json["id"])
    assert lab("queue", "move", entry, "1").code == OK
    assert "chip 7" in lab("queue").out.splitlines()[1]
    assert lab("queue", "move", entry, "2").code == OK
    assert lab("queue", "go").code == OK
    state(lab, "running")
    wait_until(lab.env["GASCELL_SOCKET"],
               lambda v: v.get("run:_recipe") == "A long hold")
    assert lab("queue", "add", "one.yaml").code == OK
    assert "queue     1 waits, next: First" in lab("status").out
    assert lab("queue", "hold").code == OK
    said = lab("queue")
    assert "the queue is held" in said.out and "queue go" in said.out
    assert lab("abort").code == OK
    assert lab("queue", "go").code == REFUSED


# -- recipes ------------------------------------------------------------------


def test_check_tells_the_course(lab):
    said = lab("check", RECIPES / "vacuum-anneal-stem.yaml")
    assert said.code == OK
    assert "Vacuum anneal" in said.out and "images" in said.out


def test_check_as_json(lab):
    said = lab("check", RECIPES / "vacuum-anneal-stem.yaml", "--json")
    assert said.json["ok"] and said.json["problems"] == []
    assert said.json["seconds"] > 3600 and said.json["images"] > 0


def test_check_tells_all_mistakes_with_their_places(lab):
    path = lab.recipe("recipe: x\nsteps:\n  - hold: 5\n  - rmap: 5\n", "x.yaml")
    said = lab("check", "x.yaml")
    assert said.code == FAILED
    lines = said.err.splitlines()
    assert lines[0].startswith("x.yaml:3:") and len(lines) >= 2
    problems = lab("check", path, "--json").json["problems"]
    assert [p["line"] for p in problems][:2] == [3, 4]
    assert problems[0]["column"] > 0 and problems[0]["message"]


def test_start_refuses_what_check_refuses(lab):
    lab.recipe("recipe: x\nsteps:\n  - hold: 5\n", "x.yaml")
    said = lab("start", "x.yaml")
    assert said.code == FAILED
    assert said.err.startswith("x.yaml:3:")
    assert lab("status").out.startswith("idle ")


def test_a_recipe_brings_what_it_includes(lab):
    lab.recipe("recipe: y\nsteps:\n  - note: from y\n", "y.yaml")
    lab.recipe("recipe: x\nsteps:\n  - include: y\n", "x.yaml")
    assert lab("start", "x.yaml", "--watch").code == OK
    assert "from y" in lab("events", "1").out


def test_mistakes_in_an_included_recipe_name_it(lab):
    lab.recipe("recipe: y\nsteps:\n  - note: 5\n  - hold: 5\n", "y.yaml")
    lab.recipe("recipe: x\nsteps:\n  - include: y\n", "x.yaml")
    assert "y:4:" in lab("check", "x.yaml").err


def test_a_name_of_the_library_takes_parameters(lab):
    if not lab("check", "clean-cell").code == OK:
        pytest.skip("this build is not in the source tree: no library")
    said = lab("check", "hydrogen-nitrogen", "-p", "pressure=50 Torr")
    assert said.code == OK and "50 Torr" in said.out


def test_an_unknown_parameter_names_the_known_one(lab):
    lab.recipe(ASKING)
    said = lab("check", "recipe.yaml", "-p", "too=50 °C")
    assert said.code == FAILED and "did you mean 'to'?" in said.err


# -- a run --------------------------------------------------------------------


def test_a_whole_run_from_start_to_images(lab):
    lab.recipe("recipe: One image\nsteps:\n  - image: {count: 1}\n",
               "one.yaml")
    said = lab("start", "one.yaml", "--label", "chip ü", "--watch")
    assert said.code == OK, said.err
    assert "run 1: complete" in said.out
    images = lab("images", "--json").json
    assert len(images) == 1 and images[0]["ok"] == 1
    assert images[0]["temperature_C_mean"] is not None
    table = lab("images").out
    assert table.splitlines()[0].split()[:3] == ["#", "begin", "step"]
    runs = lab("runs", "--json").json
    assert runs[0]["state"] == "complete" and runs[0]["label"] == "chip ü"
    assert "chip ü" in lab("show").out


def test_a_run_that_is_over_at_once_is_shown_as_it_was(lab):
    lab.recipe("recipe: Only a note\nsteps:\n  - note: hello\n")
    for run in 1, 2:
        assert lab("start", "recipe.yaml", "--watch").code == OK
        assert f"complete  Only a note (run {run})" in lab("status").out
        assert "hello" in lab("events", run).out


def test_pause_resume_extend_skip_answer(lab):
    lab.recipe(ASKING)
    assert lab("start", "recipe.yaml", "-p", "to=50 °C").code == OK
    step(lab, "Sample in?")
    assert "asks" in lab("status").out
    said = lab("answer")
    assert said.code == USAGE and "'yes it is', 'no'" in said.err
    assert lab("answer", "perhaps").code == USAGE
    assert lab("answer", "YES", "it", "is").code == OK
    step(lab, "hold at 50")
    assert "15 min" in lab("extend", "5", "min").out
    assert "14 min" in lab("extend", "-1 min").out
    assert lab("pause").out.startswith("paus")
    state(lab, "paused")
    assert lab("pause").code == REFUSED
    assert lab("resume").out.startswith("running")
    assert lab("skip").code == OK
    state(lab, "complete")
    assert lab("answer", "no").code == REFUSED
    verbs = [one["verb"] for one in lab("show", "--json").json["commands"]]
    assert {"start", "answer", "extend", "pause", "resume"} <= set(verbs)


def test_while_a_run_is_active_it_owns_the_instruments(lab):
    lab.recipe(LONG)
    assert lab("start", "recipe.yaml").code == OK
    assert lab("start", "recipe.yaml").code == REFUSED
    said = lab("set", "heater", "30 °C")
    assert said.code == REFUSED and "gascellctl stop" in said.err
    assert lab("stop").code == OK


def test_stop_ends_in_order_and_watch_says_so(lab):
    lab.recipe(LONG)
    assert lab("start", "recipe.yaml").code == OK
    watcher = lab.start("watch")
    step(lab, "hold")
    assert lab("stop").code == OK
    out, _ = watcher.communicate(timeout=WITHIN)
    assert watcher.returncode == FAILED
    assert "stopped" in out.splitlines()[-1]
    assert lab("stop").code == REFUSED


def test_abort_waits_until_all_is_safe_and_wants_a_reset(lab):
    lab.recipe(LONG)
    assert lab("start", "recipe.yaml").code == OK
    said = lab("abort")
    assert said.code == OK and "confirmed its safe setting" in said.out
    assert said.out.startswith("aborted by the operator")
    assert "TRIPPED" in lab("status").out
    said = lab("start", "recipe.yaml")
    assert said.code == REFUSED and "gascellctl reset" in said.err
    said = lab("reset")
    assert said.code == OK and said.out.startswith("released")
    assert lab("start", "recipe.yaml").code == OK


def test_an_abort_without_a_run_says_so(lab):
    lab.recipe("recipe: Short\nsteps:\n  - note: the end\n")
    assert lab("start", "recipe.yaml").code == OK
    state(lab, "complete")
    said = lab("abort")
    assert said.code == OK and "confirmed its safe setting" in said.out
    assert said.out.startswith("no run was active\n")


def test_replace_takes_over_the_rest(lab):
    lab.recipe(LONG)
    lab.recipe("recipe: Short\nsteps:\n  - note: the end\n", "short.yaml")
    assert lab("replace", "short.yaml").code == REFUSED
    assert lab("start", "recipe.yaml").code == OK
    said = lab("replace", "short.yaml")
    assert said.code == OK and "takes over" in said.out


def test_watch_as_json_is_one_document_per_line(lab):
    lab.recipe("recipe: x\nsteps:\n  - note: hello\n"
               "  - ramp: {to: 40 °C, rate: 100 °C/min}\n")
    said = lab("start", "recipe.yaml", "--watch", "--json")
    assert said.code == OK
    assert said.lines[0]["run"] == 1
    assert said.lines[-1]["run"]["state"] == "complete"
    assert "heater" in said.lines[-1]["roles"]


def test_watch_of_an_idle_daemon_says_what_to_do(lab):
    said = lab("watch")
    assert said.code == REFUSED and "gascellctl start" in said.err


def test_who_stops_watching_leaves_the_run_alone(lab):
    lab.recipe(LONG)
    watcher = lab.start("start", "recipe.yaml", "--watch")
    step(lab, "hold")
    watcher.send_signal(signal.SIGINT)
    out, _ = watcher.communicate(timeout=WITHIN)
    assert watcher.returncode == INTERRUPTED
    assert "the run goes on" in out
    assert lab("status", "--json").json["run"]["state"] == "running"


def read_all(fd):
    got = b""
    while True:
        try:
            piece = os.read(fd, 65536)
        except OSError:
            return got
        if not piece:
            return got
        got += piece


def test_who_cannot_type_gets_lines(lab):
    lab.recipe("recipe: x\nsteps:\n"
               "  - ramp: {to: 40 °C, rate: 100 °C/min}\n")
    lab.env["TERM"] = "xterm"
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [program("gascellctl"), "start", "recipe.yaml", "--watch"],
        env=lab.env, cwd=lab.folder, stdin=subprocess.DEVNULL, stdout=slave,
        stderr=slave)
    os.close(slave)
    out = read_all(master).decode()
    os.close(master)
    assert process.wait(WITHIN) == OK
    assert "ramp to 40 °C" in out and "\033[H" not in out
    assert out.rstrip().endswith("run 1: complete")


def test_no_color_means_none(lab):
    lab.env.update(TERM="xterm", NO_COLOR="1")
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [program("gascellctl"), "status"], env=lab.env, cwd=lab.folder,
        stdin=subprocess.DEVNULL, stdout=slave, stderr=slave)
    os.close(slave)
    out = read_all(master)
    os.close(master)
    assert process.wait(WITHIN) == OK
    assert b"idle" in out and b"\033" not in out


def test_a_killed_daemon_ends_the_watch_and_leaves_the_log(daemon, tmp_path):
    running = daemon(speed=50)
    lab = Operator(tmp_path, running.socket)
    lab.recipe(LONG)
    watcher = lab.start("start", "recipe.yaml", "--watch")
    step(lab, "hold")
    running.kill()
    _, err = watcher.communicate(timeout=WITHIN)
    assert watcher.returncode == NO_DAEMON
    assert "when the daemon starts again" in err
    assert lab("status").code == NO_DAEMON
    said = lab("runs")
    assert said.code == NO_DAEMON and "--database" in said.err
    said = lab("runs", "--database", running.db)
    assert said.code == OK and "not ended" in said.out


def test_after_a_crash_it_says_what_happened(daemon, tmp_path):
    running = daemon(speed=50)
    lab = Operator(tmp_path, running.socket)
    lab.recipe(LONG)
    assert lab("start", "recipe.yaml").code == OK
    step(lab, "hold")
    running.kill()
    daemon(speed=50)
    assert "interrupted" in lab("runs").out
    assert "TRIPPED" in lab("status").out
    assert lab("reset").code == OK


# -- looking back -------------------------------------------------------------


@pytest.fixture
def past(lab):
    """A run that is over."""
    lab.recipe(ASKING.replace("60 °C", "40 °C").replace("10 min", "1 min"))
    assert lab("start", "recipe.yaml").code == OK
    step(lab, "Sample in?")
    assert lab("answer", "yes it is").code == OK
    state(lab, "complete")
    return lab


def test_looking_back(past):
    shown = past("show").out
    assert "A question" in shown and "ramp to 40" in shown
    assert past("show", "1").out == shown == past("show", "last").out
    assert past("show", "--recipe").out == (past.folder /
                                            "recipe.yaml").read_text()
    assert len(past("events", "--json").lines) >= 2
    assert len(past("events", "-n", "1", "--json").lines) == 1
    assert "no image" in past("images").out


def test_the_past_of_a_reading(past):
    said = past("history", "heater")
    assert said.code == OK
    assert said.out.startswith("time,lowest,highest\n2")
    said = past("history", "haeter")
    assert said.code == FAILED and "did you mean 'heater'?" in said.err


def test_there_is_no_such_run(past):
    said = past("show", "99")
    assert said.code == FAILED and "the newest is 1" in said.err
    assert past("show", "abc").code == USAGE


def test_export_writes_all_readings(past):
    said = past("export", "1")
    rows = said.out.splitlines()
    assert said.code == OK and rows[0].startswith("time,")
    assert "heater [°C]" in rows[0]
    assert len(rows) > 50
    assert all(row.count(",") == rows[0].count(",") for row in rows)
    assert past("export", "1", "-o", "x.csv").code == OK
    assert (past.folder / "x.csv").read_text() == said.out


def test_an_export_that_fails_leaves_no_file(past):
    said = past("export", "-o", "/nosuch/x.csv")
    assert said.code == FAILED and "/nosuch/x.csv" in said.err


def test_a_file_that_is_no_log_is_refused(alone, tmp_path):
    (tmp_path / "x").write_text("hello")
    said = alone("runs", "--database", "x")
    assert said.code == FAILED
    assert (tmp_path / "x").read_text() == "hello"


def test_a_full_disk_is_no_success(past):
    with open("/dev/full", "w") as full:
        process = subprocess.run(
            [program("gascellctl"), "show"], env=past.env, stdout=full,
            stderr=subprocess.DEVNULL, timeout=WITHIN)
    assert process.returncode == FAILED
