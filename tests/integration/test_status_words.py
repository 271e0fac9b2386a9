"""What an instrument says of itself, in words behind its numbers: readings
that are not true are no readings, and people are told in words."""

import socket
import threading

import pytest

from conftest import Refused
from test_cli import Operator

FRAME = "A +014.70 +024.90 +010.00 {flow} {setpoint:+07.2f}     N2{words}\r"


class Controller:
    """An Alicat behind an adapter; `words` is what it says of itself."""

    def __init__(self):
        self.words, self.flow, self.setpoint = "", "+010.00", 0.0
        self.asked_while_held = None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.bus = ("{type: tcp, host: 127.0.0.1,"
                    f" port: {self.listener.getsockname()[1]}}}")
        threading.Thread(target=self.run, daemon=True).start()

    def answer(self, line):
        if line == "A":
            words = f" {self.words}" if self.words else ""
            return FRAME.format(flow=self.flow, setpoint=self.setpoint,
                                words=words)
        if line.startswith("AFPF"):
            return "A +020.00 12 SCCM\r"
        if line == "AC":
            self.asked_while_held = self.setpoint
            self.words = self.words.replace("HLD", "").strip()
            return self.answer("A")
        if line.startswith("ALSS"):
            return "A U\r"
        if line.startswith("ALS "):
            self.setpoint = float(line[4:])
            return f"A +010.00 {self.setpoint:+07.2f} 12 SCCM\r"
        return "?\r"

    def run(self):
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            with line, line.makefile("r", newline="\r") as lines:
                try:
                    for heard in lines:
                        line.sendall(self.answer(heard.rstrip("\r")).encode())
                except OSError:
                    pass

    def end(self):
        self.listener.close()


@pytest.fixture
def controller():
    one = Controller()
    yield one
    one.end()


@pytest.fixture
def site(tmp_path, controller):
    file = tmp_path / "site.yaml"
    file.write_text(
        f"buses: {{gas: {controller.bus}}}\n"
        "instruments:\n"
        "  mfc: {driver: alicat, bus: gas, every: 50 ms,"
        " params: {expect: {gas: N2}}}\n")
    return file


def status(client):
    return client.values.get("mfc_flow:status")


def test_a_held_valve_is_said_in_words_everywhere(
        daemon, controller, site, tmp_path):
    d = daemon("--config", site)
    with d.client(active=True) as client:
        client.wait(lambda v: v.get("mfc_setpoint:value") == 0)
        controller.words = "HLD"
        client.wait(lambda v: v.get("mfc_flow:status", [0, ""])[0] == 200)
        assert status(client)[1].startswith("HLD: its valve is held")
        client.wait(lambda v: v.get("mfc_flow:value") == 10)
        with pytest.raises(Refused):
            client.read("mfc_setpoint:value")
        operator = Operator(tmp_path, d.socket)
        for verb in ("devices", "alarms"):
            assert "HLD: its valve is held where it is" in operator(verb).out
        controller.words = ""
        client.wait(lambda v: v.get("mfc_flow:status", [0, ""])[0] == 100)
        client.wait(lambda v: v.get("mfc_setpoint:value") == 0)


def test_a_held_valve_is_let_go_where_it_is_made_safe(
        daemon, controller, site):
    # It is held when it identifies: it is the same instrument all the same.
    controller.words, controller.setpoint = "HLD", 5.0
    d = daemon("--config", site)
    with d.client(active=True) as client:
        client.wait(lambda v: v.get("mfc_setpoint:value") == 0)
        assert status(client)[0] == 100
    assert controller.asked_while_held == 0


def test_more_than_it_can_tell_is_no_reading(daemon, controller, site):
    controller.flow, controller.words = "+128.00", "MOV"
    d = daemon("--config", site)
    with d.client(active=True) as client:
        client.wait(lambda v: v.get("mfc_flow:status", [0, ""])[0] == 400)
        assert status(client)[1].startswith("MOV: mass flow over its range")
        assert "mfc_flow:value" not in client.values
        client.wait(lambda v: v.get("mfc_setpoint:value") == 0)
