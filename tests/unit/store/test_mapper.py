"""An event becomes a header and boxes, and comes back with handles in the place of what is sealed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from ledger.aggregates.base import NOT_YET, Event, LinkKind, Scope
from ledger.aggregates.reading import CommandRefused, PageRead, ReadingDecision
from ledger.errors import IntegrityBroken, Misconfigured
from ledger.limits import BOX_BYTES
from ledger.personal import Fact, NotOpened, Personal
from ledger.store.failures import BoxTooLarge
from ledger.store.header import HeaderMalformed, decode, encode
from ledger.store.mapper import ALGORITHM, EventWriter, NewEvent, draft_of
from ledger.store.rebuilding import UnknownTopic, read_event
from ledger.usecases.ports import BoxRef, Command
from tests.integration.store.example import NOON, Lent, Mood, Opened, PageWritten, PlainSealer, registered

LEDGER, ACTOR, STREAM = uuid4(), uuid4(), uuid4()
COMMAND = Command(id=uuid4(), actor=ACTOR, at=NOON, house=uuid4())


@pytest.fixture(autouse=True)
def _example_classes() -> Iterator[None]:
    with registered():
        yield


def _event(event_class: type[Event], version: int = 1, **fields: object) -> Event:
    return event_class(originator_id=STREAM, originator_version=version, timestamp=NOT_YET, **fields)


def _opened(text: str = "page") -> Event:
    return _event(Opened, house=None, owner=Personal("Bob Fictif"), text=Fact(text))


def _write(event: Event, command: Command = COMMAND) -> tuple[NewEvent, dict[str, UUID]]:
    sealer = PlainSealer()
    month = str(sealer.agent_month(command.actor, "2026-06"))
    draft = draft_of(event, month)
    keys = {scope: uuid4() for scope in [*draft.scopes, month]}
    return EventWriter(LEDGER, sealer, command, keys=keys, actor_scope=month).write(draft), keys


def _read(written: NewEvent, position: int = 5) -> Event:
    return read_event(position, written.stream_id, written.version, written.header)


def test_there_is_one_box_for_each_scope_in_the_order_in_which_scopes_are_declared() -> None:
    written, keys = _write(_opened())
    expected = [f"{Scope.IDENTITY}:{STREAM.hex}", f"{Scope.MANDATE}:{STREAM.hex}"]
    assert [box.key_id for box in written.boxes] == [keys[scope] for scope in expected]
    assert b'{"owner":"Bob Fictif"}' in written.boxes[0].content
    assert b'{"text":"page"}' in written.boxes[1].content
    assert [entry.key for entry in decode(written.header).boxes] == [box.key_id for box in written.boxes]
    assert {entry.alg for entry in decode(written.header).boxes} == {ALGORITHM}


def test_no_sealed_word_is_in_the_header() -> None:
    written, _ = _write(_opened("carte grise"))
    assert b"carte" not in written.header
    assert b"Fictif" not in written.header


def test_a_box_is_padded_to_what_its_event_asks_for() -> None:
    written, _ = _write(_opened())
    assert {len(box.content) for box in written.boxes} == {16 + Opened.PAD_TO}


def test_the_register_is_one_for_the_ledger_and_a_month_is_the_actors_whatever_the_stream() -> None:
    event = _event(PageRead, house=None, page=Fact("journal"), rows=Fact(3), about=Fact(()))
    assert draft_of(event, "agent-month:x:2026-06").box_scopes == ("agent-month:x:2026-06", "register:ledger")


def test_a_foreign_scope_and_its_links_come_from_transient_fields_that_are_not_stored() -> None:
    other, to = uuid4(), uuid4()
    written, keys = _write(_event(Lent, text=Fact("x"), of=other, to=to))
    key = keys[f"{Scope.PROCEDURE_TRAIL}:{other.hex}"]
    assert written.boxes[0].key_id == key
    assert [(link.key_id, link.kind, link.stream_id) for link in written.links[:-1]] == [(key, LinkKind.SUBJECT, to)]
    assert to.hex.encode() not in written.header
    read = _read(written)
    assert isinstance(read, Lent)
    assert (read.to, read.of) == (None, None)


def test_handles_say_which_box_field_and_type_and_nothing_of_the_content() -> None:
    written, _ = _write(_opened("secret"))
    read, read_again = _read(written, position=42), _read(written, position=42)
    assert isinstance(read, Opened)
    assert isinstance(read_again, Opened)
    box = read.text.box
    assert isinstance(box, BoxRef)
    header = decode(written.header)
    assert (box.position, box.box_no, box.place.event_id, box.place.ledger_id) == (42, 1, header.event, LEDGER)
    assert (box.place.topic, box.place.stream_id, box.place.stream_version) == (Opened.TOPIC, STREAM, 1)
    assert (box.commitment.hex(), box.sha256.hex()) == (header.boxes[1].commitment, header.boxes[1].sha256)
    assert dict(box.contents) == {"text": str}
    assert (type(read.owner), read.owner.field) == (Personal, "owner")
    assert box == read_again.text.box
    with pytest.raises(FrozenInstanceError):
        box.position = 1  # type: ignore[misc]


def test_words_come_back_as_the_words_of_their_list() -> None:
    read = _read(
        _write(_event(PageWritten, 2, effective_at=NOON, known_at=NOON, decision=Mood.TIRED, text=Fact("x")))[0]
    )
    assert isinstance(read, PageWritten)
    assert read.decision is Mood.TIRED
    refused = _read(_write(_event(CommandRefused, house=None, decision=ReadingDecision.REFUSED, about=Fact(())))[0])
    assert isinstance(refused, CommandRefused)
    assert refused.decision == "REFUSED"  # any list of codes may refuse: the class does not say which


def test_a_word_that_is_not_in_its_list_is_refused() -> None:
    event = _event(PageWritten, 2, effective_at=NOON, known_at=NOON, decision=Mood.TIRED, text=Fact("x"))
    header = msgspec.structs.replace(decode(_write(event)[0].header), decision="EXHAUSTED")
    with pytest.raises(HeaderMalformed):
        read_event(1, STREAM, 2, encode(header))


def test_instants_are_stamped_when_recorded_and_omitted_where_they_say_nothing_new() -> None:
    early = NOON - timedelta(hours=1)
    written, _ = _write(_event(PageWritten, 2, effective_at=early, known_at=NOON, decision=None, text=Fact("x")))
    header = decode(written.header)
    assert (header.effective_at, header.known_at) == ("2026-06-09T11:20:00.000000Z", None)
    read = _read(written)
    assert isinstance(read, PageWritten)
    assert (read.timestamp, read.effective_at, read.known_at) == (NOON, early, NOON)


def test_a_topic_that_is_not_in_the_registry_is_never_imported() -> None:
    written, _ = _write(_opened())
    header = encode(msgspec.structs.replace(decode(written.header), topic="os.system.1"))
    with pytest.raises(UnknownTopic) as failure:
        read_event(1, STREAM, 1, header)
    assert isinstance(failure.value, Misconfigured)


def test_a_header_that_is_not_of_its_row_is_refused() -> None:
    written, _ = _write(_opened())
    header = decode(written.header)
    for stream, version, content in (
        (uuid4(), 1, written.header),
        (STREAM, 2, written.header),
        (STREAM, 1, encode(msgspec.structs.replace(header, boxes=header.boxes[:1]))),
        (STREAM, 1, encode(msgspec.structs.replace(header, boxes=header.boxes * 2))),
        (STREAM, 1, encode(msgspec.structs.replace(header, recorded_at="yesterday"))),
        (STREAM, 1, b"{}"),
    ):
        with pytest.raises(HeaderMalformed) as failure:
            read_event(1, stream, version, content)
        assert isinstance(failure.value, IntegrityBroken)


def test_what_is_sealed_already_is_not_sealed_again_under_another_key() -> None:
    loaded = _read(_write(_opened())[0])
    assert isinstance(loaded, Opened)
    with pytest.raises(NotOpened):
        _write(_event(Opened, house=None, owner=loaded.owner, text=Fact("x")))


def test_a_box_above_the_limit_is_refused() -> None:
    with pytest.raises(BoxTooLarge):
        _write(_opened("x" * BOX_BYTES))


def test_two_writings_of_one_event_share_no_identifier() -> None:
    first, second = (decode(_write(_opened())[0].header) for _ in range(2))
    assert first.event != second.event
    assert first.actor != second.actor
