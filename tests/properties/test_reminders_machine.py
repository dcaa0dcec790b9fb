"""
Reminders as Hypothesis drives them: time, runs, a server that fails at each step, runs that are killed, two at once,
rebuilds, restores.

On a real ledger, against a server that counts what it took:

1. no reminder (breach, deadline, point) is ever taken twice, unless a person asked for it again;
2. after a run that the server let through, nothing waits: of every deadline whose point has come, the latest reminder
   was taken, or is shown as to be checked because its run was cut short or the log went back;
3. what is shown as to be checked really may have gone out: a run that only found the server down leaves none behind;
4. a rebuild changes nothing of the board.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import Enum, auto
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ledger.backup.manifest import Part
from ledger.bootstrap import open_ledger
from ledger.bootstrap.backing_up import back_up
from ledger.bootstrap.reminding import board_now, waiting_of
from ledger.bootstrap.restoring import Restorer, restore
from ledger.notifying.failures import MailServerUnreachable
from ledger.policies.breach_deadlines import BreachDeadline, Delivery, Reminder, Urgency, due_reminder
from ledger.policies.breach_vocabulary import UNKNOWN_OCCURRENCE, Line
from ledger.rules.cnil import FormType
from ledger.usecases.breach.declare import Awareness, Declaration, declare
from ledger.usecases.breach.lines import open_line
from ledger.usecases.breach.notify import Notification, notify
from ledger.usecases.breach.remind import OnBoard, Reminded, remind
from ledger.usecases.breach.reminding import Handover, Letter, NotGiven, OutcomeUnknown
from tests.integration.usecases.workbench import make_workbench


class Killed(BaseException):
    """The run died."""


class Mood(Enum):
    """How the server, or the run, fares."""

    UP = auto()
    DOWN = auto()
    REFUSES = auto()
    BREAKS_OFF_WITHOUT = auto()
    """It takes nothing, and nobody can tell."""
    BREAKS_OFF_WITH = auto()
    KILLED_BEFORE = auto()
    """The run dies with its claim on record and nothing sent."""
    KILLED_AFTER = auto()
    KILLED_LEAVING = auto()
    """The run dies while it takes its leave of a server that has answered: nothing is in doubt."""
    MEANWHILE = auto()
    """Another run does its whole work while this one waits for the server."""


CUT_SHORT = frozenset({Mood.BREAKS_OFF_WITHOUT, Mood.BREAKS_OFF_WITH, Mood.KILLED_BEFORE, Mood.KILLED_AFTER})
"""After these nobody can tell whether the letter was taken."""


class Server:
    """What takes letters, and counts them by their names."""

    def __init__(self) -> None:
        self.mood = Mood.UP
        self.took: Counter[UUID] = Counter()
        self.meanwhile: Any = None

    @contextmanager
    def ready(self, letter: Letter) -> Iterator[Handover]:
        if self.mood is Mood.DOWN:
            raise MailServerUnreachable
        if self.mood is Mood.MEANWHILE:
            self.mood = Mood.UP
            self.meanwhile()
        yield Giving(self, letter)
        if self.mood is Mood.KILLED_LEAVING:
            raise Killed

    def was_given(self, reference: UUID) -> bool | None:
        return None


class Giving:
    """One letter at the server."""

    def __init__(self, server: Server, letter: Letter) -> None:
        self._server, self._letter = server, letter

    def give(self) -> None:
        mood = self._server.mood
        if mood is Mood.KILLED_BEFORE:
            raise Killed
        if mood is Mood.REFUSES:
            raise NotGiven
        if mood is Mood.BREAKS_OFF_WITHOUT:
            raise OutcomeUnknown
        self._server.took[self._letter.reference] += 1
        if mood is Mood.KILLED_AFTER:
            raise Killed
        if mood is Mood.BREAKS_OFF_WITH:
            raise OutcomeUnknown


class RemindersMachine(RuleBasedStateMachine):
    """The model: which reminders may be in doubt, and since when."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(mkdtemp(prefix="reminders-"))
        self.bench = make_workbench(self.folder / "ledger")
        self.server = Server()
        self.breaches: list[UUID] = []
        self.doubtful: set[UUID] = set()
        """References of reminders whose giving was cut short, or that a log told of that was replaced."""
        self.kept: Path | None = None
        self.a_breach(1)

    def teardown(self) -> None:
        if hasattr(self, "bench"):
            self.bench.close()
            shutil.rmtree(self.folder)

    @precondition(lambda self: len(self.breaches) < 4)
    @rule(ago=st.integers(0, 71))
    def a_breach(self, ago: int) -> None:
        now = self.bench.clock.now()
        aware_at = now - timedelta(hours=ago)
        told = Declaration(
            signalled_at=aware_at, occurrence=UNKNOWN_OCCURRENCE, account="Un sac", awareness=Awareness(aware_at, "")
        )
        breach = declare(self.bench.desk, self.bench.command(), told).streams[0]
        self.breaches.append(breach)
        if ago % 2:
            open_line(self.bench.desk, self.bench.command(), breach, Line.INSURANCE, runs_from=aware_at)

    @precondition(lambda self: self.breaches)
    @rule(at=st.integers(0, 2))
    def is_notified(self, at: int) -> None:
        breach = self.breaches.pop(at % len(self.breaches))
        sent = Notification(FormType.INITIAL, self.bench.clock.now(), "1", "", "retard")
        notify(self.bench.desk, self.bench.command(), breach, sent)

    @rule(hours=st.sampled_from([1, 3, 9, 12, 24, 40]))
    def time_passes(self, hours: int) -> None:
        self.bench.later(hours=hours)

    @rule(mood=st.sampled_from(Mood))
    def a_run(self, mood: Mood) -> None:
        self.server.mood, self.server.meanwhile = mood, self._run
        before = {each.reminder.reminder: each.reminder.standing for each in self._board()}
        try:
            self._run()
        except Killed:
            assert mood in (Mood.KILLED_BEFORE, Mood.KILLED_AFTER, Mood.KILLED_LEAVING)
        finally:
            self.server.mood = Mood.UP
        self._doubt(before, may=mood in CUT_SHORT)

    @rule()
    def the_server_is_up_for_long(self) -> None:
        """After the longest wait a run goes through: nothing waits any more."""
        self.bench.later(minutes=31)
        done = self._run()
        assert (done.waiting, done.trouble, done.refusal) == (0, None, None)
        for each in self._board():
            reminder = self._latest(each.deadline)
            if reminder is not None:
                assert self.server.took[reminder.reference] == 1 or reminder.reference in self.doubtful
                assert each.reminder.standing in (Delivery.GIVEN, Delivery.TO_CHECK)

    @rule()
    def a_person_asks_again(self) -> None:
        doubtful = {
            each.reminder.reminder.reference
            for each in self._board()
            if each.reminder.standing is Delivery.TO_CHECK and each.reminder.reminder is not None
        }
        assert doubtful <= self.doubtful
        for reference in doubtful:  # asked for by a person: this one may arrive twice
            self.server.took[reference] = 0
        self._run(again=True)
        self.doubtful -= doubtful
        assert all(self.server.took[reference] == 1 for reference in doubtful)

    @rule()
    def the_list_is_made_again(self) -> None:
        before = self._board()
        self.bench.ledger.runner.rebuild("breaches")
        assert self._board() == before

    @rule()
    def a_backup(self) -> None:
        self.kept = self.folder / f"backup-{self.bench.ledger.log.size()}"
        if not self.kept.exists():
            back_up(self.bench.ledger, self.kept, parts=list(Part))
        self.breaches_kept = list(self.breaches)

    @precondition(lambda self: self.kept)
    @rule()
    def a_restore(self) -> None:
        assert self.kept is not None
        home = self.bench.ledger.locations.home
        self.bench.ledger.close()
        restore(home, self.kept, who=Restorer("uid:1000"), accept_loss=True, clock=self.bench.clock)
        self.bench.ledger = open_ledger(home, clock=self.bench.clock)
        self.breaches = list(self.breaches_kept)
        board = self._board()
        in_doubt = {each.reminder.reminder for each in board if each.reminder.standing is Delivery.TO_CHECK}
        self.doubtful |= {reminder.reference for reminder in in_doubt if reminder is not None}
        for each in board:
            reminder = each.reminder.reminder
            if reminder is not None and self.server.took[reminder.reference]:
                assert each.reminder.standing in (Delivery.GIVEN, Delivery.TO_CHECK)

    @rule(hours=st.sampled_from([12, 24]))
    def a_run_that_a_restore_forgets(self, hours: int) -> None:
        """Take a backup, remind, and put the backup back: by chance alone few get there."""
        self.a_breach(0)
        self.bench.later(minutes=31)
        self.a_backup()
        self.bench.later(hours=hours)
        self._run()
        self.a_restore()
        self._run()

    @invariant()
    def nothing_is_taken_twice(self) -> None:
        if hasattr(self, "server"):
            assert all(count <= 1 for count in self.server.took.values())

    @invariant()
    def only_what_may_have_gone_out_is_to_be_checked(self) -> None:
        for each in self._board() if hasattr(self, "bench") else []:
            if each.reminder.standing is Delivery.TO_CHECK:
                assert each.reminder.reminder is not None
                assert each.reminder.reminder.reference in self.doubtful

    def _doubt(self, before: dict[Reminder | None, Delivery], *, may: bool) -> None:
        """Note which reminders a run that was cut short left in doubt; no other run may leave one."""
        for each in self._board():
            reminder = each.reminder.reminder
            if each.reminder.standing is Delivery.TO_CHECK and before.get(reminder) is not Delivery.TO_CHECK:
                assert may
                assert reminder is not None
                self.doubtful.add(reminder.reference)

    def _latest(self, found: BreachDeadline) -> Reminder | None:
        points = self.bench.desk.law.profile.reminders(self.bench.clock.now().date())
        return due_reminder(found, points, at=self.bench.clock.now())

    def _board(self) -> list[OnBoard]:
        return board_now(self.bench.ledger, self.bench.command(self.bench.job), page="breach.board")

    def _run(self, *, again: bool = False) -> Reminded:
        rows = self._board()
        names = {each.deadline: each.reminder.reminder for each in rows}

        def write(found: BreachDeadline) -> Letter:
            reminder = names[found]
            assert reminder is not None
            return Letter(
                reminder.reference, found.breach, found.deadline, Urgency.SOON, found.due_at, found.late_from, "", ""
            )

        return remind(
            self.bench.desk, self.bench.command(self.bench.job), rows, channel=self.server,
            waiting=waiting_of(self.bench.ledger), write=write, again=again,
        )  # fmt: skip


TestReminders = RemindersMachine.TestCase
TestReminders.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
