"""
Between an event object and its stored form.

Writing seals the fields of each key scope into one box and builds the header; reading gives an event whose sealed
fields are handles of boxes that nobody has looked at. Classes are found in the closed registry by topic: a stored topic
is never imported.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any, NamedTuple, cast
from uuid import UUID

import msgspec

from ledger.aggregates.base import REGISTRY, Event, LinkKind, Scope, ScopeInstance, SealedField
from ledger.errors import Misconfigured
from ledger.identifiers import new_id
from ledger.limits import BOX_BYTES
from ledger.merkle import leaf_hash
from ledger.store.failures import BoxTooLarge
from ledger.store.header import FORMAT, BoxEntry, Header, HeaderMalformed, decode, encode, instant, instant_of
from ledger.translation import mark
from ledger.usecases.ports import BoxPlace, BoxRef, Command, Sealer

ALGORITHM = "A256GCM.1"
REGISTER_OWNER = "ledger"
"""The instance of the register scope: there is one in a ledger."""

_SCOPE_ORDER = {scope: number for number, scope in enumerate(Scope)}
_ACTOR = str(LinkKind.ACTOR)
_LATER_INSTANTS = ("effective_at", "known_at")


class UnknownTopic(Misconfigured):
    """The log holds an event that this version of the product does not know."""

    sentence = mark("This ledger holds a record ({topic}) that this version does not know.")
    advice = mark("Install the version that wrote it, or a later one; nothing was touched.")


class StoredBox(NamedTuple):
    """A box to store."""

    key_id: UUID
    content: bytes


class StoredLink(NamedTuple):
    """A link to store, to a stream; or to the event itself where there is no stream."""

    key_id: UUID
    kind: str
    tag: bytes
    stream_id: UUID | None


class NewEvent(NamedTuple):
    """An event to store: the columns, the exact header, and all that goes into the log beside it."""

    stream_id: UUID
    version: int
    topic: str
    header: bytes
    event_id: UUID
    recorded_at: str
    leaf: bytes
    boxes: tuple[StoredBox, ...] = ()
    links: tuple[StoredLink, ...] = ()


class BoxPlan(NamedTuple):
    """One box of an event class: its scope and the fields in it."""

    scope: Scope
    prefix: str
    owner: str
    """Whose instance of the scope it always is; empty where the event says, or its own stream's is meant."""
    fields: tuple[SealedField, ...]
    contents: Mapping[str, Any]


class EventPlan(NamedTuple):
    """How one event class is written and read, worked out once."""

    event_class: type[Event]
    kind: str
    boxes: tuple[BoxPlan, ...]
    instants: tuple[str, ...]
    identifiers: tuple[str, ...]
    words: tuple[tuple[str, Callable[[str], str]], ...]
    transient: tuple[tuple[str, Callable[[], Any]], ...]


@cache
def plan_of(event_class: type[Event]) -> EventPlan:
    """Work out how an event class is written and read."""
    shape = event_class.SHAPE
    scopes = sorted({field.scope for field in shape.sealed}, key=_SCOPE_ORDER.__getitem__)
    return EventPlan(
        event_class,
        event_class.TOPIC.partition(".")[0],
        tuple(_box_plan(scope, shape.sealed) for scope in scopes),
        tuple(name for name, _ in shape.header if name in _LATER_INSTANTS),
        tuple(name for name, kind in shape.header if issubclass(kind, UUID)),
        tuple((name, kind if kind is not StrEnum else str) for name, kind in shape.header if issubclass(kind, StrEnum)),
        tuple((name, _default_of(event_class, name)) for name in shape.transient),
    )


def _box_plan(scope: Scope, sealed: tuple[SealedField, ...]) -> BoxPlan:
    fields = tuple(field for field in sealed if field.scope is scope)
    owner = REGISTER_OWNER if scope is Scope.REGISTER else ""
    return BoxPlan(scope, f"{scope}:", owner, fields, MappingProxyType({field.name: field.content for field in fields}))


def _default_of(event_class: type[Event], name: str) -> Callable[[], Any]:
    field = next(field for field in dataclasses.fields(cast(Any, event_class)) if field.name == name)
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory
    return lambda: field.default


class Draft(NamedTuple):
    """An event about to be written: where each of its boxes belongs, and the links to lay with it."""

    event: Event
    plan: EventPlan
    box_scopes: tuple[str, ...]
    links: tuple[tuple[str, LinkKind, UUID | None], ...]

    @property
    def scopes(self) -> Iterator[str]:
        """Every scope that the event touches."""
        yield from self.box_scopes
        for scope, _, _ in self.links:
            yield scope


def draft_of(event: Event) -> Draft:
    """Work out which scopes an event touches; nothing is sealed yet."""
    plan = plan_of(type(event))
    foreign, own = event.scope_instances(), event.originator_id.hex
    scopes = tuple([f"{box.prefix}{box.owner or foreign.get(box.scope, own)}" for box in plan.boxes])
    links = tuple([(str(link.scope), link.kind, link.stream_id) for link in event.links()])
    return Draft(event, plan, scopes, links)


def agent_month(actor: UUID, at: datetime) -> ScopeInstance:
    """Name the scope that makes and reads the actor tags of one agent in one calendar month, UTC."""
    return ScopeInstance(Scope.AGENT_MONTH, f"{actor.hex}:{instant(at)[:7]}")


class EventWriter:
    """Turns the events of one command into their stored form, with the keys that were found or reserved for them."""

    def __init__(
        self, ledger_id: UUID, sealer: Sealer, command: Command, *, keys: Mapping[str, UUID], actor_scope: str
    ) -> None:
        self._ledger_id = ledger_id
        self._sealer = sealer
        self._keys = keys
        self._command = command
        self._recorded_at = instant(command.at)
        self._actor_key = keys[actor_scope]
        self._actor_link = StoredLink(self._actor_key, _ACTOR, sealer.link_tag(self._actor_key, _ACTOR), None)

    def write(self, draft: Draft) -> NewEvent:
        """
        Seal the fields of an event and build its header.

        :raises BoxTooLarge: if the fields of one scope are longer than `limits.BOX_BYTES`
        :raises HeaderTooLarge: if the header is longer than `limits.HEADER_BYTES`
        """
        event_id = new_id()
        entries, boxes = self._sealed(draft, event_id)
        header = encode(self._header(draft.event, event_id, entries))
        event = draft.event
        stream, version, topic = event.originator_id, event.originator_version, event.TOPIC
        links = (*dict.fromkeys([self._link(*link) for link in draft.links]), self._actor_link)
        return NewEvent(stream, version, topic, header, event_id, self._recorded_at, leaf_hash(header), boxes, links)

    def _sealed(self, draft: Draft, event_id: UUID) -> tuple[tuple[BoxEntry, ...], tuple[StoredBox, ...]]:
        event, entries, boxes = draft.event, [], []
        stream, version = event.originator_id, event.originator_version
        for plan, scope in zip(draft.plan.boxes, draft.box_scopes, strict=True):
            key_id = self._keys[scope]
            place = BoxPlace(self._ledger_id, event_id, event.TOPIC, stream, version, key_id, ALGORITHM)
            box = self._sealer.seal(place, _plaintext(event, plan), pad_to=event.PAD_TO)
            digest = sha256(box.content).hexdigest()
            entries.append(BoxEntry(box.key_id, box.algorithm, box.commitment.hex(), digest))
            boxes.append(StoredBox(box.key_id, box.content))
        return tuple(entries), tuple(boxes)

    def _header(self, event: Event, event_id: UUID, boxes: tuple[BoxEntry, ...]) -> Header:
        command, said = self._command, event.__dict__.get
        law = command.law
        return Header(
            v=FORMAT,
            ledger=self._ledger_id,
            event=event_id,
            stream=event.originator_id,
            n=event.originator_version,
            topic=event.TOPIC,
            recorded_at=self._recorded_at,
            effective_at=self._unless_recorded_then(said("effective_at")),
            known_at=self._unless_recorded_then(said("known_at")),
            actor=self._sealer.actor_tag(self._actor_key, event_id).hex(),
            command=command.id,
            house=said("house", command.house),
            decision=_word(said("decision")),
            gateway=_word(said("gateway")),
            covers=said("covers"),
            catalogue=law.catalogue or None,
            profile=law.profile or None,
            rules=law.rules or None,
            boxes=boxes,
        )

    def _unless_recorded_then(self, moment: datetime | None) -> str | None:
        """Write an instant that differs from the instant of recording; absent otherwise."""
        text = None if moment is None else instant(moment)
        return None if text == self._recorded_at else text

    def _link(self, scope: str, kind: LinkKind, stream_id: UUID | None) -> StoredLink:
        key_id = self._keys[scope]
        return StoredLink(key_id, str(kind), self._sealer.link_tag(key_id, kind), stream_id)


def _plaintext(event: Event, plan: BoxPlan) -> bytes:
    """Write the fields of one box as JSON; this is where values leave their wrappers, on their way into a box."""
    plaintext = msgspec.json.encode({field.name: getattr(event, field.name).expose() for field in plan.fields})
    if len(plaintext) > BOX_BYTES:
        raise BoxTooLarge(size=len(plaintext), limit=BOX_BYTES)
    return plaintext


def _word(code: str | None) -> str | None:
    return None if code is None else str(code)


def read_event(position: int, stream_id: UUID, version: int, content: bytes) -> Event:
    """
    Rebuild an event from its header; its sealed fields are handles, and no box is looked at.

    :raises UnknownTopic: if no class of this version bears the topic
    :raises HeaderMalformed: if the header is not that of this row
    """
    header = decode(content)
    event_class = REGISTRY.get(header.topic)
    if event_class is None:
        raise UnknownTopic(topic=header.topic)
    plan = plan_of(event_class)
    if header.stream != stream_id or header.n != version or len(header.boxes) != len(plan.boxes):
        raise HeaderMalformed(position=position)
    recorded = instant_of(header.recorded_at)
    state: dict[str, Any] = {"originator_id": stream_id, "originator_version": version, "timestamp": recorded}
    for name in plan.instants:
        text = getattr(header, name)
        state[name] = recorded if text is None else instant_of(text)
    for name in plan.identifiers:
        state[name] = getattr(header, name)
    for name, word in plan.words:
        text = getattr(header, name)
        state[name] = None if text is None else word(text)
    for box_no, (box, entry) in enumerate(zip(plan.boxes, header.boxes, strict=True)):
        reference = _reference(header, position, box_no, entry, box.contents)
        for field in box.fields:
            state[field.name] = field.wrapper.in_box(reference, field.name)
    for name, default in plan.transient:
        state[name] = default()
    event = object.__new__(event_class)
    object.__setattr__(event, "__dict__", state)  # a frozen dataclass; its own __init__ costs ten times this
    return event


def _reference(header: Header, position: int, box_no: int, entry: BoxEntry, contents: Mapping[str, Any]) -> BoxRef:
    place = object.__new__(BoxPlace)
    object.__setattr__(
        place, "__dict__",
        {
            "ledger_id": header.ledger, "event_id": header.event, "topic": header.topic, "stream_id": header.stream,
            "stream_version": header.n, "key_id": entry.key, "algorithm": entry.alg,
        },
    )  # fmt: skip
    reference = object.__new__(BoxRef)
    object.__setattr__(
        reference, "__dict__",
        {
            "place": place, "position": position, "box_no": box_no, "commitment": bytes.fromhex(entry.commitment),
            "sha256": bytes.fromhex(entry.sha256), "contents": contents,
        },
    )  # fmt: skip
    return reference
