"""A small pattern grammar over plain words, compiled to regular expressions.

The notation is described for coaches at the head of `warm.toml`. A pattern is matched against one clause of a
`words.Heard` line: words are followed by one space, clauses are fenced by `| `, so no pattern can leak into the next
clause. Every pattern also yields *keys*, a set of words of which at least one must be present for it to match:
`Index` uses them to try only the few patterns that can match at all, and an expression is compiled when first tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from callsim.acts.words import expand
from callsim.errors import RubricError

_TOKEN = re.compile(r"\.\.\d|@\w+|[()\[\]|^$~_,]|[\w'#]+\*?")
_ANY = r"[^ |]+ "
# Words this short are in nearly every utterance, so a key made of them saves nothing.
_COMMON_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Part:
    """A compiled piece: its expression, and the keys of which one must occur (none: it may match without any)."""

    regex: str
    keys: frozenset[str] | None = None

    @property
    def cost(self) -> int:
        """How often the keys will be met in vain: short words count most."""
        return sum(20 if len(key) <= _COMMON_LENGTH else 1 for key in self.keys or ())


def _sequence(parts: Sequence[Part]) -> Part:
    keyed = [part for part in parts if part.keys]
    best = min(keyed, key=lambda part: part.cost).keys if keyed else None
    return Part("".join(part.regex for part in parts), best)


def _alternatives(parts: Sequence[Part]) -> Part:
    if len(parts) == 1:
        return parts[0]
    keys = None if any(part.keys is None for part in parts) else frozenset().union(*(part.keys or () for part in parts))
    return Part(f"(?:{'|'.join(part.regex for part in parts)})", keys)


def _word(token: str) -> Part:
    if token.endswith("*"):
        return Part(rf"{re.escape(token[:-1])}[^ |]* ", frozenset({token[:-1]}))
    words = expand(token)
    return _sequence([Part(rf"{re.escape(word)} ", frozenset({f"{word} "})) for word in words])


class _Reader:
    """Recursive descent over one pattern line; `classes` are the parts that `@name` stands for."""

    def __init__(self, pattern: str, classes: Mapping[str, Part]) -> None:
        self.pattern, self.classes = pattern, classes
        self.tokens = _TOKEN.findall(pattern)
        self.at = 0
        if "".join(self.tokens) != re.sub(r"\s+", "", pattern):
            raise self.mistake("has a sign that means nothing here; use words and ( | ) [ ] ..3 @class ~ _ , ^ $ *")

    def mistake(self, what: str) -> RubricError:
        return RubricError(f"The phrase {self.pattern!r} {what}")

    def whole(self) -> Part:
        part = self.choice(None)
        if not part.regex:
            raise self.mistake("is empty; write at least one word")
        return part

    def choice(self, closing: str | None) -> Part:
        options, parts = [], list[Part]()
        while True:
            token = self.tokens[self.at] if self.at < len(self.tokens) else None
            self.at += 1
            if token in ("|", closing):
                options.append(_sequence(parts))
                parts = []
                if token == closing:
                    return _alternatives(options)
            elif token is None or token in ")]":
                raise self.mistake("has a bracket without its partner; close what was opened")
            else:
                parts.append(self.part(token))

    def part(self, token: str) -> Part:
        if token == "(":
            return self.choice(")")
        if token == "[":
            return Part(f"(?:{self.choice(']').regex})?")
        if token == "~":
            return Part(f"(?:{self.named('adverb').regex}){{0,2}}")
        if token.startswith(".."):
            return Part(f"(?:{_ANY}){{0,{token[2:]}}}?")
        if token.startswith("@"):
            return self.named(token[1:])
        fixed = {"_": _ANY, ",": r"(?:\| )?", "^": r"(?<=\| )", "$": r"(?=\|)"}
        return Part(fixed[token]) if token in fixed else _word(token)

    def named(self, name: str) -> Part:
        if name not in self.classes:
            raise self.mistake(f"names the class @{name}, which is not among {', '.join(sorted(self.classes))}")
        return self.classes[name]


def compiled(pattern: str, classes: Mapping[str, Part]) -> Part:
    """The part for one pattern line; a mistake in it is a `RubricError` that quotes the line."""
    return _Reader(pattern, classes).whole()


def lines(block: str) -> Iterator[str]:
    """The patterns of a multi-line string: one a line, empty lines and lines that start with "# " left out."""
    stripped = (raw.strip() for raw in block.splitlines())
    return (line for line in stripped if line and not line.startswith("# "))


def classes_of(table: Mapping[str, str]) -> dict[str, Part]:
    """The word classes of a data file, in order: a class may use those above it."""
    classes: dict[str, Part] = {}
    for name, block in table.items():
        classes[name] = _alternatives([compiled(line, classes) for line in lines(block)])
    return classes


@cache
def expression(regex: str) -> re.Pattern[str]:
    """A part's expression, starting at a word; compiled when first needed, since most never are in one call."""
    return re.compile(f"(?<![^ ])(?:{regex})")


def _ending(part: Part) -> re.Pattern[str]:
    """The part right before the end of what is searched."""
    return expression(rf"(?:{part.regex})\Z")


def _words_on(most: int) -> re.Pattern[str]:
    """So many words, or as many as there are."""
    return expression(f"(?:{_ANY}){{0,{most}}}")


def any_of(block: str, classes: Mapping[str, Part]) -> Part | None:
    """A block of patterns as one part, or nothing for an empty block."""
    parts = [compiled(line, classes) for line in lines(block)]
    return _alternatives(parts) if parts else None


@dataclass(frozen=True, slots=True)
class Guards:
    """What forbids a match: something in its clause, ending right before it, or starting right after it."""

    anywhere: Part | None
    before: Part | None
    after: Part | None

    def ready(self) -> None:
        """Compiles its expressions."""
        for part in (self.anywhere, self.after):
            if part:
                expression(part.regex)
        if self.before:
            _ending(self.before)

    def forbid(self, line: str, start: int, end: int) -> bool:
        """Whether a guard holds for the match `line[start:end]`; only its own clause is looked at."""
        opening, closing = max(line.rfind("|", 0, start + 1), 0), line.find("|", max(end - 1, 0)) + 1
        return bool(
            (self.anywhere and expression(self.anywhere.regex).search(line, opening, closing))
            or (self.before and _ending(self.before).search(line, opening, start))
            or (self.after and expression(self.after.regex).match(line, end, closing))
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern of one act, with the guards of its group; its last gap only lengthens the quote, by `tail` words."""

    act: str
    regex: str
    tail: int
    keys: frozenset[str]
    guards: Guards

    def ready(self) -> None:
        """Compiles its expressions."""
        expression(self.regex)
        _words_on(self.tail)
        self.guards.ready()

    def spans(self, line: str) -> Iterator[tuple[int, int]]:
        """Where the rule holds in a line, as character ranges; matches may touch but do not overlap."""
        for match in expression(self.regex).finditer(line):
            if not self.guards.forbid(line, match.start(), match.end()):
                tail = _words_on(self.tail).match(line, match.end())
                yield match.start(), tail.end() if tail else match.end()


def _without_tail(pattern: str) -> tuple[str, int]:
    gap = re.fullmatch(r"(.+?)\s*\.\.(\d)", pattern)
    return (gap[1], int(gap[2])) if gap else (pattern, 0)


_GROUP_KEYS = {"say", "unless", "unless_before", "unless_after"}


def rules_of(act: str, groups: Iterable[Mapping[str, str]], classes: Mapping[str, Part]) -> Iterator[Rule]:
    """The rules of one act's groups (`say`, and `unless`, `unless_before`, `unless_after` for all of the group)."""
    for group in groups:
        if unknown := set(group) - _GROUP_KEYS:
            raise RubricError(f"The act {act} has {sorted(unknown)[0]!r}, which is not one of {sorted(_GROUP_KEYS)}")
        guards = Guards(
            any_of(group.get("unless", ""), classes),
            any_of(group.get("unless_before", ""), classes),
            any_of(group.get("unless_after", ""), classes),
        )
        for pattern in lines(group.get("say", "")):
            core, tail = _without_tail(pattern)
            part = compiled(core, classes)
            if not part.keys:
                raise RubricError(f"The phrase {pattern!r} has no word that must be said; add one")
            yield Rule(act, part.regex, tail, part.keys, guards)


class Index:
    """Rules by key, so that an utterance meets only the rules that can hold for it."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)
        self._by_key: dict[str, list[int]] = {}
        for number, rule in enumerate(self._rules):
            for key in rule.keys:
                self._by_key.setdefault(key, []).append(number)

    def ready(self) -> None:
        """Compiles all that a first look at some words would compile."""
        for rule in self._rules:
            rule.ready()

    def matches(self, line: str) -> Iterator[tuple[Rule, int, int]]:
        """Each rule that holds and where, as a character range of the line, in the order of the rules."""
        numbers: set[int] = set()
        for word in set(line.replace("|", "").split()):
            for key in (f"{word} ", *(word[:size] for size in range(1, len(word) + 1))):
                numbers.update(self._by_key.get(key, ()))
        for number in sorted(numbers):
            for start, end in self._rules[number].spans(line):
                yield self._rules[number], start, end
