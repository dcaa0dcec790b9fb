"""The command line: click groups by noun, in French unless `LANGUAGE` asks for English."""

from __future__ import annotations

import gc
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command (by default the one typed in the shell) and give its exit code."""
    if arguments is None:
        _load_quickly()
    from ledger.commands._program import run

    return run(arguments)


def _load_quickly() -> None:
    """
    Import the program without looking for garbage among the modules, neither now nor at the end.

    Modules stay as long as the process, which is why they are set aside (`gc.freeze`): it takes a fifth off the time of
    `--help`. A caller inside another program has objects of its own, and none of this is done to it.
    """
    gc.disable()
    import ledger.commands._program  # noqa: F401  # what is wanted is that it is loaded

    gc.freeze()
    gc.enable()
