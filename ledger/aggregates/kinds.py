"""Every kind of stream, imported so that any topic of the log can be read; the registry is closed after this."""

from __future__ import annotations

from ledger.aggregates import (
    access,
    agent,
    authority,
    breach,
    certificate,
    confirmation,
    destruction,
    drill,
    duty,
    epoch,
    erasure,
    headers,
    hold,
    holder,
    house,
    loss,
    mandate,
    origin,
    procedure,
    reading,
    restoration,
    run,
    slip,
    subject,
)

MODULES = (
    access, agent, authority, breach, certificate, confirmation, destruction, drill, duty, epoch, erasure, headers,
    hold, holder, house, loss, mandate, origin, procedure, reading, restoration, run, slip, subject,
)  # fmt: skip
