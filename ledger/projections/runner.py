"""
Keep the read models up with the log, show how far they are, and make them again when asked.

Invariants:

1. A position is counted as taken in the transaction that writes its rows (`applying`), so that events are taken once.
2. An event that a model can't take is parked and reported; it stops neither the other events nor the other models.
3. Readers see the live generation, whole: a rebuild fills another one beside it and takes its place in one transaction,
   and only once it has come at least as far.
4. Nothing here can act on the world: models give rows, and whoever acts on rows remembers it in events of the log.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import DBAPIError

from ledger.projections import tracking
from ledger.projections.applying import Applier, Batch, fetch
from ledger.projections.errors import RebuildOvertaken, ViewsBehind, ViewsOfAnotherLog, ViewsOutdated
from ledger.projections.model import Model
from ledger.projections.ports import EventSource
from ledger.projections.retrying import Patience, is_transient
from ledger.projections.tracking import Generation, ParkedEvent, State
from ledger.projections.views import Views

BATCH_EVENTS = 1_000
"""How many events go into one transaction of the runner."""


@dataclass(frozen=True)
class Progress:
    """How far the read models are after catching up, and what could not be taken on the way."""

    position: int
    parked: tuple[ParkedEvent, ...] = ()


@dataclass(frozen=True)
class ModelStatus:
    """Where one model stands: last position taken, events behind the log, events parked, and a rebuild under way.

    It is outdated where it was made by another version, or from another state of the log: it has to be made again.
    """

    model: str
    generation: int
    position: int
    lag: int
    parked: tuple[ParkedEvent, ...]
    rebuilt_to: int | None
    outdated: bool


class Runner:
    """Takes events from the log into the read models."""

    def __init__(
        self,
        views: Views,
        source: EventSource,
        *,
        now: Callable[[], datetime],
        patience: Patience,
        batch_events: int = BATCH_EVENTS,
    ) -> None:
        self._views = views
        self._source = source
        self._patience = patience
        self._applier = Applier(views, now)
        self._batch_events = batch_events

    def catch_up(self, *, until: int | None = None) -> Progress:
        """
        Take everything up to `until` (by default: what the log holds now) into every live model before returning.

        :raises ViewsBehind: if the log does not reach `until`
        :raises ViewsOutdated: if a model was made by another version of the product
        :raises ViewsOfAnotherLog: if a model holds what the log does not
        :raises Unavailable: if the log or the read models stay out of reach
        """
        self._patience.until_done(self._views.install)
        head = self._patience.until_done(self._source.head)
        target = head if until is None else until
        if target > head:
            raise ViewsBehind(behind=target - head)
        parked: list[ParkedEvent] = []
        live = self._live()
        for generation in {(each.position, each.event): each for each in live}.values():
            if self._is_of_another_log(generation, head):
                raise ViewsOfAnotherLog(model=generation.model)
        while late := [generation for generation in live if generation.position < target]:
            batch = self._fetch(min(generation.position for generation in late), [g.model for g in late])
            for generation in late:
                parked += self._apply(generation.model, generation.number, batch)
            live = self._live()
        return Progress(target, tuple(parked))

    def rebuild(self, name: str) -> Progress:
        """
        Make a model again from the first event, beside the live one, and put it in its place in one step.

        A rebuild always begins anew, so that a repaired model takes every event again; one that was under way gives up.

        :raises UnknownModel: if there is no such model
        :raises RebuildOvertaken: if another rebuild of it began meanwhile
        :raises Unavailable: if the log or the read models stay out of reach
        """
        model = self._views.model(name)
        self._patience.until_done(self._views.install)
        number = self._patience.until_done(lambda: self._begin_building(model))
        self._drop_retired(model)
        head = self._patience.until_done(self._source.head)
        position, parked = 0, list[ParkedEvent]()
        while position < head or not self._patience.until_done(lambda: self._take_over(model, number)):
            batch = self._fetch(position, [name])
            parked += self._apply(name, number, batch)
            position = batch.through
        self._drop_retired(model)
        return Progress(position, tuple(parked))

    def status(self) -> list[ModelStatus]:
        """
        Say where every model stands.

        :raises Unavailable: if the log or the read models stay out of reach
        """
        self._patience.until_done(self._views.install)
        generations, parked = self._patience.until_done(self._tracked)
        head = self._patience.until_done(self._source.head)
        building = {g.model: g.position for g in generations if g.state is State.BUILDING}
        return [
            ModelStatus(
                model=generation.model,
                generation=generation.number,
                position=generation.position,
                lag=max(0, head - generation.position),
                parked=tuple(event for event in parked if event.model == generation.model),
                rebuilt_to=building.get(generation.model),
                outdated=self._views.models[generation.model].version != generation.version
                or self._is_of_another_log(generation, head),
            )
            for generation in generations
            if generation.state is State.LIVE and generation.model in self._views.models
        ]

    def _tracked(self) -> tuple[list[Generation], list[ParkedEvent]]:
        with self._views.snapshot() as connection:
            return tracking.every(connection), tracking.parked(connection)

    def _live(self) -> list[Generation]:
        generations, _ = self._patience.until_done(self._tracked)
        live = [generation for generation in generations if generation.state is State.LIVE]
        known = [generation for generation in live if generation.model in self._views.models]
        for generation in known:
            if generation.version != self._views.models[generation.model].version:
                raise ViewsOutdated(model=generation.model)
        return known

    def _is_of_another_log(self, generation: Generation, head: int) -> bool:
        """Say whether the log is shorter than what was taken from it, or has another event where the last one stood."""
        position = generation.position
        if position > head:
            return position > self._patience.until_done(self._source.head)
        if generation.event is None:
            return False
        found = self._patience.until_done(lambda: self._source.entries(after=position - 1, upto=position))
        return bool(found) and found[0].event_id != generation.event

    def _fetch(self, after: int, names: list[str]) -> Batch:
        models = [self._views.models[name] for name in names]
        return self._patience.until_done(lambda: fetch(self._source, models, after=after, limit=self._batch_events))

    def _apply(self, name: str, number: int, batch: Batch) -> list[ParkedEvent]:
        model = self._views.models[name]
        return self._patience.until_done(lambda: self._applier.apply(model, number, batch))

    def _begin_building(self, model: Model) -> int:
        with self._views.writing() as connection:
            return tracking.begin_building(connection, model, self._views.schema)

    def _take_over(self, model: Model, number: int) -> bool:
        """
        Replace the live generation by this one if this one has come as far; say whether it did.

        A live one that is beyond the end of the log was made from another log, and is not waited for.
        """
        with self._views.writing() as connection:
            built = tracking.lock(connection, model.name, number)
            if built is None:
                raise RebuildOvertaken(model=model.name)
            live = next(g for g in tracking.live(connection) if g.model == model.name)
            reached = tracking.lock(connection, model.name, live.number)
            if reached is None or built < reached <= self._source.head():
                return False
            tracking.replace_live(connection, model.name, number)
            return True

    def _drop_retired(self, model: Model) -> None:
        """Drop what was replaced; where a reader is in the way, the next rebuild does."""
        generations, _ = self._patience.until_done(self._tracked)
        for generation in generations:
            if generation.model != model.name or generation.state is not State.RETIRED:
                continue
            try:
                with self._views.writing() as connection:
                    tracking.drop(connection, model, generation.number)
            except DBAPIError as error:
                if not is_transient(error):
                    raise
