"""
The stand-alone verifier on a pack of 100,000 records, as an auditor runs it: a process of its own, nothing warmed up.

The log is invented and made in memory; a checkpoint for every thousand records, as a ledger signs them unless told
otherwise, and a hundred more, as if something had been destroyed each time.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from tests.unit.proof.made_packs import MadeLedger

RECORDS = 100_000
EVERY = 1_000
WANTED_SECONDS = 10


@dataclass(frozen=True)
class Verified:
    """How long the verifier took."""

    records: int
    checkpoints: int
    seconds: float

    def __str__(self) -> str:
        name = f"verify.py, a pack of {self.records:,} records, {self.checkpoints} checkpoints"
        return f"{name:<58} {self.seconds:.1f} s  wanted <= {WANTED_SECONDS} s"


def run(folder: Path, *, records: int = RECORDS) -> Iterator[Verified]:
    ledger = MadeLedger(folder / "ledger")
    sizes = sorted({*range(EVERY, records + 1, EVERY), *range(EVERY // 2, records, records // 100)})
    for size in sizes:
        ledger.log.grow(size)
        ledger.sign()
    ledger.pack(folder / "pack")
    command = [sys.executable, "-I", str(folder / "pack" / "verify.py"), "--log-key", ledger.log_key, "--lang", "en"]
    begun = perf_counter()
    done = subprocess.run(command, capture_output=True, check=False)
    seconds = perf_counter() - begun
    assert done.returncode == 0, done.stdout
    yield Verified(records, len(sizes), seconds)
