"""
From a stored header to an event whose sealed fields are handles of boxes that nobody has looked at.

Classes are found in the closed registry by topic: a stored topic is never imported. Most handles are never opened, so
what a handle points to is read from the header only when somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from ledger.aggregates.base import REGISTRY, Event
from ledger.digests import Digest
from ledger.errors import Misconfigured
from ledger.personal import Sealed
from ledger.ranges import Ranges
from ledger.store.header import BoxEntry, HeaderMalformed
from ledger.store.plans import EventPlan, plan_of
from ledger.translation import mark
from ledger.usecases.ports import BoxPlace, BoxRef

_new, _set = object.__new__, object.__setattr__


class UnknownTopic(Misconfigured):
    """The log holds an event that this version of the product does not know."""

    sentence = mark("This ledger holds a record ({topic}) that this version does not know.")
    advice = mark("Install the version that wrote it, or a later one; nothing was touched.")


class _Members(msgspec.Struct, gc=False):
    """The members of a header that a loaded event shows; the boxes stay as they are written."""

    stream: str
    n: int
    topic: str
    recorded_at: datetime
    effective_at: datetime | None = None
    known_at: datetime | None = None
    house: UUID | None = None
    decision: str | None = None
    gateway: str | None = None
    covers: UUID | None = None
    boxes: tuple[msgspec.Raw, ...] = ()
    ranges: tuple[tuple[int, int], ...] = ()
    follows: str | None = None


class _Placed(msgspec.Struct, gc=False):
    """The members of a header that bind a box to its place."""

    ledger: UUID
    event: UUID
    stream: UUID
    n: int
    topic: str
    boxes: tuple[BoxEntry, ...]


_decode_members: Callable[[bytes], _Members] = msgspec.json.Decoder(_Members).decode
_decode_placed: Callable[[bytes], _Placed] = msgspec.json.Decoder(_Placed).decode


class StoredBoxRef(BoxRef):
    """The reference of a stored box: the same as a `BoxRef` that was worked out at once."""

    _written: bytes
    """The exact bytes of the header, read when somebody asks for more than the position."""
    _read: tuple[BoxPlace, BoxEntry] | None

    @property
    def place(self) -> BoxPlace:
        """Where the box stands."""
        return (self._read or self._read_now())[0]

    @property
    def commitment(self) -> bytes:
        """The commitment of the box to its key."""
        return bytes.fromhex((self._read or self._read_now())[1].commitment)

    @property
    def sha256(self) -> bytes:
        """The SHA-256 of the box."""
        return bytes.fromhex((self._read or self._read_now())[1].sha256)

    def _read_now(self) -> tuple[BoxPlace, BoxEntry]:
        try:
            header = _decode_placed(self._written)
        except (msgspec.DecodeError, ValueError) as fault:
            raise HeaderMalformed(position=self.position) from fault
        entry = header.boxes[self.box_no]
        place = BoxPlace(header.ledger, header.event, header.topic, header.stream, header.n, entry.key, entry.alg)
        read = self.__dict__["_read"] = place, entry
        return read


def read_event(position: int, stream_id: UUID, version: int, content: bytes) -> Event:
    """
    Rebuild an event from its header; its sealed fields are handles, and no box is looked at.

    :raises UnknownTopic: if no class of this version bears the topic
    :raises HeaderMalformed: if the header is not that of this row, or holds a word that is not in its list
    """
    return _read(position, stream_id, stream_id.hex, version, content)


def read_stream(stream_id: UUID, found: Sequence[Sequence[Any]]) -> Iterator[Event]:
    """Rebuild the events of one stream from its rows (position, stream, version, header); raises as `read_event`."""
    written = stream_id.hex
    for position, _, version, content in found:
        yield _read(position, stream_id, written, version, content)


def _read(position: int, stream_id: UUID, written: str, version: int, content: bytes) -> Event:
    try:
        members = _decode_members(content)
    except (msgspec.DecodeError, ValueError) as fault:
        raise HeaderMalformed(position=position) from fault
    event_class = REGISTRY.get(members.topic)
    if event_class is None:
        raise UnknownTopic(topic=members.topic)
    plan = plan_of(event_class)
    if members.stream != written or members.n != version or len(members.boxes) != len(plan.boxes):
        raise HeaderMalformed(position=position)
    state: dict[str, Any] = {
        "originator_id": stream_id, "originator_version": version, "timestamp": members.recorded_at,
    }  # fmt: skip
    if plan.shows:
        _show(state, members, plan, position)
    for box_no, box in enumerate(plan.boxes):
        reference = _new(StoredBoxRef)
        _set(reference, "__dict__", {
            "_written": content, "_read": None, "position": position, "box_no": box_no, "contents": box.contents,
        })  # fmt: skip
        Sealed.fill(state, reference, box.handles)
    for name, default in plan.transient:
        state[name] = default()
    event: Event = _new(event_class)
    _set(event, "__dict__", state)  # a frozen dataclass; its own __init__ costs ten times this
    return event


def _show(state: dict[str, Any], members: _Members, plan: EventPlan, position: int) -> None:
    """Add the fields that stand in clear."""
    for name in plan.instants:
        said = getattr(members, name)
        state[name] = members.recorded_at if said is None else said
    for name in plan.identifiers:
        state[name] = getattr(members, name)
    for name in plan.ranges:
        state[name] = Ranges(getattr(members, name))
    for name in plan.digests:
        state[name] = None if (text := getattr(members, name)) is None else Digest(text)
    for name, words in plan.words:
        text = getattr(members, name)
        state[name] = text if text is None or words is None else _word(words, text, position)


def _word(words: Mapping[str, Any], text: str, position: int) -> Any:
    if text not in words:
        raise HeaderMalformed(position=position)
    return words[text]
