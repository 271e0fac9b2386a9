"""Drivers that are plugins: the example is built outside of the tree and used
by the real daemon, and each way in which one can be wrong is refused."""

import os
import re
import shutil
import subprocess

import pytest

from bench_supply import EXAMPLE, Supply, build_example, install, sh
from conftest import ROOT, program

SOURCE = (EXAMPLE / "bench_supply.c").read_text()


@pytest.fixture(scope="session")
def prefix(tmp_path_factory):
    return install(tmp_path_factory.mktemp("prefix"))


@pytest.fixture(scope="session")
def example(prefix, tmp_path_factory):
    return build_example(prefix, tmp_path_factory.mktemp("build"))


@pytest.fixture
def supply():
    one = Supply()
    yield one
    one.end()


class Site:
    """A configuration with a directory of plugins beside it."""

    def __init__(self, folder, bus="{type: tcp, host: 127.0.0.1, port: 1}",
                 driver="bench-supply"):
        self.plugins = folder / "plugins"
        self.plugins.mkdir(mode=0o755)
        self.file = folder / "site.yaml"
        self.file.write_text(
            "plugins: plugins\n"
            f"buses: {{bench: {bus}}}\n"
            "instruments:\n"
            f"  supply: {{driver: {driver}, bus: bench, every: 50 ms,"
            " params: {expect: 4711}}\n")

    def add(self, plugin, name=None):
        to = self.plugins / (name or plugin.name)
        shutil.copyfile(plugin, to)
        to.chmod(0o644)
        return to


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def gascelld(*words):
    done = subprocess.run([program("gascelld"), *map(str, words)],
                          capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def compile_plugin(prefix, to, *changes):
    """The example with some of its text replaced, as TO."""
    text = SOURCE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    to.with_suffix(".c").write_text(text)
    sh("cc", "-shared", "-fPIC", "-w", "-I", prefix / "include/gascell",
       to.with_suffix(".c"), "-o", to)
    to.chmod(0o644)
    return to


def refused(site, *words):
    """Both `config` and a start say all of it, and nothing is started."""
    for command in (["config"], ["run", "--db", site.file.parent / "log.db",
                                 "--socket", site.file.parent / "socket"]):
        code, _, said = gascelld(*command, "--config", site.file)
        assert code == 1, said
        for word in words:
            assert word in said
    assert not (site.file.parent / "log.db").exists()
    return said


# -- used ----------------------------------------------------------------

def test_the_example_is_an_instrument_like_the_others(
        example, supply, daemon, tmp_path):
    site = Site(tmp_path, supply.bus)
    site.add(example)
    d = daemon("--config", site.file)
    assert supply.heard[:3] == ["*IDN?", "OUTP 0", "VOLT 0"]
    with d.client(active=True) as client:
        client.wait(lambda v: v.get("supply_voltage:value") == 0)
        client.change("supply_setpoint:target", 5)
        client.change("supply_output:target", 1)
        client.wait(lambda v: v.get("supply_power:value") == 250)
        assert client.values["supply_setpoint:value"] == 5
        assert client.values["supply_current:value"] == 50
    heard = len(supply.heard)
    assert d.end() == 0
    supply.wait(lambda s: s.heard[-2:] == ["OUTP 0", "VOLT 0"])
    assert len(supply.heard) > heard and supply.on == 0
    rows = d.rows("SELECT count(*) FROM v_reading")
    assert rows[0][0] > 0


def test_its_instrument_is_lost_found_again_and_the_same(
        example, supply, daemon, tmp_path):
    site = Site(tmp_path, supply.bus)
    site.add(example)
    d = daemon("--config", site.file)
    supply.pull()
    d.wait_for("supply is lost")
    supply.identity = "ACME,PS30,4712,1.0"
    pulled = len(supply.heard)
    supply.plug_in()
    supply.wait(lambda s: s.heard.count("*IDN?") > 3)
    with supply.changed:
        asked = supply.heard[pulled:]
        supply.identity = "ACME,PS30,4711,1.0"
    assert not any(line.endswith("?") and line != "*IDN?" for line in asked)
    d.wait_for("supply is back")
    assert d.end() == 0


def test_drivers_lists_it_with_its_channels(example, site):
    site.add(example)
    code, out, _ = gascelld("drivers", "--config", site.file)
    assert code == 0
    assert re.search(r"^bench-supply +SCPI bench supply as a heater$", out,
                     re.M)
    code, out, _ = gascelld("drivers", "bench-supply", "--config", site.file)
    assert code == 0 and "setpoint" in out and "0 V .. 30 V" in out
    assert "bench-supply" not in gascelld("drivers")[1]


def test_driver_check_loads_it(example, tmp_path):
    plugin = tmp_path / "bench-supply.so"
    shutil.copy(example, plugin)
    plugin.chmod(0o644)
    code, out, _ = gascelld("driver", "check", plugin)
    assert code == 0 and "can be set, 0 V .. 30 V" in out
    plugin.chmod(0o666)
    code, _, said = gascelld("driver", "check", plugin)
    assert code == 1 and "can be written" in said


def test_a_log_does_not_load_code(example, supply, daemon, tmp_path):
    site = Site(tmp_path, supply.bus)
    site.add(example)
    d = daemon("--config", site.file)
    with d.client(active=True) as client:
        client.start("recipe: none\nsteps:\n  - note: hello\n")
        client.wait(lambda v: v.get("run:_state") in ("complete", "aborted"))
    d.end()
    code, _, said = gascelld("replay", d.db)
    assert code == 1 and "--plugins" in said
    code, out, said = gascelld("replay", d.db, "--plugins", site.plugins)
    assert code == 0 and "the same" in out, said


def test_what_is_no_shared_object_is_left_alone(example, site):
    site.add(example)
    (site.plugins / "README").write_text("bench-supply: ours")
    (site.plugins / ".hidden.so").write_text("an editor's")
    assert gascelld("config", "--config", site.file)[0] == 0


# -- refused -------------------------------------------------------------

@pytest.mark.parametrize("change,reason", [
    (("{ PLUGIN_HEAD,", "{ DRIVER_ABI + 1, PLUGIN_SIZES,"), "is made for ABI"),
    (("{ PLUGIN_HEAD,", "{ DRIVER_ABI, { 8 },"), "struct driver has 8 bytes"),
    (("{ PLUGIN_HEAD,", "{ DRIVER_ABI, { sizeof(struct driver),"
      " sizeof(struct channel), 1 },"), "struct device has 1 bytes"),
    (("const struct plugin gascell_plugin", "const struct plugin other"),
     "exports no gascell_plugin"),
    (("return wire_line(s->wire, words",
      "return no_such_function(s->wire, words"),
     "undefined symbol: no_such_function"),
    (('"bench-supply"', '"lines"'), "there is a driver lines already"),
    (('"bench-supply"', '"alicat"'), "there is a driver alicat already"),
    (('"bench-supply"', '"Bench Supply"'), "a driver's name"),
    (("&bench_supply, NULL", "&bench_supply, &bench_supply, NULL"),
     "is in it twice"),
    (("&bench_supply, NULL", "NULL"), "has 1 to 16 drivers"),
    ((".poll = supply_poll,", ""), "open, poll or safe is missing"),
    ((".write = supply_write,", ""), "channel setpoint: write is missing"),
    (('"voltage", QUANTITY_VOLTAGE', '"voltage", QUANTITY_N'),
     "channel voltage: an unknown quantity"),
    (('"voltage",', '"current",'), "channel current: is there twice"),
    ((".max = 30.0", ".max = -1.0"), "channel setpoint: its limits are empty"),
    ((".tolerance = 0.005", '.readback = "nowhere"'),
     "channel setpoint: its readback is no channel"),
])
def test_a_wrong_plugin_is_refused(prefix, site, change, reason):
    plugin = compile_plugin(prefix, site.plugins / "wrong.so", change)
    refused(site, f"site.yaml:1:10: plugins: {plugin}: ", reason)


def test_what_cannot_be_loaded_is_refused(site):
    plugin = site.plugins / "garbage.so"
    plugin.write_text("no shared object\n" * 1000)
    plugin.chmod(0o644)
    refused(site, f"{plugin}: ", "invalid ELF header")


def test_two_plugins_with_one_name_are_refused(example, site):
    site.add(example, "a.so")
    site.add(example, "b.so")
    said = refused(site, str(site.plugins / "b.so"),
                   "there is a driver bench-supply already")
    assert str(site.plugins / "a.so") not in said


def test_a_plugin_named_like_a_definition_of_the_site_is_refused(
        example, site):
    site.add(example)
    own = site.file.parent / "own"
    own.mkdir()
    text = (ROOT / "drivers/definitions/alicat.yaml").read_text()
    (own / "bench-supply.yaml").write_text(
        text.replace("definition: alicat", "definition: bench-supply"))
    site.file.write_text("definitions: own\n" + site.file.read_text())
    refused(site, "there is a driver bench-supply already")


@pytest.mark.parametrize("mode", [0o664, 0o646])
def test_a_plugin_that_others_can_write_is_refused(example, site, mode):
    plugin = site.add(example)
    plugin.chmod(mode)
    refused(site, f"{plugin}: can be written", "chmod go-w")


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o1777])
def test_a_directory_that_others_can_write_is_refused(example, site, mode):
    site.add(example)
    site.plugins.chmod(mode)
    refused(site, f"{site.plugins}: can be written")


def test_so_is_one_that_lies_in_such_a_directory(example, tmp_path):
    above = tmp_path / "above"
    above.mkdir()
    site = Site(above)
    site.add(example)
    above.chmod(0o777)
    refused(site, f"{above}: can be written")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give away")
@pytest.mark.parametrize("what", ["plugin", "directory"])
def test_what_belongs_to_somebody_else_is_refused(example, site, what):
    plugin = site.add(example)
    owned = plugin if what == "plugin" else site.plugins
    os.chown(owned, 12345, -1)
    refused(site, f"{owned}: belongs to user 12345")


def test_a_link_is_refused(example, site):
    (site.plugins / "link.so").symlink_to(example)
    refused(site, f"{site.plugins / 'link.so'}: is no ordinary file")


def test_a_directory_that_is_not_there_is_refused(site):
    site.plugins.rmdir()
    refused(site, f"plugins: {site.plugins}: No such file or directory")


def test_all_wrong_ones_are_told_at_once(prefix, site):
    compile_plugin(prefix, site.plugins / "a.so",
                   ("{ PLUGIN_HEAD,", "{ 99, PLUGIN_SIZES,"))
    (site.plugins / "b.so").write_text("garbage")
    (site.plugins / "b.so").chmod(0o644)
    refused(site, "a.so: is made for ABI 99", "b.so: ")


# -- the promise of the headers ------------------------------------------

def declared(header):
    text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S)
    text = re.sub(r"^#(\\\n|.)*", "", text, flags=re.M)
    text = re.sub(r"__attribute__\(\([^;]*?\)\)\)?\s", "", text)
    before = None
    while before != text:
        before, text = text, re.sub(r"\{[^{}]*\}", "{}", text)
    parts = [part.split("{}")[-1] for part in text.split(";")]
    return {m.group(1) for part in parts if "static inline" not in part
            and (m := re.search(r"\b(\w+)\s*\(", part))}


def test_what_the_headers_promise_is_exported(prefix):
    headers = sorted((prefix / "include/gascell").glob("*/*.h"))
    promised = set().union(*map(declared, headers))
    exported = {line.split()[-1] for line in
                sh("nm", "-D", "--defined-only", program("gascelld")
                   ).splitlines()}
    assert len(promised) > 100
    assert not promised - exported, "belongs into cmake/plugin_exports.list"


def test_the_headers_stand_alone(prefix, tmp_path):
    root = prefix / "include/gascell"
    for header in sorted(root.glob("*/*.h")):
        one = tmp_path / "one.c"
        one.write_text(f'#include "{header.relative_to(root)}"\n')
        sh("cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
           "-I", root, one)
