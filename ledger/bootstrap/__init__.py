"""
The composition root: the only place that knows every adapter, and joins them to the ports of the core.

A ledger is opened in parts, each on first use, so that a command pays for what it needs only.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING
from uuid import UUID

from ledger.aggregates import kinds
from ledger.aggregates.agent import Agent
from ledger.aggregates.base import Scope
from ledger.bootstrap.actors import actor_of
from ledger.bootstrap.holding import holders_of
from ledger.clock import Clock, SystemClock
from ledger.errors import NotFound
from ledger.identifiers import new_id
from ledger.limits import KEY_LOT_LIFE
from ledger.rules.law import Law, load_law
from ledger.sealing.database import KeyDatabase
from ledger.sealing.index import SealedIndex
from ledger.sealing.keyring import Keyring
from ledger.sealing.openers import KeyringOpener
from ledger.sealing.sealer import KeyringSealer
from ledger.settings import Locations, Settings, read_settings
from ledger.store.engine import Database
from ledger.store.reading import LogReader, StoredBoxes
from ledger.store.setup import open_store
from ledger.store.streams import LedgerStreams
from ledger.store.tree import TreeReader
from ledger.usecases.ports import Command, Desk, LawInForce

if TYPE_CHECKING:
    from datetime import datetime

    from ledger.aggregates.base import Aggregate
    from ledger.bootstrap.projecting import AgentMonths, LoggedEvents
    from ledger.projections.runner import Runner
    from ledger.projections.views import Views
    from ledger.proof.archive import ProofArchive
    from ledger.proof.issuing import Issuer
    from ledger.proof.signing import NoteSigner
    from ledger.retention.erasing import Erasing
    from ledger.retention.runner import RetentionRunner
    from ledger.sealing.custody.holders import Holders

SIGNING_KEY_FILE = "signing.key"
ARCHIVE_FILE = "proof.sqlite3"
assert kinds.MODULES, "every kind of stream is known before the log is read"


class Ledger:
    """One opened ledger: the desk that use cases work at, and the rooms around it."""

    def __init__(self, locations: Locations, settings: Settings, *, clock: Clock, schema: str | None = None) -> None:
        self.locations = locations
        self.settings = settings
        self.clock = clock
        self.database = Database(locations.events(), schema=schema or schema_of(settings.ledger_id))
        self.streams = LedgerStreams(self.database, settings.ledger_id, self.sealer)
        self._houses: dict[UUID, UUID | None] = {}

    @cached_property
    def holders(self) -> Holders:
        """The holders of the root key."""
        return holders_of(self.locations, self.settings)

    @cached_property
    def signer(self) -> NoteSigner:
        """What signs receipts and certificates."""
        from ledger.proof.signing import NoteSigner

        return NoteSigner(self.locations.keys_folder / SIGNING_KEY_FILE)

    @cached_property
    def archive(self) -> ProofArchive:
        """The memory of what was signed, which is no part of the log and never goes back with it."""
        from ledger.proof.archive import ProofArchive

        return ProofArchive(self.locations.keys_folder / ARCHIVE_FILE)

    @cached_property
    def tree(self) -> TreeReader:
        """The Merkle tree of the log."""
        return TreeReader(self.database)

    @cached_property
    def issuer(self) -> Issuer:
        """What signs checkpoints."""
        from ledger.bootstrap.proving import issuer_of

        return issuer_of(self)

    @cached_property
    def keyring(self) -> Keyring:
        """The keys."""
        database = KeyDatabase(self.locations.keys(), ledger_id=self.settings.ledger_id)
        return Keyring(database, self.holders, clock=self.clock)

    @cached_property
    def sealer(self) -> KeyringSealer:
        """What seals events."""
        return KeyringSealer(self.keyring)

    @cached_property
    def index(self) -> SealedIndex:
        """What finds people and accounts."""
        return SealedIndex(self.keyring.tree)

    @cached_property
    def law(self) -> Law:
        """The law as data, with the profile of this ledger; files in its folder `law` stand before those we ship."""
        return _law_of(self.locations, self.settings)

    @cached_property
    def desk(self) -> Desk:
        """What every use case works with."""
        boxes = KeyringOpener(self.keyring, StoredBoxes(self.database))
        return Desk(streams=self.streams, boxes=boxes, index=self.index, law=self.law, acts=self.agent_months)

    @cached_property
    def log(self) -> LogReader:
        """The log in its order."""
        return LogReader(self.database)

    @cached_property
    def views(self) -> Views:
        """The read models as they stand."""
        from ledger.bootstrap.projecting import open_views

        return open_views(self.locations.views(), schema=f"{schema_of(self.settings.ledger_id)}_views")

    @cached_property
    def runner(self) -> Runner:
        """What keeps the read models up with the log."""
        from ledger.bootstrap.projecting import LogEntries
        from ledger.projections.retrying import Patience
        from ledger.projections.runner import Runner

        return Runner(self.views, LogEntries(self.log), now=self.clock.now, patience=Patience(pause=sleep))

    @cached_property
    def agent_months(self) -> AgentMonths:
        """What follows, and recognises, who did something."""
        from ledger.bootstrap.projecting import AgentMonths

        return AgentMonths(self.log, self.sealer)

    @cached_property
    def events(self) -> LoggedEvents:
        """The events of the log for display, sealed."""
        from ledger.bootstrap.projecting import LoggedEvents

        return LoggedEvents(self.log)

    @cached_property
    def retention(self) -> RetentionRunner:
        """What destroys what is due."""
        from ledger.bootstrap.retaining import retention_of

        return retention_of(self)

    @cached_property
    def erasing(self) -> Erasing:
        """What decides requests for erasure."""
        from ledger.bootstrap.retaining import erasing_of

        return erasing_of(self)

    def current_views(self) -> Views:
        """Bring the read models up to the last event, and give them: whoever reads sees what was just written."""
        self.runner.catch_up()
        return self.views

    def expire_mandates(self, command: Command) -> list[UUID]:
        """Record the end of every mandate whose term is over; give them."""
        from ledger.store.disposal import LedgerDisposal
        from ledger.usecases.mandate.expire import expire

        living = LedgerDisposal(self.database, self.streams).living(Scope.MANDATE)
        return expire(self.desk, command, [UUID(hex=scope.of) for _, scope in living])

    def tidy(self) -> None:
        """Forget the answers to old commands, and take back the keys that killed processes left unclaimed."""
        from ledger.store.disposal import LedgerDisposal

        now = self.clock.now()
        LedgerDisposal(self.database, self.streams).forget_answers(now=now)
        self.keyring.stock.reuse_abandoned(taken_before=now - KEY_LOT_LIFE, claimed=self.log.scopes_of)

    def resolve(self, kind: type[Aggregate], prefix: str) -> UUID:
        """Give the stream of this kind whose id begins so."""
        return self.streams.resolve(kind, prefix)

    def command(
        self, *, id: UUID, at: datetime, account: str, acting_as: str | None = None, request: bytes = b""
    ) -> Command:
        """
        Make a command of whoever types.

        :raises NotEnrolled: if the account is nobody's
        :raises SandboxOnly: if another agent is named in a ledger that is no sandbox
        """
        actor = actor_of(self, account=account, acting_as=acting_as, at=at)
        return self.command_of(actor, id=id, at=at, request=request)

    def command_of(self, actor: UUID, *, at: datetime, id: UUID | None = None, request: bytes = b"") -> Command:
        """Make a command of an enrolled agent, at the agent's house, under the law of this ledger."""
        house = self._house_of(actor)
        catalogue, profile, rules = self.law.digests
        return Command(
            id=id or new_id(), actor=actor, at=at, house=house, law=LawInForce(catalogue, profile, rules),
            request=request,
        )  # fmt: skip

    def _house_of(self, actor: UUID) -> UUID | None:
        """Give the house of an agent; it is said at the enrolment and never changes, so it may be remembered."""
        if actor not in self._houses:
            try:
                self._houses[actor] = self.streams.load(Agent, actor).house
            except NotFound:
                return None
        return self._houses[actor]

    def close(self) -> None:
        """Close every connection and give unused keys back."""
        if "keyring" in vars(self):
            self.keyring.close()
        if "views" in vars(self):
            self.views.close()
        self.database.close()


def schema_of(ledger_id: UUID) -> str:
    """Name the PostgreSQL schema of a ledger."""
    return f"ledger_{ledger_id.hex[:8]}"


def law_of(home: Path) -> Law:
    """
    Give the law of the ledger in a folder; neither its databases nor its keys need be there.

    :raises LedgerAbsent: if there is no ledger
    """
    locations = Locations.of(home, os.environ)
    return _law_of(locations, read_settings(locations))


def _law_of(locations: Locations, settings: Settings) -> Law:
    return load_law(locations.home / "law", profile=settings.profile)


def open_ledger(home: Path, *, clock: Clock | None = None) -> Ledger:
    """
    Open the ledger in a folder.

    :raises LedgerAbsent: if there is none
    :raises Unavailable: if its database can't be reached
    """
    locations = Locations.of(home, os.environ)
    ledger = Ledger(locations, read_settings(locations), clock=clock or SystemClock())
    open_store(ledger.database, ledger.settings.ledger_id)
    return ledger
