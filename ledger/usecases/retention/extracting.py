"""
Hand over to the archives what they asked for, before anything of it may go: the extract, then the record of it.

A line that the archives want sampled or transferred gives its authority only once everything that this authority would
cover is in the extract (Code du patrimoine L212-2, L212-3). The look that opens it is the delegate's, and is recorded
before any value is opened. A hold gives nobody access: while one stands on a line, nothing of it is extracted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from ledger.aggregates.authority import AuthorityReferenceMissing
from ledger.aggregates.base import Event, ScopeInstance
from ledger.aggregates.slip import TO_HAND_OVER, Authorised, LineAnswer, Medium, Slip, SlipLine
from ledger.errors import Conflict, Invalid, Refused
from ledger.identifiers import new_id
from ledger.personal import Erased, Fact, Withheld
from ledger.rules.personal_numbers import screen_note
from ledger.rules.profile import Power
from ledger.rules.retention_terms import RetentionClass
from ledger.translation import mark
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import judging
from ledger.usecases.ports import Command, Desk, Recorded
from ledger.usecases.retention.slips import SlipPage, grant_for, opened
from ledger.usecases.subject.opening import Opened, opened_after

AT_ONCE = 100
"""How many items are opened under one record."""


class KeptItem(Protocol):
    """Something that lives, as the plan of retention sees it."""

    @property
    def id(self) -> UUID:
        """Its reference."""
        ...

    @property
    def category(self) -> RetentionClass:
        """Its class."""
        ...

    @property
    def first_day(self) -> date:
        """The day on which it began."""
        ...

    @property
    def last_day(self) -> date | None:
        """The day on which it ended."""
        ...

    @property
    def holds(self) -> tuple[UUID, ...]:
        """The holds that stand on it."""
        ...

    @property
    def key_id(self) -> UUID:
        """The key under which it is sealed."""
        ...

    @property
    def scope(self) -> ScopeInstance:
        """What dies with that key."""
        ...


class SealedEvents(Protocol):
    """Finds what a key seals."""

    def under(self, key_id: UUID) -> Sequence[Event]:
        """Give the events of which a box is sealed under this key, in their order, their fields being handles."""
        ...


class ExtractPlace(Protocol):
    """Where an extract is written: whole, or not at all."""

    def add(self, record: Mapping[str, Any], *, line: int) -> None:
        """Write one item."""
        ...

    def finish(self, head: Mapping[str, Any]) -> str:
        """Write the list of what is there, put all of it in its place, and give the digest of the list."""
        ...


@dataclass(frozen=True)
class Extract:
    """An extract that was read again, every byte of it: what it says that it is, and which items it holds."""

    slip: UUID
    manifest: str
    one_in: int
    items: Collection[tuple[int, UUID]]
    """Line and reference of each."""


@dataclass(frozen=True)
class Extracted:
    """What was written."""

    items: int
    manifest: str


class SampleUnsaid(Invalid):
    """Nobody said how large the sample is."""

    sentence = mark("The archives want a sample of this slip: one in how many?")
    advice = mark("Give --one-in with the number that the archives asked for.")


class LinesHeld(Refused):
    """A hold stands on something that would be handed over."""

    sentence = mark("A hold stands on {count} items of these lines: nothing of it is opened, even for the archives.")
    advice = mark("Hand over once the holds are released; see `ledger hold list`.")


class ItemMoved(Conflict):
    """Something was destroyed while it was being extracted."""

    sentence = mark("Something of these lines was destroyed in the meantime; the extract was not made.")
    advice = mark("Make it again.")


class ExtractOfAnother(Invalid):
    """The extract belongs to another slip."""

    sentence = mark("This folder was extracted for another slip.")
    advice = mark("Give the folder that `ledger slip extract` made for this slip.")


class ExtractIncomplete(Refused):
    """Something that would be destroyed is not in the extract."""

    sentence = mark("{count} items of these lines are not in this extract: nothing may go before it was handed over.")
    advice = mark("Make the extract again with `ledger slip extract`, in a new folder, and hand that over.")


def extract(
    desk: Desk,
    command: Command,
    slip_id: UUID,
    items: Iterable[KeptItem],
    *,
    events: SealedEvents,
    place: ExtractPlace,
    one_in: int | None,
) -> Extracted:
    """
    Write what the archives asked for: all of what is transferred, one in `one_in` of what is sampled.

    Each part is opened under a record of its own that names what it opened. Nothing of the ledger changes: what is cut
    short is made again.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    :raises NothingToHandOver: if the archives asked for nothing, have it already, or have not answered
    :raises SampleUnsaid: if a sample is wanted and nobody said how large
    :raises LinesHeld: if a hold stands on something of these lines
    :raises ItemMoved: if something was destroyed meanwhile
    """
    page = _owing(desk, command, slip_id)
    wanted = wanted_of(page, items, one_in=one_in)
    waiting = iter(wanted)
    while part := list(islice(waiting, AT_ONCE)):
        for line, record in _records(desk, replace(command, id=new_id(), request=b""), page, part, events):
            place.add(record, line=line)
    manifest = place.finish(
        {
            "slip": page.id.hex,
            "sha256": page.sha256,
            "visa": page.visa,
            "extracted_at": command.at,
            "one_in": one_in or 1,
            "lines": [
                {"line": line.number, "answer": page.answers[line.number], "medium": line.medium, "title": line.title,
                 "items": sum(number == line.number for number, _ in wanted)}
                for line in page.lines_answered(*TO_HAND_OVER)
            ],
        }
    )  # fmt: skip
    return Extracted(len(wanted), manifest)


def hand_over(
    desk: Desk, command: Command, slip_id: UUID, items: Iterable[KeptItem], delivered: Extract, *, receipt: str
) -> Recorded:
    """
    Record that the archives have what they asked for, under their receipt; the authorities follow in the same append.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    :raises AuthorityReferenceMissing: if the archives' receipt has no reference
    :raises NothingToHandOver: if the archives asked for nothing, have it already, or have not answered
    :raises ExtractOfAnother: if the extract is of another slip
    :raises LinesHeld: if a hold stands on something of these lines
    :raises ExtractIncomplete: if something that would be covered is not in it
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        acting(desk, judgement).need(Power.DECIDE)
        screen_note(receipt)
        if not receipt.strip():
            raise AuthorityReferenceMissing
        slip = desk.streams.load(Slip, slip_id)
        slip.must_be_owing()
        page = opened(judgement, slip)
        if delivered.slip != slip.id:
            raise ExtractOfAnother
        wanted = {(line, item.id) for line, item in wanted_of(page, items, one_in=delivered.one_in)}
        if missing := wanted - set(delivered.items):
            raise ExtractIncomplete(count=len(missing))
        owing = {line.number for line in page.lines_answered(*TO_HAND_OVER)}
        granted = grant_for(page, owing, reference=page.visa, at=command.at)
        slip.hand_over(
            receipt=receipt.strip(),
            manifest=delivered.manifest,
            items=len(delivered.items),
            authorised=[Authorised(line, authority.id) for line, authority in granted.items()],
        )
        return judgement.commit(slip, *granted.values())


def wanted_of(page: SlipPage, items: Iterable[KeptItem], *, one_in: int | None) -> list[tuple[int, KeptItem]]:
    """
    Give what the archives want, each with its line: what the authorities of these lines would cover, or the sample.

    A sample takes every so many-th of the references, which are random; the same items give the same sample.

    :raises SampleUnsaid: if a sample is wanted and nobody said how large
    :raises LinesHeld: if a hold stands on something of these lines
    """
    lines = [line for line in page.lines_answered(*TO_HAND_OVER) if line.medium is Medium.DATA]
    found: dict[int, list[KeptItem]] = {line.number: [] for line in lines}
    for item in items:
        for line in lines:
            if _covers(line, item):
                found[line.number].append(item)
    held = sum(bool(item.holds) for listed in found.values() for item in listed)
    if held:
        raise LinesHeld(count=held)
    wanted: list[tuple[int, KeptItem]] = []
    for number, listed in found.items():
        step = 1
        if page.answers[number] is LineAnswer.SAMPLE:
            if not one_in:
                raise SampleUnsaid
            step = one_in
        wanted += [(number, item) for item in sorted(listed, key=lambda item: (item.id, item.key_id))[::step]]
    return wanted


def _covers(line: SlipLine, item: KeptItem) -> bool:
    """Say whether the authority of a line would cover an item, as the planner reads it."""
    return (
        item.category is line.category
        and item.last_day is not None
        and line.first_day <= item.first_day
        and line.ended_from <= item.last_day <= line.last_day
    )


def _owing(desk: Desk, command: Command, slip_id: UUID) -> SlipPage:
    with judging(desk, command) as judgement:
        acting(desk, judgement).need(Power.DECIDE)
        slip = desk.streams.load(Slip, slip_id)
        slip.must_be_owing()
        page = opened(judgement, slip)
        judgement.read("slip.extract", rows=len(page.lines))
    return page


def _records(
    desk: Desk, command: Command, page: SlipPage, part: Sequence[tuple[int, KeptItem]], events: SealedEvents
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Open some items under a record that names them, and give what is written of each."""
    sealed = [(line, item, list(events.under(item.key_id))) for line, item in part]
    with judging(desk, command) as judgement:
        acting(desk, judgement).need(Power.DECIDE)
        recorded = judgement.read("slip.extract", rows=len(part), told=[item.id for _, item in part])
    handles = [each.handle for _, item, found in sealed for event in found for each in _fields(event, item)]
    values = iter(opened_after(desk, command, recorded, handles))
    for line, item, found in sealed:
        yield line, {
            "slip": page.id.hex,
            "line": line,
            "reference": item.id.hex,
            "category": item.category,
            "first_day": item.first_day,
            "last_day": item.last_day,
            "events": [
                {
                    "event": event.TOPIC,
                    "recorded_at": event.timestamp,
                    "fields": {each.name: _content(next(values), own=each.own) for each in _fields(event, item)},
                }
                for event in found
            ],
        }  # fmt: skip


class _Field(NamedTuple):
    """One field of an event; its own where it is sealed under the key of the item that is extracted."""

    name: str
    handle: Any
    own: bool


def _fields(event: Event, item: KeptItem) -> Iterator[_Field]:
    """Give what of an event is sealed under the key of an item, and the facts beside it that say what it is."""
    for field in event.SHAPE.sealed:
        own = field.scope is item.scope.kind
        if own or field.wrapper is Fact:
            yield _Field(field.name, getattr(event, field.name), own)


def _content(opened_: Opened, *, own: bool) -> Any:
    """
    Take a value out of its wrapper; None for a fact of another key that is gone.

    :raises ItemMoved: if what is to be handed over is gone
    """
    if isinstance(opened_, Erased | Withheld):
        if own:
            raise ItemMoved
        return None
    return opened_.expose()
