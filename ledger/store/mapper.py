"""
From an event object to its stored form: the fields of each key scope are sealed into one box, and the header is built.

The way back, to an event whose sealed fields are handles, is in `ledger.store.rebuilding`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

import msgspec

from ledger.aggregates.base import Event, LinkKind, Scope
from ledger.identifiers import new_id
from ledger.limits import BOX_BYTES
from ledger.merkle import leaf_hash
from ledger.store.failures import BoxTooLarge
from ledger.store.header import FORMAT, BoxEntry, Header, encode, instant
from ledger.store.plans import BoxPlan, EventPlan, plan_of
from ledger.usecases.ports import BoxPlace, Command, Sealer

ALGORITHM = "A256GCM.1"
_ACTOR = str(LinkKind.ACTOR)


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


def draft_of(event: Event, actor_scope: str) -> Draft:
    """Work out which scopes an event touches, the actor's month being `actor_scope`; nothing is sealed yet."""
    plan = plan_of(type(event))
    foreign, own = event.scope_instances(), event.originator_id.hex
    scopes = tuple(
        [
            actor_scope if box.scope is Scope.AGENT_MONTH else f"{box.prefix}{box.owner or foreign.get(box.scope, own)}"
            for box in plan.boxes
        ]
    )
    links = tuple([(str(link.scope), link.kind, link.stream_id) for link in event.links()])
    return Draft(event, plan, scopes, links)


def command_tag(command_id: UUID) -> UUID:
    """
    Give what is stored of a command's id: a digest of it, in the form of an id.

    The id itself is known to whoever sent the command and stands nowhere. So the keyed hash of the request, which takes
    it in, can't be used to test a guess at what was typed, whoever has the database and the root key.
    """
    return UUID(bytes=sha256(b"ledger/1 command" + command_id.bytes).digest()[:16], version=4)


class EventWriter:
    """Turns the events of one command into their stored form, with the keys that were found or reserved for them."""

    def __init__(
        self, ledger_id: UUID, sealer: Sealer, command: Command, *, keys: Mapping[str, UUID], actor_scope: str
    ) -> None:
        self._ledger_id = ledger_id
        self._sealer = sealer
        self._keys = keys
        self._command = command
        self._command_tag = command_tag(command.id)
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
            command=self._command_tag,
            house=said("house", command.house),
            decision=_word(said("decision")),
            gateway=_word(said("gateway")),
            covers=said("covers"),
            catalogue=law.catalogue or None,
            profile=law.profile or None,
            rules=law.rules or None,
            boxes=boxes,
            ranges=tuple(said("ranges", ())),
            follows=_word(said("follows")),
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
