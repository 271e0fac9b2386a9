"""Who may what, and who has control."""

import contextlib
import grp
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from conftest import ROOT, Client, Refused, program

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0,
                               reason="becomes other users")
LONG = "recipe: Wait\nsteps:\n  - wait: 10 min\n"

# Users and groups that every Debian has; no matter what for.
ALICE, BOB = 5, 13
GROUPS = {"observer": "audio", "operator": "video", "admin": "games"}


def config(tmp_path, text):
    """The built-in laboratory with more at its end."""
    path = tmp_path / "lab.yaml"
    path.write_text((ROOT / "site" / "default.yaml").read_text() + text)
    return path


@pytest.fixture
def folder():
    """One that other users reach."""
    path = pathlib.Path(tempfile.mkdtemp())
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@contextlib.contextmanager
def being(uid, *groups):
    """Connections made in here are this user's."""
    before = os.getgroups()
    os.setgroups([grp.getgrnam(g).gr_gid for g in groups])
    os.setegid(uid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(before)


def connect(d, uid, *groups):
    os.chmod(d.socket, 0o666)
    with being(uid, *groups):
        return Client(d.socket)


ACCESS = "access:\n" + "".join(
    f"  {right}: [{group}]\n" for right, group in GROUPS.items()
    if right != "observer")


def test_without_access_the_daemons_own_user_is_admin(daemon):
    with daemon().client() as c:
        you = c.read("daemon:_you")
        assert you["right"] == "admin"
        assert you["program"]


@ROOT_ONLY
def test_without_access_whoever_may_connect_operates(daemon, folder):
    with connect(daemon(folder=folder), ALICE) as c:
        assert c.read("daemon:_you")["right"] == "operator"
        c.change("valve_Ar:target", 1)


@ROOT_ONLY
@pytest.mark.parametrize("right", ["operator", "admin"])
def test_a_group_gives_its_right(daemon, folder, right):
    d = daemon("--config", config(folder, ACCESS), folder=folder)
    with connect(d, ALICE, GROUPS[right]) as c:
        assert c.read("daemon:_you")["right"] == right
        c.change("valve_Ar:target", 1)


@ROOT_ONLY
def test_who_is_in_no_group_may_look(daemon, folder):
    d = daemon("--config", config(folder, ACCESS), folder=folder)
    with connect(d, ALICE, "audio") as c:
        assert c.read("daemon:_you")["right"] == "observer"
        assert 10 < c.read("heater:value") < 40
        modules = c.ask("describe")["modules"]
        assert all(a.get("readonly", True) for m in modules.values()
                   for a in m["accessibles"].values())
        for action, name in (("change", "valve_Ar:target"),
                             ("do", "run:stop"), ("do", "run:_abort"),
                             ("do", "daemon:_lock_take")):
            with pytest.raises(Refused) as refused:
                c.ask(action, name, 1 if action == "change" else {"note": ""}
                      if "lock" in name else None)
            assert refused.value.kind in ("ReadOnly", "Disabled")


@ROOT_ONLY
def test_with_a_group_of_observers_others_are_turned_away(daemon, folder):
    d = daemon("--config",
               config(folder, ACCESS + "  observer: [audio]\n"),
               folder=folder)
    with connect(d, ALICE, "audio") as c:
        assert c.read("daemon:_you")["right"] == "observer"
    with connect(d, BOB) as c:
        assert c.line().startswith("error_*IDN?  [\"Disabled\"")
        with pytest.raises(ConnectionError):
            c.line()
    d.wait_for("is turned away")
    os.chmod(d.socket, 0o666)
    said = subprocess.run(
        [program("gascellctl"), "--socket", d.socket, "status"],
        user=BOB, group=BOB, extra_groups=[], capture_output=True, text=True)
    assert "in no group that this gascelld lets in" in said.stderr
    assert said.returncode != 0


def test_a_group_that_is_not_there_ends_the_start(daemon, tmp_path):
    d = daemon("--config",
               config(tmp_path, "access: {operator: [no-such-group]}\n"),
               wait=False)
    d.wait_for("there is no group 'no-such-group'")
    assert d.process.wait(30) != 0


@ROOT_ONLY
def test_the_log_names_user_and_program(daemon, folder):
    d = daemon(folder=folder)
    with connect(d, ALICE) as c:
        c.change("valve_Ar:target", 1)
        c.do("daemon:_lock_take", {"note": "mine"})
    assert d.end() == 0
    rows = d.rows("SELECT user, program, verb, args, outcome FROM v_command")
    program_name = pathlib.Path("/proc/self/comm").read_text().strip()
    assert rows[0][:3] == ("games", program_name, "set")
    assert rows[1] == ("games", program_name, "lock_take",
                       '{"note":"mine"}', "ok")


@ROOT_ONLY
def test_control_keeps_the_others_out_but_for_what_makes_safe(daemon, folder):
    d = daemon(folder=folder)
    with connect(d, ALICE) as alice, connect(d, BOB) as bob:
        alice.do("daemon:_lock_take", {"note": "overnight", "seconds": 600})
        lock = bob.read("daemon:_lock")
        assert (lock["holder"], lock["note"]) == ("games", "overnight")
        for ask in (lambda: bob.change("valve_Ar:target", 1),
                    lambda: bob.start(LONG),
                    lambda: bob.do("run:_reset"),
                    lambda: bob.do("daemon:_lock_release"),
                    lambda: bob.do("daemon:_lock_take", {"note": ""})):
            with pytest.raises(Refused) as refused:
                ask()
            assert refused.value.kind == "IsBusy"
            assert "games has control for another" in refused.value.text
            assert "overnight" in refused.value.text
        bob.read("heater:value")
        assert bob.do("run:_validate", {"recipe": LONG})["ok"]
        alice.start(LONG)
        bob.do("run:stop")
        bob.do("run:_abort")
        alice.do("daemon:_lock_release")
        bob.ask("activate")
        bob.wait(lambda v: v["run:_safe_confirmed"])
        bob.do("run:_reset")
        bob.change("valve_Ar:target", 1)
    assert d.end() == 0
    assert ("proxy", "lock_take") in d.rows(
        "SELECT user, verb FROM v_command WHERE outcome LIKE"
        " 'games has control%'")
    assert d.rows("SELECT text FROM v_event WHERE kind = 'control'") == [
        ("games has taken control: overnight",),
        ("games has given control back",)]


@ROOT_ONLY
def test_only_an_admin_takes_control_over(daemon, folder):
    d = daemon(folder=folder)
    with connect(d, ALICE) as alice, connect(d, BOB) as bob, \
            d.client() as root:
        alice.do("daemon:_lock_take", {"note": ""})
        with pytest.raises(Refused) as refused:
            bob.do("daemon:_lock_take", {"note": "", "force": True})
        assert refused.value.kind == "Disabled"
        with pytest.raises(Refused) as refused:
            root.do("daemon:_lock_take", {"note": ""})
        assert refused.value.kind == "IsBusy"
        root.do("daemon:_lock_take", {"note": "fire", "force": True})
        assert root.read("daemon:_lock")["holder"] == "root"
        with pytest.raises(Refused):
            alice.change("valve_Ar:target", 1)
    assert d.end() == 0
    assert d.rows("SELECT severity, text FROM v_event WHERE kind = 'control'"
                  )[-1] == ("warning",
                            "root has taken over control from games: fire")


@ROOT_ONLY
def test_control_is_kept_across_a_restart_and_runs_out(daemon, folder):
    d = daemon(folder=folder)
    with connect(d, ALICE) as alice:
        alice.do("daemon:_lock_take", {"note": "overnight", "seconds": 60})
        expires = alice.read("daemon:_lock")["expires"]
    assert d.end() == 0
    d = daemon(folder=folder, speed=100)
    with connect(d, ALICE) as alice, connect(d, BOB) as bob:
        assert bob.read("daemon:_lock") == {
            "holder": "games", "note": "overnight", "expires": expires}
        with pytest.raises(Refused):
            bob.start(LONG)
        bob.ask("activate")
        bob.wait(lambda v: v["daemon:_lock"]["holder"] == "")
        bob.start(LONG)
    assert d.end() == 0
    assert d.rows("SELECT text FROM v_event WHERE kind = 'control'")[-1] == (
        "the time of games is over: nobody has control",)
