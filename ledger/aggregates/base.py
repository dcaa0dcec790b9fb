"""
The one place where the core touches the `eventsourcing` library: what an event and an aggregate are here.

Every event class says, by the types of its fields, where each of them will be stored for ever:

* a *header field* is one of the names in `HEADER_FIELDS`; it stays readable, so nothing personal may be one;
* a *sealed field* is `Annotated[Personal[T], Scope.X]` or `Annotated[Fact[T], Scope.X]`; it goes into the box of the
  key scope X and dies with that key;
* a *transient field* is `Annotated[T, TRANSIENT]`; it is never stored: it only tells the writer which instance of a
  foreign scope to use and which links to lay. It must have a default, because a loaded event has none.

Any other field is refused when the class is defined, so that no plaintext can slip into the log by omission. Classes
are registered by `TOPIC` in a closed registry; a stored topic is looked up there and never imported.

Fields of a stored event are never renamed, reordered or removed: add one with a default, or make a new topic.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, NamedTuple, Self, TypeVar, cast, get_args, get_origin, get_type_hints
from uuid import UUID

from eventsourcing.domain import BaseAggregate, CanMutateAggregate
from eventsourcing.domain import DomainEvent as _LibraryEvent

from ledger.clock import UTC
from ledger.digests import Digest
from ledger.identifiers import new_id
from ledger.personal import Fact, Personal, Sealed
from ledger.ranges import Ranges

NOT_YET = datetime.min.replace(tzinfo=UTC)
"""The time of an event that is not recorded; the store stamps `recorded_at` when it commits."""


class Scope(StrEnum):
    """What is destroyed together: each instance of a scope has one key of its own."""

    IDENTITY = "identity"
    PROCEDURE_DATA = "procedure-data"
    PROCEDURE_TRAIL = "procedure-trail"
    MANDATE = "mandate"
    AGENT = "agent"
    HOUSE = "house"
    HOUSE_CONTACT = "house-contact"
    AGENT_MONTH = "agent-month"
    BREACH = "breach"
    REQUEST = "request"
    REGISTER = "register"
    """What concerns no person: authorities, runs, confirmations. Kept as long as the ledger."""
    HOLD = "hold"
    """What one hold is about, and why; dies some years after its release."""


class ScopeInstance(NamedTuple):
    """One instance of a key scope: its kind, and the random id (with the month, for an agent's) that it belongs to."""

    kind: Scope
    of: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.of}"


REGISTER = ScopeInstance(Scope.REGISTER, "ledger")
"""The register of the ledger: one instance, never destroyed while the ledger lives."""


class LinkKind(StrEnum):
    """What a link leads from and to; links serve queries and die with the key that they hang on."""

    PROCEDURE = "procedure"
    """From a person's identity to the streams of their procedures."""
    MANDATE = "mandate"
    """From a person's identity to the streams of the mandates they are party to."""
    SUBJECT = "subject"
    """From a procedure's trail, or a mandate, to the person's stream."""
    ACCESS = "access"
    """From a procedure's trail to its accesses."""
    ACTOR = "actor"
    """From an agent's month to the positions of what the agent did."""
    MERGED = "merged"
    """From a person's identity to the duplicate's stream."""
    REPRESENTS = "represents"
    """From a representative's identity to the streams of the persons represented."""
    HOUSE = "house"
    """From the register of the ledger to its houses."""
    AGENT = "agent"
    """From the register of the ledger to its agents."""
    AUTHORITY = "authority"
    """From the register of the ledger to its disposal authorities."""
    CONFIRMATION = "confirmation"
    """From the register of the ledger to the confirmations of catalogue entries."""
    RUN = "run"
    """From the register of the ledger to the runs of retention."""
    EPOCH = "epoch"
    """From the register of the ledger to the epochs of its key tree."""
    HOLD = "hold"
    """From the register of the ledger to its book of holds."""
    SLIP = "slip"
    """From the register of the ledger to its elimination slips."""
    CERTIFICATE = "certificate"
    """From the register of the ledger to its certificates of destruction."""
    RESTORATION = "restoration"
    """From the register of the ledger to the restores of a backup."""
    LOSS = "loss"
    """From the register of the ledger to the losses of data that should live."""
    ERASURE = "erasure"
    """From the register of the ledger to the decisions on requests for erasure."""
    DRILL = "drill"
    """From the register of the ledger to its erasure drills."""
    BREACH = "breach"
    """From the register of the ledger to its breaches, and from a breach to those it is tied to."""
    HEADERS = "headers"
    """From the register of the ledger to the records of pruned headers."""
    ORIGIN = "origin"
    """From the register of the ledger to the origins under which it signed checkpoints."""


class Link(NamedTuple):
    """A link to lay when the event is written: from the key of `scope` to `stream_id` (or to the event itself)."""

    scope: ScopeInstance
    kind: LinkKind
    stream_id: UUID | None = None


class _Transient:
    def __repr__(self) -> str:
        return "TRANSIENT"


TRANSIENT = _Transient()

HEADER_FIELDS: Mapping[str, tuple[type, ...]] = {
    "effective_at": (datetime,),
    "known_at": (datetime,),
    "house": (UUID,),
    "decision": (StrEnum,),
    "gateway": (StrEnum,),
    "covers": (UUID,),
    "ranges": (Ranges,),
    "follows": (Digest,),
}
"""
The fields that an event may show in clear. `covers` is the id of the key that a destruction event accounts for;
`ranges` are the positions whose headers are gone; `follows` is the digest of the checkpoint that an origin goes on
from.
"""

_MACHINERY = {"originator_id", "originator_version", "timestamp"}

REGISTRY: dict[str, type[Event]] = {}
"""Every event class by its topic. Closed: a topic that is not here can't be loaded."""


AGGREGATES: dict[str, type[Aggregate]] = {}
"""Every aggregate class by its kind, which is the first word of its topics."""


class UnstorableField(TypeError):
    """An event class declares a field that has no place in the stored format."""


@dataclass(frozen=True)
class SealedField:
    """How one sealed field of an event class is stored."""

    name: str
    wrapper: type[Personal[Any]] | type[Fact[Any]]
    content: Any
    scope: Scope


@dataclass(frozen=True)
class EventShape:
    """How an event class is stored: its header fields, its sealed fields, and what is never stored."""

    header: tuple[tuple[str, type], ...]
    sealed: tuple[SealedField, ...]
    transient: tuple[str, ...]


def _shape_of(cls: type[Event]) -> EventShape:
    header: list[tuple[str, type]] = []
    sealed: list[SealedField] = []
    transient: list[str] = []
    hints = get_type_hints(cls, include_extras=True)
    for field in dataclasses.fields(cast(Any, cls)):
        name = field.name
        if name in _MACHINERY:
            continue
        hint = hints[name]
        marks = hint.__metadata__ if get_origin(hint) is Annotated else ()
        bare = get_args(hint)[0] if marks else hint
        wrapper = get_origin(bare)
        if TRANSIENT in marks:
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
                raise UnstorableField(f"{cls.__qualname__}.{name}: a transient field needs a default")
            transient.append(name)
        elif wrapper in (Personal, Fact):
            scopes = [mark for mark in marks if isinstance(mark, Scope)]
            if len(scopes) != 1:
                raise UnstorableField(f"{cls.__qualname__}.{name}: a sealed field names exactly one key scope")
            sealed.append(SealedField(name, wrapper, get_args(bare)[0], scopes[0]))
        elif name in HEADER_FIELDS and (kind := _header_type(bare, HEADER_FIELDS[name])) is not None:
            header.append((name, kind))
        else:
            raise UnstorableField(
                f"{cls.__qualname__}.{name}: neither personal, nor a fact, nor a header field of a known type"
            )
    return EventShape(tuple(header), tuple(sealed), tuple(transient))


def _header_type(hint: Any, allowed: tuple[type, ...]) -> type | None:
    """Give the class that the header field is read back as, or None where the hint is not an allowed one."""
    candidates = [arg for arg in get_args(hint) if arg is not type(None)] or [hint]
    fits = len(candidates) == 1 and isinstance(candidates[0], type) and issubclass(candidates[0], allowed)
    return candidates[0] if fits else None


class Event(CanMutateAggregate[UUID], _LibraryEvent):
    """
    Something that happened to an aggregate, named in the past participle.

    Subclasses give `TOPIC` ("mandate.signed.1": kind, participle, version) and override `apply`, which runs again on
    every load and therefore only copies fields: rules are checked by the method that triggers the event.
    """

    TOPIC: ClassVar[str] = ""
    PAD_TO: ClassVar[int] = 256
    """The least length of this event's boxes, bytes; raise it where lengths would tell procedures apart."""
    SHAPE: ClassVar[EventShape]

    @staticmethod
    def create_timestamp() -> datetime:
        """Give a placeholder: the core reads no clock, the store stamps the instant when it commits."""
        return NOT_YET

    def mutate(self, aggregate: Any) -> Any:
        """
        Apply this event to its aggregate, as the library does; here an id that is the same object is not compared.

        :raises OriginatorIDError: if it is another's event
        :raises OriginatorVersionError: if it is not the next
        """
        version = self.originator_version
        if aggregate is None or self.originator_id is not aggregate.id or version != aggregate.version + 1:
            return super().mutate(aggregate)
        self.apply(aggregate)
        aggregate.version = version
        aggregate.modified_on = self.timestamp
        return aggregate

    def scope_instances(self) -> Mapping[Scope, str]:
        """Say which instance of a foreign scope the fields go to; a scope not named is that of the own stream."""
        return {}

    def links(self) -> tuple[Link, ...]:
        """Say which links to lay with this event."""
        return ()

    def __repr__(self) -> str:
        return f"<{type(self).TOPIC or type(self).__name__} v{self.originator_version}>"

    __str__ = __repr__


class Created(Event):
    """The first event of a stream."""

    def mutate(self, aggregate: Any) -> Any:
        """Make the aggregate named in the closed registry; the library would import what a topic names."""
        kind = AGGREGATES[self.TOPIC.partition(".")[0]]
        fresh = kind.__new__(kind)
        fresh.__base_init__(self.originator_id, self.originator_version, self.timestamp)
        self.apply(fresh)
        return fresh


E_ = TypeVar("E_", bound=type[Event])


def stored(cls: E_) -> E_:
    """
    Enter an event class in the registry under its `TOPIC`, once its fields are known to be storable.

    :raises UnstorableField: if a field is neither sealed, nor transient, nor a header field
    """
    if not cls.TOPIC:
        raise UnstorableField(f"{cls.__qualname__}: no TOPIC")
    if cls.TOPIC in REGISTRY and REGISTRY[cls.TOPIC].__qualname__ != cls.__qualname__:
        raise UnstorableField(f"{cls.__qualname__}: the topic {cls.TOPIC} is taken")
    cls.SHAPE = _shape_of(cls)
    cls.__repr__ = Event.__repr__  # type: ignore[method-assign]  # the dataclass one would print every field
    REGISTRY[cls.TOPIC] = cls
    return cls


class Aggregate(BaseAggregate[UUID]):
    """
    A stream of events with the rules that guard it.

    Loading decrypts nothing: sealed fields of a loaded aggregate are handles. Its methods are imperative verbs that
    check the rules and then call `trigger_event`.
    """

    KIND: ClassVar[str] = ""
    DIES_WITH: ClassVar[Scope | None] = None
    """The scope of the last key of such a stream, after which its headers are pruned; None where they are kept."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        AGGREGATES[cls.KIND] = cls

    @staticmethod
    def create_id(*_: Any, **__: Any) -> UUID:
        """Make the random id of a new stream."""
        return new_id()

    @classmethod
    def begin(cls, event_class: type[Created], /, *, id: UUID | None = None, **fields: Any) -> Self:
        """Start a new stream with its first event."""
        event = event_class(
            originator_id=id or cls.create_id(), originator_version=cls.INITIAL_VERSION, timestamp=NOT_YET, **fields
        )
        aggregate: Self = event.mutate(None)
        aggregate.pending_events.append(event)
        return aggregate

    def __repr__(self) -> str:
        return f"<{self.KIND or type(self).__name__} v{self.version}>"

    __hash__ = None  # type: ignore[assignment]  # aggregates are mutable: never a key


__all__ = [
    "AGGREGATES",
    "NOT_YET",
    "REGISTER",
    "REGISTRY",
    "TRANSIENT",
    "Aggregate",
    "Created",
    "Event",
    "EventShape",
    "Fact",
    "Link",
    "LinkKind",
    "Personal",
    "Scope",
    "ScopeInstance",
    "Sealed",
    "SealedField",
    "UnstorableField",
    "stored",
]
