"""Reading a profile: each rule by name and type, each with source, mark and period, none missing on any day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from ledger.limits import LAW_TERM_YEARS
from ledger.rules.document import Document, Table, missing_day, report_overlaps
from ledger.rules.marks import Mark
from ledger.rules.partners import Partners
from ledger.rules.periods import Dated, Period, Valid
from ledger.rules.profile import (
    Capacity,
    CapacityRule,
    Power,
    Profile,
    RoleRule,
    Signatory,
    Signer,
    StandardRole,
)
from ledger.rules.retention_terms import Counting, RetentionClass, RetentionTerm

V = TypeVar("V", bound=Valid)

SIGNATURE_MEANS = ("on_site_paper", "on_site_tablet", "sms", "remote")
IDENTITY_METHODS = (
    "identity_card", "passport", "residence_permit", "driving_licence", "france_identite", "asylum_certificate",
    "family_booklet_and_witness",
)  # fmt: skip
INFORMATION_TOPICS = ("use_of_data", "rights", "procedures")
RESPONSE_READINGS = ("A", "B", "C")


def _whole(least: int) -> Callable[[Table], Any]:
    return lambda row: row.whole("value", least=least)


def _flag(row: Table) -> Any:
    return row.flag("value")


def _words(options: Sequence[str]) -> Callable[[Table], Any]:
    def read(row: Table) -> tuple[str, ...]:
        found = row.texts("value", least=1)
        for number, value in enumerate(found):
            if value and value not in options:
                row.report_element("NOT_IN_LIST", "value", number, value=value, options=", ".join(options))
        return tuple(found)

    return read


def _word(options: Sequence[str]) -> Callable[[Table], Any]:
    def read(row: Table) -> str:
        value = row.text("value")
        if value and value not in options:
            row.report("NOT_IN_LIST", "value", value=value, options=", ".join(options))
        return value

    return read


def _wholes(row: Table) -> Any:
    listed = row.raw("value", list, required=True) or []
    if not listed and row.has("value"):
        row.report("TOO_FEW", "value", key="value", least=1)
    for number, value in enumerate(listed):
        if type(value) is not int or value < 1:
            row.report_element("TOO_SMALL", "value", number, key="value", least=1)
        elif value in listed[:number]:
            row.report_element("DOUBLE", "value", number, value=value)
    return tuple(value for value in listed if type(value) is int)


RULES: Mapping[str, Callable[[Table], Any]] = {
    "mandate.durations_days": _wholes,
    "mandate.default_days": _whole(1),
    "mandate.max_days": _whole(1),
    "mandate.signature_means": _words(SIGNATURE_MEANS),
    "mandate.identity_methods": _words(IDENTITY_METHODS),
    "mandate.information_topics": _words(INFORMATION_TOPICS),
    "mandate.representative_is_party": _flag,
    "mandate.grace_days": _whole(0),
    "access.counter_session_minutes": _whole(1),
    "access.supervision_allowed": _flag,
    "response.hours": _whole(1),
    "response.reading": _word(RESPONSE_READINGS),
    "opening.week_minutes": _whole(0),
    "opening.days": _whole(0),
    "capacity.full_age_years": _whole(1),
    "capacity.emancipation_years": _whole(1),
    "figures.small_cell": _whole(0),
    "figures.report_months": _whole(1),
    "committee.months": _whole(1),
    "partners.notice_months": _whole(0),
    "logs.max_months": _whole(1),
    "erasure.persons": _whole(1),
    "destruction.share_percent": _whole(1),
    "destruction.share_from": _whole(0),
    "reminder.hours_left": _wholes,
    "reminder.soon_hours": _whole(1),
    "reminder.without_delay_hours": _whole(1),
}
"""Every rule that a profile states, and how its value is read."""


def read_profile(content: bytes, *, file: str, partners: Partners) -> Profile:
    """
    Read a profile.

    :raises LawInvalid: with every problem found
    """
    document = Document(content, file=file)
    root = document.opened_as("profile")
    code, label, period = root.code("code"), root.text("label"), root.period()
    rules = _rules(root, period)
    profile = Profile(
        code=code,
        label=label,
        period=period,
        rules=rules,
        capacities=_versions(root, period, Capacity, key="capacity", named="capacity", read=_capacity),
        roles_by_code=_versions(root, period, StandardRole, key="role", named="role", read=_role),
        retention=_versions(root, period, RetentionClass, key="retention", named="class", read=_retention),
        signatories=tuple(_signatory(row, partners) for row in root.tables("signatory")),
        labels=_labels(root),
    )
    root.close()
    document.finish()
    return profile


def _rules(root: Table, period: Period) -> dict[str, tuple[Dated[Any], ...]]:
    found: dict[str, list[tuple[Table, Dated[Any]]]] = {name: [] for name in RULES}
    for row in root.tables("rule", required=True):
        name = row.text("name")
        if name in RULES:
            found[name].append((row, _dated(row, RULES[name](row))))
            row.close()
        elif name:
            row.report("UNKNOWN_RULE", "name", name=name, known=", ".join(RULES))
    for name, versions in found.items():
        _check_versions(root, name, period, versions)
    _check_durations(found)
    return {name: tuple(rule for _, rule in versions) for name, versions in found.items()}


def _check_durations(found: Mapping[str, Sequence[tuple[Table, Dated[Any]]]]) -> None:
    for row, offered in found["mandate.durations_days"]:
        for _, longest in found["mandate.max_days"]:
            if not offered.period.overlaps(longest.period):
                continue
            for number, days in enumerate(offered.value):
                if days > longest.value:
                    row.report_element("TOO_LONG", "value", number, value=days, most=longest.value)
        for default_row, default in found["mandate.default_days"]:
            if offered.period.overlaps(default.period) and default.value not in offered.value:
                options = ", ".join(map(str, offered.value))
                default_row.report("NOT_IN_LIST", "value", value=default.value, options=options)


def _dated(row: Table, value: Any) -> Dated[Any]:
    return Dated(value, row.text("source"), row.choice("mark", Mark), row.period())


def _versions(
    root: Table, period: Period, wanted: type[Any], *, key: str, named: str, read: Callable[[Table], V]
) -> dict[Any, tuple[V, ...]]:
    """Read dated rows of one kind, one or more for each member of a closed list."""
    found: dict[Any, list[tuple[Table, V]]] = {member: [] for member in wanted}
    for row in root.tables(key, required=True):
        found[wanted(row.choice(named, wanted))].append((row, read(row)))
        row.close()
    for member, versions in found.items():
        _check_versions(root, f"{key} {member}", period, versions)
    return {member: tuple(rule for _, rule in versions) for member, versions in found.items()}


def _check_versions(root: Table, name: str, period: Period, versions: Sequence[tuple[Table, Valid]]) -> None:
    if not versions:
        root.report("MISSING_RULE", name=name)
        return
    report_overlaps([row for row, _ in versions], [rule.period for _, rule in versions], what=name)
    missing = missing_day(period, [rule.period for _, rule in versions])
    if missing:
        versions[0][0].report("GAP", "valid_from", what=name, day=missing)


def _capacity(row: Table) -> CapacityRule:
    return CapacityRule(
        capacity=row.choice("capacity", Capacity),
        label=row.text("label"),
        allowed=row.flag("allowed"),
        signer=row.choice("signer", Signer),
        check=row.text("check", required=False),
        source=row.text("source"),
        mark=row.choice("mark", Mark),
        period=row.period(),
    )


def _role(row: Table) -> RoleRule:
    powers = row.texts("powers")
    for number, power in enumerate(powers):
        if power and power not in set(Power):
            row.report_element("NOT_IN_LIST", "powers", number, value=power, options=", ".join(Power))
    return RoleRule(
        role=row.choice("role", StandardRole),
        label=row.text("label"),
        powers=frozenset(Power(power) for power in powers if power in set(Power)),
        source=row.text("source"),
        mark=row.choice("mark", Mark),
        period=row.period(),
    )


def _retention(row: Table) -> RetentionTerm:
    term = RetentionTerm(
        retention_class=row.choice("class", RetentionClass),
        counting=row.choice("counting", Counting),
        years=row.whole("years", least=0, most=LAW_TERM_YEARS, required=False),
        months=row.whole("months", least=0, most=LAW_TERM_YEARS * 12, required=False),
        days=row.whole("days", least=0, required=False),
        runs_from=row.text("runs_from"),
        source=row.text("source"),
        mark=row.choice("mark", Mark),
        period=row.period(),
    )
    counted = term.counting in (Counting.FROM_DAY, Counting.FROM_MONTH_END, Counting.FROM_NEXT_YEAR)
    if counted != bool(term.years + term.months + term.days):
        row.report("TERM_UNSAID" if counted else "TERM_SAID", "counting")
    return term


def _signatory(row: Table, partners: Partners) -> Signatory:
    signatory = Signatory(row.code("partner"), row.text("body"))
    if signatory.partner and signatory.partner not in partners.files:
        row.report("UNKNOWN_PARTNER", "partner", code=signatory.partner)
    row.close()
    return signatory


def _labels(root: Table) -> dict[str, str]:
    table = root.table("labels")
    return {code: table.text(code) for code in (*SIGNATURE_MEANS, *IDENTITY_METHODS, *INFORMATION_TOPICS)}
