"""UDP discovery: who looks for nodes finds this one, when it is configured."""

import json
import pathlib
import socket

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SITE = (ROOT / "site/default.yaml").read_text()
QUESTION = b'{"SECoP": "discover"}'


class Searcher:
    """Somebody else on the discovery port, as clients and nodes share it."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self.socket.bind(("", 0))
        self.socket.settimeout(30)
        self.port = self.socket.getsockname()[1]

    def hear(self):
        while True:
            packet, _ = self.socket.recvfrom(4096)
            assert len(packet) <= 508
            if json.loads(packet)["SECoP"] == "node":
                return json.loads(packet)

    def ask(self, packet=QUESTION):
        # From a port of its own: the shared one belongs to everybody.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            s.settimeout(30)
            s.sendto(packet, ("127.255.255.255", self.port))
            return json.loads(s.recv(4096))


@pytest.fixture
def searcher():
    one = Searcher()
    yield one
    one.socket.close()


def start(daemon, folder, port, discovery="yes"):
    site = folder / "site.yaml"
    site.write_text(SITE + "\nlisten: {address: '127.0.0.1:0', "
                    f"discovery: {discovery}, discovery_port: {port}}}\n")
    return daemon("--config", site)


def tcp_port(d):
    said = [s for s in d.said if "listening at tcp:" in s][0]
    return int(said.split("tcp:")[1].split()[0].rsplit(":", 1)[1])


def test_a_node_announces_itself(daemon, tmp_path, searcher):
    d = start(daemon, tmp_path, searcher.port)
    heard = searcher.hear()
    assert heard["port"] == tcp_port(d)
    assert heard["equipment_id"].startswith("gascell_")
    assert heard["firmware"].startswith("gascell ")
    assert heard["description"]


def test_a_node_answers_who_looks_for_it(daemon, tmp_path, searcher):
    d = start(daemon, tmp_path, searcher.port)
    searcher.hear()
    searcher.socket.close()
    assert searcher.ask()["port"] == tcp_port(d)


def test_packets_that_ask_nothing_are_not_answered(daemon, tmp_path, searcher):
    d = start(daemon, tmp_path, searcher.port)
    searcher.hear()
    searcher.socket.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(30)
        for nonsense in (b"", b"\xff" * 2000, b'{"SECoP":"node"}', b"[" * 900,
                         b'{"SECoP":{}}', b'{"discover":1}'):
            s.sendto(nonsense, ("127.0.0.1", searcher.port))
        # Only the question behind them has an answer.
        s.sendto(QUESTION, ("127.0.0.1", searcher.port))
        assert json.loads(s.recv(4096))["SECoP"] == "node"
        s.setblocking(False)
        with pytest.raises(BlockingIOError):
            s.recv(4096)
    assert d.end() == 0


def test_questions_are_not_answered_without_end(daemon, tmp_path, searcher):
    d = start(daemon, tmp_path, searcher.port)
    searcher.hear()
    searcher.socket.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for _ in range(300):
            s.sendto(QUESTION, ("127.0.0.1", searcher.port))
        with d.client() as c:
            c.ask("ping", "x")
        s.setblocking(False)
        n = 0
        try:
            while s.recv(4096):
                n += 1
        except BlockingIOError:
            pass
    assert n <= 60


def test_nobody_is_told_unless_it_is_configured(daemon, tmp_path, searcher):
    d = start(daemon, tmp_path, searcher.port, discovery="no")
    assert "udp:" not in "\n".join(d.said)
