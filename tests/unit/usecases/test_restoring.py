"""What a restore writes of a destruction that it does again."""

from __future__ import annotations

from ledger.aggregates.base import Scope
from ledger.retention.explaining import SCOPES
from ledger.usecases.restoring import CATEGORIES


def test_a_destruction_done_again_is_of_the_class_of_its_scope() -> None:
    assert set(Scope) - set(CATEGORIES) == {Scope.HOUSE, Scope.REGISTER}, "which are never destroyed"
    assert {scope: CATEGORIES[scope] for kept in SCOPES.values() for scope, _ in kept} == {
        scope: category for kept in SCOPES.values() for scope, category in kept
    }
