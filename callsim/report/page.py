"""One session as a page: part of the app, or one file that holds everything and loads nothing.

Both are made from the same templates. The app's page links to `/static/look/…` (the folder STATIC) and asks for its
sound; the report has style, program and sound inside, and says in its own security policy that it loads nothing.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from callsim.report.compact import page_data
from callsim.report.flow import flow_of, legend_of, takes_shown
from callsim.report.names import DIMENSION_NAMES, ENDINGS, MODES, READERS
from callsim.report.replay import Replay
from callsim.report.shown import day, points, score, seconds, tone
from callsim.report.text import clock
from callsim.scoring.evidence import SILERO
from callsim.timeline import Ms

STATIC = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"
SPEEDS = (0.75, 1, 1.25, 1.5, 1.75, 2)

_STYLES = ("look.css", "replay.css")
# In the order in which each may use those before it.
_MODULES = ("clock.js", "player.js", "lanes.js", "stage.js", "transcript.js", "tools.js", "replay.js")
_IMPORT = re.compile(r"^import\b[^;]*;\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Link:
    """A way to another page; `current` where it is this one. With `who` it is a button, by which they leave."""

    name: str
    href: str
    current: bool = False
    who: str = ""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a coach who looks at a page may do there, under `here`: who they are, and the calls they may ask for.

    `everybodys`: they may take back what others wrote too. `today` is the first day that something can be due.
    """

    here: str
    by: str
    everybodys: bool
    scripts: Mapping[str, str]
    today: str

    def may_take_back(self, by: str) -> bool:
        """Whether something that `by` wrote is theirs to take back."""
        return self.everybodys or by == self.by


def environment(*more: Path) -> Environment:
    """Jinja2 over the report's templates and those of other folders, with what they share; everything is escaped."""
    made = Environment(
        loader=FileSystemLoader([TEMPLATES, *more]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    made.filters.update(clock=clock, score=score, tone=tone, points=points, day=day, seconds=seconds)
    made.globals.update(nav=(), DIMENSION_NAMES=DIMENSION_NAMES, ENDINGS=ENDINGS, MODES=MODES, SPEEDS=SPEEDS)
    return made


def replay_page(
    replay: Replay,
    *,
    sound_url: str,
    data_url: str | None = None,
    report_url: str | None = None,
    takes_url: str | None = None,
    here: str | None = None,
    tools: Tools | None = None,
    nav: Sequence[Link] = (),
) -> str:
    """The page of the app. The browser asks for `sound_url` + ".opus", or + ".wav" where it plays no Opus.

    `data_url` and `report_url` are links to the replay as JSON and to the report as one file; another take's page is
    at `takes_url` + its folder; clips are at `here` + "/clips/ID.opus". Without an address there is no link.
    `tools` are for a coach; who has none only reads.
    """
    links = {
        "sound_url": sound_url,
        "data_url": data_url,
        "report_url": report_url,
        "takes_url": takes_url,
        "here": here,
    }
    return (
        environment()
        .get_template("replay.html")
        .render(nav=nav, tools=tools, modules=_MODULES, **links, **_shown(replay))
    )


def report_file(replay: Replay, sound: bytes) -> str:
    """One HTML file with everything inside; `sound` is the call as Ogg/Opus."""
    style, program = _inside("\n".join(map(_static, _STYLES))), _inside(bundled())
    return (
        environment()
        .get_template("report.html")
        .render(
            style=Markup(style),
            program=Markup(program),
            policy=_policy(style, program),
            sound=base64.b64encode(sound).decode(),
            takes_url=None,
            here=None,
            tools=None,
            **_shown(replay),
        )
    )


def bundled() -> str:
    """The page's modules as one: their imports of each other are left out, and their exports are plain names."""
    return "\n".join(_IMPORT.sub("", _static(name)).replace("\nexport ", "\n") for name in _MODULES)


def _shown(replay: Replay) -> dict[str, Any]:
    return {
        "replay": replay,
        "flow": flow_of(replay),
        "legend": legend_of(replay),
        "takes": takes_shown(replay),
        "reader": READERS.get(replay.recogniser, f"The words were read by {replay.recogniser}."),
        "quiet_ms": _quiet_ms(replay),
        "SILERO": SILERO,
        "data": page_data(replay),
    }


def _quiet_ms(replay: Replay) -> Ms:
    return sum(end_ms - start_ms for start_ms, end_ms in replay.measures.dead_air)


def _static(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def _inside(text: str) -> str:
    """What stands between two tags, with the line ends that the policy's digest is made of."""
    return f"\n{text}\n"


def _policy(style: str, program: str) -> str:
    """Nothing is loaded, and nothing runs but what we put in: a transcript cannot smuggle in a script."""
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; media-src data: blob:; "
        f"style-src 'sha256-{_digest(style)}'; script-src 'sha256-{_digest(program)}'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
