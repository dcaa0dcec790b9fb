"""The form of a record in the stand-alone verifier is that of the product: the same bytes are read, and no others."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.limits import HEADER_BYTES
from ledger.proof.verifier.verify import read_header
from ledger.ranges import Ranges
from ledger.store.header import BoxEntry, Header, HeaderMalformed, encode, parse

IDS = st.uuids(version=4)
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
WORDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", fullmatch=True)
INSTANTS = st.datetimes().map(lambda at: at.isoformat(timespec="microseconds") + "Z")
BOXES = st.builds(BoxEntry, key=IDS, alg=WORDS, commitment=DIGESTS, sha256=DIGESTS)
RANGES = st.sets(st.integers(1, 40), max_size=12).map(lambda found: tuple(Ranges.of(found)))
HEADERS = st.builds(
    Header, v=st.just(1), ledger=IDS, event=IDS, stream=IDS, n=st.integers(1, 2**63 - 1),
    topic=st.from_regex(r"[a-z][a-z-]{0,9}\.[a-z][a-z-]{0,9}\.[1-9][0-9]?", fullmatch=True), recorded_at=INSTANTS,
    effective_at=st.none() | INSTANTS, known_at=st.none() | INSTANTS, actor=st.none() | IDS.map(lambda one: one.hex),
    command=st.none() | IDS, house=st.none() | IDS, decision=st.none() | WORDS, gateway=st.none() | WORDS,
    covers=st.none() | IDS, catalogue=st.none() | DIGESTS, profile=st.none() | DIGESTS, rules=st.none() | DIGESTS,
    boxes=st.lists(BOXES, max_size=3).map(tuple), ranges=RANGES, follows=st.none() | DIGESTS,
)  # fmt: skip


def product_reads(content: bytes) -> Header | None:
    try:
        return parse(content)
    except HeaderMalformed:
        return None


def verifier_reads(content: bytes) -> bool:
    try:
        read_header(content)
    except ValueError:
        return False
    return True


@settings(max_examples=300)
@given(HEADERS)
def test_every_record_that_the_product_writes_is_read(header: Header) -> None:
    content = encode(header)
    if product_reads(content) is not None:  # an instant may have been drawn twice
        found = read_header(content)
        assert (found.ledger, found.stream, found.topic) == (header.ledger.hex, header.stream.hex, header.topic)
        assert found.ranges == list(header.ranges)
        assert found.follows == header.follows
        assert found.covers == (header.covers and header.covers.hex)
    else:
        assert not verifier_reads(content)


@settings(max_examples=1_000)
@given(HEADERS, st.data())
def test_both_readers_agree_on_records_that_somebody_changed(header: Header, data: st.DataObject) -> None:
    content = bytearray(encode(header))
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.integers(0, len(content) - 1))
        what = data.draw(st.sampled_from(["flip", "drop", "double", "set"]))
        if what == "flip":
            content[place] ^= 1 << data.draw(st.integers(0, 7))
        elif what == "drop":
            del content[place]
        elif what == "double":
            content[place:place] = content[place : place + data.draw(st.integers(1, 12))]
        else:
            content[place] = data.draw(st.sampled_from(list(b'0123456789abcdefz",:[]{} \x00\xc3-ZT.')))
    assert verifier_reads(bytes(content)) is (product_reads(bytes(content)) is not None), bytes(content)


PLAIN = encode(
    Header(v=1, ledger=UUID(int=1), event=UUID(int=2), stream=UUID(int=3), n=1, topic="a.b.1",
           recorded_at="2024-02-29T23:59:59.000000Z")
)  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2024-02-29", "2023-02-29"), ("2024-02-29", "2024-13-01"), ("2024-02-29", "0000-01-01"), ("23:59", "24:00"),
        ("23:59:59", "23:59:60"), ('"v":1', '"v":2'), ('"n":1', '"n":0'), ('"n":1', '"n":01'), ('"n":1', '"n":1.0'),
        ('"n":1', '"n":1e0'), ('"n":1', '"n":9223372036854775808'),
        ('"n":1', f'"n":1{"0" * 30}'), ('"}', '","ranges":[[1,9223372036854775808]]}'), ("a.b.1", "a.b.0"),
        ("a.b.1", "A.b.1"), ("a.b.1", "\\u0061.b.1"), ('"}', '"} '),
        ('"}', '","ranges":[[1,2],[3,4]]}'), ('"}', '","ranges":[[0,2]]}'), ('"}', '","ranges":[[4,2]]}'),
        ('"}', '","ranges":[]}'), ('"}', '","boxes":[]}'), ('"}', '","follows":null}'), ('"}', '","later":"x"}'),
        ('"}', '","effective_at":"2024-02-29T23:59:59.000000Z"}'), ('"}', '","house":"' + "A" * 32 + '"}'),
    ],
)  # fmt: skip
def test_what_means_nothing_or_the_same_in_other_bytes_is_refused_by_both(old: str, new: str) -> None:
    changed = PLAIN.decode().replace(old, new, 1).encode()
    assert changed != PLAIN
    assert product_reads(PLAIN) is not None
    assert verifier_reads(PLAIN)
    assert product_reads(changed) is None
    assert not verifier_reads(changed)


def test_a_record_that_is_too_long_is_refused_by_both() -> None:
    boxes = tuple(BoxEntry(UUID(int=number), "A256GCM.1", "0" * 64, "1" * 64) for number in range(1, 300))
    header = Header(v=1, ledger=UUID(int=1), event=UUID(int=2), stream=UUID(int=3), n=1, topic="a.b.1",
                    recorded_at="2024-02-29T23:59:59.000000Z", boxes=boxes)  # fmt: skip
    whole = encode(header)
    longer = whole.replace(b"]}", b"," + whole.partition(b"[")[2][: -len(b"]}")] + b"]}")
    assert len(whole) < HEADER_BYTES < len(longer)
    assert verifier_reads(whole)
    assert product_reads(longer) is None
    assert not verifier_reads(longer)


@given(st.binary(max_size=200))
@example(b"")
@example(b"{}")
@example(b"[" * 100_000)
def test_whatever_is_given_is_refused_without_a_crash(content: bytes) -> None:
    assert not verifier_reads(content)
    assert product_reads(content) is None
