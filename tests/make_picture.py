"""Makes the README's picture, the demo's scorecard in a terminal: python tests/make_picture.py"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from rich.console import Console

from callsim.cli import run
from callsim.report.text import show
from callsim.scoring.scorecard import Scorecard
from callsim.sessions.folder import SCORECARD

PICTURE = Path(__file__).parent.parent / ".github" / "scorecard.svg"


def main() -> None:
    """Take the demo call and draw its scorecard."""
    with tempfile.TemporaryDirectory() as scratch:
        session = Path(scratch) / "session"
        run(["demo", "--out", str(session)])
        card = Scorecard.model_validate_json((session / SCORECARD).read_text(encoding="utf-8"))
    console = Console(record=True, width=92, force_terminal=True, color_system="truecolor", quiet=False)
    show(card, console)
    # The reader's own fixed-width font instead of one from somebody's server.
    picture = re.sub(r"@font-face \{.*?\}\n", "", console.export_svg(title="callsim demo"), flags=re.DOTALL)
    PICTURE.write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
