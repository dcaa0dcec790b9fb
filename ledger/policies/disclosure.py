"""
May these fields be looked at, typed, kept or sent on? One pure decision, made before anything is opened.

Invariants:

1. Two conditions, both (convention 4.6): every field is necessary to the procedure AND one gateway opens.
2. Person absent, or the house acts in the person's name: only a live mandate that names this act, or this request for
   data, for this mandatary opens (convention 4.6, Code civil 1984, 1989).
3. PRESENCE opens what the person shows or types, helped; never a stored value, never a request to a partner.
4. LEGAL_EXCHANGE and BACK_OFFICE open by a reference of the entry, or of the partner's annex; the GDPR basis that every
   entry has opens nothing.
5. Whatever is decided names one gateway with its reference, or one refusal code of the closed list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from ledger.policies.mandate_life import Standing
from ledger.policies.mandate_scope import MandateScope
from ledger.policies.vocabulary import Gateway, Mode, Place, RefusalCode
from ledger.rules.catalogue import Handling, ProcedureEntry
from ledger.rules.profile import Power


@dataclass(frozen=True)
class AgentStanding:
    """What counts of the agent who asks, at the instant of asking."""

    powers: frozenset[Power]
    """All that the roles give, by the profile of the day."""
    undertaking: bool
    """Signed the undertaking of professional secrecy."""
    departed: bool = False
    same_house: bool = True
    trained: bool = True
    """Holds a valid training for the partner, or the partner asks for none."""
    supervised: bool = False
    """Works under a named agent of the house who is trained."""
    for_partner: bool = False
    """Asks on behalf of a local partner: being in the house is no title."""


@dataclass(frozen=True)
class CaseStanding:
    """What counts of the procedure."""

    closed: bool = False
    restricted: bool = False
    anonymous: bool = False


@dataclass(frozen=True)
class MandateStanding:
    """What counts of one mandate attached to the procedure."""

    mandate: UUID
    standing: Standing
    names_agent: bool
    """Given to the agent's house, or to this very agent."""
    scope: MandateScope


@dataclass(frozen=True)
class Onward:
    """A transmission: to whom, and whether anybody makes money of it (convention 4.6)."""

    recipient: str
    commercial: bool = False
    consent: bool = False
    """The person's express consent to this very disclosure is recorded."""
    information: bool = False
    """Clear information about this very disclosure is recorded."""


@dataclass(frozen=True)
class Question:
    """A look, an act, a value to keep, or a transmission, with all that the decision needs."""

    agent: AgentStanding
    case: CaseStanding
    entry: ProcedureEntry
    fields: tuple[str, ...]
    place: Place
    mode: Mode
    present: bool
    informed: bool = False
    """The person, who is here, was informed (GDPR 13)."""
    act: str = ""
    data_request: str = ""
    reference: str = ""
    """Of the text or agreement that is relied on; empty when none is."""
    annexes: frozenset[str] = frozenset()
    """References of the annexes by which the house stands for this partner's back office."""
    mandates: tuple[MandateStanding, ...] = ()
    never_kept: frozenset[str] = frozenset()
    """Fields that nobody may store: NIR, special categories, passwords, copies."""
    consented: frozenset[str] = frozenset()
    """Fields whose use the person expressly agreed to (GDPR 9(2)(a))."""
    keep: bool = False
    """Whether the value is to be stored here."""
    onward: Onward | None = None


@dataclass(frozen=True)
class Decision:
    """Yes by one gateway with its reference, or no with one code."""

    gateway: Gateway | None = None
    reference: str = ""
    mandate: UUID | None = None
    refusal: RefusalCode | None = None

    @property
    def allowed(self) -> bool:
        """Whether it may be done."""
        return self.refusal is None


def decide(question: Question) -> Decision:
    """
    Decide a look, an act, a keeping or a transmission (convention 4.6; see the invariants above).

    The order of the checks is the order of what an agent can mend: first who asks, then the case, the data, where they
    go, and last the gateway.
    """
    for check in _CHECKS:
        refusal = check(question)
        if refusal is not None:
            return Decision(refusal=refusal)
    return _through_a_gateway(question)


def is_necessary(question: Question) -> bool:
    """
    Say whether the procedure needs every field, by its entry (convention 4.6, GDPR 5(1)(c)).

    A request for data also needs what the partner answers to it.
    """
    request = question.entry.data_request(question.data_request) if question.data_request else None
    return {*question.entry.needs, *(request.fields if request else ())}.issuperset(question.fields)


def _about_the_agent(question: Question) -> RefusalCode | None:
    agent = question.agent
    if agent.for_partner:
        return RefusalCode.NO_TITLE
    if agent.departed:
        return RefusalCode.AGENT_DEPARTED
    if Power.OPEN_VALUES not in agent.powers:
        return RefusalCode.ROLE_NOT_ALLOWED
    if not agent.undertaking:
        return RefusalCode.NO_UNDERTAKING
    if not agent.same_house:
        return RefusalCode.OTHER_HOUSE
    if not agent.trained and not agent.supervised:
        return RefusalCode.NOT_TRAINED
    return None


def _about_the_case(question: Question) -> RefusalCode | None:
    case = question.case
    if case.restricted:
        return RefusalCode.RESTRICTED
    if case.closed:
        return RefusalCode.PROCEDURE_CLOSED
    if case.anonymous and (question.fields or question.mode is Mode.ACT_FOR):
        return RefusalCode.ANONYMOUS_VISIT
    if question.mode not in question.entry.modes:
        return RefusalCode.MODE_NOT_OFFERED
    return None


def _about_the_data(question: Question) -> RefusalCode | None:
    if not is_necessary(question):
        return RefusalCode.NOT_NECESSARY
    needs = question.entry.needs
    if question.keep or question.place is Place.STORED:
        if not question.never_kept.isdisjoint(question.fields):
            return RefusalCode.NEVER_STORED
        if any(field not in needs or needs[field].handling is not Handling.KEPT for field in question.fields):
            return RefusalCode.NOT_KEPT
    expressly = {field for field in question.fields if field in needs and needs[field].express_consent}
    if not expressly <= question.consented:
        return RefusalCode.CONSENT_MISSING
    return None


def _about_the_recipient(question: Question) -> RefusalCode | None:
    onward = question.onward
    if onward is None:
        return None
    if onward.recipient not in question.entry.recipients:
        return RefusalCode.NOT_A_RECIPIENT
    if onward.commercial and not onward.consent:
        return RefusalCode.CONSENT_MISSING
    if onward.commercial and not onward.information:
        return RefusalCode.NOT_INFORMED
    return None


_CHECKS: Sequence[Callable[[Question], RefusalCode | None]] = (
    _about_the_agent,
    _about_the_case,
    _about_the_data,
    _about_the_recipient,
)


def _through_a_gateway(question: Question) -> Decision:
    if question.mode is Mode.ACT_FOR:
        return _by_mandate(question)
    if not question.present:
        return Decision(refusal=RefusalCode.NO_MANDATE)
    if question.reference:
        return _by_reference(question)
    return _by_presence(question)


def _by_presence(question: Question) -> Decision:
    if question.data_request or (question.place is Place.STORED and not question.keep):
        return Decision(refusal=RefusalCode.NO_GATEWAY)
    if not question.informed:
        return Decision(refusal=RefusalCode.NOT_INFORMED)
    return Decision(gateway=Gateway.PRESENCE)


def _by_reference(question: Question) -> Decision:
    exchange = question.entry.exchange(question.reference)
    if exchange is not None and set(question.fields) <= set(exchange.fields):
        return Decision(gateway=Gateway(exchange.kind.value), reference=exchange.reference)
    if question.reference in question.annexes:
        return Decision(gateway=Gateway.BACK_OFFICE, reference=question.reference)
    return Decision(refusal=RefusalCode.NO_REFERENCE)


def _by_mandate(question: Question) -> Decision:
    if question.act in question.entry.forbidden_acts:
        return Decision(refusal=RefusalCode.FORBIDDEN_ACT)
    nearest = RefusalCode.NO_MANDATE
    for mandate in question.mandates:
        refusal = _under(mandate, question)
        if refusal is None:
            return Decision(gateway=Gateway.MANDATE, mandate=mandate.mandate)
        nearest = max(nearest, refusal, key=_NEARNESS.__getitem__)
    return Decision(refusal=nearest)


_NEARNESS = {
    code: rank
    for rank, code in enumerate(
        (
            RefusalCode.NO_MANDATE,
            RefusalCode.MANDATE_VOID,
            RefusalCode.MANDATE_ENDED,
            RefusalCode.MANDATE_NOT_LIVE,
            RefusalCode.NOT_THE_MANDATARY,
            RefusalCode.NO_DATA_REQUEST_SCOPE,
            RefusalCode.OUT_OF_SCOPE,
        )
    )
}
"""How near each refusal is to a yes: of several mandates, the answer speaks of the one that is nearest."""


def _under(mandate: MandateStanding, question: Question) -> RefusalCode | None:
    refusal = _OF_STANDING.get(mandate.standing)
    if refusal is not None:
        return refusal
    if not mandate.names_agent:
        return RefusalCode.NOT_THE_MANDATARY
    if question.data_request:
        known = question.entry.data_request(question.data_request) is not None
        listed = known and mandate.scope.lists_request(question.entry.code, question.data_request)
        return None if listed else RefusalCode.NO_DATA_REQUEST_SCOPE
    listed = mandate.scope.lists_act(question.entry.code, question.act)
    return None if listed else RefusalCode.OUT_OF_SCOPE


_OF_STANDING = {
    Standing.VOID: RefusalCode.MANDATE_VOID,
    Standing.ENDED: RefusalCode.MANDATE_ENDED,
    Standing.NOT_YET: RefusalCode.MANDATE_NOT_LIVE,
}
