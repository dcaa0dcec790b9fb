"""
What a mandate is given for: a list of acts and a list of requests for data, each for one procedure.

Only special mandates (Code civil 1987, 1989): what is not listed is not given, and the list of acts does not give a
request for data, nor the other way round (convention 4.6).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, repr=False)
class ListedAct:
    """An act, for the procedure of one entry."""

    entry: str
    act: str
    recurring: bool = False
    """Whether doing it once leaves it to be done again."""

    @property
    def key(self) -> tuple[str, str]:
        """The entry and the act."""
        return self.entry, self.act


@dataclass(frozen=True, repr=False)
class ListedRequest:
    """A request for data to the partner, for the procedure of one entry."""

    entry: str
    request: str


@dataclass(frozen=True, repr=False)
class MandateScope:
    """Both lists, less the acts that were struck."""

    acts: tuple[ListedAct, ...]
    requests: tuple[ListedRequest, ...]
    struck: frozenset[tuple[str, str]] = frozenset()

    @property
    def entries(self) -> frozenset[str]:
        """The procedures it is given for."""
        return frozenset([act.entry for act in self.acts] + [request.entry for request in self.requests])

    def act(self, entry: str, act: str) -> ListedAct | None:
        """Give an act that is listed and not struck, or None."""
        if (entry, act) in self.struck:
            return None
        return next((listed for listed in self.acts if listed.key == (entry, act)), None)

    def lists_act(self, entry: str, act: str) -> bool:
        """Say whether this act is given for this procedure."""
        return self.act(entry, act) is not None

    def lists_request(self, entry: str, request: str) -> bool:
        """Say whether this request for data is given for this procedure."""
        return ListedRequest(entry, request) in self.requests


def is_exhausted(scope: MandateScope, done: Collection[tuple[str, str]]) -> bool:
    """
    Say whether every listed act is done or struck, so that nothing is left to do.

    One occurrence never ends a recurring act, and an act of a procedure that is not opened yet is not done. A mandate
    that lists requests for data only has no act to be done: it lasts until its term.
    """
    if not scope.acts:
        return False
    return all(act.key in scope.struck or (act.key in done and not act.recurring) for act in scope.acts)
