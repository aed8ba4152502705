"""Times that a trainee promised, in the trainee's own words: what a caller holds on to. Pure."""

from __future__ import annotations

import re

_WEEKDAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_DAYS = f"{_WEEKDAYS}|today|tonight|tomorrow"
_COUNTS = "a|an|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty|the next|the"
_HOURS = "noon|midday|lunchtime"
_PARTS = f"morning|afternoon|evening|night|{_HOURS}"
_LENGTHS = r"(?:working |business )?(?:minutes?|hours?|days?|weeks?)"
_WHEN = re.compile(
    rf"\b(?:(?:by|before|on|until) )?(?:the end of )?(?:{_DAYS})(?: (?:{_PARTS}))?(?: (?:by|before|at) (?:{_HOURS}))?\b"
    rf"|\b(?:within|in) (?:{_COUNTS})(?: (?:to|or) (?:{_COUNTS}))? {_LENGTHS}\b"
    rf"|\b(?:by|before) (?:the end of (?:the )?(?:day|week|month)|next week|the weekend|{_HOURS})\b"
)
_DAY = re.compile(rf"\b(?:{_DAYS})\b", re.IGNORECASE)
_NAMED = re.compile(rf"\b(?:{_WEEKDAYS})\b")


def promised(text: str) -> str | None:
    """The last time named in a turn, as it was said, weekdays in capitals ("by Friday"); None where none was."""
    found = [match[0] for match in _WHEN.finditer(text.lower())]
    return _NAMED.sub(lambda day: day[0].capitalize(), found[-1]) if found else None


def contradicts(before: str, now: str) -> bool:
    """Whether both name a day, and different ones; "tomorrow" and "within two days" may both be true."""
    first, second = _DAY.search(before), _DAY.search(now)
    return bool(first and second and first[0] != second[0])
