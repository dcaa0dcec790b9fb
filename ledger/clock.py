"""Time as the ledger knows it: aware instants in UTC, passed in, never read inside the core."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Protocol

UTC = timezone.utc


class Clock(Protocol):
    """Gives the present instant; the only way by which time enters a use case."""

    def now(self) -> datetime:
        """Give the present instant, aware, in UTC, to the microsecond."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Give the machine's present instant in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved; for tests and for simulated days."""

    def __init__(self, instant: datetime) -> None:
        self.instant = in_utc(instant)

    def now(self) -> datetime:
        """Give the instant it was last set to."""
        return self.instant


def in_utc(instant: datetime) -> datetime:
    """
    Give `instant` in UTC.

    :raises ValueError: if it carries no offset, since nobody could say which instant it is
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return instant.astimezone(UTC)
