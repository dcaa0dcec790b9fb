"""What is told once a mandate has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.commands._context import Session
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.usecases.mandate.ending import MandateEnding


def show_ending(session: Session, ending: MandateEnding) -> None:
    """Tell that a mandate ended, whom to tell, and what is to be reviewed."""
    session.output.done(
        mark("Mandate ended: {mandate}."),
        mandate=ending.recorded.streams[0],
        partners=list(ending.partners),
        irregular_acts=list(ending.irregular_acts),
        irregular_accesses=list(ending.irregular_accesses),
        left_to_its_house=ending.left_to_its_house,
        repeated=ending.recorded.repeated,
    )
    if ending.left_to_its_house:
        session.output.say(mark("What is left to do is on the list of the mandate's house."))
    if ending.partners:
        session.output.say(
            mark("Partners to tell, who are bound once told: {partners} (`ledger mandate tell`)."),
            partners=list(ending.partners),
        )
    irregular = len(ending.irregular_acts) + len(ending.irregular_accesses)
    if irregular:
        session.output.say(
            mark("Done after the end was known, to be reviewed: {count} (`ledger duty list`)."), count=irregular
        )
