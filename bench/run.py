"""
Measure, side by side with the peers in one run: `./dev bench`.

Ratios are throughputs of ours over theirs (more is better for us): the median of rounds taken in turn, with the
extremes; a wide range says that the machine was busy.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench import desk, start, store


def main() -> None:
    with TemporaryDirectory() as folder:
        for result in (*store.run(Path(folder)), *desk.run(Path(folder))):
            print(result, flush=True)
    print(start.run(), flush=True)


if __name__ == "__main__":
    main()
