"""
What the use cases need from the outside, as protocols; adapters meet them in `bootstrap` only.

A *command* is who asks, when, under which id and which law. A repeated command id happens once: the second time gives
the first answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeVar
from uuid import UUID

from ledger.aggregates.base import Aggregate, LinkKind, Scope, ScopeInstance
from ledger.personal import Erased, Sealed, Withheld

A = TypeVar("A", bound=Aggregate)
T = TypeVar("T")


@dataclass(frozen=True)
class LawInForce:
    """SHA-256 digests (hexadecimal) of the law as data that a command was judged under."""

    catalogue: str = ""
    profile: str = ""
    rules: str = ""


@dataclass(frozen=True)
class Command:
    """Who asks (`actor` is the stream id of an enrolled agent), when, from which house, under which law."""

    id: UUID
    actor: UUID
    at: datetime
    house: UUID | None = None
    law: LawInForce = field(default_factory=LawInForce)
    request: bytes = b""
    """What was asked, in canonical bytes: a second use of the id with another request is refused. Never stored."""


class StreamAt(NamedTuple):
    """Guard: the stream is still at this version when the lock is held."""

    stream_id: UUID
    version: int


class ScopeOpen(NamedTuple):
    """Guard: nothing is closing this key scope."""

    scope: ScopeInstance


class ScopeQuiet(NamedTuple):
    """Guard: nothing was sealed under the key of this scope, nor hung on it, after this position."""

    scope: ScopeInstance
    upto: int


Guard = StreamAt | ScopeOpen | ScopeQuiet


@dataclass(frozen=True)
class Recorded:
    """What the log answers to a command: where it stands, which streams it touched, and the outcome code."""

    positions: tuple[int, ...]
    streams: tuple[UUID, ...]
    outcome: str = "OK"
    repeated: bool = False


class BoxPlace(NamedTuple):
    """Where a box stands: its additional data, each part length-prefixed, in this order, so a moved box won't open."""

    ledger_id: UUID
    event_id: UUID
    topic: str
    stream_id: UUID
    stream_version: int
    key_id: UUID
    algorithm: str


class SealedBox(NamedTuple):
    """A box as it is stored: `content` is nonce | ciphertext | tag; `commitment` is HMAC(commitment key, place)."""

    key_id: UUID
    algorithm: str
    commitment: bytes
    content: bytes


@dataclass(frozen=True)
class BoxRef:
    """What the handle of a sealed field points to: enough to find the box and to tell whether it was altered."""

    place: BoxPlace
    position: int
    box_no: int
    commitment: bytes
    sha256: bytes
    contents: Any = None
    """The type of each field in the box, by name (given by the event class; for the openers)."""


@dataclass(frozen=True)
class Destruction:
    """When and why a key was destroyed, as the log records it."""

    when: datetime
    why: str


class FoundBox(NamedTuple):
    """What the event database has of a box: whether its scope is being destroyed, and its bytes unless it is gone."""

    fenced: bool
    content: bytes | None


class BoxSource(Protocol):
    """What the openers read from the event database."""

    def look_up(self, refs: Sequence[BoxRef]) -> list[FoundBox]:
        """Look the boxes up, each with the fence of its key as it stands at the same instant; in their order."""
        ...

    def destruction(self, key_id: UUID) -> Destruction | None:
        """Give the recorded destruction of a key, or None."""
        ...


class Sealer(Protocol):
    """What the writer needs from the keys. Every key given out is durable before it is used."""

    def reserve(self) -> UUID:
        """
        Give a minted key that nothing has claimed yet.

        :raises Unavailable: if the key store can't be reached
        """
        ...

    def seal(self, place: BoxPlace, plaintext: bytes, *, pad_to: int) -> SealedBox:
        """Seal a plaintext under the key that `place` names, padded to `pad_to` and to the next step."""
        ...

    def link_tag(self, key_id: UUID, kind: str) -> bytes:
        """Give the tag (16 bytes) under which links of this kind hang on a key."""
        ...

    def actor_tag(self, key_id: UUID, event_id: UUID) -> bytes:
        """Give the actor tag (16 bytes) of one event under an agent month's key."""
        ...

    def agent_month(self, actor: UUID, month: str) -> ScopeInstance:
        """
        Give the scope that makes and reads the actor tags of one agent in one month ("2026-06", UTC).

        Its name is random, and whose it is is known to the keys only: once they have forgotten it, nothing in the event
        database leads from the month's acts to the agent.
        """
        ...

    def known_agent_month(self, actor: UUID, month: str) -> ScopeInstance | None:
        """Give the scope of an agent's month, or None where there is none, or none any more."""
        ...

    def request_tag(self, request: bytes) -> bytes:
        """Give the keyed hash (32 bytes) that tells whether a repeated command asks the same."""
        ...


class Streams(Protocol):
    """The event log as the use cases see it."""

    def load(self, kind: type[A], stream_id: UUID) -> A:
        """
        Rebuild one aggregate; decrypts nothing.

        :raises NotFound: if no stream of this kind bears the id
        """
        ...

    def load_all(self, wanted: Sequence[tuple[type[Aggregate], UUID]]) -> list[Aggregate]:
        """Rebuild several aggregates in one reading, in the order asked for."""
        ...

    def commit(
        self, command: Command, *aggregates: Aggregate, guards: Iterable[Guard] = (), outcome: str = "OK"
    ) -> Recorded:
        """
        Append the pending events of all aggregates in one transaction, durable when this returns.

        :raises Conflict: if a stream moved on, a guard fails, or a key scope is closing
        :raises Unavailable: if the store can't be reached or is full; nothing was recorded
        """
        ...

    def recall(self, command: Command) -> Recorded | None:
        """
        Give the answer to a command that was already done, or None.

        :raises Conflict: if the id was used for another request
        """
        ...

    def linked(self, scope: ScopeInstance, kind: LinkKind) -> list[UUID]:
        """Give the stream ids that links of this kind lead to from the key of `scope`; empty once the key is gone."""
        ...


class BoxOpener(Protocol):
    """Opens what is sealed. Only the gate and the access use case may hold one; a test lists who does."""

    def open(self, sealed: Sealed[T]) -> T | Erased | Withheld:
        """
        Give the content of one sealed field, or why it can't be given.

        :raises IntegrityBroken: if the box or its place was altered
        :raises Unavailable: if the key store can't be reached
        """
        ...

    def open_many(self, sealed: Sequence[Sealed[Any]]) -> list[Any]:
        """Open several fields, in their order, in one reading of the log. Raises what `open` raises."""
        ...

    def destroyed(self, sealed: Sealed[Any]) -> Erased | None:
        """
        Say when and why one sealed field was destroyed, or None where it is still there; opens nothing, with no key.

        :raises IntegrityBroken: if the box or its place was altered
        """
        ...


class BlindIndex(Protocol):
    """Finds a person, or an account, without storing who it is: tokens are keyed hashes, sealed with the keys."""

    def find(self, kind: str, *parts: str) -> list[ScopeInstance]:
        """Give the scope instances filed under these normalised parts (there may be homonyms)."""
        ...

    def file(self, kind: str, *parts: str, scope: ScopeInstance) -> None:
        """File a scope instance under these parts; durable before the command that uses it."""
        ...

    def file_new(
        self, kind: str, *parts: str, scope: ScopeInstance, seen: Collection[ScopeInstance]
    ) -> list[ScopeInstance]:
        """File a scope instance unless others than those `seen` are filed there; then give them, and file nothing."""
        ...


class Acts(Protocol):
    """Recognises whose act something was, while the key of the agent's month lives."""

    def began(self, stream_id: UUID, *, by: UUID) -> bool:
        """Say whether an agent wrote the first event of a stream; False too where that can't be told any more."""
        ...


@dataclass(frozen=True)
class Desk:
    """What every use case works with; made once, in `bootstrap`."""

    streams: Streams
    boxes: BoxOpener
    index: BlindIndex
    law: Any
    acts: Acts


def own_scope(kind: Scope, stream_id: UUID) -> ScopeInstance:
    """Name the instance of a scope that belongs to one stream."""
    return ScopeInstance(kind, stream_id.hex)


class Signer(Protocol):
    """Signs what this ledger hands out, with a key of its own."""

    def sign(self, text: str) -> str:
        """
        Give a text, which ends with a line feed, as a signed note (C2SP signed-note, Ed25519).

        :raises Unavailable: if the signing key is not there
        """
        ...
