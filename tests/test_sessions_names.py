"""Where sessions lie when nobody says where."""

from datetime import UTC, datetime
from pathlib import Path

import platformdirs
import pytest

from callsim.errors import DiskError, InputError
from callsim.sessions.names import claim_folder, own_name, sessions_dir, whose

STARTED = datetime(2026, 1, 31, 9, 5, 7, tzinfo=UTC)


def test_sessions_lie_in_the_users_data_folder():
    """Where each platform keeps such things; an empty CALLSIM_HOME is none."""
    usual = platformdirs.user_data_path("callsim", appauthor=False) / "sessions"
    assert sessions_dir({}) == sessions_dir({"CALLSIM_HOME": ""}) == usual


def test_a_trainee_has_the_name_they_give():
    """Without too many spaces; one that cannot be shown, or is too long, is refused; none is whoever sits here."""
    assert whose(" Ada \n King ") == "Ada King"
    assert whose(None) == whose("  ") == own_name() != ""
    for wrong in ("a\x1bb", "x" * 81):
        with pytest.raises(InputError, match="up to 80 letters"):
            whose(wrong)


def test_callsim_home_moves_them():
    """A training centre, or a test, says where."""
    assert sessions_dir({"CALLSIM_HOME": "home"}) == Path("home/sessions")


def test_a_folder_is_named_by_date_time_and_script(tmp_path):
    """It sorts by time, and says what the call was about."""
    folder = claim_folder(tmp_path / "sessions", STARTED, "late-parcel")
    assert folder == tmp_path / "sessions" / "2026-01-31-090507-late-parcel"
    assert folder.is_dir()


def test_calls_in_one_second_get_folders_of_their_own(tmp_path):
    """A number goes behind the name that is taken."""
    names = [claim_folder(tmp_path, STARTED, "late-parcel").name for _ in range(3)]
    assert names == [f"2026-01-31-090507-late-parcel{number}" for number in ("", "-2", "-3")]


@pytest.mark.parametrize(
    ("script", "end"),
    [
        ("folder/My Own: Script?.toml", "my-own-script"),
        ("..", "call"),
        ("Ärger.toml", "rger"),
        ("x" * 300, "x" * 60),
    ],
)
def test_any_script_gives_a_name_that_a_disk_takes(tmp_path, script, end):
    """A path to anybody's script is as good as a name."""
    folder = claim_folder(tmp_path, STARTED, script)
    assert folder.name == f"2026-01-31-090507-{end}"
    assert folder.parent == tmp_path


def test_a_file_in_the_place_of_the_folder_is_one_sentence(tmp_path):
    """And not an endless search for a free name."""
    (tmp_path / "sessions").touch()
    with pytest.raises(DiskError, match="sessions cannot be written"):
        claim_folder(tmp_path / "sessions", STARTED, "late-parcel")
