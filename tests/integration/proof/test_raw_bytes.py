"""
A bit is changed anywhere in the files of the record and of what was signed: what is read then is what was written, or
it is told that it isn't; nothing crashes.

What a change did is decided by reading every row again with SQLite itself, types included. Space that no row uses, and
tables that are not hashed (links, numbers of commands), may change: docs/explanation/promises.md.
"""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ledger.bootstrap import open_ledger
from ledger.bootstrap.verifying import verify
from ledger.clock import Clock
from ledger.errors import LedgerError
from ledger.store.verification import check_log
from tests.integration.proof.attested import make_attested

FLIPS, FLIPS_AT_LENGTH, PARTS = 100, 5_000, 2
SEED = 20_261_126
_READ = {
    "log": ("leaves", "events", "boxes", "tree_nodes", "log_head", "store_format"),
    "archive": ("archive", "origins", "checkpoints", "signing_keys", "cosignatures", "tokens"),
}
_UNSIGNED = {
    "archive": "SELECT one, version, ledger_id FROM archive",
    "origins": "SELECT number, name, reason, follows, position FROM origins ORDER BY number",
    "checkpoints": "SELECT origin, size, root, note, why FROM checkpoints ORDER BY origin, size",
    "signing_keys": "SELECT public, succession FROM signing_keys ORDER BY number",
}
"""Tables with columns that nothing signs: remarks on when it was, and whether this is a copy."""


@dataclass
class Files:
    """A ledger of which no process has a file open."""

    home: Path
    clock: Clock
    paths: dict[str, Path]
    genuine: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.genuine = {name: path.read_bytes() for name, path in self.paths.items()}
        self.rows = {name: self.read(name) for name in self.paths}

    def put(self, name: str, content: bytes) -> None:
        """Write a file anew, as if nobody had used it."""
        for ending in ("-wal", "-shm", "-journal"):
            Path(f"{self.paths[name]}{ending}").unlink(missing_ok=True)
        self.paths[name].write_bytes(content)

    def read(self, name: str) -> list[tuple[object, ...]] | None:
        """Give all that is read of a file, each value with its type; None where SQLite can't read it."""
        try:
            with closing(sqlite3.connect(f"{self.paths[name].as_uri()}?mode=ro&immutable=1", uri=True)) as file:
                file.text_factory = lambda content: ("text", content)
                return [
                    (table, *row)
                    for table in _READ[name]
                    for row in file.execute(_UNSIGNED.get(table, f"SELECT * FROM {table} ORDER BY 1, 2"))
                ]
        except (sqlite3.Error, UnicodeDecodeError):  # what SQLite says of a damaged schema quotes it
            return None

    def verified(self) -> str:
        """Give what a new process would say: whole, found, or the name of the error."""
        try:
            ledger = open_ledger(self.home, clock=self.clock)
            with closing(ledger):
                found = verify(
                    ledger, trusted=None, keys=(), witnesses=(), read_models=False, progress=lambda done, of: None
                )
                told = bool(found.archive and found.archive.unchecked_cosignatures)
                return "whole" if found.whole and not told and check_log(ledger.database).whole else "found"
        except LedgerError as fault:
            return fault.code


@pytest.fixture
def files(tmp_path: Path) -> Files:
    bench = make_attested(tmp_path)
    locations, paths = bench.ledger.locations, {"log": bench.ledger.database.path, "archive": bench.ledger.archive.path}
    bench.close()
    for path in paths.values():
        with closing(sqlite3.connect(path)) as file:
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Files(locations.home, bench.clock, paths)


@pytest.mark.parametrize("part", range(PARTS))
def test_no_bit_of_the_files_changes_what_is_read_without_being_told(files: Files, thorough: bool, part: int) -> None:
    chance, told, missed = random.Random(SEED + part), Counter[str](), []
    assert files.verified() == "whole"
    for number in range((FLIPS_AT_LENGTH if thorough else FLIPS) // PARTS):
        name = "archive" if number % 4 == 0 else "log"
        content = bytearray(files.genuine[name])
        place, bit = chance.randrange(len(content)), chance.randrange(8)
        content[place] ^= 1 << bit
        files.put(name, bytes(content))
        is_same = files.read(name) == files.rows[name]
        answer = files.verified()
        told[answer] += 1
        if answer == "whole" and not is_same:
            missed.append((name, place, bit))
        files.put(name, files.genuine[name])
    assert missed == []
    assert files.verified() == "whole"
    assert told["found"] > 0, "many of these bytes are of boxes and headers"
