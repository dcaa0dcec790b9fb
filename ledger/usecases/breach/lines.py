"""The lines of duty of a breach: let one run beside the two, and close one for a reason of its own."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from ledger.aggregates.breach import Breach
from ledger.policies.breach_vocabulary import DUTY_LINES, Line, LineEnding
from ledger.rules.breach_clock import nis2_clock
from ledger.rules.personal_numbers import screen_note
from ledger.rules.profile import Power
from ledger.usecases.breach.case import place_of, take_step
from ledger.usecases.gate import FactOpener, Judgement
from ledger.usecases.ports import Command, Desk, Recorded


def open_line(
    desk: Desk, command: Command, breach_id: UUID, line: Line, *, runs_from: datetime, about: str = ""
) -> Recorded:
    """
    Let a line run: the complaint, from the knowledge of the attack; the prefect, from that of the lost archives.

    NIS 2 runs only where its rule pack is switched on.

    :raises LedgerError: what `Breach.open_line` and `take_step` raise
    """
    screen_note(about)

    def step(judgement: Judgement, breach: Breach) -> None:
        in_use = line is not Line.NIS2 or _is_nis2_on(desk, judgement, breach, runs_from)
        breach.open_line(line, runs_from=runs_from, about=about, in_use=in_use, at=command.at)

    return take_step(desk, command, breach_id, step)


def close_line(
    desk: Desk,
    command: Command,
    breach_id: UUID,
    line: Line,
    ending: LineEnding,
    *,
    reason: str = "",
    closed_at: datetime | None = None,
    reference: str = "",
) -> Recorded:
    """
    Close one line. What was done is recorded by whoever did it; all else is the decision of the controller's delegate.

    :raises LedgerError: what `Breach.close_line` and `take_step` raise
    """
    screen_note(reference)

    def step(judgement: Judgement, breach: Breach) -> None:
        breach.close_line(
            line, ending, reason=reason, closed_at=closed_at or command.at, reference=reference,
            controller_told=_is_controller_told(judgement, breach), at=command.at,
        )  # fmt: skip

    decision = line in DUTY_LINES or ending is not LineEnding.DONE
    power = Power.DECIDE if decision else None
    return take_step(desk, command, breach_id, step, power=power, texts=(reason,))


def _is_controller_told(opener: FactOpener, breach: Breach) -> bool:
    return any(
        run.ending is not None and opener.known(run.ending) is LineEnding.DONE
        for run in breach.runs_of(Line.CONTROLLER)
        if not run.is_open
    )


def _is_nis2_on(desk: Desk, opener: FactOpener, breach: Breach, runs_from: datetime) -> bool:
    zone, _ = place_of(desk, opener, breach.house)
    return nis2_clock(runs_from, zone=ZoneInfo(zone), packs=desk.law.clocks) is not None
