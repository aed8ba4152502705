"""A script as a picture: a Mermaid flowchart, which editors and code hosts draw."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from callsim.caller import DEMANDS_FROM
from callsim.script import CALM_BELOW, Need, Script

_SHOWN = 60


def mermaid(script: Script) -> str:
    """The way through the call: the story, the needs and what meets them, the second problem, the endings."""
    return "\n".join(_rows(script)) + "\n"


def _rows(script: Script) -> Iterator[str]:
    yield "flowchart TD"
    yield f'  ring(["{_plain(script.title)}: {script.caller.name} rings, frustration {script.caller.frustration}"])'
    steps = ["ring"]
    for part in script.story:
        steps.append(f"story_{part.id}")
        yield f'  {steps[-1]}["{_first(part.say.variants(script.caller.frustration))}"]'
    needs = [need for need in script.needs if not need.second]
    for need in needs:
        steps.append(f"need_{need.id}")
        yield f'  {steps[-1]}{{"needs: {_plain(need.what)}"}}'
    for before, after in pairwise(steps):
        yield f"  {before} -->{_label(before, needs)} {after}"
    yield from _after(script, steps[-1], needs)
    yield from _aside(script)


def _label(step: str, needs: list[Need]) -> str:
    need = next((need for need in needs if step == f"need_{need.id}"), None)
    return "" if need is None else f'|"{_met(need)}"|'


def _met(need: Need) -> str:
    words = ", ".join(need.words[:3]) + (" …" if len(need.words) > 3 else "")
    return f"{' or '.join(need.met_by)}" + (f": {_plain(words)}" if words else "")


def _after(script: Script, last: str, needs: list[Need]) -> Iterator[str]:
    yield '  settled["all is promised"]'
    yield f"  {last} -->{_label(last, needs)} settled"
    for need in (need for need in script.needs if need.second):
        yield f'  need_{need.id}{{"in some calls also: {_plain(need.what)}"}}'
        yield f"  settled -.-> need_{need.id}"
        yield f'  need_{need.id} -->|"{_met(need)}"| goodbye'
    yield '  goodbye["goodbye"]'
    yield "  settled --> goodbye"
    yield f'  goodbye -->|"frustration under {CALM_BELOW}"| thankful(["thankful: {_first(script.endings.thankful)}"])'
    yield f'  goodbye -->|"else"| cool(["cool: {_first(script.endings.cool)}"])'


def _aside(script: Script) -> Iterator[str]:
    yield f'  anger["frustration {DEMANDS_FROM}: wants somebody senior"]'
    yield "  ring -.->|blame, refusal, silence …| anger"
    yield f'  anger -->|warm handover| supervisor(["supervisor: {_first(script.endings.supervisor)}"])'
    yield f'  anger -->|still as angry after that| hang_up(["hang up: {_first(script.endings.hang_up)}"])'
    known = ", ".join(answer.id.replace("_", " ") + (" (hidden)" if answer.hidden else "") for answer in script.answers)
    if known:
        yield f'  knows[/"knows when asked: {_plain(known)}"/]'


def _first(lines: tuple[str, ...]) -> str:
    return _plain(lines[0] if len(lines[0]) <= _SHOWN else f"{lines[0][: _SHOWN - 3]}...") if lines else ""


def _plain(text: str) -> str:
    """Mermaid ends a text at a quotation mark."""
    return text.replace('"', "'")
