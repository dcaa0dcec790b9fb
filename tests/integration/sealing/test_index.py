from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import text

from ledger.aggregates.base import Scope, ScopeInstance
from ledger.clock import FixedClock
from ledger.sealing import index as index_module
from ledger.sealing.failures import KeyStoreTampered
from ledger.sealing.index import SealedIndex
from ledger.sealing.keyring import Keyring
from ledger.usecases.ports import BlindIndex
from ledger.usecases.retention.ports import Doomed
from tests.integration.sealing.conftest import Opening
from tests.unit.sealing.keystores import NOON, destruction_in, new_keyring

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "boxes" / "tokens.json").read_text(encoding="utf-8"))
ALINE = ("Exemple", "Aline", "1980-06-09")
_CONTENTS = "SELECT {} FROM contents WHERE kind = 'tokens' ORDER BY bucket"
_CHANGE = "UPDATE contents SET sealed = :s WHERE kind = 'tokens' AND bucket = :b"
BOB = ("Fictif", "Bob", "1975-01-31")


def _person() -> ScopeInstance:
    return ScopeInstance(Scope.IDENTITY, uuid4().hex)


def _forget(index: SealedIndex, scope: ScopeInstance) -> None:
    """Turn the tree without a scope, as a destruction does."""
    tree, folder = index._tree, index._tree.holders._holders["poste"]._folder.parent  # type: ignore[attr-defined]
    keyring = Keyring(tree.database, tree.holders, clock=FixedClock(NOON))
    key_id = keyring.reserve()
    destruction_in(keyring, folder, scopes={key_id: scope}).destroy_all([Doomed(key_id, "TERM", "x")], batch=uuid4())


@pytest.fixture
def index(keyring: Keyring) -> SealedIndex:
    return SealedIndex(keyring.tree)


def test_who_was_filed_is_found(index: SealedIndex) -> None:
    port: BlindIndex = index
    aline, bob = _person(), _person()
    port.file("subject", *ALINE, scope=aline)
    port.file("subject", *BOB, scope=bob)
    assert port.find("subject", *ALINE) == [aline]
    assert port.find("subject", *BOB) == [bob]
    assert port.find("subject", "Exemple", "Bob", "1980-06-09") == []


def test_another_process_finds_the_same(index: SealedIndex, another_process: Opening) -> None:
    aline = _person()
    index.file("subject", *ALINE, scope=aline)
    assert SealedIndex(another_process().tree).find("subject", *ALINE) == [aline]


def test_who_is_written_otherwise_is_found(index: SealedIndex) -> None:
    aline = _person()
    index.file("subject", "De l'Exemple-Fictif", "Éléonore", "09/06/1980", scope=aline)
    assert index.find("subject", "EXEMPLE FICTIF", "Eleonore", "1980-06-09") == [aline]


def test_homonyms_are_all_found_in_the_order_of_their_filing(index: SealedIndex) -> None:
    people = [_person() for _ in range(3)]
    for person in people:
        index.file("subject", *ALINE, scope=person)
    assert index.find("subject", *ALINE) == people


def test_filing_again_changes_nothing(index: SealedIndex) -> None:
    aline = _person()
    for _ in range(3):
        index.file("subject", *ALINE, scope=aline)
    assert index.find("subject", *ALINE) == [aline]


def test_a_new_filing_is_made_only_where_nobody_filed_since_one_looked(
    index: SealedIndex, another_process: Opening
) -> None:
    aline, bob, carl = _person(), _person(), _person()
    other = SealedIndex(another_process().tree)
    seen = index.find("subject", *ALINE)
    assert other.file_new("subject", *ALINE, scope=aline, seen=seen) == []
    assert index.file_new("subject", *ALINE, scope=bob, seen=seen) == [aline]
    assert index.find("subject", *ALINE) == [aline]
    assert index.file_new("subject", *ALINE, scope=bob, seen=[aline]) == []
    assert other.file_new("subject", *ALINE, scope=carl, seen=[aline]) == [bob]
    _forget(index, bob)
    assert other.find("subject", *ALINE) == [aline]


def test_of_many_new_filings_at_once_one_is_made(index: SealedIndex, another_process: Opening) -> None:
    indexes = [index, *(SealedIndex(another_process().tree) for _ in range(3))]
    people = [_person() for _ in indexes]
    with ThreadPoolExecutor(len(indexes)) as pool:
        since = list(pool.map(lambda each: each[0].file_new("subject", *ALINE, scope=each[1], seen=[]),
                              zip(indexes, people, strict=True)))  # fmt: skip
    (filed,) = index.find("subject", *ALINE)
    assert sorted(since, key=len) == [[], *[[filed]] * 3]
    assert since[people.index(filed)] == []


def test_one_person_is_found_under_several_names_and_forgotten_under_all(index: SealedIndex) -> None:
    aline, bob = _person(), _person()
    index.file("subject", *ALINE, scope=aline)
    index.file("subject", "Mariee", "Aline", "1980-06-09", scope=aline)
    index.file("subject", *ALINE, scope=bob)
    _forget(index, aline)
    assert index.find("subject", *ALINE) == [bob]
    assert index.find("subject", "Mariee", "Aline", "1980-06-09") == []
    _forget(index, aline)
    index.file("subject", *ALINE, scope=aline)
    assert index.find("subject", *ALINE) == [bob, aline]


def test_kinds_and_the_borders_of_parts_tell_apart(index: SealedIndex) -> None:
    aline = _person()
    index.file("subject", "Ab", "C", scope=aline)
    assert index.find("subject", "A", "bC") == []
    assert index.find("subject", "Ab") == []
    assert index.find("representative", "Ab", "C") == []


def test_an_account_is_no_name(index: SealedIndex) -> None:
    agent = ScopeInstance(Scope.AGENT, uuid4().hex)
    index.file("account", "de-martin", scope=agent)
    assert index.find("account", "de-martin") == [agent]
    for other in ("martin", "De-Martin", "demartin", "de_martin"):
        assert index.find("account", other) == [], "nobody acts under an account that looks alike"


def test_tokens_are_made_as_they_always_were(index: SealedIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index._tree, "purpose", lambda _: bytes.fromhex(GOLDEN["key"]))
    for told in GOLDEN["tokens"]:
        assert index._token(told["kind"], tuple(told["parts"])).hex() == told["token"]
    kind, _, of = GOLDEN["filed"]["scope"].partition(":")
    assert index._tag_of(ScopeInstance(Scope(kind), of)).hex() == GOLDEN["filed"]["tag"]


def test_buckets_double_when_they_are_full_and_lose_nobody(
    keyring: Keyring, index: SealedIndex, another_process: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "ENTRIES_IN_BUCKET", 8)
    other = SealedIndex(another_process().tree)
    people = {f"Exemple{number}": _person() for number in range(60)}
    for name, person in people.items():
        index.file("subject", name, scope=person)
        assert other.find("subject", name) == [person], "a process that knew the buckets before"
    with keyring.database.reading() as connection:
        bits = connection.execute(text("SELECT token_bits FROM keyring")).scalar_one()
        numbers = [row[0] for row in connection.execute(text(_CONTENTS.format("bucket")))]
        wrapped = [row[0] for row in connection.execute(text("SELECT bucket FROM buckets WHERE kind = 'tokens'"))]
    assert bits >= 3
    assert numbers == sorted(wrapped) == list(range(2**bits))
    assert all(index.find("subject", name) == [person] for name, person in people.items())
    for name, person in people.items():
        _forget(other, person)
        assert index.find("subject", name) == []
    left = [entry for number in numbers for entry in _entries(keyring, index, number)]
    assert left == [], "nothing of anybody is left"


def _entries(keyring: Keyring, index: SealedIndex, number: int) -> list[tuple[bytes, bytes]]:
    with keyring.database.reading() as connection:
        return index._read(connection, number)


def test_two_who_file_at_once_lose_nobody(index: SealedIndex, another_process: Opening) -> None:
    indexes = [index, SealedIndex(another_process().tree), SealedIndex(another_process().tree)]
    people = [(f"Exemple{number}", _person()) for number in range(45)]
    with ThreadPoolExecutor(3) as pool:
        list(
            pool.map(lambda pair: indexes[pair[0] % 3].file("subject", pair[1][0], scope=pair[1][1]), enumerate(people))
        )
    assert [index.find("subject", name) for name, _ in people] == [[person] for _, person in people]


@pytest.mark.parametrize("change", ["flip", "swap", "delete"])
def test_altered_tokens_are_found(
    keyring: Keyring, index: SealedIndex, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "ENTRIES_IN_BUCKET", 2)
    for number in range(4):
        index.file("subject", f"Exemple{number}", scope=_person())
    with keyring.database.writing() as connection:
        sealed = [bytes(row[0]) for row in connection.execute(text(_CONTENTS.format("sealed")))]
        for number, blob in enumerate(sealed):
            changed = blob[:-1] + bytes([blob[-1] ^ 1]) if change == "flip" else sealed[number ^ 1]
            connection.execute(
                text(_CHANGE),
                {"s": changed, "b": number},
            )
        if change == "delete":
            connection.execute(text("DELETE FROM contents WHERE kind = 'tokens'"))
    with pytest.raises(KeyStoreTampered):
        index.find("subject", "Exemple1")


def _bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.parametrize("backend", ["sqlite"])
def test_no_file_tells_who_is_known(keyring: Keyring, index: SealedIndex, tmp_path: Path) -> None:
    aline = _person()
    index.file("subject", *ALINE, scope=aline)
    token = index._token("subject", ALINE)
    tag = index._tag_of(aline)
    with keyring.database.reading() as connection:
        blob = bytes(connection.execute(text("SELECT sealed FROM contents WHERE kind = 'tokens'")).scalar_one())
    plain = msgspec.msgpack.encode(_entries(keyring, index, 0))
    told = [str(aline).encode(), aline.of.encode(), b"Exemple", b"exemple", b"aline", b"1980-06-09"]
    told += [secret[start : start + 8] for secret in (token, tag) for start in range(0, 32, 8)]
    told += [token.hex().encode(), tag.hex().encode()]
    for keep_log in (True, False):
        if not keep_log:
            assert keyring.database.truncate_log()
        stored = _bytes_of(tmp_path)
        for secret in told:
            assert secret not in stored
        assert blob[:64] in stored, "the control: the scan finds what is stored"
    assert token in plain, "the control: the token is in what was sealed"
    assert str(aline).encode() in plain


def test_a_key_store_looks_the_same_whoever_is_known(tmp_path: Path) -> None:
    seen = []
    for person in (ALINE, BOB):
        (tmp_path / person[1]).mkdir()
        keyring = new_keyring(tmp_path / person[1])
        SealedIndex(keyring.tree).file("subject", *person, scope=_person())
        with keyring.database.reading() as connection:
            shape = [
                tuple(row)
                for query in (
                    "SELECT kind, bucket, made_in, LENGTH(sealed) FROM contents",
                    "SELECT kind, bucket, epoch, made_in, LENGTH(wrapped) FROM buckets",
                    "SELECT name, epoch, LENGTH(wrapped) FROM purposes",
                    "SELECT epoch, token_bits FROM keyring",
                )
                for row in connection.execute(text(query))
            ]
        seen.append(shape)
        keyring.close()
    assert seen[0] == seen[1]
    assert ("tokens", 0, 1, 4_096 + 28) in seen[0]


def test_a_key_store_with_a_few_people_is_as_long_as_an_empty_one(keyring: Keyring, index: SealedIndex) -> None:
    lengths = set()
    for number in range(15):
        with keyring.database.reading() as connection:
            lengths.add(connection.execute(text(_CONTENTS.format("LENGTH(sealed)"))).scalar_one())
        index.file("subject", f"Exemple{number}", scope=_person())
    assert lengths == {4_096 + 28}
