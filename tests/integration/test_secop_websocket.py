"""WebSocket on the TCP port: what RFC 6455 demands, and who is let in."""

import socket
import struct

import pytest

import secop
from conftest import Client, Daemon


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    folder = tmp_path_factory.mktemp("node")
    d = Daemon(folder, "--config", secop.site_with(folder))
    yield d
    d.kill()


@pytest.fixture
def web(node):
    with secop.connect(node, "websocket") as c:
        yield c


def closing(web):
    """The code with which the daemon ends it, behind all else."""
    while True:
        opcode, _, payload = web.hear()
        if opcode == 8:
            break
    with pytest.raises(ConnectionError):
        web.take(1)
    return struct.unpack(">H", payload)[0] if payload else None


def test_plain_lines_still_work_beside_it(node):
    with secop.connect(node, "tcp") as c:
        c.send("*IDN?")
        assert c.line().startswith("ISSE")


def test_a_beginning_may_come_byte_by_byte(node):
    with secop.connect(node, "tcp") as c:
        for byte in b"GETS x\n":
            c.socket.sendall(bytes([byte]))
        assert c.line().startswith("error_GETS x")


def test_a_description_is_one_message(web):
    assert "run" in web.ask("describe")["modules"]


def test_fragments_are_one_request(web):
    web.frame(0x01, b"read ")
    web.frame(0x00, b"heater")
    web.frame(0x80, b":value")
    assert web.line().startswith("reply heater:value")


def test_pings_are_answered_within_a_message(web):
    web.frame(0x01, b"ping ")
    web.frame(0x89, b"are you there")
    assert web.hear() == (10, True, b"are you there")
    web.frame(0x80, b"7")
    assert web.line().startswith("pong 7")


def test_a_close_is_answered(web):
    web.frame(0x88, struct.pack(">H", 1000) + b"bye")
    assert closing(web) == 1000


@pytest.mark.parametrize("first,payload,code", [
    (0x82, b"binary", 1003), (0x83, b"", 1002), (0x80, b"x", 1002),
    (0xC1, b"x", 1002), (0x09, b"x", 1002), (0x81, b"\xff", 1007),
    (0x88, b"x", 1002)])
def test_what_is_wrong_ends_it_with_its_code(web, first, payload, code):
    web.frame(first, payload)
    assert closing(web) == code


def test_frames_must_be_masked(web):
    web.socket.sendall(b"\x81\x01x")
    assert closing(web) == 1002


def test_frames_have_a_bound(web):
    web.socket.sendall(b"\x81\xff" + struct.pack(">Q", 1 << 40) + web.MASK)
    assert closing(web) == 1009


def test_a_message_that_is_too_long_is_refused_and_the_next_is_not(web):
    web.frame(0x81, b"ping " + b"x" * 600_000)
    assert "ProtocolError" in web.line()
    assert web.ask("ping", "1")


def test_updates_come_as_frames(web):
    web.ask("activate", "heater")
    seen = web.values["heater:value"]
    web.wait(lambda v: v["heater:value"] != seen)


@pytest.mark.parametrize("origin,status", [
    (b"http://127.0.0.1:8000", 101), (b"http://evil.example", 403),
    (b"null", 403)])
def test_pages_of_other_machines_are_not_let_in(node, origin, status):
    with secop.Web(secop.tcp_address(node), origin) as c:
        assert c.status == status


def test_an_http_request_that_is_none_of_ours_is_told_so(node):
    with Client(secop.tcp_address(node), socket.AF_INET) as c:
        c.socket.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert c.line() == "HTTP/1.1 426 Upgrade Required\r"


def test_without_it_http_is_a_message_like_any_other(daemon):
    d = daemon("--listen", "127.0.0.1:0")
    with secop.connect(d, "tcp") as c:
        c.send("GET / HTTP/1.1\r")
        assert c.line().startswith("error_GET / [\"ProtocolError\"")


def test_the_end_of_the_daemon_is_told(daemon, tmp_path):
    d = daemon("--config", secop.site_with(tmp_path))
    with secop.connect(d, "websocket") as c:
        c.ask("activate")
        assert d.end() == 0
        assert closing(c) == 1001
