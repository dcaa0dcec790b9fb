"""
Commitments recomputed with the keys: what is found by that and by nothing else, and what it never does.

Whoever owns the database can make headers, leaves and the whole tree anew, and nothing was signed yet in these stories;
what such a person can't make is a commitment.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ledger.aggregates.reading import Reading
from ledger.bootstrap.committing import CommitmentsNeedKeys
from ledger.bootstrap.verifying import Verified, verify
from ledger.errors import ExitCode
from ledger.merkle import Frontier, leaf_hash
from ledger.sealing import kdf
from ledger.store.engine import SQLITE, Rows
from tests.integration.usecases.workbench import Workbench, make_workbench

THOUSANDS = 3_000


def verified(bench: Workbench, *, with_keys: bool = True) -> Verified:
    heard: list[tuple[int, int]] = []
    found = verify(
        bench.ledger, trusted=None, keys=(), witnesses=(), read_models=False, progress=lambda done, of: None,
        recomputing=(lambda done, of: heard.append((done, of))) if with_keys else None,
    )  # fmt: skip
    if found.commitments is not None and found.commitments.whole:
        assert heard[-1] == (found.log.size, found.log.size), "the last event has a box"
    return found


def grow(bench: Workbench, events: int) -> None:
    """Record many events at once."""
    pages = [Reading.of_page(house=None, page="audit.trail", rows=0, about=()) for _ in range(events)]
    bench.ledger.streams.commit(bench.command(), *pages)


def boxes_of(bench: Workbench) -> int:
    with bench.ledger.database.reading() as rows:
        (count,) = rows.one("SELECT COUNT(*) FROM boxes") or (0,)
    return int(count)


def remade(bench: Workbench, position: int, change: Callable[[dict[str, Any], Rows], None]) -> None:
    """Change a header, and make its leaf, the nodes and the head anew around it, as whoever owns the database can."""
    with bench.ledger.database.reading() as rows:
        _unguarded(rows)
        (content,) = rows.one("SELECT header FROM events WHERE position = ?", (position,)) or (b"",)
        header = json.loads(bytes(content))
        change(header, rows)
        written = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
        rows.run("UPDATE events SET header = ? WHERE position = ?", (written, position))
        rows.run("UPDATE leaves SET leaf_hash = ? WHERE position = ?", (leaf_hash(written), position))
        leaves = [bytes(leaf) for (leaf,) in rows.all("SELECT leaf_hash FROM leaves ORDER BY position")]
        tree, nodes = Frontier().grow(leaves)
        for level, number, node in nodes:
            rows.run("UPDATE tree_nodes SET hash = ? WHERE level = ? AND number = ?", (node, level, number))
        rows.run("UPDATE log_head SET frontier = ?", (tree.to_bytes(),))
        if rows.dialect != SQLITE:
            rows.run("SET session_replication_role = DEFAULT")


def _unguarded(rows: Rows) -> None:
    if rows.dialect != SQLITE:
        rows.run("SET session_replication_role = replica")
        return
    rows.run("PRAGMA foreign_keys = OFF")
    for (name,) in rows.all("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        rows.run(f"DROP TRIGGER {name}")


def moved_under(key: bytes) -> Callable[[dict[str, Any], Rows], None]:
    """Say of the first box of a header that it is sealed under this key."""

    def move(header: dict[str, Any], rows: Rows) -> None:
        header["boxes"][0]["key"] = key.hex()
        rows.run(
            "UPDATE boxes SET key_id = ? WHERE position = (SELECT position FROM events WHERE event_id = ?) "
            "AND box_no = 0", (key, bytes.fromhex(header["event"])),
        )  # fmt: skip

    return move


def key_of_first_box(bench: Workbench, position: int) -> bytes:
    with bench.ledger.database.reading() as rows:
        (key,) = rows.one("SELECT key_id FROM boxes WHERE position = ? AND box_no = 0", (position,)) or (b"",)
    return bytes(key)


def two_procedures(bench: Workbench) -> tuple[int, bytes]:
    """Give the position of a value that is kept in one procedure, and the key of another."""
    person = bench.person()
    bench.procedure(person)
    position = bench.ledger.log.size()
    bench.procedure(person)
    other = key_of_first_box(bench, bench.ledger.log.size())
    assert other != key_of_first_box(bench, position)
    return position, other


def test_thousands_of_boxes_fit_their_keys(bench: Workbench) -> None:
    grow(bench, THOUSANDS)
    found = verified(bench)
    assert found.whole
    assert found.commitments is not None
    assert (found.commitments.recomputed, found.commitments.destroyed) == (boxes_of(bench), 0)
    assert found.commitments.recomputed > THOUSANDS


def test_without_being_asked_no_key_is_touched(bench: Workbench) -> None:
    bench.procedure()
    assert verified(bench, with_keys=False).commitments is None


def test_a_box_moved_under_another_key_is_found_by_its_commitment_alone(bench: Workbench) -> None:
    position, other = two_procedures(bench)
    grow(bench, 300)
    remade(bench, position, moved_under(other))
    assert verified(bench, with_keys=False).whole, "header, box, column, tree and head all agree"
    found = verified(bench)
    assert found.log.whole
    assert not found.whole
    assert found.commitments is not None
    assert found.commitments.differs == position


def test_a_header_that_was_moved_to_another_stream_is_found(bench: Workbench) -> None:
    position, _ = two_procedures(bench)
    stream = uuid4()

    def to_another_stream(header: dict[str, Any], rows: Rows) -> None:
        header["stream"] = stream.hex
        rows.run("UPDATE events SET stream_id = ? WHERE position = ?", (stream.bytes, position))

    remade(bench, position, to_another_stream)
    assert verified(bench, with_keys=False).whole
    found = verified(bench).commitments
    assert found is not None
    assert found.differs == position


def test_a_key_that_never_was_is_told_apart_from_one_that_is_destroyed(bench: Workbench) -> None:
    position, _ = two_procedures(bench)
    remade(bench, position, moved_under(uuid4().bytes))
    assert verified(bench, with_keys=False).whole
    found = verified(bench).commitments
    assert found is not None
    assert (found.lost, found.first_lost, found.differs) == (1, position, None)


def test_a_lost_key_hides_no_box_that_was_moved_after_it(bench: Workbench) -> None:
    position, other = two_procedures(bench)
    remade(bench, position - 1, moved_under(uuid4().bytes))
    remade(bench, position, moved_under(other))
    found = verified(bench).commitments
    assert found is not None
    assert (found.first_lost, found.differs) == (position - 1, position)


def test_a_destruction_that_nobody_recorded_accounts_for_no_key(bench: Workbench) -> None:
    position, _ = two_procedures(bench)
    unknown = uuid4().bytes
    remade(bench, position, moved_under(unknown))
    with bench.ledger.database.reading() as rows:
        _unguarded(rows)
        rows.run("INSERT INTO fences VALUES (?, ?, ?, ?)", ("procedure-data:x", unknown, position, position))
    found = verified(bench).commitments
    assert found is not None
    assert (found.lost, found.first_lost, found.differs) == (1, position, None)


def test_what_is_destroyed_is_counted_as_not_to_be_checked_any_more(bench: Workbench) -> None:
    bench.authority()
    procedure = bench.procedure()
    before = verified(bench).commitments
    bench.resolve(procedure)
    bench.later(days=400)
    assert bench.ledger.retention.run(bench.command(bench.job)).done
    found = verified(bench)
    assert found.whole
    assert before is not None
    assert found.commitments is not None
    assert before.destroyed == 0 < found.commitments.destroyed
    assert found.commitments.recomputed == boxes_of(bench), "every box that is still there"


def test_from_a_checkpoint_on_only_what_came_after_is_recomputed(bench: Workbench) -> None:
    from ledger.proof.archive import CheckpointReason

    bench.procedure()
    trusted = bench.ledger.issuer.issue(CheckpointReason.DEMAND, at=bench.clock.now()).checkpoint
    grow(bench, 5)
    found = verify(
        bench.ledger, trusted=trusted, keys=(), witnesses=(), read_models=False, progress=lambda done, of: None,
        recomputing=lambda done, of: None,
    )  # fmt: skip
    assert found.commitments is not None
    everything = verified(bench).commitments
    assert everything is not None
    assert 5 <= found.commitments.recomputed < everything.recomputed


def test_keys_that_are_away_are_told_before_anything_is_read(bench: Workbench) -> None:
    bench.procedure()
    ledger = bench.ledger
    key, *_ = (ledger.locations.keys_folder).glob("root-*.key")
    ledger.keyring.close()
    vars(ledger).pop("keyring")
    key.rename(key.with_suffix(".away"))
    heard: list[int] = []
    with pytest.raises(CommitmentsNeedKeys) as raised:
        verify(
            ledger, trusted=None, keys=(), witnesses=(), read_models=False,
            progress=lambda done, of: heard.append(done), recomputing=lambda done, of: None,
        )  # fmt: skip
    assert raised.value.exit_code is ExitCode.UNAVAILABLE
    assert "--commitments" in raised.value.next_step()
    assert heard == []
    assert verified(bench, with_keys=False).whole
    key.with_suffix(".away").rename(key)


def test_a_log_that_is_not_whole_is_told_as_such_first(bench: Workbench) -> None:
    position, other = two_procedures(bench)
    with bench.ledger.database.reading() as rows:
        _unguarded(rows)
        rows.run("UPDATE boxes SET key_id = ? WHERE position = ? AND box_no = 0", (other, position))
    found = verified(bench)
    assert not found.log.whole
    assert found.commitments is None


def test_nothing_that_opens_a_box_is_derived(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.procedure()
    infos: set[bytes] = set()
    derive = kdf.hkdf_sha256

    def seen(key: bytes, *, info: bytes, **more: Any) -> bytes:
        infos.add(info)
        return derive(key, info=info, **more)

    ledger = bench.ledger
    ledger.keyring.close()
    vars(ledger).pop("keyring")
    monkeypatch.setattr(kdf, "hkdf_sha256", seen)
    assert verified(bench).whole
    assert infos == {kdf.COMMITMENT_INFO}


def test_a_key_store_of_another_day_is_told_by_the_keys_that_it_lacks(tmp_path: Path) -> None:
    bench = make_workbench(tmp_path / "ledger")
    person, database = bench.person(), bench.ledger.keyring.database
    old = tmp_path / "keys.sqlite3"
    with closing(sqlite3.connect(database.path)) as live, closing(sqlite3.connect(old)) as copy:
        live.backup(copy)
    size = bench.ledger.log.size()
    for _ in range(40):  # until keys were made that the old copy lacks
        bench.procedure(person)
    bench.ledger.keyring.close()
    for ending in ("-wal", "-shm"):
        Path(f"{database.path}{ending}").unlink(missing_ok=True)
    database.path.write_bytes(old.read_bytes())
    vars(bench.ledger).pop("keyring")
    found = verified(bench).commitments
    assert found is not None
    assert found.first_lost is not None
    assert found.first_lost > size
    assert found.lost > 1
    assert found.recomputed > 0
    bench.close()
