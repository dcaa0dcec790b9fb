"""Puts a mandate on paper: facts from its stream, words from the catalogue, names opened to be printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ledger.aggregates.house import House
from ledger.aggregates.mandate import Mandate
from ledger.aggregates.subject_events import IdentityPurpose
from ledger.documents.mandate_sheet import Help, MandatePaper, PaperParty, PaperProcedure
from ledger.errors import DataErased
from ledger.identifiers import new_id, short
from ledger.personal import Erased, Personal, Withheld
from ledger.policies.mandate_making import Party
from ledger.policies.vocabulary import Signatory
from ledger.rules.houses import Channels
from ledger.rules.periods import local_day
from ledger.usecases.agent.show import show
from ledger.usecases.gate import FactOpener, judging
from ledger.usecases.house.days import zone_of
from ledger.usecases.mandate.making import known
from ledger.usecases.procedure.casework import working_on_mandate
from ledger.usecases.subject.open_identity import open_identity

if TYPE_CHECKING:
    from ledger.bootstrap import Ledger
    from ledger.rules.catalogue import ProcedureEntry
    from ledger.rules.law import Law
    from ledger.rules.retention_terms import RetentionTerm
    from ledger.usecases.ports import Command


@dataclass(frozen=True)
class _Facts:
    parties: tuple[Party, ...]
    agents: tuple[UUID, ...]
    acts: tuple[tuple[str, str], ...]
    requests: tuple[tuple[str, str], ...]
    term_days: int
    house: str
    manager: str
    channels: Channels
    on: date
    identities: Mapping[UUID, str]
    """By which method the identity of each was verified, as far as that is recorded."""
    last_day: date | None
    ended_on: date | None
    void_on: date | None


def mandate_paper(ledger: Ledger, command: Command, mandate_id: UUID) -> MandatePaper:
    """
    Give all that stands on a mandate's originals; the facts and each name are opened under records of their own.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, NO_UNDERTAKING or OTHER_HOUSE, if the actor does not work on this mandate
    :raises DataErased: if the proof, or a name on it, is destroyed
    """
    with judging(ledger.desk, _look(command)) as judgement:
        _, mandate = working_on_mandate(ledger.desk, judgement, mandate_id)
        facts = _facts(ledger, judgement, mandate, at=command.at)
        judgement.read("mandate.print", rows=1)
    entries = _entries(ledger.law, facts)
    contact = " / ".join(filter(None, (facts.channels.phone, facts.channels.email)))
    return MandatePaper(
        reference=short(mandate_id),
        house=facts.house,
        manager=facts.manager,
        contact=contact,
        address=facts.channels.address,
        parties=tuple(_party(ledger, command, party, facts.identities) for party in facts.parties),
        procedures=tuple(_procedure(entry, facts) for entry in entries.values()),
        duration=_counted(facts.term_days, "jour", "jours"),
        controller=facts.manager,
        dpo=facts.channels.email or contact,
        recipients=_recipients(ledger.law, entries.values(), on=facts.on),
        proof_term=_length(ledger.law.profile.proof_term(facts.on)),
        originals=len(facts.parties) + 1,
        identity_methods=ledger.law.profile.identity_methods(facts.on),
        last_day=facts.last_day,
        ended_on=facts.ended_on,
        void_on=facts.void_on,
        named_agents=tuple(_agent_name(ledger, command, agent) for agent in facts.agents),
    )


def _facts(ledger: Ledger, opener: FactOpener, mandate: Mandate, *, at: datetime) -> _Facts:
    house = ledger.streams.load(House, mandate.house)
    zone = zone_of(opener, house)
    ends_at = _end(opener, mandate)
    ended = ends_at is not None and ends_at <= at
    return _Facts(
        parties=known(opener, mandate.parties),
        agents=known(opener, mandate.agents),
        acts=tuple((listed.entry, listed.act) for listed in known(opener, mandate.acts)),
        requests=tuple((listed.entry, listed.request) for listed in known(opener, mandate.requests)),
        term_days=known(opener, mandate.term_days),
        house=known(opener, house.name),
        manager=known(opener, house.manager),
        channels=known(opener, house.channels),
        on=local_day(mandate.drafted_at, zone),
        identities={known(opener, check.person): known(opener, check.method).value for check in mandate.identities},
        last_day=local_day(ends_at - timedelta.resolution, zone) if ends_at is not None and not ended else None,
        ended_on=local_day(ends_at, zone) if ends_at is not None and ended else None,
        void_on=local_day(mandate.voided_at, zone) if mandate.voided_at is not None else None,
    )


def _end(opener: FactOpener, mandate: Mandate) -> datetime | None:
    """Give the instant from which the mandate gives no power: its recorded end, or its term; None before it lives."""
    ends = [known(opener, mandate.ends_at)] if mandate.ends_at is not None else []
    return min([*ends, *([mandate.end.binds_at] if mandate.end is not None else [])], default=None)


def _procedure(entry: ProcedureEntry, facts: _Facts) -> PaperProcedure:
    return PaperProcedure(
        entry.name,
        tuple(_label(entry.act(act), act) for code, act in facts.acts if code == entry.code),
        tuple(_label(entry.data_request(asked), asked) for code, asked in facts.requests if code == entry.code),
    )


def _entries(law: Law, facts: _Facts) -> dict[str, ProcedureEntry]:
    codes = dict.fromkeys(entry for entry, _ in (*facts.acts, *facts.requests))
    return {code: law.catalogue.procedure(code, on=facts.on) for code in codes}


def _label(found: Any, code: str) -> str:
    return code if found is None else str(found.label)


def _recipients(law: Law, entries: Iterable[ProcedureEntry], *, on: date) -> tuple[str, ...]:
    codes = dict.fromkeys(code for entry in entries for code in entry.recipients)
    return tuple(law.partners.recipient(code, on=on).name for code in codes)


def _party(ledger: Ledger, command: Command, party: Party, identities: Mapping[UUID, str]) -> PaperParty:
    name, born = _identity(ledger, command, party.person)
    verified = identities.get(party.person, "")
    if party.beside is None:
        return PaperParty(name, born, identity=verified)
    helper, _ = _identity(ledger, command, party.beside)
    helped, role = (
        (Help.ASSISTED, "curateur") if Signatory.CURATOR in party.signers else (Help.REPRESENTED, "représentant")
    )
    return PaperParty(name, born, helped, helper, role, verified, identities.get(party.beside, ""))


def _identity(ledger: Ledger, command: Command, person: UUID) -> tuple[str, date]:
    identity = open_identity(ledger.desk, _look(command), person, purpose=IdentityPurpose.PRINT)
    given, family = _given(identity.given_name), _given(identity.family_name)
    born: date = _given(identity.birth_date)
    return f"{given} {family}", born


def _agent_name(ledger: Ledger, command: Command, agent: UUID) -> str:
    """Give the name of the agent who prints; a colleague, whose name agents do not open, stands under a reference."""
    if agent != command.actor:
        return f"agent {short(agent)}"
    return str(_given(show(ledger.desk, _look(command), [agent])[0].name))


def _look(command: Command) -> Command:
    """Give each look an id of its own: a paper printed again is a look more."""
    return replace(command, id=new_id(), request=b"")


def _given(value: Personal[Any] | Erased | Withheld) -> Any:
    if isinstance(value, Personal):
        return value.expose()
    raise DataErased


def _length(term: RetentionTerm) -> str:
    parts = ((term.years, "an", "ans"), (term.months, "mois", "mois"), (term.days, "jour", "jours"))
    return " ".join(_counted(count, one, many) for count, one, many in parts if count)


def _counted(count: int, one: str, many: str) -> str:
    """Count in French: the paper is French whatever language the screen speaks."""
    return f"{count} {one if count <= 1 else many}"
