"""`ledger breach`: what a breach concerns and how severe it is."""

from __future__ import annotations

from ledger.commands import _breach_scope, _breach_severity
from ledger.commands._breach_noun import command

MODULES = (_breach_scope, _breach_severity)
"""Every module that adds verbs."""

__all__ = ["command"]
