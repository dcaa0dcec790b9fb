"""What a request for erasure reaches, ground by ground."""

from __future__ import annotations

from itertools import product

import pytest

from ledger.policies.erasure import KeepGround, ground_to_keep
from ledger.rules.retention_terms import RetentionClass

FREE = {"held": False, "over": True, "needed": False, "due": True, "covered": True}
WORKING = RetentionClass.WORKING_DATA


@pytest.mark.parametrize(
    ("category", "changes", "ground"),
    [
        (WORKING, {}, None),
        (WORKING, {"due": False}, None),
        (WORKING, {"held": True}, KeepGround.HOLD),
        (WORKING, {"over": False}, KeepGround.OPEN),
        (WORKING, {"covered": False}, KeepGround.ARCHIVES),
        (RetentionClass.MANDATE_PROOF, {"due": False}, KeepGround.PROOF),
        (RetentionClass.MANDATE_PROOF, {}, None),
        (RetentionClass.LOGS, {"due": False}, KeepGround.TRAIL),
        (RetentionClass.IDENTITY, {"needed": True}, KeepGround.NEEDED),
        (RetentionClass.IDENTITY, {"due": False}, None),
    ],
)
def test_what_is_kept_and_on_which_ground(
    category: RetentionClass, changes: dict[str, bool], ground: KeepGround | None
) -> None:
    assert ground_to_keep(category, **{**FREE, **changes}) is ground


def test_nothing_that_is_held_open_needed_or_not_covered_is_ever_erased() -> None:
    for category, (held, over, needed, due, covered) in product(RetentionClass, product((False, True), repeat=5)):
        if ground_to_keep(category, held=held, over=over, needed=needed, due=due, covered=covered) is None:
            assert over
            assert covered
            assert not held
            assert not needed
