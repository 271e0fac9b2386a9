"""A terminal with a program in it: what it draws ends up on a screen that can
be asked, what is typed goes to it."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

import pytest

pyte = pytest.importorskip("pyte")

WITHIN = 60


class Terminal:
    def __init__(self, command, env, folder, rows=24, columns=80):
        self.master, slave = pty.openpty()
        self._set_size(rows, columns)
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.bytes = b""
        self.process = subprocess.Popen(
            command, env={**env, "TERM": "linux"}, cwd=folder,
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)

    def _set_size(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, rows, columns):
        self.screen.resize(rows, columns)
        self._set_size(rows, columns)

    def type(self, keys):
        os.write(self.master, keys.encode())

    def echoes(self):
        """Does the terminal show what is typed, as a shell wants it?"""
        return bool(termios.tcgetattr(self.master)[3] & termios.ECHO)

    @property
    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self):
        return "\n".join(self.lines)

    def _read(self, deadline):
        """False: the program has closed the terminal."""
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.master], [], [], left)[0]:
            raise TimeoutError("the screen stays:\n" + self.text)
        try:
            got = os.read(self.master, 65536)
        except OSError:
            return False
        self.bytes += got
        # pyte 0.8 takes private modes it does not know for text; to repeat a
        # character, as xterm can, it does not know (hence TERM=linux).
        self.stream.feed(re.sub(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]", b"", got))
        return True

    def wait(self, is_it, within=WITHIN):
        """Until is_it(text of the screen), or a text is on it."""
        deadline = time.monotonic() + within
        wanted = is_it if callable(is_it) else lambda text: is_it in text
        while not wanted(self.text):
            if not self._read(deadline):
                raise AssertionError("it has ended:\n" + self.text)
        return self.text

    def end(self):
        """Its exit code, when it ends by itself."""
        deadline = time.monotonic() + WITHIN
        while self._read(deadline):
            pass
        os.close(self.master)
        return self.process.wait(WITHIN)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(WITHIN)
