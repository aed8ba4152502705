"""Passwords, which are kept only as argon2id hashes."""

from __future__ import annotations

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from callsim.errors import InputError

# OWASP's Application Security Verification Standard 4.0.3, 2.1.1; NIST SP 800-63B forbids rules on what is in them.
FEWEST_LETTERS = 12
# More than anybody types; a longer one would only be work for us.
MOST_LETTERS = 256
# RFC 9106, section 4, second recommended option: argon2id, 3 passes over 64 MiB in 4 lanes. OWASP's password storage
# cheat sheet asks for 19 MiB at least; the RFC's first option takes 2 GiB for each that signs in.
_HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


def check_password(password: str, name: str) -> None:
    """Raises InputError where a new password of somebody's is too short, too long or their name."""
    letters = _normal(password)
    if not FEWEST_LETTERS <= len(letters) <= MOST_LETTERS:
        raise InputError(f"A password has {FEWEST_LETTERS} to {MOST_LETTERS} letters: choose another, say, four words")
    if letters.casefold().strip() == _normal(name).casefold():
        raise InputError("A password is not the name of the account: choose another")


def hashed(password: str) -> str:
    """What is kept of a password."""
    return _HASHER.hash(_bytes(password))


def is_right(kept: str | None, password: str) -> bool:
    """Whether it is the password; without one that is kept it takes as long, and is not."""
    try:
        return _HASHER.verify(kept or _of_nobody(), _bytes(password)) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether it was hashed with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


@cache
def _of_nobody() -> str:
    return _HASHER.hash(b"nobody's")


def _normal(password: str) -> str:
    """The same letters, however a keyboard makes them (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def _bytes(password: str) -> bytes:
    return _normal(password).encode(errors="replace")
