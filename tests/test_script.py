"""Call scripts: what reads, and how every mistake is named."""

import tomllib
from importlib.resources import files

import pytest

from callsim.catalogue import script_files
from callsim.errors import ScriptError
from callsim.script import mood, read_script

HEAD = """
format = "callsim.script/1"
title = "The stove"
trade = "appliance repair"
difficulty = "easy"
"""
CALLER = """
[caller]
name = "Dana Whitfield"
voice = "dana"
"""
BRIEFING = """
[briefing]
company = "Smith Repairs"
situation = "The stove has failed again."
may_offer = ["a second visit"]
nouns = ["stove"]
"""
STORY = """
[[story]]
id = "dead_again"
say = ["It is dead again."]
"""
NEED = """
[[needs]]
id = "visit"
what = "somebody comes"
met_by = ["solution"]
ask = ["So when is somebody coming?"]
met = ["Good."]
"""
ANSWER = """
[[answers]]
id = "address"
words = ["your address"]
say = ["Mill Lane."]
"""
ENDINGS = """
[endings]
thankful = ["Thank you."]
cool = ["Right."]
supervisor = ["I'll hold."]
hang_up = ["Goodbye."]
"""
PARTS = (HEAD, CALLER, BRIEFING, STORY, NEED, ANSWER, ENDINGS)


@pytest.fixture
def script_file(tmp_path):
    """Writes a script and gives its path."""

    def write(text):
        path = tmp_path / "mine.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def refusal(path):
    """The one sentence with which a script is refused; it names the file."""
    with pytest.raises(ScriptError) as refused:
        read_script(path)
    message = str(refused.value)
    assert str(path) in message
    assert "\n" not in message
    return message


def whole(old="", new=""):
    """A good script, with one piece of its text exchanged."""
    text = "".join(PARTS)
    assert old in text
    return text.replace(old, new, 1) if old else text


def test_a_script_reads_as_it_was_written(script_file):
    """What the file leaves out has its usual value, and a plain list of lines is for any mood."""
    script = read_script(script_file(whole()))
    assert (script.title, script.difficulty, script.first_name) == ("The stove", "easy", "Dana")
    assert (script.caller.frustration, script.caller.patience_ms, script.caller.holds_on_ms) == (55, 6_000, 0)
    assert script.story[0].say.any == ("It is dead again.",)
    assert script.needs[0].words == ()
    assert script.answers[0].again is None


def test_a_script_cannot_be_changed(script_file):
    """It is a value."""
    script = read_script(script_file(whole()))
    with pytest.raises(ValueError, match="frozen"):
        script.title = "Other"


def test_a_script_may_have_no_answers(script_file):
    """Nothing has to be known."""
    assert read_script(script_file(whole(ANSWER))).answers == ()


@pytest.mark.parametrize(
    ("frustration", "word"),
    [(0, "calm"), (39, "calm"), (40, "upset"), (74, "upset"), (75, "furious"), (100, "furious")],
)
def test_each_frustration_has_its_mood(frustration, word):
    """Calm below 40, furious from 75."""
    assert mood(frustration) == word


def test_the_lines_of_a_mood_stand_in_for_those_for_any(script_file):
    """Where a mood has none of its own, any will do; where there are none for any either, nothing is said."""
    lines = 'say.any = ["Any."]\nsay.furious = ["Furious!"]'
    said = read_script(script_file(whole('say = ["It is dead again."]', lines))).story[0].say
    assert (said.variants(20), said.variants(55), said.variants(90)) == (("Any.",), ("Any.",), ("Furious!",))
    only = read_script(script_file(whole('say = ["It is dead again."]', 'say.calm = ["Calm."]'))).story[0].say
    assert (only.variants(20), only.variants(55)) == (("Calm.",), ())


def test_what_every_caller_says_stands_under_a_script(script_file):
    """One's own reaction replaces the everyday one whole; all others stay."""
    everyday = tomllib.loads(files("callsim").joinpath("everyday.toml").read_text(encoding="utf-8"))
    own = '[reactions]\nthanks = ["Not at all."]\n[prompts]\ngo_on.calm = ["Do go on."]\n'
    script = read_script(script_file(whole() + own))
    assert script.reactions.thanks.any == ("Not at all.",)
    assert (script.prompts.go_on.any, script.prompts.go_on.calm) == ((), ("Do go on.",))
    assert script.reactions.recap.any == tuple(everyday["reactions"]["recap"])
    assert script.prompts.told_already.any == tuple(everyday["prompts"]["told_already"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title =", "titel =", ["there is no key 'titel'", "did you mean 'title'?"]),
        ('voice = "dana"', 'voice = "dana"\npatience = 4', ["caller: there is no key 'patience'", "'patience_ms'"]),
        ("nouns =", "noun =", ["briefing: there is no key 'noun'", "did you mean 'nouns'?"]),
        ('id = "dead_again"', 'id = "a"\nsays = ["x"]', ["story 1: there is no key 'says'", "allowed are id, say"]),
        ("what =", "waht =", ["needs 1: there is no key 'waht'", "did you mean 'what'?"]),
        ("words =", "word =", ["answers 1: there is no key 'word'"]),
        ("cool =", "colder =", ["endings: there is no key 'colder'", "thankful, apologetic, cool, supervisor"]),
        ('say = ["Mill Lane."]', 'say.angry = ["Mill Lane!"]', ["answers 1, say: there is no key 'angry'", "furious"]),
    ],
)
def test_an_unknown_key_is_named(script_file, old, new, said):
    """Where it stands, the near one and those that are allowed."""
    message = refusal(script_file(whole(old, new)))
    assert [part for part in said if part not in message] == []


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ('[reactions]\nempathie = ["Thank you."]', ["reactions: ", "no key 'empathie'", "did you mean 'empathy'?"]),
        ('[reactions]\nanswering = ["Well."]', ["reactions: there is no key 'answering'", "blame, defensiveness"]),
        ('[prompts]\nstil_there = ["Hello?"]', ["prompts: ", "no key 'stil_there'", "did you mean 'still_there'?"]),
    ],
)
def test_a_line_that_would_never_be_said_is_named(script_file, own, said):
    """A reaction to something that no caller reacts to is most likely a slip."""
    message = refusal(script_file(whole() + own))
    assert [part for part in said if part not in message] == []


@pytest.mark.parametrize(
    ("old", "said"),
    [
        ('format = "callsim.script/1"', "the key 'format' is missing"),
        (CALLER, "the key 'caller' is missing"),
        (BRIEFING, "the key 'briefing' is missing"),
        (STORY, "the key 'story' is missing"),
        (NEED, "the key 'needs' is missing"),
        (ENDINGS, "the key 'endings' is missing"),
        ('voice = "dana"', "caller: the key 'voice' is missing"),
        ('may_offer = ["a second visit"]', "briefing: the key 'may_offer' is missing"),
        ('say = ["It is dead again."]', "story 1: the key 'say' is missing"),
        ('met_by = ["solution"]', "needs 1: the key 'met_by' is missing"),
        ('words = ["your address"]', "answers 1: the key 'words' is missing"),
        ('hang_up = ["Goodbye."]', "endings: the key 'hang_up' is missing"),
    ],
)
def test_a_missing_key_is_named(script_file, old, said):
    """With the table it belongs in."""
    assert refusal(script_file(whole(old))).endswith(said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("script/1", "script/2", ["format: should be 'callsim.script/1', not 'callsim.script/2'"]),
        ('"easy"', '"simple"', ["difficulty: should be 'easy', 'medium' or 'hard', not 'simple'"]),
        ("Dana Whitfield", "Dana", ["caller.name", "not 'Dana'"]),
        ('voice = "dana"', 'voice = "dana"\nfrustration = 101', ["caller.frustration", "100, not 101"]),
        ('voice = "dana"', 'voice = "dana"\npatience_ms = "6 s"', ["caller.patience_ms", "not '6 s'"]),
        ('voice = "dana"', 'voice = "dana"\npatience_ms = 6', ["caller.patience_ms", "2000, not 6"]),
        ('nouns = ["stove"]', "nouns = []", ["briefing.nouns", "at least 1"]),
        ('id = "dead_again"', 'id = "Dead again"', ["story 1, id", "not 'Dead again'"]),
        ('say = ["It is dead again."]', "say = []", ["story 1, say: needs at least one line"]),
        ('say = ["It is dead again."]', 'say = "It is dead again."', ["story 1, say", "not 'It is dead again.'"]),
        ('say = ["It is dead again."]', 'say = ["  "]', ["story 1, say.any 1", "at least 1 character"]),
        ('met_by = ["solution"]', 'met_by = ["solutoin"]', ["needs 1, met_by 1", "'solution'", "not 'solutoin'"]),
        ('met_by = ["solution"]', "met_by = []", ["needs 1, met_by", "at least 1"]),
        ('thankful = ["Thank you."]', "thankful = []", ["endings.thankful", "at least 1"]),
    ],
)
def test_a_wrong_value_is_named(script_file, old, new, said):
    """Which key, what is allowed, and what stood there."""
    message = refusal(script_file(whole(old, new)))
    assert [part for part in said if part not in message] == []


@pytest.mark.parametrize(
    ("twice", "said"),
    [
        (STORY, "story: the id 'dead_again' is used twice"),
        (NEED, "needs: the id 'visit' is used twice"),
        (ANSWER, "answers: the id 'address' is used twice"),
    ],
)
def test_an_id_that_is_used_twice_is_named(script_file, twice, said):
    """One of the two would never be reached."""
    assert said in refusal(script_file(whole() + twice))


@pytest.mark.parametrize("table", ["reactions", "prompts"])
def test_a_table_that_is_none_is_named(script_file, table):
    """Even where everyday lines lie under it."""
    assert f", {table}: should be a valid dict" in refusal(script_file(f"{table} = 4\n" + whole()))


def test_a_mistake_in_the_second_part_is_said_of_the_second(script_file):
    """People count from one."""
    assert ", story 2: the key 'say' is missing" in refusal(script_file(whole() + '[[story]]\nid = "cost"\n'))


def test_a_file_that_is_no_toml_is_named_with_its_line(script_file):
    """The line is where the reader stumbled."""
    message = refusal(script_file("title = 'x'\nvoice x\n"))
    assert "is not valid TOML" in message
    assert "line 2" in message


def test_a_file_in_another_encoding_is_named(script_file):
    """Old editors write Latin-1."""
    assert "is not a text file in UTF-8" in refusal(script_file(whole("Mill Lane", "Café Lane").encode("latin-1")))


def test_a_file_that_is_not_there_is_named(tmp_path):
    """A wrong path is the user's to put right."""
    assert "cannot be read: No such file" in refusal(tmp_path / "gone.toml")


def test_a_folder_is_no_script(tmp_path):
    """Nor is a folder with the right name."""
    assert "cannot be read" in refusal(tmp_path)


@pytest.mark.parametrize("path", [pytest.param(path, id=name) for name, path in script_files().items()])
def test_every_shipped_script_loads(path):
    """What comes with callsim is right."""
    assert read_script(path).caller.name


def test_the_template_for_authors_is_a_script(script_file):
    """An author who begins with it begins with something that works."""
    template = files("callsim").joinpath("template.toml").read_text(encoding="utf-8")
    assert read_script(script_file(template)).title == "The stove that was mended twice"
