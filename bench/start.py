"""How long `ledger --help` takes against an empty Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.pairs import ROUNDS


def run() -> str:
    ours = [sys.executable, str(Path(__file__).parent.parent / "cli.py"), "--help"]
    theirs = [sys.executable, "-c", "pass"]
    for _ in range(2):
        _seconds(ours), _seconds(theirs)
    pairs = [(_seconds(ours), _seconds(theirs)) for _ in range(ROUNDS)]
    ratio = median(a / b for a, b in pairs)
    help_ms, pass_ms = (1000 * median(values) for values in zip(*pairs, strict=True))
    return (
        f"{'ledger --help, time against python -c pass':<58} {ratio:6.2f}  wanted <= 6    "
        f" ours {help_ms:.0f} ms (wanted < 200), peer {pass_ms:.0f} ms"
    )


def _seconds(command: list[str]) -> float:
    begun = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - begun
