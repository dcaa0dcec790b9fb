from __future__ import annotations

import traceback
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from ledger.aggregates.base import Scope, ScopeInstance
from ledger.errors import LedgerError
from ledger.personal import Erased, Fact, Personal, Withheld
from ledger.sealing.destroying import KeyDestruction
from ledger.sealing.failures import (
    BoxMissing,
    BoxTampered,
    ContentUnreadable,
    KeyStoreTampered,
    KeyStoreUnavailable,
    KeyUnknown,
)
from ledger.sealing.index import SealedIndex
from ledger.sealing.keyring import Keyring
from ledger.sealing.openers import KeyringOpener
from ledger.usecases.ports import BoxOpener, BoxRef, Destruction
from ledger.usecases.retention.ports import Doomed
from tests.unit.sealing.keystores import NOON, BoxesInMemory, destruction_in, open_keyring, sealed_in

LATER = datetime(2026, 6, 10, 3, 0, tzinfo=UTC)


@pytest.fixture
def boxes() -> BoxesInMemory:
    return BoxesInMemory()


@pytest.fixture
def opener(keyring: Keyring, boxes: BoxesInMemory) -> KeyringOpener:
    return KeyringOpener(keyring, boxes)


@pytest.fixture
def ref(keyring: Keyring, boxes: BoxesInMemory) -> BoxRef:
    return sealed_in(keyring, boxes, b'{"name":"Aline Exemple","born":"1980-06-09"}', name=str, born=date)


def _handle(ref: BoxRef, field: str = "name") -> Personal[Any]:
    handle = Personal.in_box(ref, field)
    assert isinstance(handle, Personal)
    return handle


def _destruction(keyring: Keyring) -> KeyDestruction:
    return destruction_in(keyring, keyring.database.path.parent.parent, at=LATER)


def _destroy(keyring: Keyring, key_id: UUID) -> None:
    _destruction(keyring).destroy_all([Doomed(key_id, "resolved", "standing")], batch=uuid4())


def test_the_value_is_given(opener: KeyringOpener, ref: BoxRef) -> None:
    port: BoxOpener = opener
    assert port.open(_handle(ref)) == "Aline Exemple"
    assert port.open(_handle(ref, "born")) == date(1980, 6, 9)


def test_another_process_gives_the_same(keyring: Keyring, boxes: BoxesInMemory, ref: BoxRef, tmp_path: Path) -> None:
    other = open_keyring(tmp_path)
    assert KeyringOpener(other, boxes).open(_handle(ref)) == "Aline Exemple"
    other.close()


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Pair:
    colour: Colour
    days: tuple[date, ...]


VALUES: list[tuple[bytes, Any, object]] = [
    (b'"text"', str, "text"),
    (b"7", int, 7),
    (b"true", bool, True),
    (b'"1980-06-09"', date, date(1980, 6, 9)),
    (b'"2026-06-09T12:00:00Z"', datetime, NOON),
    (b'"22222222-2222-4222-8222-222222222222"', UUID, UUID("22222222-2222-4222-8222-222222222222")),
    (b'"red"', Colour, Colour.RED),
    (b'["a","b"]', tuple[str, ...], ("a", "b")),
    (b'["red"]', frozenset[Colour], frozenset({Colour.RED})),
    (b'{"colour":"red","days":["1980-06-09"]}', Pair, Pair(Colour.RED, (date(1980, 6, 9),))),
    (b"null", str | None, None),
    (b'"text"', str | None, "text"),
    (b'"12.50"', Decimal, Decimal("12.50")),
]


@pytest.mark.parametrize("case", VALUES, ids=lambda case: str(case[1]))
def test_a_value_comes_back_as_its_type(
    keyring: Keyring, boxes: BoxesInMemory, opener: KeyringOpener, case: tuple[bytes, Any, object]
) -> None:
    content, kind, value = case
    opened = opener.open(_handle(sealed_in(keyring, boxes, b'{"it":' + content + b"}", it=kind), "it"))
    assert opened == value
    assert type(opened) is type(value)


def test_a_field_that_the_event_gained_later_is_none_where_that_is_allowed(
    keyring: Keyring, boxes: BoxesInMemory, opener: KeyringOpener
) -> None:
    ref = sealed_in(keyring, boxes, b'{"name":"Aline Exemple"}', name=str, born=date | None, town=str)
    assert opener.open(_handle(ref, "born")) is None
    with pytest.raises(ContentUnreadable, match="town"):
        opener.open(_handle(ref, "town"))


def test_several_are_opened_in_their_order(keyring: Keyring, boxes: BoxesInMemory, opener: KeyringOpener) -> None:
    refs = [sealed_in(keyring, boxes, b'{"a":%d,"b":"x"}' % number, a=int, b=str) for number in range(5)]
    gone = refs[3]
    boxes.fences.add(gone.place.key_id)
    wanted = [
        _handle(refs[4], "a"),
        _handle(refs[0], "b"),
        _handle(refs[4], "b"),
        _handle(gone, "a"),
        _handle(refs[1], "a"),
    ]
    assert opener.open_many(wanted) == [4, "x", "x", Withheld("being-destroyed"), 1]
    assert opener.open_many([]) == []


def test_a_fenced_scope_is_withheld(opener: KeyringOpener, boxes: BoxesInMemory, ref: BoxRef) -> None:
    assert opener.open(_handle(ref)) == "Aline Exemple"
    boxes.fences.add(ref.place.key_id)
    assert opener.open(_handle(ref)) == Withheld("being-destroyed"), "although the key is still in memory"


def test_a_destroyed_key_is_erased_though_the_log_does_not_say_so_yet(
    opener: KeyringOpener, keyring: Keyring, boxes: BoxesInMemory, ref: BoxRef
) -> None:
    boxes.fences.add(ref.place.key_id)
    _destroy(keyring, ref.place.key_id)
    assert opener.open(_handle(ref)) == Erased(LATER, "resolved")


def test_what_the_log_says_of_a_destruction_comes_first(
    opener: KeyringOpener, keyring: Keyring, boxes: BoxesInMemory, ref: BoxRef
) -> None:
    boxes.fences.add(ref.place.key_id)
    boxes.destructions[ref.place.key_id] = Destruction(NOON, "term")
    _destroy(keyring, ref.place.key_id)
    boxes.boxes.clear()
    assert opener.open(_handle(ref)) == Erased(NOON, "term")


def test_after_a_restore_of_old_events_a_tombstone_still_says_erased(
    opener: KeyringOpener, keyring: Keyring, ref: BoxRef
) -> None:
    _destroy(keyring, ref.place.key_id)
    assert opener.open(_handle(ref)) == Erased(LATER, "resolved"), "the box is back, and no fence is"


def test_what_is_erased_reads_so_even_without_a_key_store(
    opener: KeyringOpener, keyring: Keyring, boxes: BoxesInMemory, ref: BoxRef, tmp_path: Path
) -> None:
    boxes.fences.add(ref.place.key_id)
    boxes.destructions[ref.place.key_id] = Destruction(NOON, "term")
    keyring.database.close()
    (tmp_path / "keys" / "keys.sqlite3").rename(tmp_path / "elsewhere")
    assert opener.open(_handle(ref)) == Erased(NOON, "term")


def test_a_missing_box_is_not_an_erased_one(opener: KeyringOpener, boxes: BoxesInMemory, ref: BoxRef) -> None:
    boxes.boxes.clear()
    with pytest.raises(BoxMissing):
        opener.open(_handle(ref))


def test_an_altered_box_is_found_before_any_key_is_used(
    opener: KeyringOpener, boxes: BoxesInMemory, ref: BoxRef
) -> None:
    boxes.boxes[1, 0] = boxes.boxes[1, 0][:-1] + bytes([boxes.boxes[1, 0][-1] ^ 1])
    with pytest.raises(BoxTampered, match="sha256"):
        opener.open(_handle(ref))


def test_a_box_moved_with_its_digest_does_not_open(
    opener: KeyringOpener, keyring: Keyring, boxes: BoxesInMemory, ref: BoxRef
) -> None:
    other = sealed_in(keyring, boxes, b'{"name":"Bob Fictif"}', name=str)
    boxes.boxes[1, 0] = boxes.boxes[2, 0]
    forged = replace(ref, sha256=other.sha256)
    with pytest.raises(BoxTampered, match="seal"):
        opener.open(_handle(forged))
    with pytest.raises(BoxTampered, match="commitment"):
        opener.open(_handle(replace(forged, commitment=other.commitment)))


def test_a_field_of_another_box_is_not_in_this_one(
    opener: KeyringOpener, keyring: Keyring, boxes: BoxesInMemory, ref: BoxRef
) -> None:
    sealed_in(keyring, boxes, b'{"account":"FICTIF"}', account=str)
    with pytest.raises(ContentUnreadable):
        opener.open(_handle(replace(ref, contents={"account": str}), "account"))


def test_a_lost_key_is_neither_erased_nor_unavailable(opener: KeyringOpener, boxes: BoxesInMemory, ref: BoxRef) -> None:
    lost = replace(ref, place=ref.place._replace(key_id=uuid4()))
    with pytest.raises(KeyUnknown):
        opener.open(_handle(lost))


def test_a_key_store_that_is_gone_is_unavailable(boxes: BoxesInMemory, ref: BoxRef, tmp_path: Path) -> None:
    (tmp_path / "keys" / "keys.sqlite3").rename(tmp_path / "elsewhere")
    with pytest.raises(KeyStoreUnavailable):
        KeyringOpener(open_keyring(tmp_path), boxes).open(_handle(ref))
    assert not (tmp_path / "keys" / "keys.sqlite3").exists(), "and no empty one is made"


def test_a_root_key_that_is_gone_is_unavailable(boxes: BoxesInMemory, ref: BoxRef, tmp_path: Path) -> None:
    (tmp_path / "keys" / "root-1.key").unlink()
    with pytest.raises(KeyStoreUnavailable):
        KeyringOpener(open_keyring(tmp_path), boxes).open(_handle(ref))


def test_a_root_key_of_another_ledger_opens_nothing(boxes: BoxesInMemory, ref: BoxRef, tmp_path: Path) -> None:
    (tmp_path / "keys" / "root-1.key").write_bytes(b"ledger-root-key/1 " + b"0" * 64 + b"\n")
    with pytest.raises(KeyStoreTampered, match="bucket"):
        KeyringOpener(open_keyring(tmp_path), boxes).open(_handle(ref))


MARKER = "Clotilde-Inventee"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (f'"{MARKER}"'.encode(), int),
        (f'"{MARKER}"'.encode(), Colour),
        (f'"{MARKER}"'.encode(), date),
        (f'{{"colour":"{MARKER}","days":[]}}'.encode(), Pair),
        (f'"{MARKER}'.encode(), str),
    ],
    ids=["number", "word", "date", "structure", "no JSON"],
)
def test_what_can_not_be_read_is_not_quoted(
    keyring: Keyring, boxes: BoxesInMemory, opener: KeyringOpener, content: bytes, kind: Any
) -> None:
    other = sealed_in(keyring, boxes, f'{{"name":"{MARKER}"}}'.encode(), name=str)
    ref = sealed_in(keyring, boxes, b'{"it":' + content + b"}", it=kind)
    with pytest.raises(ContentUnreadable) as caught:
        opener.open_many([_handle(other), _handle(ref, "it")])
    _says_nothing(caught.value)


@pytest.mark.parametrize("fault", ["missing", "altered", "lost"])
def test_no_failure_shows_what_else_was_opened(
    keyring: Keyring, boxes: BoxesInMemory, opener: KeyringOpener, fault: str
) -> None:
    good = sealed_in(keyring, boxes, f'{{"name":"{MARKER}"}}'.encode(), name=str)
    bad = sealed_in(keyring, boxes, f'{{"name":"{MARKER}"}}'.encode(), name=str)
    if fault == "missing":
        del boxes.boxes[2, 0]
    elif fault == "altered":
        bad = replace(bad, commitment=bytes(32))
    else:
        bad = replace(bad, place=bad.place._replace(key_id=uuid4()))
    with pytest.raises(LedgerError) as caught:
        opener.open_many([_handle(good), _handle(bad)])
    _says_nothing(caught.value)


def _says_nothing(fault: BaseException) -> None:
    """Look at every local variable of every frame of the product, of the fault and of what led to it."""
    told: traceback.TracebackException | None = traceback.TracebackException.from_exception(fault, capture_locals=True)
    seen = 0
    while told is not None:
        frames = [frame for frame in told.stack if "/ledger/" in frame.filename]
        seen += len(frames)
        assert MARKER not in repr([frame.locals for frame in frames])
        assert MARKER not in str(told)
        told = told.__context__
    assert seen > 0


def test_nothing_stays_behind_in_the_opener(opener: KeyringOpener, ref: BoxRef) -> None:
    handle = _handle(ref)
    opener.open(handle)
    assert vars(opener).keys() == {"_keyring", "_source"}
    assert handle.is_handle
    with pytest.raises(TypeError):
        handle.expose()


def test_a_digest_is_compared_even_when_the_box_would_open(
    opener: KeyringOpener, boxes: BoxesInMemory, ref: BoxRef
) -> None:
    with pytest.raises(BoxTampered, match="sha256"):
        opener.open(_handle(replace(ref, sha256=sha256(b"").digest())))


def test_facts_open_as_values_do(opener: KeyringOpener, ref: BoxRef) -> None:
    handle = Fact.in_box(ref, "name")
    assert opener.open(handle) == "Aline Exemple"


def test_the_scope_of_a_destroyed_key_leaves_the_index(keyring: Keyring, ref: BoxRef) -> None:
    index, scope = SealedIndex(keyring.tree), ScopeInstance(Scope.IDENTITY, uuid4().hex)
    index.file("subject", "Exemple", "Aline", "1980-06-09", scope=scope)
    keys = destruction_in(keyring, keyring.database.path.parent.parent, scopes={ref.place.key_id: scope})
    keys.destroy_all([Doomed(ref.place.key_id, "term", "standing")], batch=uuid4())
    assert index.find("subject", "Exemple", "Aline", "1980-06-09") == []
