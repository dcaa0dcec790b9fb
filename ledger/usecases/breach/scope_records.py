"""What each selected record is: whose, which data, whether of others too; facts are opened kind by kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.aggregates.access import AccessGranted
from ledger.aggregates.mandate_events import OriginalsCounted
from ledger.aggregates.procedure_events import DataKept, ProcedureDisclosed, ProcedureTransmitted
from ledger.aggregates.reading import PageRead
from ledger.limits import SCOPE_OPENED_AT_ONCE
from ledger.policies.breach_contents import CASE, IDENTITY, PAPER, UNTYPED, Contents
from ledger.policies.breach_scope import Exposed, RecordKind
from ledger.policies.vocabulary import PaperPlace, Place
from ledger.rules.cnil import DataCategory
from ledger.usecases.breach.scope_examining import GONE, Case, Examination
from ledger.usecases.breach.scope_selecting import Record, Selected


@dataclass(frozen=True)
class Sifted:
    """By what the facts of a record say whether it belongs, and what they hold."""

    contents: Contents
    recipients: frozenset[str] = frozenset()
    paper: PaperPlace | None = None


def records_of(examination: Examination, selected: Selected, sifted: Sifted) -> Iterator[Exposed]:
    """Give every record that is examined; what turns out to be of another recipient is left out."""
    by_kind: dict[RecordKind, list[Record]] = {}
    for record in selected.examined:
        by_kind.setdefault(record.kind, []).append(record)
    for kind, records in by_kind.items():
        for start in range(0, len(records), SCOPE_OPENED_AT_ONCE):
            yield from _READERS[kind](examination, records[start : start + SCOPE_OPENED_AT_ONCE], sifted)


def unexamined_of(selected: Selected) -> Iterator[Exposed]:
    """Give the identities that are not examined: they tell whose they are all the same."""
    for person in selected.people:
        yield Exposed(RecordKind.IDENTITY, (person,), categories=IDENTITY, examined=False)


def _identities(examination: Examination, records: Sequence[Record], sifted: Sifted) -> Iterator[Exposed]:
    standings = examination.standing([record.stream for record in records])
    for record in records:
        ways = standings[record.stream].ways
        contact = frozenset({DataCategory.CONTACT}) if ways else frozenset()
        yield Exposed(RecordKind.IDENTITY, (record.stream,), categories=IDENTITY | contact)


def _cases(examination: Examination, records: Sequence[Record], sifted: Sifted) -> Iterator[Exposed]:
    cases = examination.cases(record.stream for record in records)
    for record in records:
        yield _of_case(record.kind, cases.get(record.stream, GONE), CASE, sifted.contents)


def _papers(examination: Examination, records: Sequence[Record], sifted: Sifted) -> Iterator[Exposed]:
    cases = examination.cases(record.stream for record in records)
    places = _facts(examination, records, OriginalsCounted, lambda event: [event.paper])
    for record in records:
        (place,) = places.get(record.position, (None,))
        if sifted.paper is None or place in (sifted.paper, None):
            yield _of_case(record.kind, cases.get(record.stream, GONE), PAPER, sifted.contents)


def _values(examination: Examination, records: Sequence[Record], sifted: Sifted) -> Iterator[Exposed]:
    fields = _facts(examination, records, DataKept, lambda event: [event.field])
    cases = examination.cases(record.stream for record in records)
    for record in records:
        (field,) = fields.get(record.position, (None,))
        held = None if field is None else (sifted.contents.of_fields([field]) or UNTYPED)
        yield _seen(record.kind, cases.get(record.stream, GONE), held, [field or ""], sifted.contents)


def _looks(examination: Examination, records: Sequence[Record], sifted: Sifted) -> Iterator[Exposed]:
    facts = _facts(examination, records, AccessGranted, lambda event: [event.procedure, event.fields, event.place])
    cases = examination.cases(procedure for procedure, _, _ in facts.values() if procedure is not None)
    for record in records:
        procedure, fields, place = facts.get(record.position, (None, None, None))
        case = cases.get(procedure, GONE)
        if sifted.recipients and not (place is Place.PORTAL and case.partner in sifted.recipients):
            continue
        held = None if fields is None else sifted.contents.of_fields(fields)
        yield _seen(record.kind, case, held, fields or (), sifted.contents)


def _sent(examination: Examination, records: Sequence[Record], sifted: Sifted) -> Iterator[Exposed]:
    kinds = ProcedureTransmitted | ProcedureDisclosed
    facts = _facts(examination, records, kinds, lambda event: [event.recipient, event.fields])
    cases = examination.cases(record.stream for record in records)
    for record in records:
        recipient, fields = facts.get(record.position, (None, None))
        if sifted.recipients and recipient not in sifted.recipients:
            continue
        held = None if fields is None else sifted.contents.of_fields(fields)
        yield _seen(record.kind, cases.get(record.stream, GONE), held, fields or (), sifted.contents)


def _pages(examination: Examination, records: Sequence[Record], sifted: Sifted) -> Iterator[Exposed]:
    """Give a page as one record: whose facts were shown on it. A run over all of a kind names nobody."""
    facts = _facts(examination, records, PageRead, lambda event: [event.about])
    named = {stream for (about,) in facts.values() for stream in about or ()}
    owners = examination.owners(named)
    for record in records:
        (about,) = facts.get(record.position, (None,))
        cases = [owners[stream] for stream in about or () if stream in owners]
        people = tuple(dict.fromkeys(person for case in cases for person in case.people))
        if people:
            told = sifted.contents.of_entries(entry for case in cases for entry in case.entries or ())
            yield Exposed(RecordKind.PAGE, people, categories=CASE | told)


_READERS: Mapping[RecordKind, Callable[[Examination, Sequence[Record], Sifted], Iterator[Exposed]]] = {
    RecordKind.IDENTITY: _identities,
    RecordKind.PROCEDURE: _cases,
    RecordKind.MANDATE: _cases,
    RecordKind.PAPER: _papers,
    RecordKind.VALUE: _values,
    RecordKind.LOOK: _looks,
    RecordKind.TRANSMISSION: _sent,
    RecordKind.DISCLOSURE: _sent,
    RecordKind.PAGE: _pages,
}


def _facts(
    examination: Examination, records: Sequence[Record], kinds: Any, facts_of: Callable[[Any], list[Any]]
) -> dict[int, tuple[Any, ...]]:
    """Open the facts of the events at the records' positions, by position; what is pruned is left out."""
    events = [
        (position, event)
        for position, event in examination.log.events([record.position for record in records])
        if isinstance(event, kinds)
    ]
    sealed = [facts_of(event) for _, event in events]
    opened = iter(examination.opened([fact for facts in sealed for fact in facts]))
    return {position: tuple(next(opened) for _ in facts) for (position, _), facts in zip(events, sealed, strict=True)}


def _of_case(kind: RecordKind, case: Case, always: frozenset[DataCategory], contents: Contents) -> Exposed:
    held = None if case.entries is None else always | contents.of_entries(case.entries)
    return Exposed(kind, case.people, categories=held)


def _seen(
    kind: RecordKind, case: Case, held: frozenset[DataCategory] | None, fields: Sequence[str], contents: Contents
) -> Exposed:
    """Give what was seen of a case: the fields, and what the procedure's very name tells."""
    told = None if held is None else held | contents.of_entries(case.entries or ())
    return Exposed(kind, case.people, categories=told, others=contents.of_others(fields))
