"""How fast the trainee speaks, and with how many fillers. Pure functions on spans and words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from callsim.events import Word
from callsim.scoring.stretches import Stretch
from callsim.scoring.syllables import syllables
from callsim.timeline import Ms, Span, bridged, total_ms

# Sounds of hesitation, and phrases that fill a pause. "like" and "you know" have honest uses too, hence the words that
# must not stand before them.
_FILLERS = re.compile(
    r"\b(?:um+|uh+|erm?|ehm?|uhm|hmm?)\b"
    r"|(?<!\bdo )(?<!\bdid )(?<!\blet )(?<!\bas )(?<!\bif )(?<!\bwhat )"
    r"\byou know\b(?! (?:what|how|when|where|why|if|the|your|that)\b)"
    r"|\bi mean\b|\b(?:sort|kind) of like\b|\bor whatever\b"
    r"|\b(?:was|is|were|it's|and|so|just|but) like\b(?! (?:that|this|the|a)\b)"
)


def speaking_ms(spans: Sequence[Span], pause_ms: Ms) -> Ms:
    """How long somebody is really speaking: their stretches of voice, with pauses of up to `pause_ms` in and longer
    ones out.

    Source: 250 ms is the usual least pause in fluency research (Goldman-Eisler 1968; De Jong and Bosker 2013). Voice
    activity that bridges longer pauses than that makes the time too long and every rate on it too low.
    """
    return total_ms(bridged(spans, pause_ms + 1))


def words_per_minute(stretches: Sequence[Stretch], pause_ms: Ms) -> float | None:
    """Recognised words per minute of speaking (see `speaking_ms`); None where no word was recognised.

    Stretches without a recognised word (a laugh, a cough) count in neither part. Not to be compared with words per
    minute of the whole call. A recogniser that drops words makes it too low. Source: DESIGN.md, measures; American
    conversation runs at 150 to 180.
    """
    spoken = [one for one in stretches if one.words]
    time_ms = speaking_ms([one.span for one in spoken], pause_ms)
    return sum(len(one.words) for one in spoken) * 60_000 / time_ms if time_ms else None


def articulation_rate(stretches: Sequence[Stretch], pause_ms: Ms) -> float | None:
    """Syllables per second of speaking (see `speaking_ms`); None where no word was recognised. Usual: 4 to 5.

    Source: DESIGN.md, measures; articulation rate leaves the pauses out (Goldman-Eisler 1968).
    """
    spoken = [one for one in stretches if one.words]
    time_ms = speaking_ms([one.span for one in spoken], pause_ms)
    count = sum(syllables(word.word) for one in spoken for word in one.words)
    return count * 1000 / time_ms if time_ms else None


def fillers_per_100_words(words: Sequence[Word]) -> float | None:
    """Fillers (um, uh, er, you know, I mean, …) per 100 recognised words; None without words.

    Recognisers tend to hide um and uh, Vosk's small English model nearly always: the number is worth something only for
    a recogniser that was measured (rubric: `fillers.heard_by`).
    """
    if not words:
        return None
    text = " ".join(word.word for word in words)
    return len(_FILLERS.findall(text)) * 100 / len(words)
