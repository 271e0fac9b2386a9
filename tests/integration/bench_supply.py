"""A SCPI bench supply on a TCP port, and the plugin of docs/plugin-example
that talks to it, built as somebody outside of this tree would."""

import pathlib
import socket
import subprocess
import threading

from conftest import ROOT, program

EXAMPLE = ROOT / "docs/plugin-example"


class Supply:
    """Answers on a port of its own; heard: the lines that came."""

    def __init__(self, identity="ACME,PS30,4711,1.0"):
        self.identity = identity
        self.volts, self.on = 0.0, 0
        self.silent = False
        self.stuck = False
        self.heard = []
        self.changed = threading.Condition()
        self.peers = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._serve, args=(self.server,),
                         daemon=True).start()

    @property
    def bus(self):
        return f"{{type: tcp, host: 127.0.0.1, port: {self.port}}}"

    def _serve(self, server):
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            self.peers.append(peer)
            threading.Thread(target=self._talk, args=(peer,),
                             daemon=True).start()

    def _talk(self, peer):
        try:
            for line in peer.makefile("r", encoding="latin-1"):
                answer = self._obey(line.strip())
                if answer is not None and not self.silent:
                    peer.sendall(answer.encode() + b"\n")
        except (OSError, ValueError):
            pass

    def _obey(self, line):
        answers = {
            "*IDN?": self.identity,
            "VOLT?": f"{self.volts:.3f}",
            "MEAS:VOLT?": f"{self.volts * self.on:.3f}",
            "MEAS:CURR?": f"{self.volts * self.on / 100:.4f}",
            "OUTP?": str(self.on),
        }
        with self.changed:
            self.heard.append(line)
            word, _, value = line.partition(" ")
            if self.stuck:
                pass
            elif word == "VOLT":
                self.volts = float(value)
            elif word == "OUTP":
                self.on = int(value)
            self.changed.notify_all()
        return answers.get(line)

    def wait(self, is_it, within=60):
        with self.changed:
            assert self.changed.wait_for(lambda: is_it(self), within)

    def pull(self):
        """The cable: connections break, and nobody listens any more."""
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        for peer in self.peers:
            try:
                peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            peer.close()
        self.peers = []

    def plug_in(self):
        self.server = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._serve, args=(self.server,),
                         daemon=True).start()

    def end(self):
        try:
            self.pull()
        except OSError:
            pass


def sh(*words, cwd=None):
    done = subprocess.run([str(w) for w in words], cwd=cwd, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    return done.stdout


def install(folder):
    """What a plugin needs, as `cmake --install` puts it there."""
    build = pathlib.Path(program("gascelld")).parent
    sh("cmake", "--install", build, "--component", "plugin", "--prefix",
       folder)
    return folder


def build_example(prefix, folder):
    """The example's shared object, built out of tree."""
    sh("cmake", "-S", EXAMPLE, "-B", folder, f"-DCMAKE_PREFIX_PATH={prefix}")
    sh("cmake", "--build", folder)
    return folder / "bench-supply.so"
