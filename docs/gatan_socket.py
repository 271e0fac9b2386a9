# $BACKGROUND$
"""A socket in DigitalMicrograph for gascelld, driver `digitalmicrograph`.

Open this file in a script window of GMS 3.4 or newer (File, New Script,
Python) and execute it. It serves the camera that is active when it starts, and
the beam blanker of the microscope that DigitalMicrograph is connected to. Where
SerialEM's plug-in is installed it is not needed: that speaks the same.

All numbers are little-endian. A request is

    i32 bytes, i32 function, i32 ..., i32 truth ..., f64 ..., text

and an answer

    i32 bytes, i32 status, i32 ..., i32 truth ..., f64 ...

where `bytes` counts all of it and status 0 is good. Below 0 nothing follows the
status.

     1  run a script: words, select_camera, text padded with NUL to words * 4;
        answers a f64. Three scripts are known and no other is run:
            EMSetBeamBlanked(0 or 1)
            Exit(EMGetBeamBlanked())
            Exit(CM_GetCameraName(CM_GetCurrentCamera())=="OneView")
     6  take a frame: pixels, width, height, processing (0 raw, 1 dark, 2 gain),
        binning, top, left, bottom, right, shutter, shutter delay, divide by 2,
        corrections; f64 exposure (s), settling (s). Answers pixels, width,
        height, parts; then 16 bits for each pixel, row by row. The client
        sends an empty request 24 before each part but the first.
     9  select a camera: from 0. There is one.
    10  read mode, f64 scaling: taken, without an effect
    11  how many cameras there are: 1
    12  camera; is it inserted?
    14  version

One thing is done at a time: during an exposure nobody is answered.
"""
import re
import socket
import struct

import DigitalMicrograph as DM

HOST, PORT = "0.0.0.0", 48890
ALLOW = ()              # addresses that may connect; none written: all
VERSION = 40000
PART = 32 * 1024 * 1024
REQUEST_MAX = 1024
SIDE_MAX = 8192

# Of each function's request: how many i32, truths among them, and f64.
SHAPES = {1: (2, 0), 6: (13, 2), 9: (1, 0), 10: (1, 1), 11: (0, 0),
          12: (1, 0), 14: (0, 0), 24: (0, 0)}

BLANK = re.compile(r"EMSetBeamBlanked\(([01])\)")
IS_BLANKED = "Exit(EMGetBeamBlanked())"
IS_NAME = re.compile(
    r'Exit\(CM_GetCameraName\(CM_GetCurrentCamera\(\)\)=="([^"\\]*)"\)')

BAD_FUNCTION, FAILED, TOO_LONG, WRONG_LENGTH = -1, -2, -5, -6
REFUSED = 1


class Refused(Exception):
    """The status of an answer that has nothing else to say."""


def answer(status=0, numbers=(), fractions=()):
    body = struct.pack(f"<i{len(numbers)}i{len(fractions)}d", status, *numbers,
                       *fractions)
    return struct.pack("<i", 4 + len(body)) + body


class Server:
    def __init__(self, client):
        self.client = client
        self.camera = DM.GetActiveCamera()
        self.microscope = DM.Py_Microscope()

    def receive(self, n):
        got = b""
        while len(got) < n:
            part = self.client.recv(n - len(got))
            if not part:
                raise EOFError
            got += part
        return got

    def request(self):
        """Function, i32 and f64 of one request, and its text."""
        size, = struct.unpack("<i", self.receive(4))
        if not 8 <= size <= REQUEST_MAX:
            raise EOFError      # it cannot be told where the next one begins
        bytes_ = self.receive(size - 4)
        function, = struct.unpack_from("<i", bytes_)
        if function not in SHAPES:
            raise Refused(BAD_FUNCTION)
        n, n_fractions = SHAPES[function]
        end = 4 + 4 * n + 8 * n_fractions
        if len(bytes_) < end:
            raise Refused(WRONG_LENGTH)
        numbers = struct.unpack_from(f"<{n}i", bytes_, 4)
        fractions = struct.unpack_from(f"<{n_fractions}d", bytes_, 4 + 4 * n)
        words = numbers[0] if function == 1 else 0
        if len(bytes_) != end + 4 * words:
            raise Refused(WRONG_LENGTH)
        return function, numbers, fractions, bytes_[end:]

    def run(self, numbers, fractions, text):
        script = text.split(b"\0")[0].decode("ascii", "replace").strip()
        blank, name = BLANK.fullmatch(script), IS_NAME.fullmatch(script)
        value = 0.0
        if blank:
            self.microscope.SetBeamBlanked(blank.group(1) == "1")
        elif script == IS_BLANKED:
            value = float(bool(self.microscope.GetBeamBlanked()))
        elif name:
            value = float(self.camera.GetName() == name.group(1))
        else:
            return answer(REFUSED, (), (0.0,))
        return answer(0, (), (value,))

    def expose(self, numbers, fractions, text):
        _, width, height, processing, binning, *area = numbers[:9]
        if not (0 < width <= SIDE_MAX and 0 < height <= SIDE_MAX and
                0 <= processing <= 2 and binning > 0):
            return answer(REFUSED, (0, 0, 0, 0))
        top, left, bottom, right = (binning * edge for edge in area)
        self.camera.PrepareForAcquire()
        image = self.camera.AcquireImage(fractions[0], binning, binning,
                                         processing + 1, top, left, bottom,
                                         right)
        pixels = image.GetNumArray().clip(0, 65535).astype("<u2")
        height, width = pixels.shape
        bytes_ = pixels.tobytes()
        parts = max(1, -(-len(bytes_) // PART))
        self.client.sendall(answer(0, (width * height, width, height, parts)))
        part = -(-len(bytes_) // parts)
        for at in range(0, len(bytes_), part):
            if at and self.request()[0] != 24:
                raise EOFError
            self.client.sendall(bytes_[at:at + part])
        return b""

    def select(self, numbers, fractions, text):
        return answer(0 if numbers[0] == 0 else REFUSED)

    def read_mode(self, numbers, fractions, text):
        return answer()

    def cameras(self, numbers, fractions, text):
        return answer(0, (1,))

    def is_inserted(self, numbers, fractions, text):
        return answer(0, (int(bool(self.camera.GetInserted())),))

    def version(self, numbers, fractions, text):
        return answer(0, (VERSION,))

    FUNCTIONS = {1: run, 6: expose, 9: select, 10: read_mode, 11: cameras,
                 12: is_inserted, 14: version}

    def serve_one(self):
        try:
            function, *rest = self.request()
            if function not in self.FUNCTIONS:
                raise Refused(BAD_FUNCTION)
            self.client.sendall(self.FUNCTIONS[function](self, *rest))
        except Refused as refused:
            self.client.sendall(answer(refused.args[0]))
        except (EOFError, OSError):
            raise
        except Exception as error:      # of DigitalMicrograph: say it, go on
            print(f"gascell: {error}")
            self.client.sendall(answer(FAILED))


def serve(listener):
    while True:
        client, address = listener.accept()
        with client:
            if ALLOW and address[0] not in ALLOW:
                continue
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server = Server(client)
            try:
                while True:
                    server.serve_one()
            except (EOFError, OSError):
                pass    # gone; the next one may come


def main():
    with socket.create_server((HOST, PORT)) as listener:
        print(f"gascell: listening at {listener.getsockname()[1]}", flush=True)
        serve(listener)


if __name__ == "__main__":
    main()
