"""What waits for the archives: what is due, not covered by an authority, and free of any hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ledger.retention.planner import Action, Item, Step, Why


def awaiting(steps: Iterable[Step[Item]]) -> Iterator[Item]:
    """Give the items of a plan that go on an elimination slip; a hold blocks a slip as it blocks a destruction."""
    for step in steps:
        if step.action in (Action.RESTRICT, Action.WAIT) and step.why is not Why.HELD:
            yield step.item
