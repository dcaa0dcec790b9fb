"""
The technical log: one JSON line for each failure that the person who runs the ledger must look into.

Nothing personal may reach it. A line holds only codes: names of types, lines of code, exit codes, random references.
Anything else, a sealed value above all, is refused with an error while it is still a bug and not yet a leak.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from ledger.personal import LeakRefused

LOG_BYTES = 2_000_000
"""Past this the log is turned: one older file is kept."""

_CODE = re.compile(r"[A-Za-z0-9_.:/<>+-]{0,160}")


def codes_only(logger: Any, method: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """
    Let a line pass if it holds nothing but codes, numbers and instants.

    :raises LeakRefused: for a sealed value, and for any text that is not a code
    """
    for name, value in line.items():
        for part in value if isinstance(value, tuple) else (value,):
            if not _harmless(part):
                raise LeakRefused(f"the field {name} of a log line is not a code")
    return line


def _harmless(value: object) -> bool:
    if value is None or isinstance(value, bool | int | float | datetime | UUID):
        return True
    return isinstance(value, str) and _CODE.fullmatch(value) is not None


class _LogFile:
    """Appends lines to a file that only its owner can read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def msg(self, line: str) -> None:
        """Append one line in one write."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            if self._path.stat().st_size > LOG_BYTES:
                self._path.replace(self._path.with_suffix(".old.jsonl"))
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, f"{line}\n".encode())
        finally:
            os.close(descriptor)

    debug = info = warning = error = msg


def log_of(home: Path) -> Any:
    """Give the log of the ledger in this folder."""
    return structlog.wrap_logger(
        _LogFile(home / "log" / "ledger.jsonl"),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            codes_only,
            structlog.processors.JSONRenderer(default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_level()),
    )


def _level() -> int:
    names = {"debug": 10, "info": 20, "warning": 30, "error": 40}
    return names.get(os.environ.get("LEDGER_LOG", "").lower(), names["warning"])
