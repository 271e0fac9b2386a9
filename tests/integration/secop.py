"""SECoP for tests: what a value of a datainfo looks like, and the ways to
talk to a node."""

import base64
import hashlib
import json
import os
import re
import socket
import struct

from conftest import Client

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}\Z")
FMTSTR = re.compile(r"%\.\d{1,2}[efg]\Z")
CLASSES = {
    "ProtocolError", "NoSuchModule", "NoSuchParameter", "NoSuchCommand",
    "ReadOnly", "NotCheckable", "WrongType", "RangeError", "BadJSON",
    "NotImplemented", "HardwareError", "CommandRunning",
    "CommunicationFailed", "TimeoutError", "IsBusy", "IsError", "Disabled",
    "Impossible", "ReadFailed", "OutOfRange", "InternalError"}


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def check_info(info, where):
    """Is it a datainfo of SECoP, with a bound for all that has one?"""
    kind = info["type"]
    known = {
        "double": {"min", "max", "unit", "fmtstr", "absolute_resolution",
                   "relative_resolution"},
        "int": {"min", "max", "unit"}, "bool": set(), "enum": {"members"},
        "string": {"minchars", "maxchars", "isUTF8"},
        "array": {"members", "minlen", "maxlen"}, "tuple": {"members"},
        "struct": {"members", "optional"},
        "command": {"argument", "result"}}
    assert set(info) - {"type"} <= known[kind], where
    if kind in ("double", "int"):
        assert is_number(info["min"]) and is_number(info["max"]), where
        assert info["min"] < info["max"], where
    if kind == "int":
        assert isinstance(info["min"], int) and isinstance(info["max"], int)
    if "fmtstr" in info:
        assert FMTSTR.match(info["fmtstr"]), where
    if "unit" in info:
        assert info["unit"].isascii(), where
    if kind == "string":
        assert 0 < info["maxchars"] <= 1 << 20, where
    if kind == "enum":
        members = info["members"]
        assert members and len(set(members.values())) == len(members), where
        lower = [name.lower() for name in members]
        assert len(set(lower)) == len(lower), where
    if kind == "array":
        assert 0 < info["maxlen"], where
        check_info(info["members"], where)
    if kind == "tuple":
        assert info["members"], where
        for member in info["members"]:
            check_info(member, where)
    if kind == "struct":
        assert info["members"], where
        assert set(info.get("optional", [])) <= set(info["members"]), where
        lower = [name.lower() for name in info["members"]]
        assert len(set(lower)) == len(lower), where
        for name, member in info["members"].items():
            assert NAME.match(name), where
            check_info(member, f"{where}.{name}")
    if kind == "command":
        for part in ("argument", "result"):
            if info.get(part):
                check_info(info[part], f"{where} {part}")


def check_value(info, value, where):
    """Is it a value of this datainfo? Limits of what is read are only what
    can be believed."""
    kind = info["type"]
    if kind == "double":
        assert is_number(value), where
    elif kind == "int":
        assert isinstance(value, int) and not isinstance(value, bool), where
        assert info["min"] <= value <= info["max"], where
    elif kind == "bool":
        assert isinstance(value, bool), where
    elif kind == "enum":
        assert value in info["members"].values(), where
    elif kind == "string":
        assert isinstance(value, str), where
        assert len(value) <= info["maxchars"], where
        assert info.get("isUTF8") or value.isascii(), where
    elif kind == "array":
        assert isinstance(value, list) and len(value) <= info["maxlen"], where
        for element in value:
            check_value(info["members"], element, where)
    elif kind == "tuple":
        assert len(value) == len(info["members"]), where
        for part, element in zip(info["members"], value):
            check_value(part, element, where)
    elif kind == "struct":
        assert set(value) == set(info["members"]), where
        for name, part in info["members"].items():
            check_value(part, value[name], f"{where}.{name}")
    else:
        raise AssertionError(f"{where}: {kind}")


class Web(Client):
    """The same client in frames of WebSocket."""

    MASK = b"\x12\x34\x56\x78"

    def __init__(self, where, origin=None):
        super().__init__(where, socket.AF_INET)
        self.shake(origin)

    def shake(self, origin):
        key = base64.b64encode(os.urandom(16))
        head = (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Key: " + key + b"\r\n")
        if origin:
            head += b"Origin: " + origin + b"\r\n"
        self.socket.sendall(head + b"\r\n")
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += self.take(1)
        self.status = int(answer.split()[1])
        if self.status == 101:
            proof = base64.b64encode(hashlib.sha1(
                key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
            assert proof in answer

    def take(self, n):
        got = b""
        while len(got) < n:
            more = self.socket.recv(n - len(got))
            if not more:
                raise ConnectionError("the daemon hung up")
            got += more
        return got

    def frame(self, first, payload):
        n = len(payload)
        head = bytes([first]) + (
            bytes([0x80 | n]) if n < 126 else
            b"\xfe" + struct.pack(">H", n) if n < 65536 else
            b"\xff" + struct.pack(">Q", n))
        self.socket.sendall(head + self.MASK + bytes(
            c ^ self.MASK[i & 3] for i, c in enumerate(payload)))

    def send(self, line):
        self.frame(0x81, line.encode())

    def hear(self):
        """Opcode, last one of its message, payload."""
        first, n = self.take(2)
        assert not n & 0x80 and not first & 0x70
        if n == 126:
            n, = struct.unpack(">H", self.take(2))
        elif n == 127:
            n, = struct.unpack(">Q", self.take(8))
        return first & 15, bool(first & 0x80), self.take(n)

    def line(self, deadline=None):
        text = b""
        while True:
            opcode, last, payload = self.hear()
            assert opcode in (0, 1), (opcode, payload)
            assert b"\n" not in payload
            text += payload
            if last:
                return self.note(text.decode())


def site_with(folder, listen="writes: yes, websocket: yes", more=""):
    """The built-in laboratory, which also listens on a TCP port."""
    import conftest

    text = (conftest.ROOT / "site/default.yaml").read_text()
    path = folder / "site.yaml"
    path.write_text(f"{text}\nlisten: {{address: '127.0.0.1:0', {listen}}}\n"
                    + more)
    return path


def tcp_address(d):
    said = [s for s in d.said if "listening at tcp:" in s][0]
    return "127.0.0.1", int(said.split("tcp:")[1].split()[0].rsplit(":")[-1])


def connect(d, way):
    if way == "unix":
        return Client(d.socket)
    if way == "tcp":
        return Client(tcp_address(d), socket.AF_INET)
    return Web(tcp_address(d))


def infos(client):
    """datainfo of every parameter: {"heater:value": {...}}."""
    return {f"{m}:{name}": a["datainfo"]
            for m, module in client.ask("describe")["modules"].items()
            for name, a in module["accessibles"].items()
            if a["datainfo"]["type"] != "command"}


def report(line):
    """action, specifier, the JSON behind them."""
    action, _, rest = line.partition(" ")
    specifier, _, data = rest.partition(" ")
    return action, specifier, json.loads(data) if data else None
