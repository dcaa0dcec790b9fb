"""Every kind of stream, imported so that any topic of the log can be read; the registry is closed after this."""

from __future__ import annotations

from ledger.aggregates import (
    access,
    agent,
    authority,
    confirmation,
    destruction,
    duty,
    epoch,
    headers,
    hold,
    house,
    mandate,
    procedure,
    reading,
    run,
    subject,
)

MODULES = (
    access, agent, authority, confirmation, destruction, duty, epoch, headers, hold, house, mandate, procedure, reading,
    run, subject,
)  # fmt: skip
