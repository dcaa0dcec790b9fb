"""The command line: click groups by noun, in French unless `LANGUAGE` asks for English."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command (by default the one typed in the shell) and give its exit code."""
    from ledger.commands._program import run

    return run(arguments)
