"""Keeps the coach's overall score of each session beside the machine's, so that a list need not open scorecards."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, and_, or_, select, update

from callsim.library.cards import kept_card
from callsim.library.models import OverruleRow, SessionRow
from callsim.library.reviewed import Overrule, Review

_AT_ONCE = 250
_IS_OF = and_(OverruleRow.session == SessionRow.name, OverruleRow.fingerprint == SessionRow.fingerprint)
_OVERRULED = select(OverruleRow.session).where(_IS_OF).exists()


def keep_coach_scores(connection: Connection, home: str, sessions: Path, names: Sequence[str]) -> None:
    """Work out anew what coaches made of these sessions; a scorecard that cannot be read has no coach's score."""
    for first in range(0, len(names), _AT_ONCE):
        some = SessionRow.name.in_(names[first : first + _AT_ONCE])
        concerned = or_(_OVERRULED, SessionRow.coach.is_not(None))
        query = select(SessionRow.name, SessionRow.fingerprint, SessionRow.card_bytes).where(SessionRow.home == home)
        for name, fingerprint, card_bytes in connection.execute(query.where(some, concerned)).all():
            coach = _overall(sessions / name, overrules_of(connection, name, fingerprint))
            # Another computer may see the same folder under another path, and does not read it again for this.
            same = SessionRow.name == name, SessionRow.fingerprint == fingerprint, SessionRow.card_bytes == card_bytes
            connection.execute(update(SessionRow).where(*same).values(coach=coach))


def overrules_of(connection: Connection, name: str, fingerprint: str) -> tuple[Overrule, ...]:
    """What coaches overruled in a session, by check and coach."""
    ours = OverruleRow.session == name, OverruleRow.fingerprint == fingerprint
    columns = [getattr(OverruleRow, key) for key in Overrule.model_fields]
    rows = connection.execute(select(*columns).where(*ours).order_by(OverruleRow.check, OverruleRow.by)).mappings()
    return tuple(Overrule.model_validate(dict(row)) for row in rows)


def _overall(folder: Path, overrules: tuple[Overrule, ...]) -> float | None:
    card = kept_card(folder) if overrules else None
    scores = Review(overrules=overrules).coach_scores(card) if card else None
    return scores.overall if scores else None
