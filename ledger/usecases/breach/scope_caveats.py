"""What a scope rests on, and what its figures therefore do not say."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from ledger.policies.breach_scope import BreachScope, Caveat

if TYPE_CHECKING:
    from ledger.usecases.breach.scope_selecting import Selected


class Basis(StrEnum):
    """What the records of a scope were chosen by."""

    AGENT = "agent"
    """What an account dealt with."""
    DEVICE = "device"
    """What the agents dealt with who worked at a device."""
    HOUSE = "house"
    RECIPIENT = "recipient"
    """What went to a recipient or a partner, or was typed into the partner's portal."""
    PERIOD = "period"
    COPY = "copy"
    """What a copy of the database held."""
    PAPER = "paper"
    """The originals of mandates that a house files."""
    BY_HAND = "by-hand"
    """Only what was counted by hand."""


_OF_BASIS = {
    Basis.AGENT: (Caveat.WIDER_REACH,),
    Basis.DEVICE: (Caveat.DEVICE,),
    Basis.COPY: (Caveat.OTHER_COPIES,),
    Basis.PAPER: (Caveat.PAPER_ELSEWHERE,),
}


def caveats(basis: Basis, with_root: bool, figures: BreachScope, selected: Selected) -> tuple[Caveat, ...]:
    """Give what the figures do not say, in the order in which it is told."""
    found = {Caveat.PORTALS, Caveat.FREE_ACCESS, Caveat.NOT_ENTERED, *_OF_BASIS.get(basis, ())}
    found |= {Caveat.HEADERS_IN_CLEAR} if basis is Basis.COPY and not with_root else set()
    found |= _of_households(figures)
    unknown = figures.untold or (figures.standing_unknown and not figures.unexamined)
    found |= {Caveat.DESTROYED_SINCE} if unknown else set()
    found |= {Caveat.ACCOUNT_FORGOTTEN} if selected.forgotten_months else set()
    found |= {Caveat.NOT_ALL_EXAMINED} if figures.unexamined else set()
    return tuple(caveat for caveat in Caveat if caveat in found)


def _of_households(figures: BreachScope) -> set[Caveat]:
    """Ask for their number where records tell of them, or can't be told not to; whoever said 0 has answered."""
    if figures.household is None:
        may_tell = figures.with_others.records or figures.unexamined or figures.untold or figures.sealed.records
        return {Caveat.HOUSEHOLDS} if may_tell else set()
    return {Caveat.HOUSEHOLDS_BY_HAND} if figures.household else set()
