"""The scorecard that lies in a session."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from callsim.scoring.scorecard import Scorecard
from callsim.sessions.folder import SCORECARD


def kept_card(folder: Path) -> Scorecard | None:
    """The scorecard that lies in a session; None where there is none, or none that this version can read."""
    try:
        return Scorecard.model_validate_json((folder / SCORECARD).read_bytes())
    except (OSError, ValidationError):
        return None
