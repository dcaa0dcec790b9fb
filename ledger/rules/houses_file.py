"""Reading a house file: where it is, its regular week, its channels and its local partners."""

from __future__ import annotations

import re
from datetime import time
from hashlib import sha256
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ledger.rules.document import Document, Table
from ledger.rules.formats import looks_like_email, looks_like_phone
from ledger.rules.houses import Channels, HouseFile, OpenPeriod, Territory
from ledger.rules.marks import Mark
from ledger.rules.partners import Partners

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*-\s*([01]?\d|2[0-3]):([0-5]\d)")


def read_house(content: bytes, *, file: str, partners: Partners, profiles: frozenset[str]) -> HouseFile:
    """
    Read a house file against the partners and the profiles that it names.

    :raises LawInvalid: with every problem found
    """
    document = Document(content, file=file)
    root = document.opened_as("house")
    house = HouseFile(
        code=root.code("code"),
        name=root.text("name"),
        manager=root.text("manager"),
        department=root.text("department"),
        territory=root.choice("territory", Territory),
        zone=_zone(root),
        schedule=_schedule(root.table("schedule")),
        channels=_channels(root.table("channels")),
        local_partners=_local_partners(root, partners),
        profile=_profile(root, profiles),
        source=root.text("source"),
        mark=root.choice("mark", Mark),
        remark=root.text("remark", required=False),
        digest=sha256(document.text.encode()).hexdigest(),
    )
    root.close()
    document.finish()
    return house


def _zone(root: Table) -> str:
    value = root.text("zone")
    if value and not is_zone(value):
        root.report("UNKNOWN_ZONE", "zone", value=value)
    return value


def is_zone(name: str) -> bool:
    """Say whether this is the name of a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a path, a folder, or a name that no database has
        return False
    return True


def _profile(root: Table, profiles: frozenset[str]) -> str:
    code = root.code("profile")
    if code and code not in profiles:
        root.report("UNKNOWN_PROFILE", "profile", code=code)
    return code


def _local_partners(root: Table, partners: Partners) -> tuple[str, ...]:
    codes = root.texts("local_partners")
    for number, code in enumerate(codes):
        if code and code not in partners.files:
            root.report_element("UNKNOWN_PARTNER", "local_partners", number, code=code)
    return tuple(codes)


def _schedule(table: Table) -> tuple[OpenPeriod, ...]:
    week: list[OpenPeriod] = []
    for weekday, name in enumerate(WEEKDAYS):
        day = sorted(
            period
            for number, text in enumerate(table.texts(name, required=False))
            if (period := _stretch(table, name, number, weekday, text))
        )
        if any(earlier.closes > later.opens for earlier, later in pairwise(day)):
            table.report("HOURS_OVERLAP", name)
        week += day
    table.close()
    return tuple(week)


def _stretch(table: Table, key: str, number: int, weekday: int, text: str) -> OpenPeriod | None:
    found = _HOURS.fullmatch(text)
    if found:
        hours = [int(part) for part in found.groups()]
        opens, closes = time(hours[0], hours[1]), time(hours[2], hours[3])
        if opens < closes:
            return OpenPeriod(weekday, opens, closes)
    if text:
        table.report_element("BAD_HOURS", key, number, value=text)
    return None


def _channels(table: Table) -> Channels:
    channels = Channels(
        email=table.text("email", required=False),
        form=table.text("form", required=False),
        phone=table.text("phone", required=False),
        address=table.text("address", required=False),
    )
    table.close()
    if not channels.email and not channels.form:
        table.report("NO_CHANNEL")
    for key, value, good in (
        ("email", channels.email, looks_like_email(channels.email)),
        ("form", channels.form, channels.form.startswith("https://")),
        ("phone", channels.phone, looks_like_phone(channels.phone)),
    ):
        if value and not good:
            table.report("BAD_ADDRESS", key, value=value)
    return channels
