"""Scripts and voices by name or by path."""

import re
from types import SimpleNamespace

import pytest

from callsim.catalogue import find_script, find_voice, script_files, voice_files
from callsim.errors import ScriptError, UnknownName, VoiceError


@pytest.fixture(params=["script", "voice"])
def kind(request):
    """Scripts and voices are found in the same way."""
    if request.param == "script":
        return SimpleNamespace(find=find_script, files=script_files(), error=ScriptError)
    return SimpleNamespace(find=find_voice, files=voice_files(), error=VoiceError)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A working folder that has nothing to do with callsim."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_name_on_the_list_is_found(kind):
    """At least three come with callsim, sorted by name, and each name leads to its file."""
    assert len(kind.files) >= 3
    assert list(kind.files) == sorted(kind.files)
    assert all(kind.find(name) == path and path.is_file() for name, path in kind.files.items())
    assert [path.name for path in kind.files.values()] == [f"{name}.toml" for name in kind.files]


def test_an_unknown_name_is_answered_with_the_near_ones(kind):
    """One letter off is near."""
    name = next(iter(kind.files))
    with pytest.raises(UnknownName, match=f"did you mean .*{re.escape(name)}"):
        kind.find(name[:-1])


def test_a_path_leads_to_its_file(kind, elsewhere):
    """Anybody's own file will do, from another folder or from this one."""
    mine = elsewhere / "mine.toml"
    mine.touch()
    assert kind.find(str(mine)) == mine
    assert kind.find("mine.toml").samefile(mine)


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("path", ["gone.toml", "folder/gone", "./gone.toml"])
def test_a_path_without_a_file_is_named(kind, path):
    """With the names that would have worked."""
    with pytest.raises(kind.error, match=f"gone.*{re.escape(next(iter(kind.files)))}"):
        kind.find(path)


def test_a_file_in_the_working_folder_does_not_shadow_a_name(kind, elsewhere):
    """A name means the same wherever callsim is run."""
    name, path = next(iter(kind.files.items()))
    (elsewhere / name).touch()
    assert kind.find(name) == path
