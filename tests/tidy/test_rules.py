"""The rules of the house, as tests. What the compiler enforces is not repeated."""
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROOMS = ["base", "engine", "drivers", "protocol", "store", "daemon", "cli"]
SOURCES = sorted(f for room in ROOMS for f in (ROOT / room).glob("*.[ch]"))
HEADERS = [f for f in SOURCES if f.suffix == ".h"]

FUNCTION_LINES = 70
FILE_LINES = 800
COLUMNS = 80

# Which library lives where: include pattern, and the files that may have it.
LIBRARIES = [
    (r"<yaml\.h>", r"base/yaml.*\.c"),
    (r"<udunits2(/udunits2)?\.h>", r"base/(unit|quantity)\.c"),
    (r"<sqlite3\.h>", r"store/.*"),
    (r"<uv\.h>", r"daemon/.*"),
    (r"<tiffio\.h>", r"drivers/.*"),
    (r"<modbus.*\.h>", r"drivers/link_.*"),
    (r"<libserialport\.h>", r"drivers/link_.*"),
    (r"<jansson\.h>", r"(protocol|daemon|cli)/.*"),
    (r"<systemd/.*>", r"daemon/.*"),
]

# Time is an argument: who may read a clock. The client waits for answers, the
# links for instruments.
CLOCKS = r"\b(clock_gettime|gettimeofday|time\s*\(\s*(NULL|&)|uv_hrtime|uv_now|nanosleep|usleep|sleep)\s*\(?"
CLOCK_FILES = r"(daemon/(clock|timer|simulate|run|peer|listener|server|live|worker|replay|check)\.c|drivers/link_.*\.c|protocol/client.*\.c|cli/.*\.c)"


def name(path):
    return str(path.relative_to(ROOT))


def code_of(path):
    """Text without comments and strings, line numbers kept."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank,
                  path.read_text(), flags=re.S)


def functions(path):
    """(first line, number of lines) of each function body."""
    begin = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line == "{":
            begin = number
        elif line == "}" and begin:
            yield begin, number - begin + 1
            begin = None


def test_rooms_are_not_empty():
    for room in ROOMS:
        assert list((ROOT / room).glob("*.c")), room


@pytest.mark.parametrize("pattern,allowed", LIBRARIES)
def test_a_library_lives_in_its_room(pattern, allowed):
    wrong = [name(f) for f in SOURCES
             if re.search(r"#include\s+" + pattern, f.read_text())
             and not re.fullmatch(allowed, name(f))]
    assert not wrong


def test_nothing_below_the_loop_reads_a_clock():
    wrong = [name(f) for f in SOURCES
             if re.search(CLOCKS, code_of(f))
             and not re.fullmatch(CLOCK_FILES, name(f))]
    assert not wrong


def test_functions_are_short():
    long = [f"{name(f)}:{line}: {n} lines" for f in SOURCES
            for line, n in functions(f) if n > FUNCTION_LINES]
    assert not long


def test_files_are_short():
    long = [f"{name(f)}: {n} lines" for f in SOURCES
            if (n := len(f.read_text().splitlines())) > FILE_LINES]
    assert not long


def test_lines_are_short():
    def width(line):
        return len(line.expandtabs(8))
    long = [f"{name(f)}:{i}" for f in SOURCES
            for i, line in enumerate(f.read_text().splitlines(), 1)
            if width(line) > COLUMNS]
    assert not long


def test_headers_are_guarded_by_their_place():
    for header in HEADERS:
        guard = name(header).replace("/", "_").replace(".", "_").upper()
        assert f"#ifndef {guard}\n#define {guard}\n" in header.read_text(), name(header)


def test_headers_open_with_what_they_are():
    for header in HEADERS:
        assert header.read_text().startswith("/*"), name(header)


def test_a_source_includes_its_own_header_first():
    for source in SOURCES:
        header = source.with_suffix(".h")
        if source.suffix != ".c" or not header.exists():
            continue
        first = re.search(r'^#include\s+["<]([^">]+)', source.read_text(), re.M)
        assert first and first.group(1) == name(header), name(source)


def test_nothing_promises_later():
    words = re.compile(r"\b(TODO|FIXME|XXX|HACK|not implemented)\b")
    wrong = [name(f) for f in SOURCES if words.search(f.read_text())]
    assert not wrong


def test_numbers_do_not_depend_on_the_locale():
    """No strtod, atof, or setlocale; printing doubles is base/number.c's."""
    calls = re.compile(r"\b(strtod|strtof|atof|sscanf|setlocale)\s*\(")
    wrong = [name(f) for f in SOURCES
             if calls.search(code_of(f)) and name(f) != "base/number.c"]
    assert not wrong


def test_unsafe_string_functions_are_not_used():
    calls = re.compile(r"\b(strcpy|strcat|sprintf|gets|alloca|system|popen)\s*\(")
    wrong = [name(f) for f in SOURCES if calls.search(code_of(f))]
    assert not wrong


def test_names_that_say_nothing_are_not_used():
    wrong = [name(f) for f in SOURCES
             if re.search(r"(util|helper|manager|misc|common)", f.stem)]
    assert not wrong


def test_every_recipe_verb_is_documented():
    verbs = re.findall(r'\[[A-Z_]+\] = \{ "([a-z_]+)",', (ROOT / "engine/verbs.c").read_text())
    text = (ROOT / "docs/recipes.md").read_text()
    phases = (ROOT / "docs/phases.md").read_text()
    assert verbs
    for verb in verbs:
        assert f"### {verb}\n" in text or f"`{verb}`" in phases, verb


def test_documents_link_to_what_exists():
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#]+)", document.read_text()):
            if "://" not in link:
                assert (document.parent / link).exists(), f"{document.name}: {link}"
