"""Has the trainee finished? How long the caller waits in silence before it takes the turn. Pure, on words and sound.

A pause inside a turn and the silence after it sound alike at first; the words before it tell them apart better than
its length does. Three ends are told apart: a question or closing words want an answer now; a statement may have another
one coming; and what breaks off in the middle ("let me", "and", "four four") will go on. How it sounded
(falling or held, as a turn model hears it) moves that by one step. tests/bench_end_of_turn.py measures it.
"""

from __future__ import annotations

from collections.abc import Sequence

from callsim.timeline import Ms

# Voice activity knows of an end only 300 ms after it; pauses beyond 3 s end a turn (DESIGN.md, measures).
SHORTEST_MS: Ms = 320
LONGEST_MS: Ms = 3_000
# After a question: what an answer may take (700 ms), less what a busy machine adds. On a headset 320 ms to know of the
# end and 200 ms to the ear leave the recogniser 100 ms, so that a live call answers as fast as a headless one.
ASKED_MS: Ms = 620
# What breaks off gets this much more time than a statement.
OPEN_TIMES = 2
# The average of the 35 inner pauses of a real support call; a new trainee counts as having made ten like it.
USUAL_PAUSE_MS: Ms = 780
USUAL_PAUSES = 10
# A statement's wait, in average pauses: outlasts nearly nine of ten in that call.
STATEMENT_TIMES = 1.7

# A chance of having finished, by the sound: above the first it moves a step sooner, below the second a step later. The
# turn model's own boundary is 0.5; these leave the words their say around it (see the benchmark).
SOUNDS_FINISHED = 0.6
SOUNDS_OPEN = 0.3

_QUESTION_WITHIN_WORDS = 15
_SHORT_ANSWER_WORDS = 5
# Digits being read out come in groups; nothing that people read out is longer than this.
_LONGEST_NUMBER = 10


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CONNECTIVES = _words(
    "and but or nor so because cause if when while although unless until since whether which who whose where than as"
)
_BEFORE_NOUNS = _words("a an the my our your his their its every another any some per")
_PREPOSITIONS = _words("of to in on at for from with by into about")
_LONG_PREPOSITIONS = _words("under between through without regarding during")
_FILLERS = _words("um uh er erm hm ah like well not very also just maybe probably basically actually even only quite")
_AUXILIARIES = _words(
    """do does did is are was were have has had can could will would should may might must shall
    don't doesn't didn't isn't aren't wasn't weren't haven't hasn't can't couldn't won't wouldn't shouldn't"""
)
_PERSONS = _words("i you we they he she it")
_SUBJECTS = _PERSONS | _words("that this there your the")
_LONE_SUBJECTS = _words(
    """i we they he she i'm i'll i'd i've we're we'll we'd we've you're you'll you'd you've they're they'll they've
    he's she's it's it'll that's that'll there's here's what's who's let's am be been being cannot gonna wanna"""
)
_OPEN_ENDS = (
    _CONNECTIVES | _BEFORE_NOUNS | _PREPOSITIONS | _LONG_PREPOSITIONS | _FILLERS | _LONE_SUBJECTS | _AUXILIARIES
) - _words("do does did has")
_QUESTION_WORDS = _words("what which who whose why how when where what's who's how's where's when's")
_TIME_CLAUSES = _words("when where")
_ASKED_AFTER = ("you", "i", "we", "there")
# "Does that work", "would this help"; but "the trouble is that", "he did that".
_ASK_OF_THINGS = _words("does do will would could should")
# A new sentence begins after these.
_LEADS = _words(
    "and but so or okay well um uh er then now alright right sure great thanks please sorry ah oh yes yeah no perfect"
)
_TAGS = _words("right okay correct yeah")
_NO_TAG_AFTER = _AUXILIARIES | _TAGS | _words("all that's the about")
_ANSWERS = _words("yes no yep nope absolutely correct exactly definitely certainly hello hi")
_CLOSINGS = (
    "thank you", "thanks", "for calling", "your patience", "great day", "good day", "nice day", "welcome", "pleasure",
    "goodbye", "bye", "please", "today", "go ahead", "no problem", "a moment", "one moment", "a second", "one second",
    "a minute", "hold on", "bear with me",
)  # fmt: skip
_GOODBYES = _words("bye goodbye")
_TAKES_UP_WORDS = 3
# Endings that would be open, were it not for the word before: "fix that", "log in", "as well".
_POINTERS = _words("that this these those")
_BEFORE_POINTERS = _words(
    """about with for of on after before at from by like into than do did done doing fix fixed fixing check checking
    sort change explain confirm repeat cancel appreciate understand hear see get got resolve handle arrange mentioned
    said"""
)
_BEFORE_PARTICLES = _words(
    "log logged sign signed come go going hang hold turn turned switch switched plug move moved carry"
)
_BEFORE_FINAL_WELL = _words("as very pretty doing really")
_BEFORE_ACTING = _words("let give tell")
_DIGITS = _words("zero oh one two three four five six seven eight nine double triple")
_LETTERS = frozenset("bcdefghjklmnopqrstuvwxyz")


def wait_ms(text: str, pauses_ms: Sequence[Ms] = (), finished_chance: float | None = None) -> Ms:
    """How long after the true end of the voice the turn counts as finished, from the turn so far.

    `text` is what Vosk makes of the words: lower case, unpunctuated. `pauses_ms` are this trainee's own pauses inside
    turns so far, those that the caller wrongly took for an end included (without them, a caller who is too quick would
    only ever learn of short ones). `finished_chance` (0 to 1) is how finished it sounds, None where nothing listened
    for that. From 320 to 3000 ms; a trailing connective never shortens it.
    """
    statement_ms = _statement_ms(pauses_ms)
    waits_ms = (ASKED_MS, statement_ms, min(OPEN_TIMES * statement_ms, LONGEST_MS))
    step = _step_by_words(text.split()) + _step_by_sound(finished_chance)
    return waits_ms[min(max(step, 0), len(waits_ms) - 1)]


def _step_by_words(words: Sequence[str]) -> int:
    if _breaks_off(words):
        return 2
    return 0 if _wants_an_answer(words) else 1


def _step_by_sound(finished_chance: float | None) -> int:
    if finished_chance is None:
        return 0
    return int(finished_chance < SOUNDS_OPEN) - int(finished_chance > SOUNDS_FINISHED)


def _statement_ms(pauses_ms: Sequence[Ms]) -> Ms:
    average_ms = (USUAL_PAUSES * USUAL_PAUSE_MS + sum(pauses_ms)) / (USUAL_PAUSES + len(pauses_ms))
    return min(max(round(STATEMENT_TIMES * average_ms), ASKED_MS), LONGEST_MS)


def _breaks_off(words: Sequence[str]) -> bool:
    if not words or _in_a_number(words):
        return True
    before, last = ["", *words][-2:]
    if last in _POINTERS:
        return before not in _BEFORE_POINTERS
    if last == "you":
        return before in _CONNECTIVES | _AUXILIARIES | _QUESTION_WORDS | _POINTERS
    if last == "me":
        return before in _BEFORE_ACTING
    if last in _OPEN_ENDS:
        return not _ends_all_the_same(words, before, last)
    return len(words) <= 2 and not _wants_an_answer(words)


def _ends_all_the_same(words: Sequence[str], before: str, last: str) -> bool:
    if last == "well":
        return before in _BEFORE_FINAL_WELL
    if last in _PREPOSITIONS:
        return _asks(words) or (last in ("in", "on") and before in _BEFORE_PARTICLES)
    return last in _AUXILIARIES and _is_short_answer(words)


def _in_a_number(words: Sequence[str]) -> bool:
    """Somebody reads out digits or letters: two or more of them at the end."""
    run = 0
    for word in reversed(words):
        if word not in _DIGITS and word not in _LETTERS:
            break
        run += 1
    return 2 <= run < _LONGEST_NUMBER


def _wants_an_answer(words: Sequence[str]) -> bool:
    return _is_short_answer(words) or _has_a_tag(words) or _closes(words) or _asks(words)


def _is_short_answer(words: Sequence[str]) -> bool:
    return len(words) <= _SHORT_ANSWER_WORDS and words[0] in _ANSWERS


def _has_a_tag(words: Sequence[str]) -> bool:
    return len(words) > 3 and words[-1] in _TAGS and words[-2] not in _NO_TAG_AFTER


def _closes(words: Sequence[str]) -> bool:
    """A mere "thank you" or "no problem" takes up what the caller said, and more comes; after more, it closes."""
    if len(words) <= _TAKES_UP_WORDS and words[-1] not in _GOODBYES:
        return False
    return f" {' '.join(words)}".endswith(tuple(f" {closing}" for closing in _CLOSINGS))


def _asks(words: Sequence[str]) -> bool:
    first = max(0, len(words) - _QUESTION_WITHIN_WORDS)
    # However its first words were misheard.
    if "anything else" in " ".join(words[first:]):
        return True
    return any(_question_opens(words, at) for at in range(first, len(words) - 2))


def _question_opens(words: Sequence[str], at: int) -> bool:
    """ "What is", "which card" where a sentence begins; "how can i", "would you" anywhere, since nothing marks that."""
    before = words[at - 1] if at else "and"
    here, then, after = words[at : at + 3]
    begins = before in _LEADS
    if here in _QUESTION_WORDS:
        turned_round = then in _AUXILIARIES and (begins or after in _SUBJECTS)
        return turned_round or (begins and here not in _TIME_CLAUSES and then not in _SUBJECTS)
    if here not in _AUXILIARIES or then not in _SUBJECTS:
        return False
    stated = _PERSONS | _QUESTION_WORDS | _AUXILIARIES
    asked = then in _ASKED_AFTER or (then in ("that", "this") and here in _ASK_OF_THINGS)
    return begins or (asked and before not in stated)
