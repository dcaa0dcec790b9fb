"""
Choosing the records of a scope by headers, links and claims of keys; nothing is opened for it.

What was *seen* are the events that an account, a house or a period leads to. What is *held* in a copy are the keys that
were claimed by then: of those destroyed by then nothing can be read, nor, without the root key, of any.

Of a large scope a part is examined: streams, and an account's events, by their ids, which are random; other events in
short stretches all along the log.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from ledger.aggregates.base import Scope
from ledger.limits import SCOPE_EXAMINED
from ledger.policies.breach_scope import Legibility, RecordKind
from ledger.usecases.breach.scope_caveats import Basis
from ledger.usecases.breach.scope_ports import WHOLE, Holding, ScopeLog, Touch, Window

if TYPE_CHECKING:
    from ledger.usecases.breach.scope import ScopeAsked

KIND_OF = {
    "access.granted.1": RecordKind.LOOK,
    "reading.recorded.1": RecordKind.PAGE,
    "subject.registered.1": RecordKind.IDENTITY,
    "subject.corrected.1": RecordKind.IDENTITY,
    "subject.contact-changed.1": RecordKind.IDENTITY,
    "subject.capacity-changed.1": RecordKind.IDENTITY,
    "subject.identity-opened.1": RecordKind.IDENTITY,
    "procedure.opened.1": RecordKind.PROCEDURE,
    "procedure.data-kept.1": RecordKind.VALUE,
    "procedure.act-done.1": RecordKind.PROCEDURE,
    "procedure.transmitted.1": RecordKind.TRANSMISSION,
    "procedure.disclosed.1": RecordKind.DISCLOSURE,
    "procedure.resolved.1": RecordKind.PROCEDURE,
    "procedure.abandoned.1": RecordKind.PROCEDURE,
    "mandate.drafted.1": RecordKind.MANDATE,
    "mandate.signed.1": RecordKind.MANDATE,
    "mandate.act-done.1": RecordKind.MANDATE,
    "mandate.revoked.1": RecordKind.MANDATE,
    "mandate.renounced.1": RecordKind.MANDATE,
    "mandate.ended.1": RecordKind.MANDATE,
    "mandate.originals-counted.1": RecordKind.PAPER,
}
"""Which record an event is by which somebody dealt with data."""
_ONE_A_STREAM = frozenset({RecordKind.IDENTITY, RecordKind.PROCEDURE, RecordKind.MANDATE, RecordKind.PAPER})
"""The kinds that a stream is one record of, however often it was dealt with."""
_TO_RECIPIENTS = frozenset({RecordKind.TRANSMISSION, RecordKind.DISCLOSURE, RecordKind.LOOK})
_HELD = (
    (Scope.IDENTITY, RecordKind.IDENTITY), (Scope.PROCEDURE_TRAIL, RecordKind.PROCEDURE),
    (Scope.MANDATE, RecordKind.MANDATE), (Scope.PROCEDURE_DATA, RecordKind.VALUE),
)  # fmt: skip
_VALUE_TOPICS = ("procedure.data-kept.1",)
_PAPER_TOPICS = ("mandate.originals-counted.1",)
_INSTANT = timedelta(microseconds=1)


class Record(NamedTuple):
    """One record of the scope, unopened."""

    kind: RecordKind
    stream: UUID
    position: int = 0
    """Of the event that tells more; 0 where the stream's beginning does."""


@dataclass
class Unreadable:
    """What nobody could read: whose identities, and how many records in all."""

    people: list[UUID] = field(default_factory=list)
    records: int = 0

    def take(self, records: Iterable[Record]) -> None:
        """Add records; of those that are no identities only the number is known."""
        for record in records:
            self.records += 1
            if record.kind is RecordKind.IDENTITY:
                self.people.append(record.stream)


@dataclass
class Selected:
    """The records of a scope."""

    examined: list[Record] = field(default_factory=list)
    """Those whose facts are looked at."""
    people: list[UUID] = field(default_factory=list)
    """Of the others, the identities: they tell whose they are unopened."""
    unexamined: Counter[RecordKind] = field(default_factory=Counter)
    """How many others there are, identities apart."""
    unreadable: dict[Legibility, Unreadable] = field(default_factory=lambda: defaultdict(Unreadable))
    """What was destroyed before, or is sealed with its key safe."""
    forgotten_months: int = 0
    """Months of an account of which the ledger finds nothing."""
    staff: int = 0
    is_whole: bool = True

    def take(self, records: Iterable[Record], share: int) -> None:
        """Add records that could be read, of which a share is examined."""
        for record in records:
            if record.stream.int >> _SHARE_BITS < share:
                self.examined.append(record)
            elif record.kind is RecordKind.IDENTITY:
                self.people.append(record.stream)
            else:
                self.unexamined[record.kind] += 1

    @property
    def size(self) -> int:
        """How many records could be read."""
        return len(self.examined) + len(self.people) + self.unexamined.total()


_SHARE_BITS = 128 - WHOLE.bit_length() + 1
"""What is left of an id below the bits by which it belongs to a share."""


def select(log: ScopeLog, asked: ScopeAsked, basis: Basis, window: Window) -> Selected:
    """Choose the records."""
    if basis is Basis.BY_HAND:
        return Selected()
    if basis is Basis.COPY:
        return _held(log, asked)
    windows = [window._replace(agent=agent) for agent in asked.agents] or [window]
    if basis is Basis.PAPER:
        return _papers(log, windows, exact=asked.exact)
    selected = _seen(log, windows, _topics(basis), exact=asked.exact)
    selected.forgotten_months = sum(log.forgotten_months(each) for each in windows if each.agent is not None)
    return selected


def _topics(basis: Basis) -> Mapping[str, RecordKind]:
    kinds = _TO_RECIPIENTS if basis is Basis.RECIPIENT else frozenset(RecordKind) - {RecordKind.PAPER}
    return {topic: kind for topic, kind in KIND_OF.items() if kind in kinds}


def _seen(log: ScopeLog, windows: Sequence[Window], topics: Mapping[str, RecordKind], *, exact: bool) -> Selected:
    """Give what was dealt with: streams once each, and the events that are records by themselves."""
    of_streams = [topic for topic, kind in topics.items() if kind in _ONE_A_STREAM]
    of_events = [topic for topic, kind in topics.items() if kind not in _ONE_A_STREAM]
    streams: dict[UUID, Touch] = {}
    counts: Counter[RecordKind] = Counter()
    for window in windows:
        begun, counted = log.summed(window, of_streams=of_streams, of_events=of_events)
        streams.update((each.stream, each) for each in begun)
        for topic, count in counted.items():
            counts[topics[topic]] += count
    share = _share(len(streams) + counts.total(), exact=exact)
    selected = Selected(is_whole=share == WHOLE)
    selected.take((_record(each) for each in streams.values()), share)
    events = [_record(each) for window in windows for each in log.touched(window, of_events, share=share)]
    selected.examined += events
    selected.unexamined += counts - Counter(record.kind for record in events)
    return selected


def _share(total: int, *, exact: bool) -> int:
    """Give the share of the records that is examined, of `WHOLE`."""
    return WHOLE if exact or total <= SCOPE_EXAMINED else WHOLE * SCOPE_EXAMINED // total


def _record(touch: Touch) -> Record:
    return Record(KIND_OF[touch.topic], touch.stream, touch.position)


class _Copy(NamedTuple):
    """What of the log is in a copy, and within the period that is asked about."""

    after: int
    upto: int
    made: int
    """Where the log stood when the copy was made: what was destroyed by then is not in it."""


def _copy(log: ScopeLog, asked: ScopeAsked) -> _Copy:
    assert asked.copy_at is not None
    made = log.position_at(asked.copy_at)
    after = 0 if asked.since is None else log.position_at(asked.since - _INSTANT)
    upto = made if asked.until is None else min(made, log.position_at(asked.until - _INSTANT))
    return _Copy(after, upto, made)


def _held(log: ScopeLog, asked: ScopeAsked) -> Selected:
    """Give what a copy holds; a copy is the beginning of the log up to a position."""
    copy, selected, readable = _copy(log, asked), Selected(), list[Record]()
    for scope, kind in _HELD:
        living, gone = _holdings(log, scope, asked, copy)
        selected.unreadable[Legibility.ERASED].take(Record(kind, each.of) for each in gone)
        records = _values(log, living, copy) if kind is RecordKind.VALUE else (Record(kind, e.of) for e in living)
        if asked.with_root:
            readable += records
        else:
            selected.unreadable[Legibility.SEALED].take(records)
    share = _share(len(readable), exact=asked.exact)
    selected.is_whole = share == WHOLE
    selected.take(readable, share)
    if asked.with_root and asked.house is None:
        selected.staff = len(_holdings(log, Scope.AGENT, asked, copy)[0])
    return selected


def _holdings(log: ScopeLog, scope: Scope, asked: ScopeAsked, copy: _Copy) -> tuple[list[Holding], list[Holding]]:
    """
    Give the keys that a copy has and those that were destroyed before, of a house or of all.

    A value may have been kept within the period under a key that is older.
    """
    after = 0 if scope is Scope.PROCEDURE_DATA else copy.after
    found = log.holdings(scope, after=after, upto=copy.upto)
    if asked.house is not None:
        here = log.of_house([each.of for each in found], asked.house)
        found = [each for each in found if each.of in here]
    gone = [each for each in found if each.destroyed is not None and each.destroyed <= copy.made]
    living = [each for each in found if each.destroyed is None or each.destroyed > copy.made]
    return living, gone


def _values(log: ScopeLog, living: Sequence[Holding], copy: _Copy) -> Iterator[Record]:
    """Give a record for each value that was kept."""
    for touch in log.touches_of([each.of for each in living], _VALUE_TOPICS, after=copy.after, upto=copy.upto):
        yield Record(RecordKind.VALUE, touch.stream, touch.position)


def _papers(log: ScopeLog, windows: Sequence[Window], *, exact: bool) -> Selected:
    """Give the originals that were filed, those apart whose proof is destroyed: the paper goes with it."""
    streams: dict[UUID, Touch] = {}
    for window in windows:
        streams.update((each.stream, each) for each in log.summed(window, of_streams=_PAPER_TOPICS, of_events=())[0])
    fates, upto = log.fates(Scope.MANDATE, streams), windows[0].upto
    gone = {stream for stream, destroyed in fates.items() if destroyed is not None and destroyed <= upto}
    living = [_record(each) for each in streams.values() if each.stream not in gone]
    share = _share(len(living), exact=exact)
    selected = Selected(is_whole=share == WHOLE)
    selected.unreadable[Legibility.ERASED].take(Record(RecordKind.PAPER, stream) for stream in gone)
    selected.take(living, share)
    return selected
