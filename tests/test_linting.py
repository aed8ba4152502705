"""What an author is told of a script that loads: each mistake planted, and found where it stands."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from callsim.catalogue import script_files
from callsim.cli import run
from callsim.linting import MOST_WORDS_IN_A_BREATH
from callsim.places import line_of_key, line_of_text

TEMPLATE = files("callsim").joinpath("template.toml").read_text(encoding="utf-8")
FIRST_LINE = next(line.strip(" ,") for line in TEMPLATE.split("\n") if "You mended my stove" in line)
MORE_STORY = "".join(f'[[story]]\nid = "more_{n}"\nsay = ["And {n} more.", "And {n} of those."]\n' for n in range(3))


def linted(tmp_path, capsys, source):
    """The exit code and the remarks on a script of this source."""
    file = tmp_path / "mine.toml"
    file.write_text(source, encoding="utf-8")
    code = run(["lint", str(file)])
    told = capsys.readouterr()
    return code, (told.out + told.err).replace(str(tmp_path), ""), file


@pytest.mark.usefixtures("model_folder")
def test_the_template_has_nothing_to_mend(tmp_path, capsys):
    """An author begins with a clean sheet."""
    code, told, _ = linted(tmp_path, capsys, TEMPLATE)
    assert code == 0
    assert "0 errors" in told


MISTAKES = {
    "an ending that cannot be reached": (
        "[[needs]]                           # what",
        MORE_STORY + "[[needs]]                           # what",
        "no trainee reaches the ending",
    ),
    "a need that nothing meets": (
        'met_by = ["solution", "ownership", "timeframe"]     # one of these acts …\n',
        'met_by = ["greeting"]\n',
        "greeting",
    ),
    "a variant too long for a breath": (
        FIRST_LINE,
        '"' + "word " * (MOST_WORDS_IN_A_BREATH + 1) + 'at last."',
        "too many for one breath",
    ),
    "a speech": (FIRST_LINE, '"' + "This is a part of it. " * 12 + "So." + '"', "are a speech"),
    "a name nobody can hear": ("Dana Whitfield", "Xylqua Whitfield", "does not know the name 'Xylqua'"),
    "a word nobody can hear": ('"your address"', '"your qxaddress"', "does not know 'qxaddress'"),
    "an unknown key": ('what = "somebody comes', 'wat = "somebody comes', "did you mean 'what'?"),
}


@pytest.mark.usefixtures("model_folder")
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_told(tmp_path, capsys, mistake):
    """In words for an author."""
    right, wrong, expected = MISTAKES[mistake]
    assert right in TEMPLATE
    source = TEMPLATE.replace(right, wrong, 1)
    if mistake.startswith("an ending"):
        source = f"limit_lines = 4\n{source}"
    code, told, file = linted(tmp_path, capsys, source)
    assert expected in " ".join(told.split())
    assert code == (0 if mistake == "a word nobody can hear" else 2)
    assert "Traceback" not in told
    assert f"{file.name}:" in told or f"{file.name}, line" in told


@pytest.mark.usefixtures("model_folder")
def test_a_shipped_script_has_no_error(capsys):
    """What comes with callsim is as clean as what an author is asked for."""
    assert run(["lint", *script_files()]) == 0
    assert "error:" not in capsys.readouterr().out


def test_a_text_is_found_on_its_line():
    """Where it begins; a text that stands nowhere has no line."""
    assert TEMPLATE.split("\n")[line_of_text(TEMPLATE, "Fourteen Mill Lane. The green door.") - 1].startswith("say")
    assert line_of_text(TEMPLATE, "not in there") is None
    assert line_of_text(TEMPLATE, "") is None


@pytest.mark.parametrize(
    ("steps", "begins"),
    [
        (("title",), "title ="),
        (("caller", "name"), "name ="),
        (("needs", 1, "ask", "furious"), "ask.any"),
        (("needs", 1, "nothing"), "[[needs]]"),
        (("answers", 1), "[[answers]]"),
        (("endings", "cool", 0), "cool ="),
    ],
)
def test_a_key_is_found_on_its_line(steps, begins):
    """Also the second table of a name; a missing key is that of its table."""
    assert TEMPLATE.split("\n")[line_of_key(TEMPLATE, steps) - 1].startswith(begins)


def test_a_key_of_no_table_has_no_line():
    """Better none than a wrong one."""
    assert line_of_key(TEMPLATE, ("nowhere", "name")) is None
    assert tomllib.loads(TEMPLATE)["title"]
