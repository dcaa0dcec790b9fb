"""What is known to be exact without being parsed is just what parsing would take, with those columns and boxes."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.store.exact import BoxColumns, Columns, ExactHeaders
from ledger.store.header import BoxEntry, Header, HeaderMalformed, encode, parse

LEDGER = UUID(int=7)
DIGITS = st.text("0123456789abcdef", min_size=64, max_size=64)
TAGS = st.text("0123456789abcdef", min_size=32, max_size=32)
INSTANTS = st.datetimes().map(lambda at: f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}Z".rjust(27, "0"))
CONTENTS = st.sampled_from([b"", b"one", b"two"])
BOXES = st.builds(
    lambda key, commitment, content: BoxEntry(key, "A256GCM.1", commitment, sha256(content).hexdigest()),
    st.uuids(version=4), DIGITS, CONTENTS,
)  # fmt: skip


@st.composite
def headers(draw: st.DrawFn) -> Header:
    recorded_at = draw(INSTANTS)
    others = INSTANTS.filter(lambda at: at != recorded_at)
    return Header(
        v=1, ledger=LEDGER, event=draw(st.uuids()), stream=draw(st.uuids()), n=draw(st.integers(1, 10**6)),
        topic=draw(st.sampled_from(["diary.opened.1", "access.granted.1"])), recorded_at=recorded_at,
        effective_at=draw(st.none() | others), known_at=draw(st.sampled_from([None, None, None]) | others),
        actor=draw(TAGS), command=draw(st.uuids()), house=draw(st.none() | st.just(UUID(int=9))),
        decision=draw(st.none() | st.just("GRANTED")), covers=draw(st.sampled_from([None, None, None, UUID(int=3)])),
        rules=draw(st.none() | st.just("4e" * 32)), boxes=tuple(draw(st.lists(BOXES, max_size=3))),
    )  # fmt: skip


@dataclass
class Stored:
    """An event as it is stored, and its boxes."""

    columns: Columns
    boxes: list[BoxColumns]


BY_HASH = {sha256(content).hexdigest(): content for content in (b"", b"one", b"two", b"box")}


def stored(header: Header) -> Stored:
    columns = (
        1, header.event.bytes, header.stream.bytes, header.n, header.topic, header.recorded_at, encode(header),
    )  # fmt: skip
    boxes = [(1, number, box.key.bytes, BY_HASH[box.sha256]) for number, box in enumerate(header.boxes)]
    return Stored(columns, boxes)


def taught(header: Header) -> ExactHeaders:
    exact = ExactHeaders(LEDGER.bytes)
    exact.learn(encode(header), header)
    return exact


@given(headers())
def test_a_shape_that_was_parsed_once_is_known_from_then_on(header: Header) -> None:
    one = stored(header)
    known = taught(header).to_parse([one.columns], one.boxes) == []
    assert known == (header.covers is None and header.known_at is None)
    assert list(ExactHeaders(LEDGER.bytes).to_parse([one.columns], one.boxes)) == [0]


def agrees(columns: Columns, boxes: list[BoxColumns]) -> bool:
    """Say whether parsing takes it, with these columns and boxes, and it accounts for nothing."""
    _, event, stream, n, topic, recorded_at, content = columns
    try:
        header = parse(content)
    except HeaderMalformed:
        return False
    told = (header.event.bytes, header.stream.bytes, header.n, header.topic, header.recorded_at, header.ledger)
    listed = [(1, number, box.key.bytes, BY_HASH.get(box.sha256)) for number, box in enumerate(header.boxes)]
    accounts = header.covers or header.ranges or header.follows
    return told == (event, stream, n, topic, recorded_at, LEDGER) and listed == boxes and not accounts


def is_known(exact: ExactHeaders, columns: Columns, boxes: list[BoxColumns]) -> bool:
    try:
        return 0 not in exact.to_parse([columns], boxes)
    except (TypeError, ValueError, AttributeError):
        return False


@given(headers(), headers(), st.data())
def test_nothing_is_taken_that_parsing_would_refuse(header: Header, other: Header, data: st.DataObject) -> None:
    exact, one, two = taught(header), stored(header), stored(other)
    content = bytearray(one.columns[6])
    for _ in range(data.draw(st.integers(0, 2))):
        place = data.draw(st.integers(0, len(content) - 1))
        kind = data.draw(st.sampled_from(["flip", "cut", "add"]))
        if kind == "flip":
            content[place] ^= 1 << data.draw(st.integers(0, 7))
        elif kind == "cut" and len(content) > 1:
            del content[place]
        else:
            content.insert(place, data.draw(st.integers(0, 255)))
    columns: list[Any] = [*one.columns[:6], bytes(content)]
    for place in range(1, 6):
        if data.draw(st.booleans()):
            columns[place] = data.draw(st.sampled_from([one.columns[place], two.columns[place]]))
    boxes = data.draw(
        st.sampled_from([one.boxes, two.boxes, one.boxes[:-1], [*one.boxes, (1, len(one.boxes), bytes(16), b"one")]])
    )
    given_columns: Any = tuple(columns)
    if is_known(exact, given_columns, boxes):
        assert agrees(given_columns, boxes)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (1, bytes(15)), (1, "text"), (2, None), (3, 0), (3, "1"), (3, 1.0), (4, b"diary.opened.1"), (5, None),
        (6, b"\xff"), (6, None), (6, b""), (5, "2026-02-30T00:00:00.000000Z"), (5, "2026-06-09T24:00:00.000000Z"),
    ],
)  # fmt: skip
def test_columns_of_another_kind_are_never_taken(place: int, value: object) -> None:
    header = Header(
        v=1, ledger=LEDGER, event=UUID(int=1), stream=UUID(int=2), n=1, topic="diary.opened.1",
        recorded_at="2026-06-09T12:20:00.000000Z", actor="0c" * 16, command=UUID(int=4),
    )  # fmt: skip
    exact, one = taught(header), stored(header)
    assert is_known(exact, one.columns, [])
    changed: Any = (*one.columns[:place], value, *one.columns[place + 1 :])
    assert not is_known(exact, changed, [])


def made(*boxes: BoxEntry) -> Header:
    return Header(
        v=1, ledger=LEDGER, event=UUID(int=1), stream=UUID(int=2), n=1, topic="diary.opened.1",
        recorded_at="2026-06-09T12:20:00.000000Z", actor="0c" * 16, command=UUID(int=4), rules="4e" * 32, boxes=boxes,
    )  # fmt: skip


BOX = BoxEntry(UUID(int=5), "A256GCM.1", "6c" * 32, sha256(b"box").hexdigest())


@pytest.mark.parametrize("boxes", [(), (BOX,), (BOX, BOX)], ids=["no box", "one box", "two boxes"])
def test_every_bit_of_a_header_counts_to_its_last_byte(boxes: tuple[BoxEntry, ...]) -> None:
    header = made(*boxes)
    exact, one = taught(header), stored(header)
    content = one.columns[6]
    for place in range(len(content)):
        for bit in range(8):
            changed = content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]
            columns = (*one.columns[:6], changed)
            assert not is_known(exact, columns, one.boxes) or agrees(columns, one.boxes)


def test_a_header_ends_as_its_number_of_boxes_has_it() -> None:
    with_box, without = stored(made(BOX)), stored(made())
    exact = taught(made(BOX))
    exact.learn(without.columns[6], made())
    opened = without.columns[6][:-1] + b',"boxes":[}'
    unopened = with_box.columns[6].replace(b',"boxes":[', b"")
    for content, boxes in ((opened, without.boxes), (unopened, with_box.boxes)):
        columns = (*without.columns[:6], content)
        assert not agrees(columns, boxes)
        assert not is_known(exact, columns, boxes)


def test_an_instant_that_is_none_is_not_taken_though_its_header_says_the_same() -> None:
    for wrong in ("2026-06-09T24:00:00.000000Z", "2026-06-09T12:60:00.000000Z", "2026-06-09 12:20:00.000000Z"):
        good = Header(
            v=1, ledger=LEDGER, event=UUID(int=1), stream=UUID(int=2), n=1, topic="diary.opened.1",
            recorded_at="2026-06-09T12:20:00.000000Z", actor="0c" * 16, command=UUID(int=4),
        )  # fmt: skip
        exact, one = taught(good), stored(good)
        content = one.columns[6].replace(good.recorded_at.encode(), wrong.encode())
        assert not is_known(exact, (*one.columns[:5], wrong, content), [])
        assert not agrees((*one.columns[:5], wrong, content), [])


def test_the_hash_of_a_box_is_compared() -> None:
    box = BoxEntry(UUID(int=5), "A256GCM.1", "6c" * 32, sha256(b"box").hexdigest())
    header = Header(
        v=1, ledger=LEDGER, event=UUID(int=1), stream=UUID(int=2), n=1, topic="diary.opened.1",
        recorded_at="2026-06-09T12:20:00.000000Z", actor="0c" * 16, command=UUID(int=4), boxes=(box,),
    )  # fmt: skip
    exact, one = taught(header), stored(header)
    assert is_known(exact, one.columns, one.boxes)
    key = box.key.bytes
    wrong: list[list[BoxColumns]] = [
        [(1, 0, bytes(16), b"box")], [(1, 0, key, b"two")], [], [*one.boxes, *one.boxes], [(1, 1, key, b"box")],
        [(2, 0, key, b"box")], [*one.boxes, (2, 0, key, b"box")],
    ]  # fmt: skip
    for boxes in wrong:
        assert not is_known(exact, one.columns, boxes)


def test_a_day_is_known_when_it_comes_and_what_is_no_day_is_parsed() -> None:
    first = made()
    exact = taught(first)
    for day, is_one in (("2026-06-10", True), ("2027-02-28", True), ("2026-02-30", False), ("2026-W01-1", False)):
        one = stored(replace(first, recorded_at=f"{day}T12:20:00.000000Z"))
        assert is_known(exact, one.columns, []) is is_one
        assert agrees(one.columns, []) is is_one


def known_of(exact: ExactHeaders, *headers: Header) -> list[bool]:
    found = []
    for header in headers:
        one = stored(header)
        found.append(is_known(exact, one.columns, one.boxes))
    return found


def test_no_more_kinds_of_header_are_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.store.exact._REMEMBERED", 2)
    exact, first, second, third = ExactHeaders(LEDGER.bytes), made(), made(BOX), replace(made(), house=UUID(int=9))
    for header in (first, first, first, second, third):
        exact.learn(encode(header), header)
    assert known_of(exact, first, second, third) == [True, True, False]


def test_headers_of_one_topic_and_length_may_differ_and_the_last_ones_learned_are_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ledger.store.exact._TRIED", 2)
    exact = ExactHeaders(LEDGER.bytes)
    one, two, three = (replace(made(BOX), decision=word) for word in ("GRANTED", "REFUSED", "LIMITED"))
    assert len({len(encode(header)) for header in (one, two, three)}) == 1
    exact.learn(encode(one), one)
    for _ in range(3):
        exact.learn(encode(two), two)
    assert known_of(exact, one, two, three) == [True, True, False], "a layout is remembered once"
    exact.learn(encode(three), three)
    assert known_of(exact, one, two, three) == [False, True, True]


def test_a_house_is_read_from_the_header_and_must_be_an_identifier() -> None:
    first = replace(made(BOX), house=UUID(int=9))
    exact, one = taught(first), stored(first)
    assert known_of(exact, replace(first, house=UUID(int=10))) == [True]
    content = one.columns[6].replace(UUID(int=9).hex.encode(), b"G" * 32)
    assert not is_known(exact, (*one.columns[:6], content), one.boxes)


def test_a_box_of_another_algorithm_is_parsed_and_nothing_else_with_it() -> None:
    usual, other = made(BOX), made(replace(BOX, alg="A256GCM.10"))
    exact = taught(usual)
    exact.learn(encode(other), other)
    one, two = stored(usual), stored(other)
    events = [one.columns, (2, *two.columns[1:])]
    assert list(exact.to_parse(events, [*one.boxes, *((2, *box[1:]) for box in two.boxes)])) == [1]


def test_an_instant_that_only_repeats_the_recording_is_not_taken() -> None:
    header = replace(made(), effective_at="2026-06-09T12:19:00.000000Z")
    exact, one = taught(header), stored(header)
    content = one.columns[6].replace(b"12:19:00", b"12:20:00")
    assert not agrees((*one.columns[:6], content), [])
    assert not is_known(exact, (*one.columns[:6], content), [])


def test_members_that_lend_each_other_a_character_are_not_taken() -> None:
    """Of two headers one has lost the end of its instant and the other has it before its own."""
    exact, short, long = ExactHeaders(LEDGER.bytes), made(), replace(made(), n=12)
    for header in (short, long):
        exact.learn(encode(header), header)
    given_, found = short.recorded_at, []
    for n, wrong, number in ((12, given_[:-1], 1), (1, "Z" + given_, 2)):
        content = encode(short).replace(b'"n":1,', b'"n":%d,' % n).replace(given_.encode(), wrong.encode())
        found.append((number, short.event.bytes, short.stream.bytes, n, short.topic, wrong, content))
    assert [len(each[6]) for each in found] == [len(encode(short)), len(encode(long))]
    assert list(exact.to_parse(found, [])) == [0, 1]


def test_identifiers_that_lend_each_other_a_byte_are_not_taken() -> None:
    header = made()
    exact, one = taught(header), stored(header)
    event, stream = header.event.bytes[:-1], header.event.bytes[-1:] + header.stream.bytes
    content = one.columns[6].replace(
        f'{header.event.hex}","stream":"{header.stream.hex}'.encode(),
        f'{event.hex()}","stream":"{stream.hex()}'.encode(),
    )
    assert len(content) == len(one.columns[6])
    assert not is_known(exact, (1, event, stream, *one.columns[3:6], content), [])


def test_a_header_that_says_1_0_is_not_taken_though_its_column_does() -> None:
    first = replace(made(), n=100)
    exact, one = taught(first), stored(first)
    content = one.columns[6].replace(b'"n":100', b'"n":1.0')
    columns: Any = (*one.columns[:3], 1.0, *one.columns[4:6], content)
    assert not agrees(columns, [])
    assert not is_known(exact, columns, [])
