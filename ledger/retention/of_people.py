"""
People: an identity goes with the last open procedure or proof (RULES 5), for all references of a person at once.

A person for whom nothing was ever opened is given the time that is left to go on with somebody: then nothing needs the
identity. Whoever represents somebody is needed as long as that person is, and as long as a mandate that they signed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from ledger.aggregates.base import LinkKind, Scope
from ledger.aggregates.procedure import Procedure
from ledger.aggregates.subject import Subject
from ledger.retention.items import KeyItem
from ledger.retention.sources import Claim, Sources, stream_of
from ledger.rules.retention_terms import RetentionClass
from ledger.usecases.ports import StreamAt, own_scope
from ledger.usecases.subject.persons import references


@dataclass
class _File:
    """What hangs on one person, under whichever reference."""

    references: tuple[UUID, ...]
    procedures: set[UUID] = field(default_factory=set)
    mandates: set[UUID] = field(default_factory=set)
    represented: set[UUID] = field(default_factory=set)

    def take(self, kind: LinkKind, stream: UUID) -> None:
        """Enter one tie."""
        kept = {
            LinkKind.PROCEDURE: self.procedures, LinkKind.MANDATE: self.mandates, LinkKind.REPRESENTS: self.represented
        }.get(kind)  # fmt: skip
        if kept is not None:
            kept.add(stream)


@dataclass(frozen=True)
class _Alive:
    """What lives of all that hangs on some people."""

    open_procedures: Collection[UUID]
    ended: Mapping[UUID, datetime]
    proofs: Collection[UUID]
    represented_by: Mapping[UUID, UUID | None]

    def needs(self, file: _File) -> bool:
        """Say whether something that lives needs the identity."""
        return (
            bool(file.procedures & set(self.open_procedures) or file.mandates & set(self.proofs))
            or any(self.represented_by.get(person) in file.references for person in file.represented)
        )  # fmt: skip

    def over_at(self, file: _File) -> datetime | None:
        """Give when the last procedure ended, as far as that is still known."""
        return max((self.ended[id_] for id_ in file.procedures if id_ in self.ended), default=None)


def people_items(sources: Sources) -> Iterator[KeyItem]:
    """Give the identity of every person."""
    for claims in sources.claims(Scope.IDENTITY):
        yield from items_of_people(sources, claims)


def items_of_people(sources: Sources, claims: Sequence[Claim]) -> Iterator[KeyItem]:
    """Give the identities of these people."""
    files = _files(sources, claims)
    alive = _alive(sources, files.values())
    subjects = sources.load(Subject, [stream_of(scope) for _, scope in claims])
    for claim, subject in zip(claims, subjects, strict=True):
        yield _item(sources, subject, claim, files[subject.id], alive)


def _item(sources: Sources, subject: Subject, claim: Claim, file: _File, alive: _Alive) -> KeyItem:
    (key, scope), zone = claim, sources.zone_of(subject.house)
    over_at = alive.over_at(file)
    if over_at is None:
        nothing = not file.procedures and not file.mandates
        over_at = sources.grace_end(subject.registered_at, zone) if nothing else subject.registered_at
    return KeyItem(
        id=subject.id,
        category=RetentionClass.IDENTITY,
        first_day=sources.day(subject.registered_at, subject.house),
        last_day=sources.day(max(over_at, subject.registered_at), subject.house),
        due_at=over_at,
        restricted=True,
        holds=sources.holding.on(scope),
        needed=alive.needs(file),
        requested=sources.is_requested(scope),
        key_id=key,
        scope=scope,
        seen_at=(StreamAt(subject.id, subject.version),),
    )


def _files(sources: Sources, claims: Sequence[Claim]) -> dict[UUID, _File]:
    """Gather what hangs on these people; duplicates have one file in common."""
    by_key: dict[UUID, list[tuple[LinkKind, UUID]]] = defaultdict(list)
    for tie in sources.disposal.ties_of([key for key, _ in claims]):
        by_key[tie.key_id].append((tie.kind, tie.stream_id))
    files: dict[UUID, _File] = {}
    for key, scope in claims:
        person = stream_of(scope)
        merged = any(kind is LinkKind.MERGED for kind, _ in by_key[key])
        file = _File(tuple(references(sources.desk.streams, person)) if merged else (person,))
        for kind, stream in _ties_of_all(sources, file.references) if merged else by_key[key]:
            file.take(kind, stream)
        files[person] = file
    return files


def _ties_of_all(sources: Sources, people: Collection[UUID]) -> list[tuple[LinkKind, UUID]]:
    keys = sources.disposal.living_of([own_scope(Scope.IDENTITY, person) for person in people])
    return [(tie.kind, tie.stream_id) for tie in sources.disposal.ties_of(keys.values())]


def _alive(sources: Sources, files: Collection[_File]) -> _Alive:
    procedures = {id_ for file in files for id_ in file.procedures}
    trails = sources.disposal.living_of([own_scope(Scope.PROCEDURE_TRAIL, id_) for id_ in procedures])
    found = sources.load(Procedure, map(stream_of, trails))  # without its trail a procedure is over long since
    proofs = sources.disposal.living_of([own_scope(Scope.MANDATE, id_) for file in files for id_ in file.mandates])
    represented = [own_scope(Scope.IDENTITY, id_) for file in files for id_ in file.represented]
    people = sources.load(Subject, map(stream_of, sources.disposal.living_of(represented)))
    return _Alive(
        open_procedures={each.id for each in found if each.ended_at is None},
        ended={each.id: each.ended_at for each in found if each.ended_at is not None},
        proofs={stream_of(scope) for scope in proofs},
        represented_by={each.id: sources.opener.known(each.representative) for each in people},
    )
