"""Counts by day: what they add up to, what they show, and to whom."""

from __future__ import annotations

from ledger.aggregates import kinds
from ledger.aggregates.base import REGISTRY
from ledger.commands._counts import WORDS
from ledger.policies.vocabulary import GatewayShown
from tests.integration.commands.shell import FILE, Shell, mandated, opened

LOOK = ("access", "request")
PRESENT = ("--place", "shown", "--mode", "assist", "--informed")
ABSENT = ("--place", "portal", "--mode", "act-for", "--absent", "--act", FILE)


def test_every_event_has_the_words_that_people_read() -> None:
    assert kinds.MODULES
    assert {topic.rpartition(".")[0] for topic in REGISTRY} == set(WORDS)


def test_the_counts_are_those_of_the_house_and_of_the_days(office: Shell) -> None:
    case = opened(office)
    office.refused(3, *LOOK, case.procedure, *ABSENT, who="bob")
    mandated(office, case)
    for look in (ABSENT, ABSENT, PRESENT):
        office.ok(*LOOK, case.procedure, *look, who="bob")
    house = office.ok("house", "list").row["house"]
    rows = office.ok("audit", "counts", "--house", house, who="dora").rows
    looks = {
        (row["topic"], row["decision"], row["gateway"]): row["count"]
        for row in rows
        if row["topic"].startswith("access.")
    }
    assert looks == {
        ("access.refused.1", "NO_MANDATE", None): 1,
        ("access.granted.1", "GRANTED", GatewayShown.MANDATE): 2,
        ("access.granted.1", "GRANTED", GatewayShown.OTHER): 1,
    }
    assert {row["gateway"] for row in rows} <= {None, *GatewayShown}
    assert {row["house"] for row in rows} == {house}
    assert sum(row["count"] for row in office.ok("audit", "counts", who="dora").rows) > sum(
        row["count"] for row in rows
    )
    assert office.ok("audit", "counts", "--until", "01/01/2020", who="dora").rows == []
    assert office.ok("audit", "counts", "--since", "01/01/2020", "--house", house, who="dora").rows[0]["day"]


def test_people_read_words_and_programs_codes(office: Shell) -> None:
    opened(office)
    told = office.run("--as", "dora", "audit", "counts").out
    assert "démarche ouverte" in told
    assert "procedure.opened.1" not in told
    header, *lines = office.run("--as", "dora", "audit", "counts", "--csv").table
    assert header == ["day", "house", "what", "topic", "decision", "gateway", "count"]
    assert "procedure.opened.1" in {line[3] for line in lines}


def test_counts_are_for_whoever_may_read_the_journal_and_reading_them_is_in_it(office: Shell) -> None:
    assert office.refused(3, "audit", "counts", who="bob") == "ROLE_NOT_ALLOWED"
    office.ok("audit", "counts", who="dora")
    assert office.ok("audit", "trail", who="dora").rows[0]["under"] == ["audit.counts"]
