"""The rules of the house, as tests. What the compiler enforces is not repeated."""
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROOMS = ["base", "engine", "drivers", "emulator", "protocol", "store", "site",
         "ring", "node", "tools", "daemon", "cli"]
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
    (r"<uv\.h>", r"(ring|tools|daemon|emulator)/.*"),
    (r"<tiffio\.h>", r"drivers/.*"),
    (r"<modbus.*\.h>", r"drivers/link_.*"),
    (r"<libserialport\.h>", r"drivers/link_.*"),
    (r"<curl/.*>", r"drivers/curl_library\.h"),
    (r"<n?curses\.h>", r"cli/screen\.c"),
    (r"<jansson\.h>", r"(drivers|emulator|protocol|ring|node|tools|cli)/.*"),
    (r"<systemd/.*>", r"daemon/.*"),
]

# Time is an argument: who may read a clock. The ring has one, its workers
# measure how long a job took, simulate says how long it has computed; a client
# waits for answers, a link for its instrument.
CLOCKS = re.compile(
    r"\b(clock_(gettime|nanosleep)|gettimeofday|timespec_get|time\s*\(\s*(NULL|&)"
    r"|uv_(hrtime|now|gettimeofday|clock_gettime)|(nano|u)?sleep(?=\s*\())\b")
CLOCK_FILES = (r"ring/(clock|worker)\.c|tools/simulate\.c|protocol/connect\.c"
               r"|drivers/link_.*\.c")

# A timer of libuv costs each turn of the loop; see ring/timers.h. Loops that
# serve nobody may have them.
UV_TIMER_FILES = r"daemon/child\.c|(emulator|tools)/.*"


def name(path):
    return str(path.relative_to(ROOT))


def text_of(path):
    return path.read_text(encoding="utf-8")


def code_of(path):
    """Text without comments and strings, line numbers kept."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank,
                  text_of(path), flags=re.S)


def functions(path):
    """(first line, number of lines) of each function body."""
    begin = None
    for number, line in enumerate(text_of(path).splitlines(), 1):
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
             if re.search(r"#include\s+" + pattern, text_of(f))
             and not re.fullmatch(allowed, name(f))]
    assert not wrong


def test_nothing_below_the_loop_reads_a_clock():
    wrong = [name(f) for f in SOURCES
             if CLOCKS.search(code_of(f))
             and not re.fullmatch(CLOCK_FILES, name(f))]
    assert not wrong


def test_the_loop_that_serves_has_no_timer_of_libuv():
    wrong = [name(f) for f in SOURCES
             if re.search(r"\buv_timer_", code_of(f))
             and not re.fullmatch(UV_TIMER_FILES, name(f))]
    assert not wrong


def test_functions_are_short():
    long = [f"{name(f)}:{line}: {n} lines" for f in SOURCES
            for line, n in functions(f) if n > FUNCTION_LINES]
    assert not long


def test_files_are_short():
    long = [f"{name(f)}: {n} lines" for f in SOURCES
            if (n := len(text_of(f).splitlines())) > FILE_LINES]
    assert not long


def test_lines_are_short():
    def width(line):
        return len(line.expandtabs(8))
    long = [f"{name(f)}:{i}" for f in SOURCES
            for i, line in enumerate(text_of(f).splitlines(), 1)
            if width(line) > COLUMNS]
    assert not long


def test_headers_are_guarded_by_their_place():
    for header in HEADERS:
        guard = name(header).replace("/", "_").replace(".", "_").upper()
        assert f"#ifndef {guard}\n#define {guard}\n" in text_of(header), name(header)


def test_headers_open_with_what_they_are():
    for header in HEADERS:
        assert text_of(header).startswith("/*"), name(header)


def test_a_source_includes_its_own_header_first():
    for source in SOURCES:
        header = source.with_suffix(".h")
        if source.suffix != ".c" or not header.exists():
            continue
        first = re.search(r'^#include\s+["<]([^">]+)', text_of(source), re.M)
        assert first and first.group(1) == name(header), name(source)


def test_nothing_promises_later():
    words = re.compile(r"\b(TODO|FIXME|XXX|HACK|not implemented)\b")
    wrong = [name(f) for f in SOURCES if words.search(text_of(f))]
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
    table = "".join(text_of(f)
                    for f in (ROOT / "engine").glob("verbs*.c"))
    verbs = re.findall(r'\[[A-Z_]+\] = \{\s*"([a-z_]+)",', table)
    text = text_of(ROOT / "docs/recipes.md")
    phases = text_of(ROOT / "docs/phases.md")
    assert verbs
    for verb in verbs:
        assert f"### {verb}\n" in text or f"`{verb}`" in phases, verb


def test_documents_link_to_what_exists():
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#]+)", text_of(document)):
            if "://" not in link:
                assert (document.parent / link).exists(), f"{document.name}: {link}"

def test_what_names_a_file_of_a_room_names_one_that_exists():
    named = re.compile(rf"\b(?<![/\w])(?:{'|'.join(ROOMS)})/\w+\.(?:[ch]|yaml)\b")
    wrong = [f"{name(f)}: {found}" for f in
             [*SOURCES, *ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"),
              ROOT / "CMakeLists.txt", *(ROOT / "cmake").glob("*.cmake"),
              *(ROOT / "tests").rglob("*.[ch]"), *(ROOT / "tests").rglob("*.py")]
             for found in named.findall(text_of(f))
             if not (ROOT / found).exists()]
    assert not wrong


# ---- the table of definitions in docs/drivers.md ----

LEVELS = {"captures": "A", "sheet": "B", "standard": "B"}


def definition_row(path, emulated):
    """The row of one definition, from what stands in it."""
    text = text_of(path)

    def value(key):
        return re.search(rf"^{key}: (.*)$", text, re.M).group(1)

    safe = re.findall(r"^  - (.*)$", text[text.index("\nsafe:"):], re.M)
    if not safe:
        acts = "nothing (measures, or left to the site)"
    elif all(act.endswith(": off") and f"{act.split(':')[0]}: {{space: coil"
             in text for act in safe):
        acts = "all outputs off"
    else:
        acts = ", ".join(safe)
    unverified = re.search(r"^unverified:\n((?:  - .*\n)+)", text, re.M)
    level = LEVELS[value("proof").split(";")[0]]
    return (f"| `{path.stem}` | {value('summary')} |"
            f" {'Modbus' if 'talks: modbus' in text else 'ASCII'} | {acts} |"
            f" {level}{', E' if path.stem in emulated else ''} |"
            f" {unverified.group(1).count('  - ') if unverified else 0} |")


def test_the_table_of_definitions_is_true():
    emulated = re.findall(r"driver: ([\w-]+)", text_of(ROOT / "emulator" / "site.c"))
    wanted = [definition_row(f, emulated)
              for f in sorted((ROOT / "drivers" / "definitions").glob("*.yaml"))]
    text = text_of(ROOT / "docs" / "drivers.md")
    table = text[text.index("## Definitions that are part"):].split("\n\n")[2]
    assert table.splitlines()[2:] == wanted, "\n" + "\n".join(wanted)
