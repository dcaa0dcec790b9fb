"""Instants as the key store writes them: UTC, six decimals, `Z`, so that text order is time order."""

from __future__ import annotations

from datetime import datetime

from ledger.clock import in_utc


def instant(moment: datetime) -> str:
    """Write an aware instant."""
    return in_utc(moment).isoformat(timespec="microseconds")[:-6] + "Z"


def instant_of(text: str) -> datetime:
    """Read what `instant` wrote."""
    return datetime.fromisoformat(text)
