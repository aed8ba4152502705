"""Old and new scores in words and digits, the same in a terminal and on a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from callsim.scoring.rescored import SCORES, Change, Rescored, Score, WithCoaches, difference

HEAD: tuple[str, ...] = SCORES
_CHANGES = ("", "compared", "rise", "fall", "mean change", "largest change", "in", "newly measured", "no more")


def rows_told(sessions: Iterable[Rescored]) -> list[tuple[str, ...]]:
    """Each session's name, and its scores before and after, those that change most first."""
    ordered = sorted(sessions, key=lambda one: (-abs(difference(one, "overall") or 0), one.session))
    return [(one.session, *(side_by_side(one, score) for score in SCORES)) for one in ordered]


def side_by_side(one: Rescored, score: Score) -> str:
    """A score before and after: "61.5 → 64.0 (+2.5)"; one number where nothing changes."""
    old, new, gap = getattr(one.old, score), getattr(one.new, score), difference(one, score)
    if old == new:
        return score_told(old)
    change = "" if gap is None else f" ({gap_told(gap)})"
    return f"{score_told(old)} → {score_told(new)}{change}"


def changed_told(changes: Sequence[Change]) -> list[tuple[str, ...]]:
    """The summary as a table, its head first."""
    return [_CHANGES, *(_row(one) for one in changes)]


def coaches_told(found: WithCoaches) -> str:
    """Whether the coaches would agree with it more than with the scores as they are."""
    calls = "1 reviewed call" if found.calls == 1 else f"{found.calls} reviewed calls"
    before, after = f"{found.before} of {found.checks_before}", f"{found.after} of {found.checks_after}"
    return (
        f"Coaches agree, in {calls}, with {before} checks as they are scored now, and with {after} by this rubric; "
        "a check left alone in a review counts as agreeing with the score shown then, so another rubric starts behind."
    )


def score_told(value: float | None) -> str:
    """A score with its decimal; a dash where there is none."""
    return "–" if value is None else f"{value:.1f}"


def gap_told(gap: float | None) -> str:
    """A change with its sign."""
    return "–" if gap is None else "0.0" if not gap else f"{gap:+.1f}".replace("-", "−")


def _row(one: Change) -> tuple[str, ...]:
    counts = (str(one.measured), str(one.rise), str(one.fall))
    apart = (gap_told(one.mean), gap_told(one.largest), one.largest_in or "–")
    return one.score, *counts, *apart, str(one.gained), str(one.lost)
