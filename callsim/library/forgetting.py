"""What a retention period takes from a session: its sound and every word of it. The figures stay.

Works on the JSON as it lies there, so that sessions of older versions are forgotten too, and keeps what is known to
hold no words; whatever else a version may have written goes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from callsim.library.reading import Json
from callsim.sessions.cards import KEPT_EVIDENCE, earlier_cards
from callsim.sessions.disk import disk_error, replace_file
from callsim.sessions.folder import ABOUT, EVENTS, SCORECARD, read_about

# Names, not speech: what happened, to whom, by which rule.
_NAMES_IN_EVENTS = frozenset({"kind", "who", "id", "key", "act", "rule", "need", "ending"})
_LISTS_OF_WORDS = ("transcript", "changed", "advice")
# Says which of the things the call is about were named.
_TELLING = "phrasing.concrete"
WORDS_REMOVED = "the words were removed"


def forget_session(folder: Path, moment: str) -> None:
    """Remove a session's sound and words; `moment` (ISO 8601) is noted in session.json, last of all.

    Stopped half way it is not noted yet, and another `forget_session` finishes the work. Raises SessionError where
    there is no session of this version, DiskError.
    """
    about = read_about(folder)
    for sound in _sounds(folder):
        _remove(sound)
    _remove(folder / KEPT_EVIDENCE)
    _rewrite(folder / EVENTS, _without_words_said)
    for card in (folder / SCORECARD, *earlier_cards(folder)):
        _rewrite(card, _figures)
    noted = about.model_copy(update={"forgotten": moment})
    replace_file(folder / ABOUT, f"{noted.model_dump_json(indent=2)}\n".encode())


def _sounds(folder: Path) -> list[Path]:
    """All forms of the sound, and what a crash left of making one."""
    return sorted({*folder.glob("call.*"), *folder.rglob("*.part")})


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as wrong:
        raise disk_error(path, wrong) from None


def _rewrite(path: Path, forgetful: Callable[[bytes], bytes]) -> None:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as wrong:
        raise disk_error(path, wrong) from None
    replace_file(path, forgetful(content))


def _without_words_said(events: bytes) -> bytes:
    """The events with their times; a line that is none is left out."""
    return b"".join(_forgetful_events(events))


def _forgetful_events(events: bytes) -> Iterator[bytes]:
    for line in events.split(b"\n"):
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and event.get("kind") != "hearing":
            yield json.dumps({key: _wordless(key, value) for key, value in event.items()}).encode() + b"\n"


def _wordless(key: str, value: Json) -> Json:
    if value is None or isinstance(value, bool | int | float) or key in _NAMES_IN_EVENTS:
        return value
    return "" if isinstance(value, str) else []


def _figures(scorecard: bytes) -> bytes:
    """A scorecard without its words; one that cannot be read becomes an empty one."""
    try:
        card = json.loads(scorecard)
    except ValueError:
        card = {}
    if not isinstance(card, dict):
        card = {}
    card |= {key: [] for key in _LISTS_OF_WORDS if key in card}
    return f"{json.dumps(_unquoted(card), indent=1)}\n".encode()


def _unquoted(part: Json) -> Json:
    """A piece of a scorecard with every quote empty."""
    if isinstance(part, list):
        return [_unquoted(one) for one in part]
    if not isinstance(part, dict):
        return part
    # A win says what its check says.
    telling = ("why", "said") if _TELLING in (part.get("id"), part.get("check")) else ()
    return {
        key: "" if key == "quote" else WORDS_REMOVED if key in telling else _unquoted(value)
        for key, value in part.items()
    }
