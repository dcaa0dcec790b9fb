"""
Fuzz one target with Atheris: `python -m tests.faults.fuzzing.run TARGET FOLDER ... [options of libFuzzer]`.

What it finds is written into the first folder. Atheris is in the dependency group `fuzz`: `./dev faults` installs it.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

atheris: Any = import_module("atheris")

with atheris.instrument_imports(include=["ledger.proof", "ledger.store.header"]):
    from tests.faults.fuzzing.targets import TARGETS


def main() -> None:
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
