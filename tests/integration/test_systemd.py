"""What systemd is told, and what it may hand over."""

import os
import shutil
import socket
import subprocess

import pytest

from conftest import WITHIN, Client, program


def told(notify, what):
    while True:
        text = notify.recv(4096).decode()
        if what in text:
            return text


@pytest.fixture
def notify(tmp_path):
    """The socket at which systemd would listen."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(str(tmp_path / "notify"))
        s.settimeout(WITHIN)
        yield s


def test_ready_status_and_stopping(daemon, notify):
    d = daemon(env={"NOTIFY_SOCKET": notify.getsockname()})
    told(notify, "READY=1")
    assert "idle, level run" in told(notify, "STATUS=")
    assert d.end() == 0
    told(notify, "STOPPING=1")


def test_the_watchdog_is_fed(daemon, notify):
    daemon(env={"NOTIFY_SOCKET": notify.getsockname(),
                "WATCHDOG_USEC": "400000"})
    for _ in range(3):
        told(notify, "WATCHDOG=1")


def test_no_feeding_unless_asked_for(daemon, notify):
    d = daemon(env={"NOTIFY_SOCKET": notify.getsockname()})
    told(notify, "STATUS=")
    told(notify, "STATUS=")
    assert d.end() == 0
    notify.settimeout(0)
    rest = []
    with pytest.raises(BlockingIOError):
        while True:
            rest.append(notify.recv(4096).decode())
    assert not [text for text in rest if "WATCHDOG" in text]


@pytest.mark.parametrize("own", ["own", "given"])
def test_a_socket_from_systemd(tmp_path, own):
    """Also at the path where the daemon would listen by itself: that somebody
    listens there does not mean that another daemon runs."""
    activate = shutil.which("systemd-socket-activate")
    if not activate:
        pytest.skip("systemd-socket-activate is not installed")
    path = str(tmp_path / "given")
    process = subprocess.Popen(
        [activate, "-l", path, program("gascelld"), "run",
         "--db", tmp_path / "log.db", "--images", tmp_path / "images",
         "--socket", tmp_path / own],
        stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr:
            if "Listening" in line:
                break
        with Client(path) as c:
            c.ask("ping", "x")
        assert os.path.exists(path)
        assert not os.path.exists(tmp_path / "own")
    finally:
        process.terminate()
        process.stderr.read()
        assert process.wait(WITHIN) == 0
