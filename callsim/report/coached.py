"""What a coach said of a call, as a page shows it beside the machine's result. Pure values.

The coach's figures are those of `scoring.overruled`, as the commands print them.
"""

from __future__ import annotations

from callsim.library.reviewed import Clip, Note, Overrule, Review, Reviewed, coach_points, standing
from callsim.report.marks import Mark
from callsim.report.names import check_name
from callsim.scoring.checks import Dimension, Part
from callsim.scoring.scorecard import Scorecard
from callsim.timeline import Ms


class Overruled(Part):
    """The coach's points for a check in the place of the machine's, who gave them, and why ("" once forgotten)."""

    points: float
    by: str
    written: str
    reason: str


class Noted(Part):
    """A note; `name` is the check's in plain words, "" where it stands on none."""

    id: str
    by: str
    written: str
    at_ms: Ms | None
    check: str | None
    name: str
    text: str


class Coached(Part):
    """All that coaches said. `overall` and `scores` are the coach's, the machine's own where nothing was overruled.

    `overruled` holds what counts for each check, by id; `said` every coach's word, their own or not.
    """

    overall: float | None
    scores: dict[Dimension, float | None]
    overruled: dict[str, Overruled]
    said: tuple[Overrule, ...] = ()
    notes: tuple[Noted, ...] = ()
    reviewed: tuple[Reviewed, ...] = ()
    clips: tuple[Clip, ...] = ()

    @classmethod
    def nothing(cls) -> Coached:
        """Of a call that has no scorecard."""
        return cls(overall=None, scores={}, overruled={})

    @property
    def is_empty(self) -> bool:
        """Whether nobody said anything."""
        return not (self.overruled or self.notes or self.reviewed or self.clips)

    def of(self, check: str, by: str) -> Overrule | None:
        """What one coach gave a check."""
        return next((one for one in self.said if (one.check, one.by) == (check, by)), None)


def coached(card: Scorecard, review: Review) -> Coached:
    """What coaches said of the call with this scorecard."""
    scores = review.coach_scores(card)
    counts = standing(review.overrules)
    return Coached(
        overall=scores.overall if scores else card.overall,
        scores=scores.scores if scores else card.scores,
        overruled={
            check: _overruled(counts[check], given) for check, given in coach_points(card, review.overrules).items()
        },
        said=review.overrules,
        notes=tuple(map(_noted, review.notes)),
        reviewed=review.reviewed,
        clips=review.clips,
    )


def note_marks(of: Coached) -> tuple[Mark, ...]:
    """The notes that stand at a second, as marks of the call."""
    return tuple(
        Mark(kind="note", start_ms=note.at_ms, end_ms=note.at_ms, name=note.by, quote=note.text)
        for note in of.notes
        if note.at_ms is not None
    )


def _overruled(one: Overrule, points: float) -> Overruled:
    return Overruled(points=points, by=one.by, written=one.written, reason=one.reason)


def _noted(note: Note) -> Noted:
    name = check_name(note.check) if note.check else ""
    return Noted(**note.model_dump(), name=name)
