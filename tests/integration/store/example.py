"""
What the store's tests write: a small aggregate of their own, and a sealer that needs no key database.

The store never looks into a box, so its tests seal with something simple and deterministic, in which a marker can be
seen; the real sealer has tests of its own, and one test here runs both together. The event classes of this module are
kept out of the product's registry except while a test of the store runs.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Annotated
from uuid import UUID, uuid4

from ledger.aggregates.base import (
    AGGREGATES,
    REGISTRY,
    TRANSIENT,
    Aggregate,
    Created,
    Event,
    Link,
    LinkKind,
    Scope,
    ScopeInstance,
    stored,
)
from ledger.aggregates.destruction import Destruction, DestructionReason
from ledger.clock import UTC
from ledger.errors import DataErased
from ledger.personal import Fact, Personal
from ledger.rules.retention_terms import RetentionClass
from ledger.store.disposal import LedgerDisposal
from ledger.store.engine import Database
from ledger.store.reading import LogReader, StoredBoxes
from ledger.store.setup import create_store
from ledger.store.streams import LedgerStreams
from ledger.usecases.ports import BoxPlace, Command, LawInForce, SealedBox

_CATEGORY = next(iter(RetentionClass))
NOON = datetime(2026, 6, 9, 12, 20, tzinfo=UTC)


class Mood(StrEnum):
    """A word that a header shows."""

    GLAD = "GLAD"
    TIRED = "TIRED"


class Diary(Aggregate):
    """An aggregate with a field of every kind."""

    KIND = "diary"
    DIES_WITH = Scope.MANDATE
    pages: int
    mood: Mood | None
    written_at: datetime
    text: Fact[str]
    owner: Personal[str]

    def write(self, text: str, *, mood: Mood | None = None, at: datetime = NOON) -> None:
        """Add a page."""
        self.trigger_event(PageWritten, effective_at=at, known_at=at, decision=mood, text=Fact(text))

    def forget(self) -> None:
        """Add something that seals nothing."""
        self.trigger_event(Forgotten)

    def lend(self, to: Diary, *, of: UUID) -> None:
        """Add something that belongs to another diary's scope, with a link from that one to this."""
        self.trigger_event(Lent, text=Fact("lent"), to=to.id, of=of)


@stored
class Opened(Created):
    """The first page."""

    TOPIC = "diary.opened.1"
    house: UUID | None
    owner: Annotated[Personal[str], Scope.IDENTITY]
    text: Annotated[Fact[str], Scope.MANDATE]

    def apply(self, aggregate: Diary) -> None:
        aggregate.pages = 1
        aggregate.text = self.text
        aggregate.owner = self.owner


@stored
class PageWritten(Event):
    """One more page."""

    TOPIC = "diary.page-written.1"
    effective_at: datetime
    known_at: datetime
    decision: Mood | None
    text: Annotated[Fact[str], Scope.MANDATE]

    def apply(self, aggregate: Diary) -> None:
        aggregate.pages += 1
        aggregate.mood = self.decision
        aggregate.written_at = self.effective_at
        aggregate.text = self.text


@stored
class Lent(Event):
    """Something kept under the key of another diary."""

    TOPIC = "diary.lent.1"
    text: Annotated[Fact[str], Scope.PROCEDURE_TRAIL]
    to: Annotated[UUID | None, TRANSIENT] = None
    of: Annotated[UUID | None, TRANSIENT] = None

    def scope_instances(self) -> Mapping[Scope, str]:
        return {Scope.PROCEDURE_TRAIL: self.of.hex if self.of else ""}

    def links(self) -> tuple[Link, ...]:
        assert self.of is not None
        return (Link(ScopeInstance(Scope.PROCEDURE_TRAIL, self.of.hex), LinkKind.SUBJECT, self.to),)

    def apply(self, aggregate: Diary) -> None:
        aggregate.pages += 1


@stored
class Forgotten(Event):
    """Nothing is sealed with it."""

    TOPIC = "diary.forgotten.1"

    def apply(self, aggregate: Diary) -> None:
        aggregate.pages -= 1


_OURS = (Opened, PageWritten, Lent, Forgotten)


def register() -> None:
    """Know these classes."""
    REGISTRY.update({cls.TOPIC: cls for cls in _OURS})
    AGGREGATES[Diary.KIND] = Diary


def unregister() -> None:
    """Forget them: the product's registry is closed, and other tests read it whole."""
    for cls in _OURS:
        del REGISTRY[cls.TOPIC]
    del AGGREGATES[Diary.KIND]


unregister()  # the decorators entered them


@contextmanager
def registered() -> Iterator[None]:
    """Know these classes for the length of a block."""
    register()
    try:
        yield
    finally:
        unregister()


class PlainSealer:
    """Seals by putting the key's id before the text: enough for a store that never looks into a box."""

    def __init__(self) -> None:
        self.given: list[UUID] = []
        self.destroyed: set[UUID] = set()

    def reserve(self) -> UUID:
        """Give a new key."""
        self.given.append(uuid4())
        return self.given[-1]

    def seal(self, place: BoxPlace, plaintext: bytes, *, pad_to: int) -> SealedBox:
        """Put the key's id before the text."""
        self._check(place.key_id)
        content = place.key_id.bytes + plaintext.ljust(pad_to, b"\0")
        return SealedBox(place.key_id, place.algorithm, sha256(place.event_id.bytes).digest(), content)

    def link_tag(self, key_id: UUID, kind: str) -> bytes:
        """Give a tag that depends on both."""
        self._check(key_id)
        return hmac.digest(key_id.bytes, b"link" + kind.encode(), "sha256")[:16]

    def actor_tag(self, key_id: UUID, event_id: UUID) -> bytes:
        """Give a tag that depends on both."""
        return hmac.digest(key_id.bytes, b"actor" + event_id.bytes, "sha256")[:16]

    def agent_month(self, actor: UUID, month: str) -> ScopeInstance:
        """Give a scope that bears another name than the actor's."""
        return ScopeInstance(Scope.AGENT_MONTH, f"{sha256(actor.bytes).hexdigest()[:32]}:{month}")

    def known_agent_month(self, actor: UUID, month: str) -> ScopeInstance | None:
        """Give the same."""
        return self.agent_month(actor, month)

    def request_tag(self, request: bytes) -> bytes:
        """Give a hash."""
        return sha256(request).digest()

    def _check(self, key_id: UUID) -> None:
        if key_id in self.destroyed:
            raise DataErased


@dataclass
class Store:
    """One ledger's store, with someone at work in it."""

    url: str
    schema: str | None = None
    ledger_id: UUID = field(default_factory=uuid4)
    actor: UUID = field(default_factory=uuid4)
    house: UUID = field(default_factory=uuid4)
    sealer: PlainSealer = field(default_factory=PlainSealer)

    def __post_init__(self) -> None:
        self.database = Database(self.url, schema=self.schema)
        self.streams = LedgerStreams(self.database, self.ledger_id, self.sealer)
        self.log = LogReader(self.database)
        self.boxes = StoredBoxes(self.database)
        self.disposal = LedgerDisposal(self.database, self.streams)

    def create(self) -> Store:
        """Make the tables."""
        create_store(self.database, self.ledger_id)
        return self

    def again(self) -> Store:
        """Open it a second time, as another process would."""
        return Store(self.url, self.schema, self.ledger_id, self.actor, self.house)

    def command(self, *, at: datetime = NOON, request: bytes = b"", id: UUID | None = None) -> Command:
        """Make a command of whoever is at work."""
        return Command(
            id=id or uuid4(),
            actor=self.actor,
            at=at,
            house=self.house,
            law=LawInForce("aa" * 32, "", ""),
            request=request,
        )

    def opened(self, text: str = "first") -> Diary:
        """Start a diary and commit it."""
        diary = begun(text)
        self.streams.commit(self.command(), diary)
        return diary

    def close(self) -> None:
        """Close every connection."""
        self.database.close()


def begun(text: str = "first") -> Diary:
    """Start a diary; nothing is committed."""
    return Diary.begin(Opened, house=None, owner=Personal("Aline Exemple"), text=Fact(text))


def fence(store: Store, scope: ScopeInstance) -> tuple[UUID, Destruction]:
    """Close a scope; give its key and the destruction that has begun."""
    key = store.log.key_of(scope)
    assert key is not None
    destruction = Destruction.fence(
        key_id=key,
        reason=DestructionReason.RESOLVED,
        category=_CATEGORY,
        authority=store.ledger_id,
        run=store.ledger_id,
    )
    store.disposal.fence(store.command(), destruction, scopes=[scope])
    return key, destruction


def complete(destruction: Destruction) -> None:
    """Say that the key is gone; nothing is committed."""
    destruction.complete(category=_CATEGORY, authority=uuid4(), run=uuid4())


def destroy(store: Store, scope: ScopeInstance) -> UUID:
    """Close a scope and delete what it held; give its key."""
    key, destruction = fence(store, scope)
    complete(destruction)
    store.disposal.complete(store.command(at=later(9)), destruction, keys=[key])
    return key


def later(minutes: int) -> datetime:
    """Give an instant after noon."""
    return NOON + timedelta(minutes=minutes)
