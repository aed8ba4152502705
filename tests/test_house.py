"""The house rules of the source: who may import whom, who may look at a clock, what lies where."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "callsim"

# From the ground up: a module imports from its own floor and those below. A folder stands for all that is in it.
FLOORS = [
    {"errors", "timeline", "events"},
    {"places", "checked", "script", "script_schema", "voice", "scene", "catalogue", "phone"},
    {"acts"},
    {"edges", "listening", "endpoint", "temper", "replies", "promises", "whims", "mind", "content", "caller", "again"}
    | {"actions", "foreseen", "floor", "conversation", "coaching", "rehearsal", "linting", "picture"},
    {"call"},
    {"scoring", "sessions"},
    {"library"},
    {"report", "headset"},
    {"cli", "app"},
]
FLOOR_OF = {room: number for number, floor in enumerate(FLOORS) for room in floor}
DEVICES_MAY_IMPORT = {"callsim", "devices", "errors", "timeline", "phone"}
CLOCKS = {"sleep", "now", "utcnow", "today"}
TOP_LEVEL = {"pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "scripts", "voices", "tests", "callsim"}

MODULES = {path.relative_to(ROOT).with_suffix(""): ast.parse(path.read_bytes()) for path in PACKAGE.rglob("*.py")}


def name_of(path):
    """A module's dotted name."""
    return ".".join(path.parts).removesuffix(".__init__")


def room_of(name):
    """The room that a module of ours lies in: "callsim.acts.words" in "acts"; the package itself is "callsim"."""
    room = name.split(".")[1] if "." in name else "callsim"
    return "cli" if room == "__main__" else room


def imports(tree):
    """Everything that a module imports anywhere in it, functions included, as dotted names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def all_imports():
    """(Importing module, imported name) for the whole package."""
    return [(name_of(path), imported) for path, tree in MODULES.items() for imported in imports(tree)]


def our_imports():
    """(Importing module, imported name of ours)."""
    return [(module, imported) for module, imported in all_imports() if imported.split(".")[0] == "callsim"]


def tracked_files():
    """Every file that is or would be committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not in a git clone, so what belongs to the project cannot be told")
    return [path for line in listed.stdout.splitlines() if (path := ROOT / line).is_file()]


def test_every_module_has_a_floor():
    """A new room is given its place in the order of imports above."""
    rooms = {room_of(name_of(path)) for path in MODULES} - {"callsim", "devices"}
    assert rooms - FLOOR_OF.keys() == set()


def test_imports_run_one_way():
    """No module knows of a floor above its own."""
    upward = [
        (module, imported)
        for module, imported in our_imports()
        if room_of(module) in FLOOR_OF and FLOOR_OF.get(room_of(imported), 0) > FLOOR_OF[room_of(module)]
    ]
    assert upward == []


def test_the_package_itself_imports_nothing_of_ours():
    """`import callsim` is light and cannot go round in a circle."""
    assert [imported for module, imported in our_imports() if module == "callsim"] == []


def test_only_cli_and_app_import_devices():
    """Everything else works with whatever phone and engines it is given."""
    outside = [
        (module, imported)
        for module, imported in our_imports()
        if room_of(imported) == "devices" and room_of(module) not in {"cli", "app", "devices"}
    ]
    assert outside == []


def test_devices_know_the_seams_and_nothing_else_of_ours():
    """An engine knows blocks, clips and words, and nothing of callers and scores."""
    curious = [
        (module, imported)
        for module, imported in our_imports()
        if room_of(module) == "devices"
        and room_of(imported) not in DEVICES_MAY_IMPORT
        and imported != "callsim.events.Word"
    ]
    assert curious == []


def test_nothing_is_imported_by_a_computed_name():
    """The tests above see every import."""
    hidden = [
        name_of(path)
        for path, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute)
        and (node.id if isinstance(node, ast.Name) else node.attr) in {"__import__", "import_module"}
    ]
    assert hidden == []


def test_the_sound_card_is_touched_in_one_place():
    """Importing sounddevice starts PortAudio, which a machine without sound may not have."""
    users = {module for module, imported in all_imports() if imported.split(".")[0] == "sounddevice"}
    assert {module for module in users if not module.startswith("callsim.devices.soundcard")} == set()


def test_importing_callsim_does_not_start_the_sound_card():
    """Every module but the sound card's own can be imported on a machine without sound."""
    modules = sorted(name for path in MODULES if "soundcard" not in (name := name_of(path)) and "__main__" not in name)
    program = f"import sys, {', '.join(modules)}\nprint('sounddevice' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1:] == ["False"], done.stderr


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_call_has_no_clock_but_the_sample_count(path):
    """No time, no sleep and no today outside devices, cli and app: a headless call is the same every time."""
    if room_of(name_of(path)) in {"devices", "cli", "app"}:
        return
    tree = MODULES[path]
    imported = {name for name in imports(tree) if name.split(".")[0] == "time" or name.split(".")[-1] in CLOCKS}
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & CLOCKS
    assert imported | used == set()


def test_the_top_level_holds_what_the_design_foresees():
    """Everything has a room; nothing lies in the hall."""
    there = {path.relative_to(ROOT).parts[0] for path in tracked_files()}
    assert {name for name in there if not name.startswith(".")} - TOP_LEVEL == set()


def test_no_file_names_a_path_of_a_machine():
    """What is committed means the same everywhere."""
    homes = [rf"/{'home'}/\w", rf"/{'Users'}/\w", rf"/{'tmp'}/\w", rf"\b[A-Z]:\\{'Users'}"]
    beside = [] if ROOT.parent == Path("/") else [rf"(?<![\w.]){re.escape(str(ROOT.parent))}/"]
    path_of_a_machine = re.compile("|".join(homes + beside))
    found = []
    for path in tracked_files():
        text = path.read_bytes()
        if b"\0" not in text and (hit := path_of_a_machine.search(text.decode(errors="replace"))):
            found.append((str(path.relative_to(ROOT)), hit[0]))
    assert found == []
