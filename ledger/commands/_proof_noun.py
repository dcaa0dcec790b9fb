"""The group of `ledger proof`, to which several modules add their verbs."""

from __future__ import annotations

from ledger.commands._words import Noun
from ledger.translation import mark

command = Noun("proof", help=mark("Sign what the record is, so that an outsider can check it and need trust nobody."))

REASON_HELP = mark("Why; name nobody, it is kept as long as the ledger.")
