"""Following the log by polling its head: a notification in the append would serialise all ledgers of a server."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event
from typing import TYPE_CHECKING

from eventsourcing.persistence import Notification, Subscription

if TYPE_CHECKING:
    from ledger.store.recorder import LedgerApplicationRecorder

EVENTS_AT_ONCE = 1_000
SHORTEST_WAIT = 0.002
"""Seconds between two looks at the head, right after something was found."""
LONGEST_WAIT = 0.1
"""Seconds between two looks at a head that has not moved for a while."""


class PollingSubscription(Subscription["LedgerApplicationRecorder"]):
    """Gives every event after a position, in order and once, waiting for the next when there is none."""

    def __init__(self, recorder: LedgerApplicationRecorder, gt: int | None = None, topics: Sequence[str] = ()) -> None:
        super().__init__(recorder, gt, topics)
        self._seen = gt or 0
        self._ready: list[Notification] = []
        self._stopped = Event()

    def stop(self) -> None:
        """End the iteration, also one that is waiting."""
        super().stop()
        self._stopped.set()

    def __next__(self) -> Notification:
        """Give the next event, once there is one."""
        if not self._ready and not self._stopped.is_set():
            self._ready = self._wait()
        if self._stopped.is_set():
            raise StopIteration
        return self._ready.pop()

    def _wait(self) -> list[Notification]:
        """Give the next events, latest first, or none when stopped."""
        pause = SHORTEST_WAIT
        while not self._stopped.is_set():
            found = self._pull()
            if found:
                return found[::-1]
            self._stopped.wait(pause)
            pause = min(2 * pause, LONGEST_WAIT)
        return []

    def _pull(self) -> list[Notification]:
        """Read what follows; where topics are filtered, pass over what does not fit, so that it is read once."""
        head = self._recorder.max_notification_id() or 0
        while self._seen < head:
            stop = min(self._seen + EVENTS_AT_ONCE, head)
            found = list(
                self._recorder.select_notifications(
                    self._seen, EVENTS_AT_ONCE, stop=stop, topics=self._topics, inclusive_of_start=False
                )
            )
            self._seen = stop
            if found:
                return found
        return []
