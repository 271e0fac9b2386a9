"""The Debian package and what systemd is given: installed, started, removed in
a root of its own (an overlay of this machine's), which needs root."""

import os
import pathlib
import re
import subprocess

import pytest

from conftest import ROOT, WITHIN, program

BUILD = pathlib.Path(program("gascelld")).parent
UNITS = BUILD / "systemd"

INSIDE = r"""
set -e
dpkg -i /tmp/gascell.deb
echo "== installed"
id gascell
ls -l /etc/gascell/laboratory.yaml
stat -c '%U:%G %a %n' /run/gascell /var/lib/gascell
systemctl is-enabled gascelld.service gascelld.socket
gascelld config --config /etc/gascell/laboratory.yaml >/dev/null
gascellctl --version

# What the unit does, without systemd: the same command, user and folders.
start=$(sed -n 's/^ExecStart=//p' /usr/lib/systemd/system/gascelld.service)
setpriv --reuid gascell --regid gascell --init-groups \
	env STATE_DIRECTORY=/var/lib/gascell RUNTIME_DIRECTORY=/run/gascell \
	$start 2>/tmp/said &
daemon=$!
until grep -q 'gascelld: ready' /tmp/said; do
	kill -0 $daemon || { cat /tmp/said; exit 1; }
	sleep 0.1
done
echo "== started"
gascellctl status
gascellctl check vacuum-anneal-stem
gascellctl set gas.N2 '0 sccm'
sqlite3 /var/lib/gascell/gascell.db \
	"SELECT 'asked by ' || user || ' with ' || program FROM v_command"
kill $daemon
wait $daemon
after=$(sed -n 's/^ExecStopPost=//p' /usr/lib/systemd/system/gascelld.service)
setpriv --reuid gascell --regid gascell --init-groups $after
echo "== stopped"

dpkg -r gascell
echo "== removed"
ls /usr/bin/gascell* /usr/lib/systemd/system/gascell* 2>/dev/null || true
ls /etc/gascell/laboratory.yaml /var/lib/gascell
dpkg -P gascell
echo "== purged"
find /etc /usr /run /var/lib -path '*gascell*' -not -path '/usr/src/*' \
	-not -path '/usr/local/*' -prune 2>/dev/null
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What was said between the marks, from the package to its end."""
    folder = tmp_path_factory.mktemp("package")
    if os.geteuid() != 0:
        pytest.skip("installing a package needs root")
    if subprocess.run(["unshare", "-m", "true"]).returncode:
        pytest.skip("no file system of its own can be made here")
    made = subprocess.run(
        ["cpack", "--config", BUILD / "CPackConfig.cmake", "-B", folder],
        capture_output=True, text=True, cwd=BUILD)
    assert made.returncode == 0, made.stdout + made.stderr
    package, = folder.glob("gascell_*.deb")
    for name in ("upper", "work", "root"):
        (folder / name).mkdir()
    root = folder / "root"
    script = (
        f"mount -t tmpfs none {folder}/work && mkdir {folder}/work/u "
        f"{folder}/work/w && mount -t overlay overlay -o lowerdir=/,"
        f"upperdir={folder}/work/u,workdir={folder}/work/w {root} || exit 77;"
        f"mount -t proc -o hidepid=invisible none {root}/proc; mount --bind /dev {root}/dev;"
        f"mount -t tmpfs none {root}/run; mount -t tmpfs none {root}/tmp;"
        f"cp {package} {root}/tmp/gascell.deb;"
        f"exec chroot {root} /bin/bash -s")
    ran = subprocess.run(
        ["unshare", "-m", "-p", "-f", "--kill-child", "sh", "-c", script],
        input=INSIDE, capture_output=True, text=True, timeout=4 * WITHIN,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
             "DEBIAN_FRONTEND": "noninteractive"})
    if ran.returncode == 77:
        pytest.skip("no overlay can be mounted here")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    parts = re.split(r"^== (\w+)\n", ran.stdout, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def test_it_installs_user_folders_and_units(said):
    text = said["installed"]
    assert "(gascell)" in text
    assert "gascell:gascell 755 /run/gascell" in text
    assert "gascell:gascell 750 /var/lib/gascell" in text
    assert text.count("enabled\n") == 2


def test_it_starts_on_the_simulated_laboratory(said):
    assert "idle" in said["started"]
    assert "are free on the disk of /var/lib/gascell" in said["started"]
    # Other users' processes are hidden from it, as the unit has it.
    assert "asked by root with gascellctl" in said["started"]


def test_removing_leaves_configuration_and_logs(said):
    text = said["removed"]
    assert "/usr/" not in text
    assert "/etc/gascell/laboratory.yaml" in text
    assert "gascell.db" in text


def test_purging_leaves_the_logs_alone(said):
    assert said["purged"].split() == ["/var/lib/gascell"]


def test_gascellctl_loads_no_library_when_it_starts():
    """But those of the language."""
    if "GASCELL_WHOLE:BOOL=ON" not in (BUILD / "CMakeCache.txt").read_text():
        pytest.skip("built to load them")
    said = subprocess.run(["readelf", "--dynamic", program("gascellctl")],
                          check=True, capture_output=True, text=True).stdout
    needed = set(re.findall(r"\(NEEDED\).*\[lib([\w+]+)", said))
    assert "c" in needed
    assert needed <= {"c", "m", "asan", "ubsan", "tsan", "gcc_s"}


@pytest.mark.parametrize("unit, dropin, bound", [
    ("gascelld.service", None, 0.5),
    ("gascelld@.service", None, 0.5),
    ("gascelld.service", "tcp-instruments.conf", 1.3),
])
def test_how_much_a_unit_is_exposed(tmp_path, unit, dropin, bound):
    text = (UNITS / unit).read_text()
    if dropin:
        text += (UNITS / dropin).read_text()
    (tmp_path / unit).write_text(text)
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager",
         tmp_path / unit], capture_output=True, text=True, timeout=WITHIN)
    level = re.search(r"exposure level for \S+: ([0-9.]+)", told.stdout)
    assert level, told.stdout + told.stderr
    assert float(level.group(1)) <= bound


def test_udev_rules_name_the_adapters(tmp_path):
    site = tmp_path / "site.yaml"
    site.write_text("""
laboratory: usb
buses:
  gas: {type: serial, usb: FT5P1ABC, baud: 19200}
  lab: {type: sim}
instruments:
  mfc: {driver: alicat, bus: gas}
  heater: {driver: sim-heater, bus: lab}
""")
    words = [program("gascelld"), "config", "--config", site]
    rules = subprocess.run([*words, "--udev"], capture_output=True, text=True)
    assert rules.returncode == 0, rules.stderr
    usb, tty = [line for line in rules.stdout.splitlines()
                if not line.startswith("#")]
    assert 'ATTR{serial}=="FT5P1ABC"' in usb
    assert 'ID_MM_DEVICE_IGNORE}="1"' in usb
    assert 'ENV{ID_SERIAL_SHORT}=="FT5P1ABC", GROUP="gascell"' in tty
    assert 'SYMLINK+="gascell/gas"' in tty
    site.write_text(site.read_text().replace("FT5P1ABC", "'A\", RUN+=\"x'"))
    rules = subprocess.run([*words, "--udev"], capture_output=True, text=True)
    assert rules.returncode == 1 and not rules.stdout
    assert "bus gas" in rules.stderr
