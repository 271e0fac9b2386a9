"""A SECoP node that says what a test wants, for what is hard to bring about
with a real daemon: one thread, one client after the other."""

import json
import queue
import socket
import threading


class FakeNode:
    def __init__(self, where):
        """where: a path, or ("127.0.0.1", 0)."""
        family = socket.AF_INET if isinstance(where, tuple) else socket.AF_UNIX
        self.server = socket.socket(family, socket.SOCK_STREAM)
        self.server.bind(where)
        self.server.listen()
        self.address = self.server.getsockname()
        self.values = {}  # "run:_queue": value
        self.answers = {}  # "run:_queue_add": result, or an Exception
        self.modules = {}  # of the description
        self.asked = queue.Queue()  # (action, specifier, data)
        self.then = {}  # after a request: lines to send, by "action name"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self.server.close()

    def _serve(self):
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(peer,),
                             daemon=True).start()

    def _talk(self, peer):
        try:
            with peer, peer.makefile("rwb") as lines:
                for line in lines:
                    self._answer(line.decode().rstrip("\n"), lines)
                    lines.flush()
        except OSError:
            pass

    def _answer(self, line, out):
        action, _, rest = line.partition(" ")
        name, _, data = rest.partition(" ")
        data = json.loads(data) if data else None
        if action != "*IDN?":
            self.asked.put((action, name, data))
        for said in [*self._say(action, name), *self.then.get(
                f"{action} {name}".strip(), [])]:
            out.write(said.encode() + b"\n")

    def _say(self, action, name):
        stamp = {"t": 1795337424.5}
        if action == "*IDN?":
            return ["ISSE,SECoP,,v2.0"]
        if action == "describe":
            return ["describing . " + json.dumps({"modules": self.modules})]
        if action == "activate":
            return [f"update {key} " + json.dumps([value, stamp])
                    for key, value in self.values.items()
                    if not name or key.startswith(name + ":")] + [
                        f"active {name}".strip()]
        if action == "logging":
            return [f"logging {name} \"debug\""]
        if name == "daemon:_roles":
            roles = json.dumps({"modules": self.modules})
            return [f"done {name} " + json.dumps([roles, stamp])]
        if action == "read":
            return [self._report("reply", action, name, self.values, stamp)]
        return [self._report("done", action, name, self.answers, stamp)]

    def _report(self, good, action, name, table, stamp):
        value = table.get(name, KeyError())
        if isinstance(value, KeyError):
            kind = "NoSuchCommand" if action == "do" else "NoSuchParameter"
            value = ValueError(kind, f"there is no {name}")
        if isinstance(value, Exception):
            return f"error_{action} {name} " + json.dumps([*value.args, {}])
        return f"{good} {name} " + json.dumps([value, stamp])
