"""
The steps that make a mandate, in their order: identity, information, signatures, originals; or the paper is void.

Each is recorded when it is confirmed; a step entered later carries its own time and shows as late.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from ledger.aggregates.house import House
from ledger.aggregates.mandate import Mandate
from ledger.aggregates.subject import Subject
from ledger.errors import Conflict, DataErased, Invalid
from ledger.personal import Fact
from ledger.policies.mandate_life import term_end
from ledger.policies.mandate_making import (
    Party,
    Signature,
    check_originals,
    check_signatures,
    check_signing,
    check_still_signs,
    check_topics,
    people_to_identify,
    signers_for,
)
from ledger.policies.refusals import RefusedByRule, StepMissing
from ledger.policies.vocabulary import (
    IdentityMethod,
    InformationTopic,
    PaperPlace,
    RefusalCode,
    Signatory,
    SignatureMeans,
    SigningPlace,
    VoidReason,
)
from ledger.rules.periods import local_day
from ledger.rules.personal_numbers import screen_note
from ledger.translation import mark
from ledger.usecases.access.case import at_of, names
from ledger.usecases.agent.acting import Acting
from ledger.usecases.gate import FactOpener, Judgement, judging
from ledger.usecases.house.days import day_in, zone_of
from ledger.usecases.mandate.succession import note_succession
from ledger.usecases.ports import Command, Desk, Recorded
from ledger.usecases.procedure.casework import unmoved, working_on_mandate
from ledger.usecases.subject.persons import capacity_on, standing

T = TypeVar("T")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class DigestMalformed(Invalid):
    """The hash of the template is not one."""

    sentence = mark("The fingerprint of the template is not valid.")
    advice = mark("Print the mandate again: its fingerprint comes with it.")


class AlreadySigned(Conflict):
    """Somebody signs once."""

    sentence = mark("This signature is recorded already.")
    advice = mark("Look at the mandate to see who still has to sign.")


def verify_identity(
    desk: Desk,
    command: Command,
    mandate_id: UUID,
    *,
    person: UUID,
    method: IdentityMethod,
    effective_at: datetime | None = None,
) -> Recorded:
    """
    Record that the identity of somebody who signs was verified: by which method and when, never a copy or a number.

    :raises RefusedByRule: NOT_A_PARTY, IDENTITY_METHOD_REFUSED, WRONG_ORDER, BACKDATED, IN_THE_FUTURE
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor, mandate, on = _working_on(desk, judgement, mandate_id)
        if person not in people_to_identify(known(judgement, mandate.parties)):
            raise RefusedByRule(RefusalCode.NOT_A_PARTY)
        if method not in desk.law.profile.identity_methods(on):
            raise RefusedByRule(RefusalCode.IDENTITY_METHOD_REFUSED)
        mandate.verify_identity(person, method, effective_at=at_of(command, effective_at), recorded_at=command.at)
        return judgement.commit(mandate, guards=unmoved(actor.agent))


def inform(
    desk: Desk,
    command: Command,
    mandate_id: UUID,
    *,
    topics: tuple[InformationTopic, ...],
    notice: str,
    effective_at: datetime | None = None,
) -> Recorded:
    """
    Record that everybody was told, by the notice of this version: use of data, rights, procedures (convention 4.6).

    :raises RefusedByRule: INFORMATION_INCOMPLETE, or WRONG_ORDER while somebody's identity is not verified
    """
    screen_note(notice)
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor, mandate, on = _working_on(desk, judgement, mandate_id)
        identified = {judgement.known(check.person) for check in mandate.identities}
        if not people_to_identify(known(judgement, mandate.parties)) <= identified:
            raise StepMissing("`ledger mandate verify-identity`")
        check_topics(topics, required=desk.law.profile.information_topics(on))
        mandate.inform(topics, notice=notice, effective_at=at_of(command, effective_at), recorded_at=command.at)
        return judgement.commit(mandate, guards=unmoved(actor.agent))


@dataclass(frozen=True)
class Signing:
    """Who signed, by which means and where; the mandatary's signature is that of the agent who records it."""

    signatures: tuple[Signature, ...]
    means: SignatureMeans = SignatureMeans.ON_SITE_PAPER
    place: SigningPlace = SigningPlace.HOUSE
    effective_at: datetime | None = None


def sign(desk: Desk, command: Command, mandate_id: UUID, signing: Signing) -> Recorded:
    """
    Record signatures, on site, after the information (convention 4.6).

    :raises RefusedByRule: WRONG_ORDER, SIGNATURE_MEANS_REFUSED, SIGNATURE_NOT_ON_SITE, NOT_A_PARTY, NOT_THE_MANDATARY,
        CAPACITY_REFUSED, REPRESENTATIVE_NEEDED, CURATOR_NEEDED if somebody's capacity changed since the draft
    :raises AlreadySigned: if one of them is on record
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor, mandate, on = _working_on(desk, judgement, mandate_id)
        check_signing(signing.means, signing.place, taken=desk.law.profile.signature_means(on))
        parties = known(judgement, mandate.parties)
        people = _still_fit(
            desk, judgement, mandate, parties, on=on, today=day_in(desk, judgement, command.house, command.at)
        )
        made = {(earlier.quality, earlier.party) for earlier in _signatures(judgement, mandate)}
        for signature in signing.signatures:
            if (signature.quality, signature.party) in made:
                raise AlreadySigned
            made.add((signature.quality, signature.party))
            _check_signer(judgement, mandate, parties, signature, actor)
            mandate.sign(
                signature,
                means=signing.means,
                place=signing.place,
                effective_at=at_of(command, signing.effective_at),
                recorded_at=command.at,
            )
        return judgement.commit(mandate, guards=unmoved(actor.agent, *people))


@dataclass(frozen=True)
class Originals:
    """How many originals were signed, where the house's own is kept, and from which template they were printed."""

    counted: int
    paper: PaperPlace
    template: str
    template_sha256: str
    effective_at: datetime | None = None


def count_originals(desk: Desk, command: Command, mandate_id: UUID, originals: Originals) -> Recorded:
    """
    Count the originals, as many as there are parties, and let the mandate live (convention 4.6, Code civil 1375).

    A house that has a live mandate of the same person for the same is left to take note of this one (Code civil 2006).

    :raises DigestMalformed: if the hash of the template is no SHA-256
    :raises RefusedByRule: SIGNATURE_MISSING, ORIGINALS_MISSING, WRONG_ORDER, NOT_A_PARTY if somebody died meanwhile,
        CAPACITY_REFUSED, REPRESENTATIVE_NEEDED, CURATOR_NEEDED if somebody's capacity changed since the draft
    """
    screen_note(originals.template)
    if not _SHA256.fullmatch(originals.template_sha256):
        raise DigestMalformed
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor, mandate, on = _working_on(desk, judgement, mandate_id)
        parties = known(judgement, mandate.parties)
        people = _still_fit(
            desk, judgement, mandate, parties, on=on, today=day_in(desk, judgement, command.house, command.at)
        )
        check_signatures(parties, _signatures(judgement, mandate))
        check_originals(
            originals.counted, parties, representative_is_party=desk.law.profile.representative_is_party(on)
        )
        happened_at = at_of(command, originals.effective_at)
        mandate.count_originals(
            originals.counted,
            paper=originals.paper,
            template=originals.template,
            template_sha256=originals.template_sha256,
            effective_at=happened_at,
            recorded_at=command.at,
        )
        zone = zone_of(judgement, desk.streams.load(House, mandate.house))
        ends_at = term_end(happened_at, term_days=known(judgement, mandate.term_days), zone=zone)
        mandate.start(ends_at=ends_at, effective_at=happened_at, recorded_at=command.at)
        elsewhere = note_succession(desk, judgement, mandate, at=command.at)
        guards = unmoved(actor.agent, *people, *elsewhere.watched)
        return judgement.commit(mandate, *elsewhere.noted, guards=guards)


def void(
    desk: Desk, command: Command, mandate_id: UUID, *, reason: VoidReason, effective_at: datetime | None = None
) -> Recorded:
    """
    Record that a paper has no effect; what was signed in the wrong order is signed again, on a new one.

    :raises RefusedByRule: MANDATE_ALREADY_LIVE, MANDATE_VOID, MANDATE_ENDED
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor, mandate, _ = _working_on(desk, judgement, mandate_id)
        mandate.void(reason, effective_at=at_of(command, effective_at), recorded_at=command.at)
        return judgement.commit(mandate, guards=unmoved(actor.agent))


def known(opener: FactOpener, fact: Fact[T]) -> T:
    """
    Give a fact of a mandate whose proof is whole.

    :raises DataErased: if the proof is destroyed
    """
    value = opener.known(fact)
    if value is None:
        raise DataErased
    return value


def _working_on(desk: Desk, judgement: Judgement, mandate_id: UUID) -> tuple[Acting, Mandate, date]:
    """Give the agent, the mandate, and the day of its draft in the house: the law of that day binds the steps."""
    actor, mandate = working_on_mandate(desk, judgement, mandate_id)
    zone = zone_of(judgement, desk.streams.load(House, mandate.house))
    return actor, mandate, local_day(mandate.drafted_at, zone)


def _still_fit(
    desk: Desk, opener: FactOpener, mandate: Mandate, parties: tuple[Party, ...], *, on: date, today: date
) -> list[Subject]:
    """
    Give everybody who gives the mandate, or stands beside, once it is known that they still can as it was drafted.

    :raises RefusedByRule: NOT_A_PARTY for the dead or another representative, CAPACITY_REFUSED, REPRESENTATIVE_NEEDED,
        CURATOR_NEEDED, CAPACITY_CHECK_NEEDED
    """
    people: list[Subject] = []
    for party in parties:
        subject = standing(desk.streams, party.person)
        beside = standing(desk.streams, party.beside) if party.beside is not None else None
        people += [subject, *([beside] if beside is not None else [])]
        capacity, appointed = capacity_on(opener, subject, on=today), opener.known(subject.representative)
        if capacity is None or subject.died_at is not None or (beside is not None and beside.died_at is not None):
            raise RefusedByRule(RefusalCode.NOT_A_PARTY)
        check_still_signs(
            party,
            signers_for(
                capacity,
                desk.law.profile.capacity(capacity, on=on),
                acts=known(opener, mandate.acts),
                within=opener.known(subject.within) or (),
                checked=party.checked,
            ),
        )
        if beside is not None and (appointed is None or standing(desk.streams, appointed).id != beside.id):
            raise RefusedByRule(RefusalCode.NOT_A_PARTY)
    return people


def _signatures(opener: FactOpener, mandate: Mandate) -> list[Signature]:
    return [known(opener, made.signature) for made in mandate.signatures]


def _check_signer(
    opener: FactOpener, mandate: Mandate, parties: tuple[Party, ...], signature: Signature, actor: Acting
) -> None:
    if signature.quality is Signatory.MANDATARY:
        if signature.party is not None or signature.signer != actor.agent.id:
            raise RefusedByRule(RefusalCode.NOT_A_PARTY)
        if not names(opener, mandate, actor.agent):
            raise RefusedByRule(RefusalCode.NOT_THE_MANDATARY)
        return
    party = next((party for party in parties if party.person == signature.party), None)
    if party is None or party.signer(signature.quality) != signature.signer:
        raise RefusedByRule(RefusalCode.NOT_A_PARTY)
