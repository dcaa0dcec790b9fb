"""
What the sealed fields of each stored event of a mandate, a procedure and an access look like, for ever.

A field that is renamed, removed, or given a type that no longer reads what was written, fails here: make a new topic
instead, or add a field at the end that may be absent.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ledger.aggregates import kinds
from ledger.aggregates.base import REGISTRY, Scope
from ledger.policies.vocabulary import (
    AccessDecision,
    Asked,
    DisclosureMoment,
    DisclosureReview,
    EndDuty,
    Gateway,
    GatewayShown,
    RefusalCode,
    ReviewResult,
    Telling,
)

KINDS = ("mandate", "procedure", "access")
WRITTEN: dict[str, dict[str, msgspec.Raw]] = msgspec.json.decode(
    (Path(__file__).parent / "contents" / "mandates_procedures_accesses.json").read_bytes(),
    type=dict[str, dict[str, msgspec.Raw]],
)
SCOPES = {"mandate": {Scope.MANDATE}, "procedure": {Scope.PROCEDURE_TRAIL}, "access": {Scope.PROCEDURE_TRAIL}}
HEADERS = {
    "mandate.drafted.1": ["house", "effective_at"],
    "mandate.revoked.1": ["effective_at", "known_at", "decision"],
    "mandate.renounced.1": ["effective_at", "known_at", "decision"],
    "mandate.ended.1": ["effective_at", "known_at", "decision"],
    "mandate.partner-to-tell.1": [],
    "mandate.partner-told.1": ["effective_at", "decision"],
    "mandate.successor-noted.1": ["house", "effective_at"],
    "procedure.opened.1": ["house", "effective_at"],
    "procedure.mandate-attached.1": [],
    "procedure.data-kept.1": [],
    "procedure.act-done.1": ["effective_at", "gateway"],
    "mandate.act-done.1": ["effective_at", "decision"],
    "procedure.transmitted.1": ["effective_at", "decision", "gateway"],
    "procedure.disclosed.1": ["effective_at", "decision"],
    "access.granted.1": ["house", "decision", "gateway"],
    "access.refused.1": ["house", "decision"],
    "access.reviewed.1": ["house", "decision"],
}
"""What stands in clear; everything else shows `effective_at` only."""


def test_every_event_of_these_streams_is_written_down_here() -> None:
    assert kinds.MODULES
    assert {topic for topic in REGISTRY if topic.partition(".")[0] in KINDS} == set(WRITTEN)


@pytest.mark.parametrize("topic", sorted(WRITTEN))
def test_what_was_written_is_read_for_ever(topic: str) -> None:
    fields = {field.name: field for field in REGISTRY[topic].SHAPE.sealed}
    assert list(fields) == list(WRITTEN[topic])
    for name, raw in WRITTEN[topic].items():
        content = msgspec.json.decode(raw, type=fields[name].content)
        again = msgspec.json.encode(content)
        assert msgspec.json.decode(again) == msgspec.json.decode(raw)


@pytest.mark.parametrize("topic", sorted(WRITTEN))
def test_what_stands_in_clear_and_under_which_key_the_rest_does(topic: str) -> None:
    shape = REGISTRY[topic].SHAPE
    assert [name for name, _ in shape.header] == HEADERS.get(topic, ["effective_at"])
    kept = {"procedure.data-kept.1": {Scope.PROCEDURE_TRAIL, Scope.PROCEDURE_DATA}}
    assert {field.scope for field in shape.sealed} <= kept.get(topic, SCOPES[topic.partition(".")[0]])


def test_the_words_that_headers_show_are_never_renamed() -> None:
    assert [code.value for code in Gateway] == ["PRESENCE", "MANDATE", "LEGAL_EXCHANGE", "BACK_OFFICE"]
    assert [code.value for code in GatewayShown] == ["MANDATE", "OTHER"]
    assert [code.value for code in AccessDecision] == ["GRANTED"]
    assert [code.value for code in ReviewResult] == ["cleared", "flagged"]
    assert [code.value for code in EndDuty] == ["TELL_PARTNERS", "REVIEW_ACTS", "TELL_AND_REVIEW"]
    assert [code.value for code in Telling] == ["SOME_LEFT", "ALL_TOLD"]
    assert [code.value for code in DisclosureMoment] == ["decided-before", "urgent-danger", "decided-by-who-gives"]
    assert [code.value for code in DisclosureReview] == ["review-due", "no-review"]
    assert [code.value for code in Asked] == ["look", "keep", "act", "transmit", "disclose"]
    shown = {code.shown.value for code in RefusalCode}
    assert shown >= {"NOT_NECESSARY", "NO_MANDATE", "OUT_OF_SCOPE", "NO_GATEWAY", "NO_TITLE", "NOT_KEPT"}


def test_the_largest_draft_fits_the_length_of_every_other() -> None:
    from ledger.aggregates.mandate_events import MandateDrafted
    from ledger.limits import MANDATE_ACTS, MANDATE_PARTIES
    from ledger.rules.law import load_law

    drafted = msgspec.json.decode(msgspec.json.encode(WRITTEN["mandate.drafted.1"]))
    codes = sorted((act.code for entry in load_law().catalogue.all_versions() for act in entry.acts), key=len)
    longest = {"entry": codes[-1].partition(":")[0], "act": codes[-1], "recurring": False}
    largest = {
        **drafted,
        "parties": [drafted["parties"][1]] * MANDATE_PARTIES,
        "agents": drafted["agents"] * 2,
        "acts": [longest] * MANDATE_ACTS,
        "requests": [{"entry": longest["entry"], "request": longest["act"]}] * MANDATE_ACTS,
    }
    assert len(msgspec.json.encode(largest)) + 4 <= MandateDrafted.PAD_TO
