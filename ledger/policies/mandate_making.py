"""
How a mandate comes to be: who signs for whom, in which order, in how many originals, for how long.

Order (convention 4.6): identity of everybody who signs, then information on all topics, then the signatures, on site,
then the originals counted. Each step carries the time at which it happened; the ledger adds when it was recorded, so a
late entry shows as late. None may be dated before the one it follows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.policies.mandate_scope import ListedAct
from ledger.policies.refusals import RefusedByRule, StepMissing
from ledger.policies.vocabulary import Capacity, RefusalCode, Signatory, SignatureMeans, SigningPlace
from ledger.rules.profile import CapacityRule, Signer
from ledger.translation import mark


@dataclass(frozen=True, repr=False)
class Party:
    """One person who gives the mandate, and who signs for them."""

    person: UUID
    signers: tuple[Signatory, ...] = (Signatory.PERSON,)
    beside: UUID | None = None
    """The representative or curator; not a party more."""
    capacity: Capacity = Capacity.ADULT
    """As it was judged when the mandate was drafted."""
    checked: bool = False
    """Whether the agent made the check that the profile asks of some who sign alone."""

    def signer(self, quality: Signatory) -> UUID | None:
        """Give the person who signs in this quality, or None where nobody is to."""
        if quality not in self.signers:
            return None
        return self.person if quality is Signatory.PERSON else self.beside

    @property
    def people(self) -> tuple[tuple[UUID, Signatory], ...]:
        """Everybody whose identity is checked, each by what they are here: the person, then who is beside them."""
        quality = Signatory.CURATOR if Signatory.CURATOR in self.signers else Signatory.REPRESENTATIVE
        beside = () if self.beside is None else ((self.beside, quality),)
        return ((self.person, Signatory.PERSON), *beside)


@dataclass(frozen=True, repr=False)
class Signature:
    """Who signed: for which party (None: the mandatary), in which quality."""

    quality: Signatory
    signer: UUID
    party: UUID | None = None


def signers_for(
    capacity: Capacity,
    rule: CapacityRule,
    *,
    acts: Sequence[ListedAct] = (),
    within: Collection[str] = (),
    checked: bool = False,
) -> tuple[Signatory, ...]:
    """
    Say who must sign for a person of this capacity, by the profile's rule.

    `within` lists the acts that a habilitation familiale covers (empty: all); `checked` says that the agent made the
    check that the rule asks of a person who signs alone.

    :raises RefusedByRule: CAPACITY_REFUSED if the profile takes no such mandate, CAPACITY_CHECK_NEEDED without a check
    """
    if not rule.allowed:
        raise RefusedByRule(RefusalCode.CAPACITY_REFUSED)
    match rule.signer:
        case Signer.REPRESENTATIVE:
            return (Signatory.REPRESENTATIVE,)
        case Signer.PERSON_WITH_CURATOR:
            return (Signatory.PERSON, Signatory.CURATOR)
        case Signer.AS_SCOPE_SAYS:
            return _by_the_judgement(acts, within)
    if capacity is not Capacity.ADULT and rule.check and not checked:
        raise RefusedByRule(RefusalCode.CAPACITY_CHECK_NEEDED)
    return (Signatory.PERSON,)


def _by_the_judgement(acts: Sequence[ListedAct], within: Collection[str]) -> tuple[Signatory, ...]:
    """Give both where the judgement covers some of the acts only: each signs for what is theirs."""
    covered = [not within or act.act in within or act.entry in within for act in acts] or [not within]
    if all(covered):
        return (Signatory.REPRESENTATIVE,)
    return (Signatory.PERSON, Signatory.REPRESENTATIVE) if any(covered) else (Signatory.PERSON,)


def party_of(
    person: UUID, *, signers: tuple[Signatory, ...], beside: UUID | None, capacity: Capacity, checked: bool
) -> Party:
    """
    Name a party with whoever signs for or beside them.

    :raises RefusedByRule: REPRESENTATIVE_NEEDED or CURATOR_NEEDED where that person is not known
    """
    if beside is None and Signatory.CURATOR in signers:
        raise RefusedByRule(RefusalCode.CURATOR_NEEDED)
    if beside is None and Signatory.REPRESENTATIVE in signers:
        raise RefusedByRule(RefusalCode.REPRESENTATIVE_NEEDED)
    return Party(person, signers, None if signers == (Signatory.PERSON,) else beside, capacity, checked)


def check_still_signs(party: Party, signers: tuple[Signatory, ...]) -> None:
    """
    Take a draft only while those who are to sign it are those whom the party's capacity asks for now.

    :raises RefusedByRule: CURATOR_NEEDED, REPRESENTATIVE_NEEDED, or NOT_A_PARTY for one who signs alone by now
    """
    if signers == party.signers:
        return
    if Signatory.CURATOR in signers:
        raise RefusedByRule(RefusalCode.CURATOR_NEEDED)
    if Signatory.REPRESENTATIVE in signers:
        raise RefusedByRule(RefusalCode.REPRESENTATIVE_NEEDED)
    raise RefusedByRule(RefusalCode.NOT_A_PARTY)


class TermNotOffered(RefusedByRule):
    """A duration that the profile does not offer."""

    advice = mark("Choose one of the durations that the house offers, in days: {offered}.")

    def __init__(self, *, offered: Iterable[int]) -> None:
        super().__init__(RefusalCode.TERM_NOT_OFFERED, offered=", ".join(map(str, offered)))


def check_term(term_days: int, *, offered: Collection[int], longest: int) -> None:
    """
    Take only a duration that the profile offers.

    :raises RefusedByRule: TERM_NOT_OFFERED
    """
    taken = sorted(days for days in offered if days <= longest)
    if term_days not in taken:
        raise TermNotOffered(offered=taken)


def check_instant(effective_at: datetime, *, recorded_at: datetime, after: datetime | None = None) -> None:
    """
    Take a time that has come, and that is not before what it follows.

    :raises RefusedByRule: IN_THE_FUTURE, or WRONG_ORDER
    """
    if effective_at > recorded_at:
        raise RefusedByRule(RefusalCode.IN_THE_FUTURE)
    if after is not None and effective_at < after:
        raise RefusedByRule(RefusalCode.WRONG_ORDER)


def check_signing_step(
    identities: Collection[object], *, informed_at: datetime | None, counted_at: datetime | None
) -> None:
    """
    Take a signature between the information and the count of the originals.

    :raises RefusedByRule: WRONG_ORDER; before the information it names the step that is missing
    """
    if informed_at is None:
        raise StepMissing(f"`ledger mandate {'inform' if identities else 'verify-identity'}`")
    if counted_at is not None:
        raise RefusedByRule(RefusalCode.WRONG_ORDER)


def is_late(effective_at: datetime, *, recorded_at: datetime) -> bool:
    """Say whether something was written down after it happened; it then shows as a late entry."""
    return effective_at < recorded_at


def check_topics(told: Collection[str], *, required: Collection[str]) -> None:
    """
    Take only an information that covers every topic (convention 4.6).

    :raises RefusedByRule: INFORMATION_INCOMPLETE
    """
    if not set(required) <= set(told):
        raise RefusedByRule(RefusalCode.INFORMATION_INCOMPLETE)


def check_signing(means: SignatureMeans, place: SigningPlace, *, taken: Collection[str]) -> None:
    """
    Take only a signature on site, by a means that the profile takes (convention 4.6).

    :raises RefusedByRule: SIGNATURE_MEANS_REFUSED, or SIGNATURE_NOT_ON_SITE
    """
    if means not in taken:
        raise RefusedByRule(RefusalCode.SIGNATURE_MEANS_REFUSED)
    if place is SigningPlace.ELSEWHERE:
        raise RefusedByRule(RefusalCode.SIGNATURE_NOT_ON_SITE)


def people_to_identify(parties: Iterable[Party]) -> frozenset[UUID]:
    """Give everybody whose identity is checked: the persons, and who signs for or beside them."""
    return frozenset(person for party in parties for person in (party.person, party.beside) if person is not None)


def signatures_due(parties: Iterable[Party]) -> frozenset[tuple[Signatory, UUID | None]]:
    """Give every signature that a mandate needs, as quality and party; the mandatary's has no party."""
    persons = {(quality, party.person) for party in parties for quality in party.signers}
    return frozenset(persons | {(Signatory.MANDATARY, None)})


def check_signatures(parties: Iterable[Party], made: Iterable[Signature]) -> None:
    """
    Take a mandate only once everybody signed.

    :raises RefusedByRule: SIGNATURE_MISSING
    """
    if not signatures_due(parties) <= {(signature.quality, signature.party) for signature in made}:
        raise RefusedByRule(RefusalCode.SIGNATURE_MISSING)


def originals_needed(parties: Collection[Party], *, representative_is_party: bool) -> int:
    """Give the number of originals: one for each person and one for the mandatary (Code civil 1375)."""
    beside = {party.beside for party in parties if party.beside is not None} if representative_is_party else set()
    return len({party.person for party in parties} | beside) + 1


def check_originals(counted: int, parties: Collection[Party], *, representative_is_party: bool) -> None:
    """
    Take exactly as many originals as there are parties (convention 4.6).

    :raises RefusedByRule: ORIGINALS_MISSING
    """
    needed = originals_needed(parties, representative_is_party=representative_is_party)
    if counted != needed:
        raise RefusedByRule(RefusalCode.ORIGINALS_MISSING, counted=counted, needed=needed)
