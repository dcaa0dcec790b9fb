"""
Let the corpus grow, by hand: `python -m tests.faults.fuzzing.grow SECONDS [TARGET ...]`.

Each target is fuzzed for so long from the corpus on; of what is found, `-merge=1` of libFuzzer keeps what reaches code,
or a number of rounds, that the corpus did not. Names are SHA-1.bin; what is larger than a note need be is left out.
Atheris is in the dependency group `fuzz`: `./dev faults` installs it. Look at what it added before it is committed.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.fuzzing.seeds import CORPUS, name_of, seeds
from tests.faults.fuzzing.targets import TARGETS

ROOT = Path(__file__).parents[3]
LIMITS = ("-timeout=20", "-rss_limit_mb=2048", "-max_len=65536")
KEPT_BYTES = 8192
"""No file is larger that is no seed."""


def fuzz(name: str, found: Path, *, seconds: int, crashes: Path) -> subprocess.CompletedProcess[str]:
    """
    Fuzz a target from its corpus and today's seeds on; what is new is left in `found`, what fails in `crashes`.

    Those of the seeds that say what `verify.py` hashes to are others after each change of it.
    """
    for target, content in seeds():
        if target == name:
            (found / name_of(content)).write_bytes(content)
    crashes.mkdir(parents=True, exist_ok=True)
    options = (f"-max_total_time={seconds}", f"-artifact_prefix={crashes}/", *LIMITS)
    return _run(name, [found, CORPUS / name], options)


def keep(name: str, found: Path) -> int:
    """Put into the corpus of a target what adds to it, and say how many inputs that were."""
    corpus = CORPUS / name
    before = set(corpus.iterdir())
    done = _run(name, [corpus, found], ("-merge=1", *LIMITS))
    assert done.returncode == 0, done.stderr[-4000:]
    added = [file for file in corpus.iterdir() if file not in before]
    for file in added:
        content = file.read_bytes()
        file.unlink()
        if len(content) <= KEPT_BYTES:
            (corpus / name_of(content)).write_bytes(content)
    return len(set(corpus.iterdir()) - before)


def _run(name: str, folders: Sequence[Path], options: Sequence[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.faults.fuzzing.run", name, *map(str, folders), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def main() -> None:
    seconds, names = int(sys.argv[1]), sys.argv[2:] or list(TARGETS)
    failed = []
    for name in names:
        with TemporaryDirectory() as folder:
            done = fuzz(name, Path(folder), seconds=seconds, crashes=ROOT / "fuzzing-found" / name)
            if done.returncode:
                failed.append(name)
                sys.stdout.write(done.stderr[-4000:])
            sys.stdout.write(f"{name}: {len(list(Path(folder).iterdir()))} found, {keep(name, Path(folder))} kept\n")
            sys.stdout.flush()
    sys.exit(f"failed: {', '.join(failed)}; see fuzzing-found" if failed else 0)


if __name__ == "__main__":
    main()
