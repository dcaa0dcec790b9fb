"""Every read model of the product."""

from __future__ import annotations

from ledger.projections.access_journal import AccessJournal
from ledger.projections.breaches import Breaches
from ledger.projections.duties import Duties
from ledger.projections.legal_basis import LegalBasis
from ledger.projections.mandate_register import MandateRegister
from ledger.projections.model import Model
from ledger.projections.procedures import Procedures
from ledger.projections.tallies import Tallies

MODELS: tuple[Model, ...] = (
    MandateRegister(), Procedures(), AccessJournal(), LegalBasis(), Duties(), Breaches(), Tallies()
)  # fmt: skip
"""In the order in which they are shown."""
