"""The manual pages: they are well formed, and they say what the programs'
own tables say, in both directions."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAN = ROOT / "docs" / "man"
PAGES = sorted(MAN.iterdir())
# Keys of mappings that a person names: an instrument, a role.
NAMED = {"buses", "instruments", "gases", "roles", "limits", "safe"}


def program(name):
    """From the environment (ctest), or the newest build."""
    given = os.environ.get(name.upper())
    if given:
        return given
    built = list(ROOT.glob(f"build/*/{name}"))
    if not built:
        pytest.skip(f"{name} is not built")
    return str(max(built, key=lambda path: path.stat().st_mtime))


def page(name):
    return (MAN / name).read_text()


def section(text, name):
    """From one .Sh to the next."""
    return text.split(f"\n.Sh {name}\n", 1)[1].split("\n.Sh ", 1)[0]


def items(text):
    """What stands behind Ic on .It lines."""
    return [word for line in text.splitlines() if line.startswith(".It ")
            for word in re.findall(r"Ic (\S+)", line)]


def said(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=60,
                          check=False).stdout


def options_of(text):
    """--name of help texts, and Fl -name of pages."""
    return {name for pair in re.findall(r"(?<!\S)--([a-z-]+)|Fl -([a-z-]+)",
                                        text) for name in pair if name}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_is_well_formed(path):
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not installed")
    found = said("mandoc", "-Tlint", str(path))
    assert [line for line in found.splitlines()
            if "referenced manual not found" not in line] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_pages_refer_to_pages_that_exist(path):
    for name, number in re.findall(r"\.Xr (\S+) (\d)", path.read_text()):
        assert (MAN / f"{name}.{number}").exists(), name


def told():
    return json.loads(said(program("gascellctl"), "help", "--json"))


def test_every_verb_is_on_its_page_and_no_other():
    lines = [line for line in section(page("gascellctl.1"), "VERBS").splitlines()
             if line.startswith(".It Ic ")]
    on_page = sorted(re.split(r" (Ar|Op|Cm)\b", line[len(".It Ic "):])[0]
                     for line in lines)
    assert on_page == sorted(one["verb"] for one in told()["verbs"])


def test_every_option_of_gascellctl_is_on_its_page_and_no_other():
    table = told()
    rows = table["everywhere"] + [row for verb in table["verbs"]
                                  for row in verb["options"]]
    text = section(page("gascellctl.1"), "OPTIONS")
    lines = "\n".join(line for line in text.splitlines()
                      if line.startswith(".It "))
    assert options_of(lines) == {row["name"] for row in rows}
    for row in rows:
        if row["letter"]:
            assert f"Fl {row['letter']} , Fl -{row['name']}" in lines


def test_every_command_of_gascelld_is_on_its_page_with_its_options():
    listed = re.findall(r"^  ([a-z]+) ", said(program("gascelld"), "help"),
                        re.M)
    text = section(page("gascelld.8"), "COMMANDS")
    parts = re.split(r"^\.It Ic ", text, flags=re.M)[1:]
    on_page = {part.split()[0]: part for part in parts}
    assert sorted(on_page) == sorted(listed)
    for command, part in on_page.items():
        if command in ("help", "version"):
            continue
        items_ = "\n".join(line for line in part.splitlines()
                           if line.startswith(".It "))
        text = said(program("gascelld"), command, "--help")
        table = "\n".join(line for line in text.splitlines()
                          if re.match(r" +(-\w, )?--", line))
        assert options_of(items_) == options_of(
            table.replace("-c, ", "")) - {"help"}, command


def verbs_of_recipes():
    table = "".join(f.read_text() for f in (ROOT / "engine").glob("verbs*.c"))
    keys = {}
    for verb, rest in re.findall(
            r"\[([A-Z_]+)\] = \{ verb_\w+,\s*(KEYS\([^)]*\)|NULL)", table):
        keys[verb.lower()] = re.findall(r'"(\w+)"', rest)
    return keys


def test_every_verb_of_recipes_is_on_its_page_with_its_keys():
    text = section(page("gascell-recipe.5"), "STEPS")
    parts = {part.split()[0]: part
             for part in re.split(r"^\.It Ic ", text, flags=re.M)[1:]}
    table = verbs_of_recipes()
    assert sorted(parts) == sorted(table) and len(table) > 10
    for verb, keys in table.items():
        on_page = set(re.findall(r"Cm (\S+)", parts[verb]))
        assert set(keys) <= on_page, verb
        # What has no table of keys takes them by other rules.
        assert not keys or on_page - set(keys) <= {"rapid"}, verb


def test_every_key_of_recipes_is_on_its_page_and_no_other():
    source = (ROOT / "engine" / "document.c").read_text()
    table = re.search(r"\"recipe\",[^}]*", source).group(0)
    assert sorted(items(section(page("gascell-recipe.5"), "KEYS"))) == sorted(
        re.findall(r'"(\w+)"', table))


def printed_keys():
    """Of the configuration in force, but names that people give."""
    keys, above = set(), []
    for line in said(program("gascelld"), "config").splitlines():
        found = re.match(r"( *)([a-z_]+):(?: |$)", line)
        if not found:
            continue
        above = above[:len(found.group(1)) // 2]
        in_phase = above[:1] == ["phases"] and len(above) > 1
        if not in_phase and (not above or above[0] not in NAMED):
            keys.add(found.group(2))
        above.append(found.group(2))
    return keys


def read_keys():
    """Tables of keys in what reads the parts that have names in between."""
    keys = {"type"}
    for name in ("instruments", "interlocks", "limits", "safe", "channels",
                 "people"):
        source = (ROOT / "site" / f"config_{name}.c").read_text()
        for table in re.findall(
                r"const char \*const (?:known|known_keys|level_keys|keys|"
                r"right_names)\[[^]]*\] = \{(.*?)\}", source, re.S):
            keys |= set(re.findall(r'"(\w+)"', table))
    return keys


def test_every_key_of_the_configuration_is_on_its_page_and_no_other():
    on_page = set(items(section(page("gascell.yaml.5"), "KEYS")))
    keys = printed_keys() | read_keys()
    assert len(keys) > 60
    assert sorted(keys - on_page) == []
    assert sorted(on_page - keys) == []
