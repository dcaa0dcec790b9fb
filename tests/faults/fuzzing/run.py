"""
Fuzz one target with Atheris: `python -m tests.faults.fuzzing.run TARGET FOLDER ... [options of libFuzzer]`.

What it finds is written into the first folder. Atheris is in the dependency group `fuzz`: `./dev faults` installs it.
"""

from __future__ import annotations

import shlex
import sys
from importlib import import_module
from random import Random
from typing import Any

from tests.faults.fuzzing.mutations import changed

atheris: Any = import_module("atheris")

with atheris.instrument_imports(include=["ledger.proof", "ledger.store.header", "ledger.ranges"]):
    from tests.faults.fuzzing.targets import BINARY, PREFIXED, TARGETS


def mutated(name: str, content: bytes, max_size: int, seed: int) -> bytes:
    """Change an input: half of the texts by what they are made of, everything else as libFuzzer does."""
    random = Random(seed)
    if name in BINARY or random.random() < 0.5:
        given: bytes = atheris.Mutate(content, max_size)
        return given
    kept = content[:1] if name in PREFIXED else b""
    return (kept + changed(content[len(kept) :], random))[:max_size]


def main() -> None:
    name = sys.argv.pop(1)
    sys.argv[0] = shlex.join([sys.executable, "-m", "tests.faults.fuzzing.run", name])  # `-merge` starts itself again
    atheris.Setup(sys.argv, TARGETS[name], custom_mutator=lambda *given: mutated(name, *given))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
