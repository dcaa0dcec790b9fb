"""`ledger breach`: from the first signal to the closing, what a breach concerns and how severe it is."""

from __future__ import annotations

from ledger.commands import (
    _breach_board,
    _breach_calendar,
    _breach_deciding,
    _breach_declare,
    _breach_form,
    _breach_message,
    _breach_pages,
    _breach_remind,
    _breach_scope,
    _breach_severity,
    _breach_steps,
)
from ledger.commands._breach_noun import command

__all__ = ["command"]

command.in_the_order_of(
    _breach_declare, _breach_board, _breach_pages, _breach_steps, _breach_scope, _breach_severity, _breach_deciding,
    _breach_form, _breach_message, _breach_calendar, _breach_remind,
)  # fmt: skip
