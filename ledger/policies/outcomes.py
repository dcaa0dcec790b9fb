"""
How procedures end, and what may be given away outside the catalogue.

A procedure that was sent to the partner is not resolved, and nobody is "redirected": the house goes on until the person
has an outcome (preamble of the convention). Putting somebody in contact is an outcome only where it was the mission.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.policies.vocabulary import (
    ABANDONMENTS,
    RESOLUTIONS,
    DisclosureGround,
    DisclosureMoment,
    Mission,
    OutcomeCode,
    RefusalCode,
)
from ledger.rules.profile import Power

_ONLY_FOR = {
    OutcomeCode.CONTACT_ESTABLISHED: frozenset({Mission.PUT_IN_CONTACT, Mission.SIGNAL}),
    OutcomeCode.INFORMATION_GIVEN: frozenset({Mission.INFORM, Mission.DIGITAL_HELP}),
}


def resolves(outcome: OutcomeCode, mission: Mission) -> bool:
    """Say whether an outcome carries a procedure of this mission through."""
    return outcome in RESOLUTIONS and mission in _ONLY_FOR.get(outcome, frozenset(Mission))


def abandons(outcome: OutcomeCode) -> bool:
    """Say whether an outcome is a reason to leave a procedure."""
    return outcome in ABANDONMENTS


@dataclass(frozen=True)
class DisclosureQuestion:
    """A disclosure outside the catalogue, required or allowed by a text."""

    powers: frozenset[Power]
    undertaking: bool
    departed: bool
    ground: DisclosureGround
    moment: DisclosureMoment
    reference: str
    """Of the requisition, the order, the report."""
    decided: bool
    """Whether the controller's delegate decided it, before."""
    for_partner: bool = False
    """Asked for by a local partner, whose presence in the house is no title."""
    exchanged: bool = False
    """Whether some of it was exchanged under a text to open the person's rights (CRPA L114-8)."""
    opens_restricted: bool = False
    """Whether values kept here, past their term, are to be opened for it."""


_LOOKS_FOR_FRAUD = frozenset(
    {DisclosureGround.TAX_RIGHT_OF_COMMUNICATION, DisclosureGround.SOCIAL_RIGHT_OF_COMMUNICATION}
)


def refusal_of_disclosure(question: DisclosureQuestion) -> RefusalCode | None:
    """
    Say why a disclosure outside the catalogue is refused, or None.

    It takes the text, its reference and the controller's decision. Where a child or a vulnerable person is in danger
    and it can't wait, one acts first and the delegate reviews after (Code penal 226-14, 1). What was exchanged to open
    a right never serves to look for fraud (CRPA L114-8, II). What is past its term no agent reads, and the delegate in
    person only (RGPD 5(1)(e), 18).
    """
    if question.for_partner:
        return RefusalCode.NO_TITLE
    if question.departed:
        return RefusalCode.AGENT_DEPARTED
    if not question.powers & {Power.OPEN_VALUES, Power.DECIDE}:
        return RefusalCode.ROLE_NOT_ALLOWED
    if not question.undertaking:
        return RefusalCode.NO_UNDERTAKING
    if question.opens_restricted and Power.DECIDE not in question.powers:
        return RefusalCode.RESTRICTED
    if question.exchanged and question.ground in _LOOKS_FOR_FRAUD:
        return RefusalCode.SOLE_BENEFIT
    if question.moment is DisclosureMoment.URGENT_DANGER and question.ground is DisclosureGround.DANGER:
        return None
    if not question.reference.strip():
        return RefusalCode.NO_REFERENCE
    return None if question.decided else RefusalCode.NO_DECISION
