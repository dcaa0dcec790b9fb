"""The bytes of a header are exact: written once, read strictly, never changed from one version to the next."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.limits import HEADER_BYTES, RANGES_IN_HEADER
from ledger.merkle import Frontier, leaf_hash
from ledger.ranges import Ranges
from ledger.store.failures import HeaderTooLarge
from ledger.store.header import BoxEntry, Header, HeaderMalformed, decode, encode, instant, instant_of, parse

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "headers"
A, B, C = (UUID(int=number * 0x1111_1111_1111_1111_1111_1111_1111_1111) for number in (1, 2, 3))
BARE = Header(v=1, ledger=A, event=B, stream=C, n=1, topic="diary.opened.1", recorded_at="2026-06-09T12:20:00.000000Z")
_BOX = BoxEntry(key=A, alg="A256GCM.1", commitment="0c" * 32, sha256="5a" * 32)


@dataclass(frozen=True)
class Golden:
    """One file: what it holds, and the members that it must show."""

    name: str
    members: dict[str, object]


GOLDENS = (
    Golden("bare", {}),
    Golden("full", {"effective_at": "2026-06-08T09:00:00.000001Z", "known_at": "2026-06-09T12:00:00.000000Z"}),
    Golden("one-box", {}),
    Golden("three-boxes", {}),
    Golden("destruction", {"topic": "destruction.completed.1", "covers": "3" * 32, "decision": "RESOLVED"}),
    Golden("access", {"decision": "GRANTED", "gateway": "MANDATE"}),
    Golden("law", {"catalogue": "ca" * 32, "profile": "0f" * 32, "rules": "4e" * 32}),
    Golden("late", {"effective_at": "2026-06-01T00:00:00.000000Z", "known_at": "2026-06-04T08:30:00.000000Z"}),
    Golden("largest-number", {"n": 2_147_483_647}),
    Golden("origin", {"topic": "origin.opened.1", "decision": "LOG_CAME_BACK", "follows": "f0" * 32}),
    Golden("pruned", {"topic": "headers.pruned.1", "ranges": [[1, 1], [4, 17], [1_000_000, 1_000_002]]}),
)


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.name)
def test_a_stored_header_of_every_kind_is_read_and_written_again_byte_for_byte(golden: Golden) -> None:
    content = (GOLDEN / f"{golden.name}.json").read_bytes()
    header = parse(content)
    assert encode(header) == content
    assert json.loads(content).items() >= golden.members.items()
    assert json.dumps(json.loads(content), separators=(",", ":")).encode() == content  # as anybody else would write it


def test_the_stored_headers_are_the_files_of_this_list_and_make_the_stored_root() -> None:
    files = sorted(GOLDEN.glob("*.json"))
    assert {path.stem for path in files} == {golden.name for golden in GOLDENS}
    leaves = [leaf_hash(path.read_bytes()) for path in files]
    stored = dict(line.split() for line in (GOLDEN / "leaves.txt").read_text().splitlines())
    assert {path.stem: leaf.hex() for path, leaf in zip(files, leaves, strict=True)} == stored
    assert Frontier().extend(leaves).root().hex() == (GOLDEN / "root.txt").read_text().strip()


def test_every_member_of_a_header_is_in_a_stored_one() -> None:
    shown = {name for path in GOLDEN.glob("*.json") for name in json.loads(path.read_bytes())}
    assert shown == set(Header.__struct_fields__)


def test_members_stand_in_the_declared_order_and_are_absent_when_there_is_nothing_to_say() -> None:
    content = encode(BARE)
    assert list(json.loads(content)) == ["v", "ledger", "event", "stream", "n", "topic", "recorded_at"]
    assert b" " not in content
    assert b"null" not in content


_CHANGES: dict[str, tuple[bytes, bytes]] = {
    "white space": (b'"n":1', b'"n": 1'),
    "a member twice": (b'"n":1', b'"n":1,"n":1'),
    "another order": (b'"v":1,"ledger"', b'"ledger"'),
    "an unknown member": (b'"n":1', b'"n":1,"x":1'),
    "a null": (b'"n":1', b'"n":1,"house":null'),
    "an empty list": (b'"000000Z"}', b'"000000Z","boxes":[]}'),
    "a float": (b'"n":1', b'"n":1.0'),
    "a zero": (b'"n":1', b'"n":0'),
    "a negative number": (b'"n":1', b'"n":-1'),
    "a text for a number": (b'"n":1', b'"n":"1"'),
    "upper case": (b"3333", b"3A33"),
    "a dashed identifier": (b'"33333333', b'"33333333-'),
    "an escape": (b"diary", b"di\\u0061ry"),
    "no topic": (b"diary.opened.1", b""),
    "a topic with a path": (b"diary.opened.1", b"os:system"),
    "a topic without version": (b"diary.opened.1", b"diary.opened"),
    "an offset": (b"000000Z", b"000000+00:00"),
    "no decimals": (b".000000Z", b"Z"),
    "no such day": (b"2026-06-09", b"2026-06-31"),
    "another format": (b'"v":1', b'"v":2'),
    "not UTF-8": (b"diary", b"di\xffry"),
    "something after it": (b'Z"}', b'Z"}\n'),
    "an instant that says nothing new": (b'Z"}', b'Z","known_at":"2026-06-09T12:20:00.000000Z"}'),
    "a short actor": (b'Z"}', b'Z","actor":"0c0c"}'),
    "a short digest": (b'Z"}', b'Z","follows":"0c0c"}'),
    "no ranges": (b'Z"}', b'Z","ranges":[]}'),
    "ranges out of order": (b'Z"}', b'Z","ranges":[[5,6],[1,2]]}'),
    "ranges that overlap": (b'Z"}', b'Z","ranges":[[1,4],[4,6]]}'),
    "ranges that touch": (b'Z"}', b'Z","ranges":[[1,4],[5,6]]}'),
    "a range that ends before it begins": (b'Z"}', b'Z","ranges":[[4,3]]}'),
    "a range of no position": (b'Z"}', b'Z","ranges":[[0,3]]}'),
    "half a range": (b'Z"}', b'Z","ranges":[[3]]}'),
    "a decision with a sentence in it": (b'Z"}', b'Z","decision":"Aline Exemple"}'),
}


@pytest.mark.parametrize("change", _CHANGES)
def test_any_other_bytes_are_refused_even_if_they_mean_the_same(change: str) -> None:
    old, new = _CHANGES[change]
    content = encode(BARE)
    altered = content.replace(old, new, 1)
    if change == "an empty list":
        altered = content[:-1] + b',"boxes":[]}'
    assert altered != content
    with pytest.raises(HeaderMalformed):
        parse(altered)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b"1", b"x" * 70_000])
def test_what_is_no_header_is_refused(content: bytes) -> None:
    for read in (parse, decode):
        with pytest.raises(HeaderMalformed):
            read(content)


def test_a_header_above_the_limit_is_refused_on_writing_and_on_reading() -> None:
    most = next(count for count in range(1, 1000) if len(_encoded_anyway(count)) > HEADER_BYTES)
    assert len(encode(_with_boxes(most - 1))) <= HEADER_BYTES
    with pytest.raises(HeaderTooLarge):
        encode(_with_boxes(most))
    with pytest.raises(HeaderMalformed):
        parse(_encoded_anyway(most))


def test_the_most_ranges_fit_in_a_header_with_a_million_million_positions() -> None:
    members = json.loads((GOLDEN / "full.json").read_bytes()) | {"boxes": []}
    fullest = decode(json.dumps(members | {"topic": "headers.pruned.1"}).encode())
    most = Ranges((10**12 - 4 * each, 10**12 - 4 * each + 1) for each in range(RANGES_IN_HEADER, 0, -1))
    content = encode(msgspec.structs.replace(fullest, boxes=(_BOX,), ranges=tuple(most)))
    assert parse(content).ranges == most
    assert len(content) <= HEADER_BYTES


def _with_boxes(count: int) -> Header:
    return Header(**{name: getattr(BARE, name) for name in Header.__struct_fields__} | {"boxes": (_BOX,) * count})


def _encoded_anyway(count: int) -> bytes:
    return msgspec.json.Encoder(uuid_format="hex").encode(_with_boxes(count))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 6, 9, 12, 20, tzinfo=UTC), "2026-06-09T12:20:00.000000Z"),
        (datetime(2026, 6, 9, 14, 20, tzinfo=timezone(timedelta(hours=2))), "2026-06-09T12:20:00.000000Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000000Z"),
        (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_instants_are_utc_with_six_decimals(moment: datetime, text: str) -> None:
    assert instant(moment) == text
    assert instant_of(text) == moment


def test_what_is_no_instant_is_refused() -> None:
    with pytest.raises(HeaderMalformed):
        instant_of("yesterday")


_hex32, _hex64 = (
    st.uuids().map(lambda value: value.hex),
    st.binary(max_size=9).map(lambda text: sha256(text).hexdigest()),
)
_instants = st.datetimes(timezones=st.just(UTC)).map(instant)
_words = st.from_regex(r"[A-Z][A-Z_]{0,30}", fullmatch=True)
_boxes = st.builds(BoxEntry, key=st.uuids(), alg=st.just("A256GCM.1"), commitment=_hex64, sha256=_hex64)
_headers = st.builds(
    Header,
    v=st.just(1),
    ledger=st.uuids(),
    event=st.uuids(),
    stream=st.uuids(),
    n=st.integers(1, 2**31 - 1),
    topic=st.from_regex(r"[a-z]{1,9}\.[a-z]([a-z-]{0,9}[a-z])?\.[1-9]", fullmatch=True),
    recorded_at=_instants,
    effective_at=st.none() | _instants,
    known_at=st.none() | _instants,
    actor=st.none() | _hex32,
    command=st.none() | st.uuids(),
    house=st.none() | st.uuids(),
    decision=st.none() | _words,
    gateway=st.none() | _words,
    covers=st.none() | st.uuids(),
    catalogue=st.none() | _hex64,
    profile=st.none() | _hex64,
    rules=st.none() | _hex64,
    boxes=st.lists(_boxes, max_size=4).map(tuple),
    ranges=st.sets(st.integers(1, 10**12 - 1)).map(lambda positions: tuple(Ranges.of(positions))),
).filter(lambda header: header.recorded_at not in (header.effective_at, header.known_at))


@given(_headers)
def test_what_is_written_is_read_back_the_same(header: Header) -> None:
    content = encode(header)
    assert parse(content) == decode(content) == header
    assert encode(parse(content)) == content


@given(_headers, st.integers(0, 10_000), st.integers(1, 255))
def test_no_byte_can_be_changed_into_another_header_of_the_same_meaning(header: Header, place: int, flip: int) -> None:
    content = bytearray(encode(header))
    content[place % len(content)] ^= flip
    try:
        other = parse(bytes(content))
    except HeaderMalformed:
        return
    assert other != header
    assert leaf_hash(bytes(content)) != leaf_hash(encode(header))
