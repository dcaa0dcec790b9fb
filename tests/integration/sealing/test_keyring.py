from __future__ import annotations

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from ledger.limits import KEYS_MINTED_AT_ONCE
from ledger.sealing.failures import (
    ForeignKeyStore,
    KeyStoreFromTheFuture,
    KeyStorePresent,
    KeyStoreTampered,
    KeyStoreUnavailable,
    KeyUnknown,
)
from ledger.sealing.kdf import new_key
from ledger.sealing.keyring import Keyring, create_keyring
from ledger.sealing.sealer import KeyringSealer
from ledger.sealing.stock import FIRST_LOT, LARGEST_LOT
from ledger.sealing.tree import KEYS_IN_BUCKET
from ledger.usecases.ports import Sealer
from tests.integration.sealing.conftest import Opening
from tests.unit.sealing.keystores import LEDGER, NOON, new_keyring, open_keyring, place_of

ROOT = Path(__file__).parents[3]


def _rows(keyring: Keyring, query: str) -> list[Any]:
    with keyring.database.reading() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def _count(keyring: Keyring, table: str) -> int:
    count: int = _rows(keyring, f"SELECT COUNT(*) FROM {table}")[0][0]
    return count


def _change(keyring: Keyring, statement: str, **values: Any) -> None:
    with keyring.database.writing() as connection:
        assert connection.execute(text(statement), values).rowcount == 1


def test_a_key_is_durable_before_it_is_given_out(keyring: Keyring, another_process: Opening) -> None:
    sealer: Sealer = KeyringSealer(keyring)
    key_id = sealer.reserve()
    event = uuid4()
    other = KeyringSealer(another_process())
    assert other.actor_tag(key_id, event) == sealer.actor_tag(key_id, event)
    assert other.link_tag(key_id, "procedure") == sealer.link_tag(key_id, "procedure")


def test_what_one_process_sealed_another_opens(keyring: Keyring, another_process: Opening) -> None:
    sealer = KeyringSealer(keyring)
    place = place_of(sealer.reserve())
    box = sealer.seal(place, b"text", pad_to=256)
    assert box.key_id == place.key_id
    other = KeyringSealer(another_process()).seal(place, b"text", pad_to=256)
    assert other.commitment == box.commitment
    assert other.content != box.content, "each box has a nonce of its own"


def test_tags_tell_keys_kinds_and_events_apart(keyring: Keyring) -> None:
    sealer = KeyringSealer(keyring)
    one, other = sealer.reserve(), sealer.reserve()
    events = [uuid4(), uuid4()]
    tags = [sealer.actor_tag(key, event) for key in (one, other) for event in events]
    tags += [sealer.link_tag(key, kind) for key in (one, other) for kind in ("procedure", "mandate")]
    assert len(set(tags)) == 8
    assert {len(tag) for tag in tags} == {16}


def test_a_repeated_request_is_known_again_by_every_process(keyring: Keyring, another_process: Opening) -> None:
    tag = KeyringSealer(keyring).request_tag(b"request")
    assert len(tag) == 32
    assert KeyringSealer(another_process()).request_tag(b"request") == tag
    assert KeyringSealer(keyring).request_tag(b"other") != tag


def test_another_ledger_has_other_keys_for_the_same_purpose(keyring: Keyring, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = new_keyring(tmp_path / "other")
    assert KeyringSealer(other).request_tag(b"request") != KeyringSealer(keyring).request_tag(b"request")
    other.close()


def test_no_key_is_given_out_twice(keyring: Keyring) -> None:
    given = [keyring.reserve() for _ in range(2_000)]
    assert len(set(given)) == 2_000


def test_a_first_command_takes_and_mints_little(keyring: Keyring) -> None:
    keyring.reserve()
    assert _rows(keyring, "SELECT COUNT(*) FROM stock WHERE lot IS NOT NULL") == [(FIRST_LOT,)]
    assert _count(keyring, "keys") < KEYS_MINTED_AT_ONCE
    for _ in range(2_000):
        keyring.reserve()
    assert _rows(keyring, "SELECT COUNT(*) FROM stock WHERE lot IS NOT NULL")[0][0] <= LARGEST_LOT


def test_what_was_not_used_goes_back_at_the_end(keyring: Keyring, another_process: Opening) -> None:
    first = another_process()
    used = {first.reserve() for _ in range(3)}
    first.close()
    assert _rows(keyring, "SELECT COUNT(*) FROM stock WHERE lot IS NOT NULL") == [(0,)]
    minted = _count(keyring, "keys")
    later = {keyring.reserve() for _ in range(minted - len(used))}
    assert _count(keyring, "keys") == minted, "every other key is used before new ones are made"
    assert not later & used


def test_closing_twice_gives_nothing_back_twice(keyring: Keyring, another_process: Opening) -> None:
    other = another_process()
    other.reserve()
    other.close()
    other.close()
    assert other.reserve() != keyring.reserve(), "and it can be used again"


def test_what_a_killed_process_left_unclaimed_is_given_out_again(keyring: Keyring, another_process: Opening) -> None:
    dead = another_process()
    claimed = {dead.reserve() for _ in range(3)}  # and it never closes
    asked: list[UUID] = []

    def known(key_ids: Any) -> set[UUID]:
        asked.extend(key_ids)
        return claimed

    early = keyring.stock.reuse_abandoned(taken_before=NOON, claimed=known)
    assert (early, asked) == (0, []), "a lot taken just now is left to its process"
    freed = keyring.stock.reuse_abandoned(taken_before=NOON + timedelta(days=1), claimed=known)
    assert freed == FIRST_LOT - 3
    assert claimed < set(asked)
    assert not {keyring.reserve() for _ in range(_count(keyring, "keys"))} & claimed


def test_threads_share_one_stock(keyring: Keyring) -> None:
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: keyring.reserve(), range(1_000)))
    assert len(set(given)) == 1_000


_RESERVING = """
import sys
from pathlib import Path
from tests.unit.sealing.keystores import open_keyring
keyring = open_keyring(Path(sys.argv[1]), url=sys.argv[2])
print(*[keyring.reserve().hex for _ in range(int(sys.argv[3]))])
keyring.close()
"""


def _process(program: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)], cwd=ROOT, text=True, stdout=subprocess.PIPE,
    )  # fmt: skip


def test_processes_never_share_a_key(keyring: Keyring, tmp_path: Path, keys_url: str) -> None:
    keyring.reserve()
    running = [_process(_RESERVING, tmp_path, keys_url, 700) for _ in range(3)]
    given = [key for process in running for key in process.communicate(timeout=60)[0].split()]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert len(given) == len(set(given)) == 2_100


_FORKING = """
import os, sys
from pathlib import Path
from tests.unit.sealing.keystores import open_keyring
keyring = open_keyring(Path(sys.argv[1]), url=sys.argv[2])
keyring.reserve()
child = os.fork()
given = [keyring.reserve().hex for _ in range(20)]
if child:
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
print(*given, flush=True)
os._exit(0)
"""


def test_a_forked_process_does_not_give_out_its_parents_keys(keyring: Keyring, tmp_path: Path, keys_url: str) -> None:
    process = _process(_FORKING, tmp_path, keys_url)
    given = process.communicate(timeout=60)[0].split()
    assert process.returncode == 0
    assert len(given) == len(set(given)) == 40
    assert len({keyring.reserve().hex for _ in range(100)} | set(given)) == 140


_MINTING = """
import sys
from pathlib import Path
from tests.unit.sealing.keystores import open_keyring
keyring = open_keyring(Path(sys.argv[1]), url=sys.argv[2])
while True:
    for _ in range(100):
        key = keyring.reserve()
    print(key.hex, flush=True)
"""


def test_a_process_killed_while_it_mints_leaves_a_whole_key_store(
    keyring: Keyring, tmp_path: Path, keys_url: str, *, thorough: bool
) -> None:
    last = []
    for turn in range(40 if thorough else 4):
        process = _process(_MINTING, tmp_path, keys_url)
        assert process.stdout is not None
        last += [UUID(process.stdout.readline().strip()) for _ in range(1 + turn % 7)]
        process.kill()
        process.communicate()
    minted = [UUID(bytes=bytes(key)) for (key,) in _rows(keyring, "SELECT key_id FROM keys")]
    assert set(last) <= set(minted), "what was given out is durable"
    assert len(minted) == len(set(minted))
    for key_id in minted:
        keyring.key_set(key_id)  # every key unwraps
    filled = _rows(keyring, "SELECT COUNT(*) FROM keys GROUP BY bucket")
    assert max(filled) <= (KEYS_IN_BUCKET,)
    assert keyring.reserve() not in last


def test_buckets_are_filled_one_after_the_other(keyring: Keyring) -> None:
    with keyring.database.writing() as connection:
        assert len(set(keyring.tree.mint(connection, 2 * KEYS_IN_BUCKET + 300))) == 2 * KEYS_IN_BUCKET + 300
    assert _rows(keyring, "SELECT bucket, COUNT(*) FROM keys GROUP BY bucket ORDER BY bucket") == [
        (0, KEYS_IN_BUCKET), (1, KEYS_IN_BUCKET), (2, 300),
    ]  # fmt: skip
    with keyring.database.writing() as connection:
        keyring.tree.mint(connection, 800)
    assert _rows(keyring, "SELECT bucket, COUNT(*) FROM keys GROUP BY bucket ORDER BY bucket")[2:] == [
        (2, KEYS_IN_BUCKET), (3, 100),
    ]  # fmt: skip


def test_no_key_is_stored_but_wrapped(keyring: Keyring) -> None:
    keyring.reserve()
    for table in ("buckets", "purposes"):
        assert {len(bytes(wrapped)) for (wrapped,) in _rows(keyring, f"SELECT wrapped FROM {table}")} == {60}


def test_a_lost_key_is_unknown(keyring: Keyring) -> None:
    key_id = keyring.reserve()
    _change(keyring, "DELETE FROM keys WHERE key_id = :key", key=key_id.bytes)
    keyring.forget([key_id])
    with pytest.raises(KeyUnknown):
        keyring.key_set(key_id)
    assert keyring.tombstone(key_id) is None


@pytest.mark.parametrize("change", ["place", "flip", "swap", "cut", "delete"])
def test_an_altered_bucket_of_keys_does_not_open(keyring: Keyring, another_process: Opening, change: str) -> None:
    one = keyring.reserve()
    with keyring.database.writing() as connection:
        keyring.tree.mint(connection, KEYS_IN_BUCKET)
    (first, second) = (bytes(sealed) for (sealed,) in _rows(keyring, _CONTENTS))
    changed = {"flip": first[:-1] + bytes([first[-1] ^ 1]), "swap": second, "cut": first[:-1]}
    if change == "place":
        _change(keyring, "UPDATE keys SET bucket = 1 WHERE key_id = :key", key=one.bytes)
    elif change == "delete":
        _change(keyring, "DELETE FROM contents WHERE kind = 'keys' AND bucket = 0")
    else:
        _change(keyring, "UPDATE contents SET sealed = :s WHERE kind = 'keys' AND bucket = 0", s=changed[change])
    with pytest.raises(KeyStoreTampered):
        another_process().key_set(one)


_CONTENTS = "SELECT sealed FROM contents WHERE kind = 'keys' ORDER BY bucket"


@pytest.mark.parametrize("table", ["buckets", "purposes"])
def test_an_altered_bucket_or_purpose_does_not_unwrap(keyring: Keyring, another_process: Opening, table: str) -> None:
    key_id = keyring.reserve()
    with keyring.database.writing() as connection:
        for name, wrapped in [
            tuple(row) for row in connection.execute(text(f"SELECT {_id(table)}, wrapped FROM {table}"))
        ]:
            flipped = bytes([bytes(wrapped)[0] ^ 1]) + bytes(wrapped)[1:]
            connection.execute(
                text(f"UPDATE {table} SET wrapped = :new WHERE {_id(table)} = :name AND wrapped = :old"),
                {"new": flipped, "name": name, "old": bytes(wrapped)},
            )
    other = another_process()
    with pytest.raises(KeyStoreTampered):
        _ = other.key_set(key_id) if table == "buckets" else KeyringSealer(other).request_tag(b"")


def _id(table: str) -> str:
    return "kind" if table == "buckets" else "name"


def test_a_key_store_of_another_ledger_is_refused(keyring: Keyring, tmp_path: Path, keys_url: str) -> None:
    stranger = open_keyring(tmp_path, url=keys_url, ledger_id=UUID(int=LEDGER.int + 1))
    with pytest.raises(ForeignKeyStore):
        stranger.reserve()
    stranger.close()


def test_a_key_store_of_a_later_version_is_left_alone(keyring: Keyring, another_process: Opening) -> None:
    _change(keyring, "UPDATE keyring SET version = 2")
    with pytest.raises(KeyStoreFromTheFuture):
        another_process().reserve()


def test_a_key_store_that_was_never_made_is_unavailable(tmp_path: Path, keys_url: str) -> None:
    keyring = open_keyring(tmp_path, url=keys_url)
    with pytest.raises(KeyStoreUnavailable):
        keyring.reserve()
    keyring.close()


def test_a_key_store_is_made_once(keyring: Keyring) -> None:
    root = keyring.holders.load(1)
    with pytest.raises(KeyStorePresent):
        create_keyring(keyring.database, keyring.holders)
    assert keyring.holders.load(1) == root


@pytest.mark.parametrize("step", ["root", "tables"])
def test_a_making_that_was_cut_short_can_be_done_again(tmp_path: Path, keys_url: str, step: str) -> None:
    keyring = open_keyring(tmp_path, url=keys_url)
    if step == "tables":
        keyring.database.create()
    root = new_key()
    keyring.holders.keep(1, root, among=keyring.holders.names)
    create_keyring(keyring.database, keyring.holders)
    assert keyring.holders.load(1) == root
    keyring.key_set(keyring.reserve())
    keyring.close()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_files_of_a_key_store_are_for_its_owner_alone(keyring: Keyring) -> None:
    keyring.reserve()
    files = keyring.database.files()
    assert {file.name for file in files} == {"keys.sqlite3", "keys.sqlite3-wal", "keys.sqlite3-shm"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(files[0].parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("secure_delete", 1), ("foreign_keys", 1)]
)
def test_a_key_store_in_a_file_is_durable_and_forgets_for_good(keyring: Keyring, pragma: str, value: object) -> None:
    assert _rows(keyring, f"PRAGMA {pragma}") == [(value,)]
