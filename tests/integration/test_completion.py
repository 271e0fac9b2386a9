"""Completion in the shells themselves, on a terminal: a word is begun, the tab
key is pressed, and the line is looked at."""

import os
import pathlib
import shutil

import pytest

from conftest import ROOT, program
from fake_node import FakeNode
from test_cli import Operator
from test_cli_node import MODULES
from virtual_screen import Terminal

COMPLETION = ROOT / "completion"
STARTS = {
    "bash": (["bash", "--noprofile", "--norc", "-i"],
             f"source {COMPLETION}/gascellctl.bash"),
    "zsh": (["zsh", "-f", "-i"],
            f"fpath=({COMPLETION} $fpath); autoload -Uz compinit; "
            "compinit -u -D"),
    "fish": (["fish", "--no-config", "-i"],
             f"source {COMPLETION}/gascellctl.fish"),
}


@pytest.fixture(params=STARTS)
def shell(request, tmp_path):
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} is not installed")
    node = FakeNode(str(tmp_path / "socket"))
    node.modules = MODULES
    node.answers = {"run:_recipes": ["clean-cell", "hydrogen-nitrogen"]}
    op = Operator(tmp_path, node.address)
    op.env["PATH"] = f"{pathlib.Path(program('gascellctl')).parent}:" + \
        os.environ["PATH"]
    op.env["PS1"] = op.env["PROMPT"] = "> "
    op.env["INPUTRC"] = "/dev/null"
    command, prepare = STARTS[request.param]
    terminal = Terminal(command, op.env, tmp_path, rows=50, columns=100)
    # Said in two pieces, so that the line typed is not taken for the answer.
    terminal.type(f"{prepare}; echo rea'dy now'\n")
    terminal.wait("ready now")
    yield terminal
    terminal.kill()
    node.close()


def newest(text):
    """What stands on the line of the newest command."""
    lines = [line for line in text.splitlines() if "gascellctl " in line]
    return "gascellctl " + lines[-1].split("gascellctl ", 1)[1] if lines else ""


@pytest.mark.parametrize("typed,completed", [
    ("gascellctl pau", "gascellctl pause"),
    ("gascellctl queue rem", "gascellctl queue remove"),
    ("gascellctl start --lab", "gascellctl start --label"),
    ("gascellctl set valve.in", "gascellctl set valve.inlet"),
    ("gascellctl set valve.inlet op", "gascellctl set valve.inlet open"),
    ("gascellctl start hy", "gascellctl start hydrogen-nitrogen"),
    ("gascellctl monitor cell_p", "gascellctl monitor cell_pressure"),
])
def test_a_word_is_completed(shell, typed, completed):
    shell.type(typed + "\t")
    shell.wait(lambda text: newest(text).startswith(completed))


def test_all_verbs_are_listed(shell):
    shell.type("gascellctl \t")
    if "bash" in shell.process.args[0]:
        shell.type("\t")
    shell.wait(lambda text: "pause" in text and "monitor" in text)
