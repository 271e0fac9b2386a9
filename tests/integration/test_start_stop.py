"""Starting, being the only one, and ending."""

import os
import signal
import socket
import stat
import subprocess

from conftest import Daemon, program


def run(*options):
    done = subprocess.run([program("gascelld"), "run", *map(str, options)],
                          capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


def test_starts_answers_and_ends(daemon):
    d = daemon()
    with d.client() as c:
        assert c.ask("ping", "one")[0] is None
    assert d.end() == 0
    assert not os.path.exists(d.socket)


def test_the_socket_is_for_owner_and_group(daemon):
    d = daemon()
    assert stat.S_IMODE(os.stat(d.socket).st_mode) == 0o660


def test_says_where_everything_is(daemon):
    d = daemon()
    said = "\n".join(d.said)
    for where in (d.db, d.images, d.socket):
        assert str(where) in said


def test_makes_the_folders_it_needs(tmp_path):
    deep = tmp_path / "a" / "b"
    d = Daemon(deep)
    assert d.end() == 0
    assert (deep / "images").is_dir()


def test_a_second_daemon_at_the_same_socket_is_75(daemon, tmp_path):
    d = daemon()
    code, said = run("--db", tmp_path / "other.db", "--socket", d.socket)
    assert code == 75
    assert "another gascelld" in said
    assert not (tmp_path / "other.db").exists()


def test_a_second_daemon_with_the_same_log_is_75(daemon, tmp_path):
    d = daemon()
    code, _ = run("--db", d.db, "--socket", tmp_path / "other")
    assert code == 75
    with d.client() as c:
        c.ask("ping", "still")


def test_a_switch_called_heater_output_needs_no_heater(daemon, tmp_path):
    site = tmp_path / "site.yaml"
    site.write_text(
        "buses: {lab: {type: sim}}\n"
        "instruments: {chip: {driver: sim-heater, bus: lab}}\n"
        "roles: {heater.output: chip.output}\n")
    d = daemon("--config", site)
    with d.client(active=True) as c:
        c.wait(lambda v: v.get("heater_output:value") == 0)
    assert d.end() == 0


def test_a_socket_nobody_listens_at_is_replaced(daemon, tmp_path):
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(tmp_path / "socket"))
    dead.close()
    d = daemon()
    with d.client() as c:
        c.ask("ping", "here")


def test_a_file_in_the_way_is_left_alone(daemon, tmp_path):
    (tmp_path / "socket").write_text("precious")
    d = daemon(wait=False)
    assert d.process.wait(60) == 75
    assert (tmp_path / "socket").read_text() == "precious"


def test_a_configuration_with_mistakes_is_1(tmp_path):
    (tmp_path / "lab.yaml").write_text("laboratory: x\nnonsense: 1\n")
    code, said = run("--config", tmp_path / "lab.yaml",
                     "--db", tmp_path / "log.db")
    assert code == 1
    assert "lab.yaml:2:1" in said


def test_mistakes_on_the_command_line_are_2():
    for options in (["--sped", "1"], ["--speed", "0"], ["--speed", "x"],
                    ["word"]):
        assert run(*options)[0] == 2


def test_interrupt_ends_like_terminate(daemon):
    assert daemon().end(signal.SIGINT) == 0


def test_ends_while_clients_look(daemon):
    d = daemon()
    with d.client(active=True):
        assert d.end() == 0


def test_a_second_start_goes_on_in_the_same_log(daemon):
    d = daemon()
    assert d.end() == 0
    d = daemon()
    assert d.end() == 0
    assert d.rows("SELECT count(DISTINCT session) FROM v_event") == [(2,)]


def test_all_is_read_back_safe_before_the_socket_is_there(daemon):
    d = daemon()
    with d.client() as c:
        c.ask("ping", "x")
        first = c.ask("ping", "y")[1]["t"]
        assert c.read("run:_safe_confirmed") is True
    assert d.end() == 0
    sets = d.rows("SELECT channel, answer, readback, value, sent, readback_ns"
                  " FROM v_setpoint WHERE cause = 'start'")
    assert sets
    for channel, answer, readback, value, sent, at in sets:
        assert answer == "ok", channel
        assert sent is not None, channel
        assert readback == value, channel
        assert at // 1000 <= round(first * 1e6), channel
    assert d.rows("SELECT count(*) FROM v_event WHERE kind = 'safe' AND"
                  " text = 'everything was read back safe'")[0][0] >= 1
