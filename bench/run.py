"""
Measure, side by side with the peers in one run: `./dev bench`.

Ratios are throughputs of ours over theirs (more is better for us): the median of rounds taken in turn, with the
extremes; a wide range says that the machine was busy.

    ./dev bench                             # everything; 15 minutes, most of it to make ledgers of 1,000,000 events
    ./dev bench --events 100000             # a smaller one
    ./dev bench --without-journal           # none
    ./dev bench --keep FOLDER               # keep the ledgers; with the same folder the next run fills nothing
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench import (
    board,
    commitments,
    desk,
    journal,
    keys,
    pack,
    proof,
    retention,
    scope,
    start,
    store,
    unreadable,
    verify,
)


def results(folder: Path, asked: argparse.Namespace) -> Iterator[object]:
    yield from store.run(folder)
    yield from desk.run(folder)
    yield start.run()
    yield from keys.run(folder / "keys", count=asked.keys)
    yield from retention.run(folder / "retention")
    yield from unreadable.run(folder / "unreadable", events=asked.events_of_one)
    yield from board.run(folder / "board")
    yield from proof.run(folder / "proof", entries=asked.entries)
    yield from pack.run(folder / "pack")
    yield from verify.run(folder / "verify", count=asked.entries)
    yield from commitments.run(folder / "commitments")
    if not asked.without_journal:
        kept = asked.keep or folder / "journal"
        kept.mkdir(parents=True, exist_ok=True)
        yield from journal.run(kept, large=asked.events)
        yield from scope.run(kept, events=asked.events)


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev bench", description="Measure, side by side with the peers.")
    parser.add_argument(
        "--events", type=int, default=journal.LARGE, metavar="N",
        help="the size of the large ledgers that the journal and scopes are read in; 1,000,000 take minutes to fill",
    )  # fmt: skip
    parser.add_argument(
        "--keys", type=int, default=1_000_000, metavar="N", help="how many keys an erasure is measured among"
    )
    parser.add_argument(
        "--events-of-one", type=int, default=100_000, metavar="N",
        help="how many events of one person an erasure is measured with; the default takes minutes to fill",
    )  # fmt: skip
    parser.add_argument(
        "--entries",
        type=int,
        default=5_000_000,
        metavar="N",
        help="over how many entries proofs are taken, and how many events are verified",
    )
    parser.add_argument("--without-journal", action="store_true", help="leave those ledgers, and their figures, out")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="keep the ledgers there; the next run finds them filled"
    )
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        for result in results(Path(folder), asked):
            print(result, flush=True)


if __name__ == "__main__":
    main()
