"""
The counter's path: from the welcome to a live mandate, an open procedure and the first look, in one go.

Every step is a use case of its own, recorded as soon as it is confirmed, under an id derived from the reception's. So a
reception that is cut short has lost nothing: `stage_of` reads from the streams what is still to be done, and the same
reception, sent again, repeats no step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID, uuid5

from ledger.aggregates.access import Access, Look
from ledger.aggregates.base import LinkKind, Scope
from ledger.aggregates.house import House
from ledger.aggregates.mandate import Mandate
from ledger.aggregates.procedure import Procedure
from ledger.identifiers import new_id
from ledger.policies.mandate_making import Party, Signature, check_term, people_to_identify
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import (
    IdentityMethod,
    InformationTopic,
    Mode,
    PaperPlace,
    Place,
    RefusalCode,
    Signatory,
    SignatureMeans,
)
from ledger.rules.catalogue import Handling, ProcedureEntry
from ledger.rules.law import Law
from ledger.rules.periods import local_day
from ledger.usecases.access.case import scope_of
from ledger.usecases.access.request import AccessAnswer, request
from ledger.usecases.gate import FactOpener, judging
from ledger.usecases.house.days import zone_of
from ledger.usecases.mandate.draft import Draft, draft, listed, rehearse
from ledger.usecases.mandate.making import Originals, Signing, count_originals, inform, known, sign, verify_identity
from ledger.usecases.ports import Command, Desk, own_scope
from ledger.usecases.procedure.attach_mandate import attach_mandate
from ledger.usecases.procedure.casework import working_on
from ledger.usecases.procedure.open_procedure import Opening, open_procedure


class Stage(StrEnum):
    """What a reception still has to do next, in the order of the convention (4.6)."""

    MANDATE = "mandate"
    IDENTITY = "identity"
    INFORMATION = "information"
    SIGNATURES = "signatures"
    ORIGINALS = "originals"
    LOOK = "look"


@dataclass(frozen=True)
class Wanted:
    """What the person came for."""

    entry: str
    subject: UUID | None = None
    present: bool = True
    mode: Mode = Mode.ASSIST
    informed: bool = False
    """Whether the person was told of the use of their data, where they are helped without a mandate (GDPR 13)."""
    acts: tuple[str, ...] = ()
    """The acts of the mandate; all that the entry offers where none is chosen."""
    requests: tuple[str, ...] = ()
    term_days: int | None = None
    """The duration of the mandate; the profile's default where none is chosen."""
    capacity_checked: bool = False
    mandate: UUID | None = None
    """The mandate in force under which the house acts, where the person is not here to sign one."""


@dataclass(frozen=True)
class Reception:
    """How far a reception is."""

    procedure: UUID
    entry: str
    mode: Mode
    present: bool
    mandate: UUID | None
    stage: Stage
    on: date
    """The day in the house, by which the law is chosen."""
    parties: tuple[Party, ...] = ()
    act: str = ""
    """The act that the first look serves, where the house acts for the person."""
    request: str = ""
    """The request for data that it serves, where the mandate lists no act."""
    identified: frozenset[UUID] = frozenset()
    """Of those who sign: whose identity is on record as verified."""
    finished: bool = False
    """Whether all of it was done once, the first look included; what was done or ended since is another matter."""

    @property
    def unidentified(self) -> tuple[tuple[UUID, Signatory], ...]:
        """Whose identity is still to be verified, each once, by what they are here."""
        people: dict[UUID, Signatory] = {}
        for party in self.parties:
            for person, quality in party.people:
                people.setdefault(person, quality)
        return tuple((person, quality) for person, quality in people.items() if person not in self.identified)

    @property
    def signers(self) -> tuple[Signatory, ...]:
        """Who signs for the persons, by what they are here."""
        return tuple(dict.fromkeys(quality for party in self.parties for quality in party.signers))


def step(command: Command, name: str) -> Command:
    """Give the command of one step: its id follows from the reception's, so that a step is done once."""
    return replace(command, id=uuid5(command.id, name))


def begun(desk: Desk, command: Command) -> bool:
    """Say whether this very reception has opened its procedure already: it is then repeated, and not judged anew."""
    return desk.streams.recall(step(command, "procedure")) is not None


def check_days(law: Law, days: int | None, *, on: date) -> None:
    """
    Refuse a duration that the house does not offer; where none is said, the profile's usual one is taken.

    :raises RefusedByRule: TERM_NOT_OFFERED
    """
    if days is not None:
        check_term(days, offered=law.profile.mandate_durations(on), longest=law.profile.mandate_max_days(on))


def check(law: Law, wanted: Wanted, *, on: date) -> None:
    """
    Refuse what the law of that day never offers, by the law alone: so it can be told before anything is recorded.

    What a mandate is to hold is checked even where the person is helped without one: whoever asked for it meant it.

    :raises RefusedByRule: MODE_NOT_OFFERED, TERM_NOT_OFFERED, NOT_A_SPECIAL_MANDATE, FORBIDDEN_ACT
    :raises UnknownProcedure: if the catalogue has no such entry on that day
    :raises MandateTooLong: above the limits
    """
    entry = law.catalogue.procedure(wanted.entry, on=on)
    if wanted.mode not in entry.modes:
        raise RefusedByRule(RefusalCode.MODE_NOT_OFFERED)
    if wanted.mode is Mode.ACT_FOR:
        listed(law, _draft(entry, wanted), on=on)
    else:
        listed(law, _chosen(entry, wanted), on=on)


def foresee(desk: Desk, command: Command, wanted: Wanted, *, on: date) -> None:
    """
    Refuse, before the procedure is opened, a mandate that this person, known here, could not give.

    It opens their capacity to know it, and is on record as a reading.

    :raises LedgerError: what `draft` raises
    """
    if wanted.mode is Mode.ACT_FOR:
        rehearse(desk, command, _draft(desk.law.catalogue.procedure(wanted.entry, on=on), wanted), page="receive")


def begin(desk: Desk, command: Command, wanted: Wanted) -> Reception:
    """
    Open the procedure, under the mandate in force where there is one; where one is to be made, `draw_up` comes next.

    :raises RefusedByRule: what `open_procedure` raises, nothing is recorded then; or what `attach_mandate` raises
    """
    opening = Opening(wanted.entry, wanted.subject, mode=wanted.mode, present=wanted.present, informed=wanted.informed)
    procedure = open_procedure(desk, step(command, "procedure"), opening).streams[0]
    if wanted.mandate is not None:
        attach_mandate(desk, step(command, "attach"), procedure, mandate_id=wanted.mandate)
    return resume(desk, command, procedure)


def resume(desk: Desk, command: Command, procedure_id: UUID) -> Reception:
    """
    Tell how far a reception is, from the streams themselves, under a reading of its own.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, NO_UNDERTAKING or OTHER_HOUSE, if the actor does not work on the procedure
    """
    with judging(desk, replace(command, id=new_id(), request=b"")) as judgement:
        _, procedure = working_on(desk, judgement, procedure_id)
        reception = _reception(desk, command, judgement, procedure)
        judgement.read("receive", rows=1)
    return reception


def act_under(desk: Desk, command: Command, reception: Reception, *, mandate: UUID) -> Reception:
    """
    Let a mandate in force serve the procedure.

    :raises RefusedByRule: what `attach_mandate` raises
    """
    attach_mandate(desk, step(command, "attach"), reception.procedure, mandate_id=mandate)
    return resume(desk, command, reception.procedure)


def draw_up(desk: Desk, command: Command, reception: Reception, wanted: Wanted) -> Reception:
    """
    Draft the mandate that the procedure needs, and attach it.

    :raises RefusedByRule: what `draft` and `attach_mandate` raise
    """
    assert wanted.subject is not None
    entry = desk.law.catalogue.procedure(reception.entry, on=reception.on)
    drafted = draft(desk, step(command, "mandate"), _draft(entry, wanted))
    attach_mandate(desk, step(command, "attach"), reception.procedure, mandate_id=drafted.streams[0])
    return resume(desk, command, reception.procedure)


def identify(
    desk: Desk, command: Command, reception: Reception, method: IdentityMethod, *, person: UUID | None = None
) -> Reception:
    """Record by which method the identity of one who signs was verified; without `person`, of everybody left."""
    assert reception.mandate is not None
    left = [each for each, _ in reception.unidentified]
    for each in left if person is None else [person]:
        verify_identity(desk, step(command, f"identity-{each.hex}"), reception.mandate, person=each, method=method)
        left.remove(each)
        reception = replace(reception, identified=reception.identified | {each})
    return reception if left else _after(reception)


def tell(desk: Desk, command: Command, reception: Reception, *, notice: str) -> Reception:
    """Record that the person was told of all three topics (convention 4.6)."""
    assert reception.mandate is not None
    inform(desk, step(command, "information"), reception.mandate, topics=tuple(InformationTopic), notice=notice)
    return _after(reception)


def sign_all(
    desk: Desk, command: Command, reception: Reception, *, means: SignatureMeans = SignatureMeans.ON_SITE_PAPER
) -> Reception:
    """Record that everybody signed on the spot, the agent for the house included (convention 4.6)."""
    assert reception.mandate is not None
    given = [
        Signature(quality, signer, party.person)
        for party in reception.parties
        for quality in party.signers
        if (signer := party.signer(quality)) is not None
    ]
    signatures = (*given, Signature(Signatory.MANDATARY, command.actor))
    sign(desk, step(command, "signatures"), reception.mandate, Signing(signatures, means=means))
    return _after(reception)


def file_originals(
    desk: Desk, command: Command, reception: Reception, *, paper: PaperPlace, template: str, template_sha256: str
) -> Reception:
    """Count as many originals as there are parties, and let the mandate live (Code civil 1375)."""
    assert reception.mandate is not None
    originals = Originals(originals_of(reception), paper, template, template_sha256)
    count_originals(desk, step(command, "originals"), reception.mandate, originals)
    return _after(reception)


def _after(reception: Reception) -> Reception:
    """Go on to the next stage; they follow each other in one order only."""
    stages = list(Stage)
    return replace(reception, stage=stages[stages.index(reception.stage) + 1])


def originals_of(reception: Reception) -> int:
    """Give how many originals are signed: one for each person who gives the mandate, and one for the house."""
    return len(reception.parties) + 1


def first_look(desk: Desk, command: Command, reception: Reception, *, supervisor: UUID | None = None) -> AccessAnswer:
    """Ask for the first look, at all that the entry needs: in the portal for whom acts, as shown for whom helps."""
    entry = desk.law.catalogue.procedure(reception.entry, on=reception.on)
    acting_for = reception.mode is Mode.ACT_FOR
    look = Look(
        procedure=reception.procedure,
        fields=tuple(
            need.code for need in entry.fields if not need.express_consent and need.handling is not Handling.VIEW_ONLY
        ),
        place=Place.PORTAL if acting_for else Place.SHOWN,
        mode=reception.mode,
        present=reception.present,
        act=reception.act if acting_for else "",
        data_request=reception.request if acting_for else "",
        supervisor=supervisor,
    )
    return request(desk, step(command, "look"), look)


def _draft(entry: ProcedureEntry, wanted: Wanted) -> Draft:
    """Give the mandate that is wanted; it lists all that the entry offers where nothing was chosen."""
    if wanted.acts or wanted.requests:
        return _chosen(entry, wanted)
    everything = replace(
        wanted,
        acts=tuple(act.code for act in entry.acts),
        requests=tuple(request.code for request in entry.data_requests),
    )
    return _chosen(entry, everything)


def _chosen(entry: ProcedureEntry, wanted: Wanted) -> Draft:
    return Draft(
        persons=() if wanted.subject is None else (wanted.subject,),
        acts=tuple((entry.code, act) for act in wanted.acts),
        requests=tuple((entry.code, code) for code in wanted.requests),
        term_days=wanted.term_days,
        capacity_checked=wanted.capacity_checked,
    )


def _reception(desk: Desk, command: Command, opener: FactOpener, procedure: Procedure) -> Reception:
    mode, present = known(opener, procedure.mode), known(opener, procedure.present)
    mandate = _attached(desk, opener, procedure)
    parties = known(opener, mandate.parties) if mandate is not None else ()
    entry = known(opener, procedure.entry)
    act, request = _first_listed(opener, mandate, entry)
    identified = _identified(opener, mandate)
    stage = stage_of(mode, mandate, parties=parties, identified=identified)
    return Reception(
        procedure=procedure.id,
        entry=entry,
        mode=mode,
        present=present,
        mandate=mandate.id if mandate is not None else None,
        stage=stage,
        on=local_day(command.at, zone_of(opener, desk.streams.load(House, procedure.house))),
        parties=parties,
        act=act,
        request=request,
        identified=identified,
        finished=_finished(desk, opener, procedure, stage),
    )


def unfinished(desk: Desk, command: Command, opener: FactOpener, procedure: Procedure) -> Reception | None:
    """Give how far a reception is that waits for its mandate to live; None where it waits for none, or had one."""
    if procedure.is_closed or opener.known(procedure.mode) is not Mode.ACT_FOR or _had_mandate(desk, opener, procedure):
        return None
    return _reception(desk, command, opener, procedure)


def _finished(desk: Desk, opener: FactOpener, procedure: Procedure, stage: Stage) -> bool:
    if stage is not Stage.LOOK and not _had_mandate(desk, opener, procedure):
        return False
    looks = desk.streams.linked(own_scope(Scope.PROCEDURE_TRAIL, procedure.id), LinkKind.ACCESS)
    return opener.known(procedure.anonymous) is True or any(desk.streams.load(Access, look).granted for look in looks)


def _had_mandate(desk: Desk, opener: FactOpener, procedure: Procedure) -> bool:
    attached = (known(opener, mandate) for mandate in procedure.mandates)
    return any(desk.streams.load(Mandate, mandate).started_at is not None for mandate in attached)


def _first_listed(opener: FactOpener, mandate: Mandate | None, entry: str) -> tuple[str, str]:
    """Give the first act that a mandate still lists for an entry; where it lists none, its first request for data."""
    scope = scope_of(opener, mandate) if mandate is not None else None
    if scope is None:
        return "", ""
    act = next((act.act for act in scope.acts if act.entry == entry and scope.lists_act(*act.key)), "")
    request = next((request.request for request in scope.requests if request.entry == entry), "")
    return act, "" if act else request


def stage_of(mode: Mode, mandate: Mandate | None, *, parties: tuple[Party, ...], identified: frozenset[UUID]) -> Stage:
    """Say what is to be done next, in the order that the convention asks for (4.6)."""
    if mode is Mode.ASSIST:
        return Stage.LOOK
    if mandate is None:
        return Stage.MANDATE
    if not people_to_identify(parties) <= identified:
        return Stage.IDENTITY
    if mandate.informed_at is None:
        return Stage.INFORMATION
    if not mandate.signatures:
        return Stage.SIGNATURES
    return Stage.ORIGINALS if mandate.started_at is None else Stage.LOOK


def _attached(desk: Desk, opener: FactOpener, procedure: Procedure) -> Mandate | None:
    """Give the last mandate attached that is neither void nor ended."""
    for handle in reversed(procedure.mandates):
        mandate = desk.streams.load(Mandate, known(opener, handle))
        if mandate.voided_at is None and mandate.end is None:
            return mandate
    return None


def _identified(opener: FactOpener, mandate: Mandate | None) -> frozenset[UUID]:
    if mandate is None:
        return frozenset()
    return frozenset(known(opener, check.person) for check in mandate.identities)


def subject_of(desk: Desk, procedure_id: UUID) -> UUID | None:
    """Give the person whose procedure this is; None for a visit without identity, or once the trail is gone."""
    found = desk.streams.linked(own_scope(Scope.PROCEDURE_TRAIL, procedure_id), LinkKind.SUBJECT)
    return found[0] if found else None
