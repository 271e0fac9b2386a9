"""Stands in for the module that scripts have inside DigitalMicrograph: one
camera of 64 x 48 pixels and a beam. What happens is printed, one word a line;
lines of JSON on standard input change what it does."""

import array
import json
import sys
import threading
import time

WIDTH, HEIGHT = 64, 48
behaves = {"refusals": 0, "inserted": True, "breaks": False}


def listen():
    for line in sys.stdin:
        behaves.update(json.loads(line))
        say("told")


def say(word):
    print(word, flush=True)


class Pixels:
    """As much of numpy's arrays as is needed."""

    def __init__(self, values, shape):
        self.values, self.shape = values, shape

    def clip(self, low, high):
        return Pixels([min(max(v, low), high) for v in self.values], self.shape)

    def astype(self, kind):
        assert kind == "<u2"
        return self

    def tobytes(self):
        return array.array("H", [int(v) for v in self.values]).tobytes()


class Image:
    def __init__(self, values, shape):
        self.pixels = Pixels(values, shape)

    def GetNumArray(self):
        return self.pixels


class Camera:
    def GetName(self):
        return "OneView"

    def GetInserted(self):
        return behaves["inserted"]

    def PrepareForAcquire(self):
        pass

    def AcquireImage(self, exposure, x_binning, y_binning, processing, top,
                     left, bottom, right):
        say("exposing")
        time.sleep(exposure)
        say("exposed")
        if behaves["breaks"]:
            raise RuntimeError("the camera does not answer")
        rows = range(top // y_binning, bottom // y_binning)
        columns = range(left // x_binning, right // x_binning)
        # Below 0 and above 16 bits there is something as well.
        values = [-5 if (x, y) == (0, 0) else 70000 if (x, y) == (1, 0)
                  else 100 * y + x for y in rows for x in columns]
        return Image(values, (len(rows), len(columns)))


class Microscope:
    blanked = False

    def SetBeamBlanked(self, blanked):
        if behaves["refusals"]:
            behaves["refusals"] -= 1
            say("refused")
            return
        if blanked != Microscope.blanked:
            say("blanked" if blanked else "unblanked")
        Microscope.blanked = blanked

    def GetBeamBlanked(self):
        return Microscope.blanked


def GetActiveCamera():
    return Camera()


def Py_Microscope():
    return Microscope()


threading.Thread(target=listen, daemon=True).start()
