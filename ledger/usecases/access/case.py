"""
What is known to judge one question about a procedure: the agent, the house, the case, its entry, its mandates.

All is read from the streams themselves. Which mandates a procedure has is told by the procedure's own stream, and what
a mandate is worth by the mandate's: a read model would be late.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from ledger.aggregates.agent import Agent, Training
from ledger.aggregates.base import Aggregate, LinkKind, Scope
from ledger.aggregates.house import CoverageMeans, House
from ledger.aggregates.mandate import Mandate
from ledger.aggregates.procedure import Procedure
from ledger.errors import Conflict, NotFound
from ledger.personal import Fact
from ledger.policies.authority import powers_of
from ledger.policies.disclosure import AgentStanding, CaseStanding, Decision, MandateStanding
from ledger.policies.mandate_life import End, Life, Standing, standing_at
from ledger.policies.mandate_scope import MandateScope
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import ContactMeans, EndKind, Gateway, Mandatary, Mode, RefusalCode
from ledger.rules.catalogue import ProcedureEntry, ProcedureNotInForce
from ledger.rules.periods import local_day
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import NotEnrolled
from ledger.usecases.gate import FactOpener, Judgement
from ledger.usecases.house.days import zone_of
from ledger.usecases.ports import Command, Desk, Guard, ScopeOpen, StreamAt, own_scope
from ledger.usecases.subject.persons import references

TRAININGS_AT_ONCE = 4
"""How many trainings are opened in one reading, latest first: most agents hold a dozen, and one is looked for."""


@dataclass(frozen=True, eq=False)
class Case:
    """One procedure with all that a decision about it is judged on."""

    agent: Agent
    supervisor: Agent | None
    house: House
    procedure: Procedure
    mandates: tuple[Mandate, ...]
    entry: ProcedureEntry
    zone: ZoneInfo
    on: date
    """The day, in the house, by which the law is chosen."""

    def guards(self, *judged_on: Aggregate) -> tuple[Guard, ...]:
        """Give the guards of a decision: nothing of what it was judged on has moved, and the trail is open."""
        streams = [self.agent, *([self.supervisor] if self.supervisor else []), self.procedure, *judged_on]
        return (
            *(StreamAt(stream.id, _loaded_version(stream)) for stream in streams),
            ScopeOpen(own_scope(Scope.PROCEDURE_TRAIL, self.procedure.id)),
        )

    def relied_on(self, decision: Decision) -> tuple[Aggregate, ...]:
        """Give what a yes rests on: its mandate, or for a reference the house, whose annexes were read."""
        by_reference = decision.gateway in (Gateway.LEGAL_EXCHANGE, Gateway.BACK_OFFICE)
        return (*self.mandate(decision.mandate), *([self.house] if by_reference else []))

    def mandate(self, mandate_id: UUID | None) -> tuple[Mandate, ...]:
        """Give the attached mandate of this id, as a tuple of one or none."""
        return tuple(mandate for mandate in self.mandates if mandate.id == mandate_id)

    def note_presence(self, *, at: datetime, recorded_at: datetime) -> None:
        """
        Record once a day that the person came: their own contact, from which the term of a dormant procedure runs.

        What an agent reads or does without the person is none (CNIL social reference 2021).
        """
        procedure = self.procedure
        if not procedure.is_closed and local_day(procedure.last_contact_at, self.zone) < local_day(at, self.zone):
            procedure.contact(ContactMeans.COUNTER, note="", effective_at=at, recorded_at=recorded_at)


def _loaded_version(stream: Aggregate) -> int:
    """Give the version that was loaded: what the command adds is not there yet."""
    return stream.version - len(stream.pending_events)


def open_case(desk: Desk, judgement: Judgement, procedure_id: UUID, *, supervisor: UUID | None = None) -> Case:
    """
    Load a procedure with the agent who asks, the house, and the mandates that the procedure's own stream names.

    :raises NotFound: if there is no such procedure, or no such supervisor
    :raises NotEnrolled: if the actor is no enrolled agent
    """
    command = judgement.command
    try:
        agent, procedure = desk.streams.load_all([(Agent, command.actor), (Procedure, procedure_id)])
    except NotFound as fault:
        desk.streams.load(Procedure, procedure_id)
        raise NotEnrolled from fault
    assert isinstance(agent, Agent)
    assert isinstance(procedure, Procedure)
    judgement.expect(*procedure.mandates, procedure.entry, procedure.anonymous, agent.roles)
    attached = [judgement.known(mandate) for mandate in procedure.mandates]
    mandate_ids = list(dict.fromkeys(mandate for mandate in attached if mandate is not None))
    wanted: list[tuple[type[Aggregate], UUID]] = [(House, procedure.house), *((Mandate, id_) for id_ in mandate_ids)]
    if supervisor is not None:
        wanted.append((Agent, supervisor))
    loaded = desk.streams.load_all(wanted)
    house = cast("House", loaded[0])
    mandates = tuple(cast("Mandate", mandate) for mandate in loaded[1 : 1 + len(mandate_ids)])
    judgement.expect(house.zone, *(fact for mandate in mandates for fact in _always_judged(mandate)))
    zone = zone_of(judgement, house)
    on = local_day(command.at, zone)
    return Case(
        agent=agent,
        supervisor=cast("Agent", loaded[-1]) if supervisor is not None else None,
        house=house,
        procedure=procedure,
        mandates=mandates,
        entry=entry_of(desk, judgement, procedure, on=on, zone=zone),
        zone=zone,
        on=on,
    )


def _always_judged(mandate: Mandate) -> tuple[Fact[Any], ...]:
    """Give the facts of a mandate without which nothing is said of it."""
    term = () if mandate.ends_at is None else (mandate.ends_at,)
    return (*term, mandate.acts, mandate.requests, mandate.mandatary)


def entry_of(desk: Desk, opener: FactOpener, procedure: Procedure, *, on: date, zone: tzinfo) -> ProcedureEntry:
    """
    Give the entry of a procedure as it holds on a day; one that was withdrawn meanwhile, as it held at the opening.

    :raises UnknownProcedure: if the catalogue never had it
    """
    code = required(opener, procedure.entry)
    try:
        found = desk.law.catalogue.procedure(code, on=on)
    except ProcedureNotInForce:
        found = desk.law.catalogue.procedure(code, on=local_day(procedure.opened_at, zone))
    return cast("ProcedureEntry", found)


def required(opener: FactOpener, fact: Fact[str]) -> str:
    """
    Give a fact without which nothing can be judged.

    :raises Conflict: if it is destroyed, or being destroyed: the case is over
    """
    known = opener.known(fact)
    if known is None:
        raise Conflict
    return known


def agent_standing(
    desk: Desk, opener: FactOpener, case: Case, *, at: datetime, for_partner: bool = False
) -> AgentStanding:
    """Say what counts of the agent who asks: powers, undertaking, house, training or supervision."""
    agent = case.agent
    supervised = case.supervisor is not None and can_supervise(
        desk, opener, agent, case.supervisor, partner=case.entry.partner, house=case.procedure.house, at=at, on=case.on
    )
    return AgentStanding(
        powers=_powers(desk, opener, agent, on=case.on),
        undertaking=_has_sworn(agent, at=at),
        departed=agent.departed_at is not None or not agent.serves_at(at),
        same_house=agent.house == case.procedure.house,
        trained=is_trained(desk, opener, agent, case.entry.partner, at=at, on=case.on),
        supervised=supervised,
        for_partner=for_partner,
    )


def can_supervise(
    desk: Desk,
    opener: FactOpener,
    agent: Agent,
    supervisor: Agent,
    *,
    partner: str,
    house: UUID,
    at: datetime,
    on: date,
) -> bool:
    """Say whether a colleague of the house, trained for the partner, may stand beside an agent who is not."""
    return (
        desk.law.profile.supervision_allowed(on)
        and supervisor.id != agent.id
        and supervisor.house == house
        and supervisor.serves_at(at)
        and _has_sworn(supervisor, at=at)
        and Power.OPEN_VALUES in _powers(desk, opener, supervisor, on=on)
        and is_trained(desk, opener, supervisor, partner, at=at, on=on)
    )


def _powers(desk: Desk, opener: FactOpener, agent: Agent, *, on: date) -> frozenset[Power]:
    return powers_of(opener.known(agent.roles) or (), profile=desk.law.profile, on=on)


def _has_sworn(agent: Agent, *, at: datetime) -> bool:
    return agent.undertaking_at is not None and agent.undertaking_at <= at


def is_trained(desk: Desk, opener: FactOpener, agent: Agent, partner: str, *, at: datetime, on: date) -> bool:
    """Say whether an agent holds a valid training for a partner, or the partner asks for none (convention 5.2.2)."""
    if not desk.law.partners.partner(partner, on=on).training_required:
        return True
    begun = [training for training in reversed(agent.trainings) if training.effective_at <= at]
    for start in range(0, len(begun), TRAININGS_AT_ONCE):
        part = begun[start : start + TRAININGS_AT_ONCE]
        opener.expect(*(fact for training in part for fact in (training.partner, training.until)))
        if any(_stands(opener, training, partner, on=on) for training in part):
            return True
    return False


def _stands(opener: FactOpener, training: Training, partner: str, *, on: date) -> bool:
    return opener.known(training.partner) == partner and on <= (opener.known(training.until) or date.min)


def case_standing(opener: FactOpener, procedure: Procedure) -> CaseStanding:
    """Say what counts of the procedure."""
    return CaseStanding(
        closed=procedure.is_closed,
        restricted=procedure.is_restricted,
        anonymous=opener.known(procedure.anonymous) is not False,
    )


def mandate_standings(
    desk: Desk,
    opener: FactOpener,
    case: Case,
    *,
    mode: Mode,
    at: datetime,
    late: bool = False,
    completing: bool = False,
) -> tuple[MandateStanding, ...]:
    """
    Say what counts, at an instant, of every mandate attached to the procedure.

    Where none is, what counts is what the person let this house do in other procedures, which is not this one.

    What happens now happens after all that is on record, whatever the clocks say: an end that this judgement finds in
    the log binds it, even if its instant is a little later. `late` is for what was done before and is entered now: done
    before the end was written down it is entered, and irregular if the end was known.

    `completing` is for an urgent act that was begun and can't wait: the person's death does not stop it (Code civil
    1991).
    """
    if mode is Mode.ACT_FOR and not case.mandates:
        return tuple(_given_for_others(desk, opener, case, at=at))
    return tuple(
        mandate_standing(
            opener,
            mandate,
            case.agent,
            at=at if late else _after_all_on_record(mandate, at),
            late=late,
            completing=completing,
        )
        for mandate in case.mandates
    )


def _given_for_others(desk: Desk, opener: FactOpener, case: Case, *, at: datetime) -> Iterator[MandateStanding]:
    """Give the person's live mandates in this house that say nothing of this entry."""
    subjects = desk.streams.linked(own_scope(Scope.PROCEDURE_TRAIL, case.procedure.id), LinkKind.SUBJECT)
    known_as = dict.fromkeys(reference for subject in subjects for reference in references(desk.streams, subject))
    given = (desk.streams.linked(own_scope(Scope.IDENTITY, reference), LinkKind.MANDATE) for reference in known_as)
    for mandate_id in dict.fromkeys(mandate for each in given for mandate in each):
        mandate = desk.streams.load(Mandate, mandate_id)
        judged = mandate_standing(opener, mandate, case.agent, at=_after_all_on_record(mandate, at))
        elsewhere = mandate.house == case.procedure.house and case.entry.code not in judged.scope.entries
        if elsewhere and judged.standing is Standing.LIVE:
            yield judged


def _after_all_on_record(mandate: Mandate, at: datetime) -> datetime:
    return at if mandate.end is None else max(at, mandate.end.recorded_at)


def mandate_standing(
    opener: FactOpener,
    mandate: Mandate,
    agent: Agent,
    *,
    at: datetime,
    late: bool = False,
    completing: bool = False,
) -> MandateStanding:
    """Say what counts of one mandate for one agent at an instant."""
    life = life_of(opener, mandate)
    if life.end is not None and mandate.end is not None:
        completed = completing and life.end.kind is EndKind.DEATH
        if completed or (late and at < mandate.end.recorded_at):
            life = Life(life.void, life.started_at, life.ends_at)
    scope = scope_of(opener, mandate)
    standing = Standing.ENDED if scope is None else standing_at(life, at)
    return MandateStanding(
        mandate.id, standing, names(opener, mandate, agent), scope if scope is not None else MandateScope((), ())
    )


def life_of(opener: FactOpener, mandate: Mandate) -> Life:
    """Give the life of a mandate as far as it is recorded; one whose proof is destroyed has no more effect."""
    end = mandate.end
    return Life(
        void=mandate.voided_at is not None,
        started_at=mandate.started_at,
        ends_at=opener.known(mandate.ends_at) if mandate.ends_at is not None else None,
        end=None if end is None else End(_kind(opener, end.kind), end.effective_at, end.known_at),
    )


def _kind(opener: FactOpener, kind: EndKind | Fact[EndKind]) -> EndKind:
    return kind if isinstance(kind, EndKind) else opener.known(kind) or EndKind.EXPIRED


def scope_of(opener: FactOpener, mandate: Mandate) -> MandateScope | None:
    """Give what a mandate lists, less what was struck; None once its proof is destroyed."""
    acts, requests = opener.known(mandate.acts), opener.known(mandate.requests)
    if acts is None or requests is None:
        return None
    struck = {(opener.known(strike.entry) or "", opener.known(strike.act) or "") for strike in mandate.strikes}
    return MandateScope(acts, requests, frozenset(struck))


def names(opener: FactOpener, mandate: Mandate, agent: Agent) -> bool:
    """Say whether a mandate was given to this agent: by name, or as one of the house."""
    if opener.known(mandate.mandatary) is Mandatary.HOUSE:
        return agent.house == mandate.house
    return agent.id in (opener.known(mandate.agents) or ())


def annexes_of(opener: FactOpener, case: Case, *, at: datetime) -> frozenset[str]:
    """Give the references of the annexes by which the house stands for the partner's back office on that day."""
    last: dict[str, str] = {}
    for coverage in case.house.coverage:
        if coverage.covered_at > at or opener.known(coverage.partner) != case.entry.partner:
            continue
        until, means = opener.known(coverage.until), opener.known(coverage.means) or ()
        stands = CoverageMeans.BACK_OFFICE in means and (until is None or case.on < until)
        last[case.entry.partner] = (opener.known(coverage.reference) or "") if stands else ""
    return frozenset(reference for reference in last.values() if reference)


def never_kept(desk: Desk, fields: Iterable[str]) -> frozenset[str]:
    """Give those of the fields that nobody may store."""
    vocabulary = desk.law.catalogue.vocabulary
    return frozenset(field for field in fields if field in vocabulary and vocabulary[field].never_kept)


def need_same_house(agent: Agent, house: UUID) -> None:
    """
    Refuse an agent of another house.

    :raises RefusedByRule: OTHER_HOUSE
    """
    if agent.house != house:
        raise RefusedByRule(RefusalCode.OTHER_HOUSE)


def at_of(command: Command, said: datetime | None) -> datetime:
    """Give the time that somebody said something happened at, or else the time of the command."""
    return command.at if said is None else said


def unique(values: Sequence[str]) -> tuple[str, ...]:
    """Give the values in their order, each once."""
    return tuple(dict.fromkeys(values))
