"""The clocks of a breach, instant by instant; article 33 and Regulation 1182/71 as worked cases."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ledger.rules.breach_clock import breach_clock
from ledger.rules.houses import Territory
from ledger.rules.law import load_law

PACKS = load_law().clocks


@pytest.mark.parametrize(
    ("aware_at", "zone", "target", "legal_end", "contested_end"),
    [
        ("2026-06-09T14:20+02:00", "Europe/Paris", "2026-06-12T14:20+02:00", "2026-06-12T15:00+02:00", None),
        ("2026-06-09T13:59:59+02:00", "Europe/Paris", "2026-06-12T13:59:59+02:00", "2026-06-12T14:00+02:00", None),
        ("2026-06-09T14:00+02:00", "Europe/Paris", "2026-06-12T14:00+02:00", "2026-06-12T15:00+02:00", None),
        (
            "2026-03-27T10:17+01:00", "Europe/Paris", "2026-03-30T11:17+02:00", "2026-03-30T12:00+02:00",
            "2026-04-01T00:00+02:00",
        ),
        (
            "2026-07-10T17:40+02:00", "Europe/Paris", "2026-07-13T17:40+02:00", "2026-07-13T18:00+02:00",
            "2026-07-16T00:00+02:00",
        ),
        (
            "2026-12-18T09:05+04:00", "Indian/Reunion", "2026-12-21T09:05+04:00", "2026-12-21T10:00+04:00",
            "2026-12-23T00:00+04:00",
        ),
    ],
)  # fmt: skip
def test_the_worked_cases(aware_at: str, zone: str, target: str, legal_end: str, contested_end: str | None) -> None:
    found = breach_clock(
        datetime.fromisoformat(aware_at), zone=ZoneInfo(zone), territory=Territory.METROPOLE, packs=PACKS
    )
    assert found.target == datetime.fromisoformat(target)
    assert found.legal_end == datetime.fromisoformat(legal_end)
    assert found.contested_end == datetime.fromisoformat(contested_end or legal_end)
    assert found.rule_pack == "rgpd-33-72h"
