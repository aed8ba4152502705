"""The process in which a page's work is done: `python -m callsim.app.callprocess JOB JSON`, with a wire on its pipes.

One process for each call, check and scoring: no page can make the sound stutter, and whatever dies here takes nothing
with it.
"""

from __future__ import annotations

import json
import os
import sys
from _thread import interrupt_main
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from callsim.app.front import PageFront, PageGuide, PageProgress
from callsim.app.imports import keep_recording
from callsim.app.wire import Wire
from callsim.cli import as_our_bug
from callsim.cli.headset import check_headset, remembered
from callsim.cli.livecall import LiveRequest, take_live_call
from callsim.cli.pool import cores
from callsim.cli.rescore import all_sessions, figures_of, rescore_all, with_coaches
from callsim.cli.scored import Reading, score_session
from callsim.devices import models, smart_turn
from callsim.errors import CallsimError, ModelError
from callsim.library.rubrics import rubric_named
from callsim.scoring.rubric import read_rubric
from callsim.sessions.cards import keep_rubric
from callsim.sessions.folder import Session, write_scorecard
from callsim.sessions.names import sessions_dir
from callsim.sessions.opus import opus_of

Asked = Mapping[str, Any]
# Nobody hears it when a score comes later, and everybody when a call stutters.
_BEHIND_CALLS = 10


def main() -> None:
    """Do one job. Whatever goes wrong is told as one sentence; the exit code is 0 unless the process dies."""
    wire = Wire.of_this_process()
    try:
        JOBS[sys.argv[1]](wire, json.loads(sys.argv[2]))
    except KeyboardInterrupt:
        wire.tell(stage="declined")
    except CallsimError as wrong:
        wire.tell(stage="failed", wrong=_sentence(str(wrong)))
    except Exception as bug:
        wire.tell(stage="failed", wrong=_sentence(as_our_bug(bug)))


def _call(wire: Wire, asked: Asked) -> None:
    front = PageFront(wire)
    _fetch_models(wire)
    last = remembered()
    request = LiveRequest(
        asked["script"], asked["mode"], asked["seed"], microphone=last.microphone, speaker=last.speaker,
        trainee=asked["trainee"],
    )  # fmt: skip
    take_live_call(request, front)


def _check(wire: Wire, asked: Asked) -> None:
    wire.listen(lambda _: interrupt_main())
    # Importing it starts PortAudio.
    from callsim.devices.soundcard import default_devices, device_names  # noqa: PLC0415

    last, default = remembered(), default_devices()
    microphone, speaker = asked.get("microphone") or last.microphone, asked.get("speaker") or last.speaker
    wire.tell(
        microphones=device_names("input"),
        speakers=device_names("output"),
        microphone=microphone or default.microphone,
        speaker=speaker or default.speaker,
    )
    check_headset(microphone, speaker, PageGuide(wire))
    wire.tell(stage="checked")


def _score(wire: Wire, asked: Asked) -> None:
    _step_back()
    _score_in(sessions_dir(os.environ) / asked["session"], wire)


def _import(wire: Wire, asked: Asked) -> None:
    _step_back()
    progress = PageProgress(wire, "reading")
    folder = keep_recording(Path(asked["file"]), asked["name"], asked["trainee"], progress, asked["whose"])
    wire.tell(session=folder.name)
    _score_in(folder, wire)


def _score_in(folder: Path, wire: Wire) -> None:
    wire.tell(stage="scoring", done=None)
    _fetch_models(wire)
    reading = Reading(caller_words=True, progress=PageProgress(wire, "scoring"))
    scored = score_session(folder, read_rubric(None), reading)
    card = scored.card()
    opus_of(Session.read(folder))
    keep_rubric(folder, scored.made_by)
    write_scorecard(folder, card.to_json().encode())
    wire.tell(stage="scored")


def _rescore(wire: Wire, asked: Asked) -> None:
    _step_back()
    home = sessions_dir(os.environ)
    rubric, clock = rubric_named(asked["rubric"], home), partial(datetime.now, UTC) if asked["apply"] else None
    progress = PageProgress(wire, "scoring")
    told = lambda done, total: progress.step("calls", done, total)  # noqa: E731
    found = rescore_all(all_sessions(home), rubric, cores(), told, clock)
    coaches = None if asked["apply"] else with_coaches(found, os.environ)
    wire.tell(stage="rescored", rubric=rubric.fingerprint, figures=figures_of(found, coaches))


def _fetch_models(wire: Wire) -> None:
    """Where they are missing; without the turn model the caller goes by the words alone."""
    progress = PageProgress(wire, "fetching")
    if models.find(None) is None:
        models.fetch(progress)
    if smart_turn.WEIGHTS.find() is None:
        with suppress(ModelError):
            smart_turn.WEIGHTS.fetch(progress)


def _step_back() -> None:
    if hasattr(os, "nice"):
        os.nice(_BEHIND_CALLS)


def _sentence(says: str) -> str:
    return says if says.endswith((".", "?")) else f"{says}."


JOBS: dict[str, Callable[[Wire, Asked], None]] = {
    "call": _call,
    "check": _check,
    "score": _score,
    "import": _import,
    "rescore": _rescore,
}

if __name__ == "__main__":
    main()
