"""Which failures pass by themselves, and how to wait for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from ledger.errors import LedgerError, Unavailable
from ledger.projections.errors import ViewsDamaged, ViewsUnavailable

T = TypeVar("T")

_UNDEFINED_TABLE = "42P01"
_DAMAGE = ("SQLITE_NOTADB", "SQLITE_CORRUPT")


def is_missing_table(error: DBAPIError) -> bool:
    """Say whether a table is not there, or no longer."""
    if isinstance(error.orig, sqlite3.Error):
        return "no such table" in str(error.orig)
    return getattr(error.orig, "sqlstate", None) == _UNDEFINED_TABLE


def is_transient(error: DBAPIError) -> bool:
    """Say whether the same statement may well succeed later: locks, lost connections, a full disk."""
    if error.connection_invalidated or isinstance(error, InterfaceError):
        return True
    if isinstance(error.orig, sqlite3.Error):
        return isinstance(error, OperationalError) and _sqlite_name(error.orig) != "SQLITE_ERROR"
    return isinstance(error, OperationalError)


def _sqlite_name(error: sqlite3.Error) -> str:
    return str(getattr(error, "sqlite_errorname", ""))


def meaning_of(error: DBAPIError) -> LedgerError | None:
    """Give what a database's error means to a user; None for a defect of ours."""
    if is_transient(error):
        return ViewsUnavailable(error=type(error).__name__)
    if isinstance(error.orig, sqlite3.Error) and _sqlite_name(error.orig) in _DAMAGE:
        return ViewsDamaged(error=type(error).__name__)
    return None


@dataclass(frozen=True)
class Patience:
    """How often, and after which waits, to try again; `pause` takes seconds."""

    pause: Callable[[float], None]
    attempts: int = 6
    first_wait_seconds: float = 0.05

    def wait_seconds(self, attempt: int) -> float:
        """Give the wait after a failed attempt, counted from 1: each twice the one before."""
        return float(self.first_wait_seconds * 2 ** (attempt - 1))

    def until_done(self, work: Callable[[], T]) -> T:
        """
        Do `work`, again after each transient failure.

        :raises Unavailable: if it keeps failing
        :raises ViewsDamaged: if the file is no database
        """
        attempt = 1
        while True:
            try:
                return self._once(work)
            except Unavailable:
                if attempt == self.attempts:
                    raise
            self.pause(self.wait_seconds(attempt))
            attempt += 1

    def _once(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except DBAPIError as error:
            meaning = meaning_of(error)
            if meaning is None:
                raise
            raise meaning from error
