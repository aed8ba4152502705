"""What a speech engine may be asked to say."""

from __future__ import annotations

from callsim.errors import InputError

_MOST_CHARACTERS = 2000


def sayable(text: str) -> str:
    """The text without control characters and broken Unicode; raises InputError where it cannot be a line."""
    clean = "".join(letter if letter.isprintable() else " " for letter in text).strip()
    if not any(letter.isalnum() for letter in clean):
        raise InputError("A line of the caller has nothing to say: give it at least one word")
    if len(clean) > _MOST_CHARACTERS:
        raise InputError(
            f"A line of the caller has {len(clean)} characters, and {_MOST_CHARACTERS} is the most: split it"
        )
    return clean
