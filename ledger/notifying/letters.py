"""A letter as programs read it: one JSON object on one line."""

from __future__ import annotations

import json

from ledger.clock import in_utc
from ledger.usecases.breach.reminding import Letter


def as_line(letter: Letter) -> bytes:
    """Give a letter as one line of JSON, UTF-8, its instants in UTC; `reference` is the first member."""
    said = {
        "reference": letter.reference.hex,
        "breach": letter.breach.hex,
        "deadline": letter.deadline,
        "urgency": letter.urgency,
        "due_at": in_utc(letter.due_at).isoformat(),
        "late_from": in_utc(letter.late_from).isoformat(),
        "subject": letter.subject,
        "text": letter.text,
    }
    return json.dumps(said, ensure_ascii=False).encode() + b"\n"
