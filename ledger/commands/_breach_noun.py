"""The group of `ledger breach`, to which several modules add their verbs."""

from __future__ import annotations

from ledger.commands._words import Noun
from ledger.translation import mark

command = Noun("breach", help=mark("Declare a breach, measure what it concerns, notify it, tell the people, close it."))
