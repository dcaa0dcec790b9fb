"""
What a run remembers of a channel that fails: since when, how often, and when to try again.

It stands in a small file beside the ledger, outside the log: it says nothing of what was given, only when to try again.
Where it is lost or damaged, the next run tries at once.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from ledger.clock import in_utc
from ledger.limits import REMINDER_FIRST_WAIT, REMINDER_LONGEST_WAIT
from ledger.owned_files import replace_durably
from ledger.usecases.breach.remind import Trouble


class WaitingFile:
    """The memory of one ledger's channel."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def trouble(self) -> Trouble | None:
        """Give what is remembered; None where nothing is, or it can't be read."""
        try:
            told = json.loads(self._path.read_bytes())
            return Trouble(_instant(told["since"]), int(told["failures"]), _instant(told["next_try_at"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def failed(self, *, at: datetime) -> Trouble:
        """Remember one more failure: the wait doubles with each, up to the longest."""
        before = self.trouble()
        failures = before.failures + 1 if before else 1
        wait = min(REMINDER_FIRST_WAIT * 2 ** min(failures - 1, 16), REMINDER_LONGEST_WAIT)
        trouble = Trouble(before.since if before else at, failures, at + wait)
        told = {
            "since": in_utc(trouble.since).isoformat(),
            "failures": failures,
            "next_try_at": in_utc(trouble.next_try_at).isoformat(),
        }
        with suppress(OSError):  # a full disk: the next run tries at once
            replace_durably(self._path, json.dumps(told).encode())
        return trouble

    def mended(self) -> None:
        """Forget it."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


def _instant(text: str) -> datetime:
    return in_utc(datetime.fromisoformat(text))
