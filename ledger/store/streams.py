"""The event log as the use cases see it: streams loaded without opening anything, and commands committed whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar, cast
from uuid import UUID

from ledger.aggregates.base import Aggregate, LinkKind, ScopeInstance
from ledger.errors import DataErased, Invalid, NotFound
from ledger.identifiers import short
from ledger.limits import PREFIX_DIGITS
from ledger.store.append import ClaimTaken, CommandRepeated, append, earlier_answer
from ledger.store.engine import Database, Row, Rows
from ledger.store.failures import AnswerErased, ClaimsContended, ScopeClosing, StreamMovedOn, StreamPruned, UniqueBroken
from ledger.store.header import instant
from ledger.store.intent import Intent
from ledger.store.keys import KeyClaims
from ledger.store.mapper import EventWriter, NewEvent, command_tag
from ledger.store.rebuilding import read_stream
from ledger.translation import mark
from ledger.usecases.ports import Command, Guard, Recorded, Sealer

A = TypeVar("A", bound=Aggregate)

_DIGITS = 32
_ATTEMPTS = 5

_STREAM = "SELECT position, stream_id, stream_version, header FROM events WHERE stream_id = ? ORDER BY stream_version"
_STREAMS = (
    "SELECT position, stream_id, stream_version, header FROM events WHERE stream_id IN ({}) "
    "ORDER BY stream_id, stream_version"  # the order of the index: nothing is sorted
)
_BY_PREFIX = (
    "SELECT stream_id FROM events "
    "WHERE stream_id >= ? AND stream_id <= ? AND stream_version = 1 AND topic LIKE ? LIMIT 2"
)
_ONCE_CLAIMED = (
    "SELECT 1 FROM key_claims c JOIN fences f ON f.scope = c.scope "
    "WHERE c.scope >= ? AND c.scope < ? AND f.destroyed IS NOT NULL LIMIT 1"
)
_LINKED = (
    "SELECT l.stream_id FROM links l WHERE l.key_id = ? AND l.kind = ? AND l.tag = ? AND l.stream_id <> ? "
    "AND EXISTS (SELECT 1 FROM events e WHERE e.stream_id = l.stream_id AND e.stream_version = 1) ORDER BY l.position"
)
_STREAMS_AT = "SELECT stream_id FROM events WHERE position BETWEEN ? AND ? ORDER BY position"


class ReferenceAmbiguous(Invalid):
    """More than one stream begins with these digits."""

    sentence = mark("Several records begin with {reference}.")
    advice = mark("Give more digits of the reference.")


class ReferenceMalformed(Invalid):
    """The reference is not the beginning of an identifier."""

    sentence = mark("{reference} is not a reference: it takes at least {least} digits, 0 to 9 and a to f.")
    advice = mark("Copy the reference as the ledger shows it.")


class LedgerStreams:
    """The streams of one ledger, on one database, sealed by one key store."""

    def __init__(self, database: Database, ledger_id: UUID, sealer: Sealer) -> None:
        self._database = database
        self._ledger_id = ledger_id
        self._sealer = sealer
        self._claims = KeyClaims(database, sealer)
        self.has_appended = False
        """Whether anything was put on record through this object."""
        self.has_destroyed = False
        """Whether boxes or headers were deleted through it."""

    def load(self, kind: type[A], stream_id: UUID) -> A:
        """
        Rebuild one aggregate; decrypts nothing.

        :raises NotFound: if no stream of this kind bears the id
        :raises StreamPruned: if one did, and is destroyed down to its headers
        """
        with self._database.reading() as rows:
            found = rows.all(_STREAM, (stream_id.bytes,))
            if not found:
                _must_not_be_pruned(rows, kind, stream_id.hex)
        return _rebuilt(kind, stream_id, found)

    def load_all(self, wanted: Sequence[tuple[type[Aggregate], UUID]]) -> list[Aggregate]:
        """
        Rebuild several aggregates in one reading, in the order asked for.

        :raises NotFound: if one of them is not there
        :raises StreamPruned: if one of them is destroyed down to its headers
        """
        by_stream: dict[bytes, list[Row]] = {stream_id.bytes: [] for _, stream_id in wanted}
        with self._database.reading() as rows:
            for row in rows.all_in(_STREAMS, list(by_stream)):
                by_stream[row[1]].append(row)
            for kind, stream_id in wanted:
                if not by_stream[stream_id.bytes]:
                    _must_not_be_pruned(rows, kind, stream_id.hex)
        return [_rebuilt(kind, stream_id, by_stream[stream_id.bytes]) for kind, stream_id in wanted]

    def commit(
        self,
        command: Command,
        *aggregates: Aggregate,
        guards: Iterable[Guard] = (),
        outcome: str = "OK",
        fences: Iterable[ScopeInstance] = (),
        destroyed: Iterable[UUID] = (),
        pruned: Mapping[UUID, int] | None = None,
    ) -> Recorded:
        """
        Append the pending events of all aggregates in one transaction, durable when this returns.

        `fences` closes scopes with this append; `destroyed` deletes the boxes and links of keys with it; `pruned` the
        headers of streams (and says how many each has).

        :raises Conflict: if a stream moved on, a guard fails, or a key scope is closing
        :raises Unavailable: if the store can't be reached or is full; nothing was recorded
        """
        month = self._sealer.agent_month(command.actor, instant(command.at)[:7])
        intent = Intent(
            command, aggregates, actor_scope=month, guards=guards, outcome=outcome, fences=fences,
            destroyed=destroyed, pruned=pruned,
        )  # fmt: skip
        tag = self._request_tag(command)
        for _ in range(_ATTEMPTS):
            try:
                recorded = self._attempt(intent, tag)
            except ClaimTaken:
                self._claims.forget(intent.scopes)
                continue
            except UniqueBroken as fault:
                raise StreamMovedOn(reference=short(aggregates[0].id)) from fault
            if not recorded.repeated:
                intent.settle()
                self.has_appended = True
                self.has_destroyed |= intent.deletes
            return recorded
        raise ClaimsContended

    def recall(self, command: Command) -> Recorded | None:
        """
        Give the answer to a command that was already done, or None.

        :raises CommandIdReused: if the id was used for another request
        :raises AnswerErased: if what it recorded is destroyed since, down to its headers
        """
        with self._database.reading() as rows:
            return _repeated(rows, command.id, self._request_tag(command))

    def linked(self, scope: ScopeInstance, kind: LinkKind) -> list[UUID]:
        """
        Give the stream ids that links of this kind lead to from the key of `scope`; empty once the key is gone.

        A link to a stream that is pruned leads nowhere: it is left out, and dies with its key.
        """
        key_id = self._claims.find([str(scope)]).get(str(scope))
        if key_id is None:
            return []
        try:
            tag = self._sealer.link_tag(key_id, kind)
        except DataErased:
            return []
        with self._database.reading() as rows:
            found = rows.all(_LINKED, (key_id.bytes, str(kind), tag, b""))
        return [UUID(bytes=stream) for stream in dict.fromkeys(bytes(row[0]) for row in found)]

    def resolve(self, kind: type[Aggregate], prefix: str) -> UUID:
        """
        Give the stream of this kind whose id begins with `prefix`.

        :raises ReferenceMalformed: if it is not the beginning of an identifier
        :raises ReferenceAmbiguous: if several begin so
        :raises NotFound: if none does
        :raises StreamPruned: if one did, and is destroyed down to its headers
        """
        digits = prefix.strip().lower().replace("-", "")
        if not PREFIX_DIGITS <= len(digits) <= _DIGITS or set(digits) - set("0123456789abcdef"):
            raise ReferenceMalformed(reference=prefix[:40], least=PREFIX_DIGITS)
        low, high = bytes.fromhex(digits.ljust(_DIGITS, "0")), bytes.fromhex(digits.ljust(_DIGITS, "f"))
        with self._database.reading() as rows:
            found = rows.all(_BY_PREFIX, (low, high, f"{kind.KIND}.%"))
            if not found:
                _must_not_be_pruned(rows, kind, digits)
        if len(found) > 1:
            raise ReferenceAmbiguous(reference=digits)
        if not found:
            raise NotFound(reference=digits)
        return UUID(bytes=bytes(found[0][0]))

    def _request_tag(self, command: Command) -> bytes:
        """
        Tell requests apart by who asks as well: nobody gets the answer to somebody else's command.

        The command's id, which is not stored, keeps anybody else from testing what was asked.
        """
        return self._sealer.request_tag(command.id.bytes + command.actor.bytes + command.request)

    def _attempt(self, intent: Intent, request_tag: bytes) -> Recorded:
        keys, fresh = self._claims.keys_for(intent.scopes)
        try:
            events = self._written(intent, keys)
        except DataErased as gone:
            raise ScopeClosing from gone
        batch = intent.batch(events, keys, fresh, request_tag)
        with self._database.writing() as (rows, head):
            try:
                positions = append(rows, head, batch)
            except CommandRepeated:
                return cast("Recorded", _repeated(rows, intent.command.id, request_tag))
        self._claims.remember(fresh)
        return Recorded(tuple(positions), intent.streams, intent.outcome)

    def _written(self, intent: Intent, keys: Mapping[str, UUID]) -> list[NewEvent]:
        writer = EventWriter(self._ledger_id, self._sealer, intent.command, keys=keys, actor_scope=intent.actor_scope)
        return [writer.write(draft) for draft in intent.drafts]


def _rebuilt(kind: type[A], stream_id: UUID, found: Sequence[Row]) -> A:
    aggregate: A | None = None
    for event in read_stream(stream_id, found):
        aggregate = cast("A", event.mutate(aggregate))
    if not isinstance(aggregate, kind):
        raise NotFound(reference=short(stream_id))
    return aggregate


def _must_not_be_pruned(rows: Rows, kind: type[Aggregate], digits: str) -> None:
    """Tell what is destroyed from what never was: the claim on its key outlives the headers of a stream."""
    if kind.DIES_WITH is None:
        return
    beginning = f"{kind.DIES_WITH}:{digits}"
    if rows.one(_ONCE_CLAIMED, (beginning, f"{beginning}g")) is not None:  # 'g' comes after every digit
        raise StreamPruned(reference=digits[:8])


def _repeated(rows: Rows, command_id: UUID, request_tag: bytes) -> Recorded | None:
    answer = earlier_answer(rows, command_tag(command_id), request_tag)
    if answer is None:
        return None
    found = rows.all(_STREAMS_AT, (answer.first_position, answer.first_position + answer.events - 1))
    if len(found) < answer.events:
        raise AnswerErased
    streams = tuple(UUID(bytes=stream) for stream in dict.fromkeys(bytes(row[0]) for row in found))
    return Recorded(answer.positions, streams, answer.outcome, repeated=True)
