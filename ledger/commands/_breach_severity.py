"""`ledger breach severity`: the score of ENISA, and what is proposed; it informs, and decides nothing."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import click

from ledger.commands._breach_noun import command
from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._moments import Day
from ledger.commands._shared import Decorator
from ledger.commands._words import option
from ledger.errors import Invalid
from ledger.translation import mark, translate

if TYPE_CHECKING:
    from ledger.policies.severity import Factors, Happened, Severity
    from ledger.rules.assessment import AssessmentRules, Scale


class FactorsMissing(Invalid):
    """A factor can't be worked out from what was given."""

    sentence = mark("The severity needs the nature of the data and how easily the people are identified.")
    advice = mark("Give --dpc and --ei; or --scope with what `ledger breach scope --json` wrote.")


class ScopeUnreadable(Invalid):
    """The file is not what `ledger breach scope --json` writes."""

    sentence = mark("This is not a scope as `ledger breach scope --json` writes it.")
    advice = mark("Write it again: ledger breach scope ... --json > FILE")


class CircumstancesTwice(Invalid):
    """The circumstances are given both as a number and in words."""

    sentence = mark("--cb is the sum of the circumstances; they are given in words too.")
    advice = mark("Leave --cb out, or the words.")


class Number(click.ParamType[Any]):
    """A decimal number."""

    name = "number"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """Name the value in the help."""
        return translate(mark("NUMBER"))

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read 0.5 or 0,5."""
        if isinstance(value, Decimal):
            return value
        try:
            found = Decimal(str(value).strip().replace(",", "."))
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite():
            raise click.BadParameter(translate(mark("a number such as 0.5")), ctx, param)
        return found


def _circumstance(name: str, kind: str, text: str) -> Decorator:
    return option(f"--{name}", type=Word(f"ledger.rules.assessment:{kind}"), help=text)


@command.verb(
    "severity",
    help=mark(
        "Compute the severity of a breach (ENISA 2013): SE = DPC x EI + CB.\n\n"
        "Give the three factors, or a scope from which DPC and EI are proposed and the circumstances in words; without "
        "them, a person at a terminal is asked. Another value than the proposed one needs a reason. It informs, it "
        "never decides: the controller's delegate decides. It needs no ledger."
    ),
    examples=(
        "ledger breach severity --dpc 3 --ei 1 --cb 0.5 --people 120",
        "ledger breach severity --scope scope.json --confidentiality unknown-recipients --malicious",
    ),
)
@option("--dpc", type=Number(), help=mark("The nature of the data: 1, 2, 3 or 4."))
@option("--ei", type=Number(), help=mark("How easily the people are identified: 0.25, 0.5, 0.75 or 1."))
@option("--cb", type=Number(), help=mark("The circumstances: 0 to 2, in steps of 0.25."))
@_circumstance("confidentiality", "ConfidentialityLoss", mark("Who may have seen the data."))
@_circumstance("integrity", "IntegrityLoss", mark("What altered data may have led to."))
@_circumstance("availability", "AvailabilityLoss", mark("For how long the data can't be used."))
@option("--malicious", is_flag=True, help=mark("Somebody meant harm."))
@option("--people", type=click.IntRange(min=0), metavar="N", help=mark("How many people are concerned."))
@option("--unintelligible", is_flag=True, help=mark("Nobody can read the data: they are encrypted, the key is safe."))
@option("--scope", "source", metavar=mark("FILE"), help=mark('A scope as JSON; "-" for standard input.'))
@option("--because", default="", metavar=mark("TEXT"), help=mark("Why a factor is not the proposed one."))
@option("--on", "day", type=Day(), help=mark("By the scale of this day, if not today's."))
def severity_(session: Session, day: date | None, source: str | None, because: str, **given: Any) -> None:
    """Compute a severity."""
    from ledger.policies.severity import Factor, check_reasons, circumstances, propose, severity

    rules, on = _rules(session), day or session.at.date()
    scope = _scope(source)
    given |= _asked_factors(session, given, scope, rules.scale(on=on))
    factors, proposed = _factors(given, scope, circumstances(_happened(session, given), scale=rules.scale(on=on)))
    check_reasons(factors, proposed=proposed, reasons=dict.fromkeys(Factor, because))
    people = _people(scope) if given["people"] is None else given["people"]
    unreadable = given["unintelligible"] or bool(scope.get("unintelligible"))
    measured = severity(factors, scale=rules.scale(on=on), people=people, unintelligible=unreadable)
    _show(session, measured, propose(measured, rule=rules.proposal(on=on)))


def _rules(session: Session) -> AssessmentRules:
    from ledger.rules.law import load_law

    law = session.desk.law if session.home_or_none is not None else load_law()
    found: AssessmentRules = law.assessment
    return found


def _scope(source: str | None) -> dict[str, Any]:
    """
    Read what `ledger breach scope --json` wrote; nothing where none is named.

    :raises ScopeUnreadable: if it is something else
    """
    from ledger.commands._input import read_object

    if source is None:
        return {}
    found = read_object(source)
    proposed, people = found.get("proposed") or {}, found.get("people")
    try:
        found["proposed"] = {name: Decimal(dict(proposed)[name]) for name in ("dpc", "ei")}
    except (TypeError, ValueError, KeyError, InvalidOperation):  # it may be anything
        raise ScopeUnreadable from None
    if type(people) is not int or type(found.get("unintelligible")) is not bool:
        raise ScopeUnreadable
    return found


def _people(scope: dict[str, Any]) -> int | None:
    """Give how many people a scope concerns: those too whose data nobody can read; None without a scope."""
    sealed = scope.get("sealed")
    of_sealed = sealed.get("people") if isinstance(sealed, dict) else None
    known = [count for count in (scope.get("people"), of_sealed) if isinstance(count, int)]
    return max(known, default=None)


def _asked_factors(session: Session, given: dict[str, Any], scope: dict[str, Any], scale: Scale) -> dict[str, Decimal]:
    """Ask a person at a terminal for the factors that are neither given nor proposed."""
    from ledger.commands._input import Kind, Question, answers
    from ledger.policies.severity import shown

    proposed = scope.get("proposed", {})
    missing = [name for name in _FACTORS if given[name] is None and name not in proposed]
    if not missing or not sys.stdin.isatty():
        return {}
    allowed = {"dpc": scale.dpc, "ei": scale.ei}
    questions = [
        Question(name, _FACTORS[name], Kind.CHOICE, choices=tuple(map(shown, allowed[name]))) for name in missing
    ]
    return {name: Decimal(answer) for name, answer in answers(session, questions, source=None).items()}


_FACTORS = {
    "dpc": mark("Which data: 1 simple, 2 of behaviour, 3 financial, 4 sensitive?"),
    "ei": mark("Are people identified: 0.25 hardly, 0.5 with effort, 0.75 with some searching, 1 at once?"),
}


def _happened(session: Session, given: dict[str, Any]) -> Happened:
    """
    Give the circumstances in words: as options, or asked of a person at a terminal.

    :raises CircumstancesTwice: if they are given as a number too
    """
    from ledger.policies.severity import Happened
    from ledger.rules.assessment import AvailabilityLoss, ConfidentialityLoss, IntegrityLoss

    kinds = {"confidentiality": ConfidentialityLoss, "integrity": IntegrityLoss, "availability": AvailabilityLoss}
    words = {name: given[name] for name in kinds if given[name] is not None}
    if given["cb"] is not None:
        if words or given["malicious"]:
            raise CircumstancesTwice
        return Happened()
    if not words and not given["malicious"] and sys.stdin.isatty():
        return _asked(session, kinds)
    return Happened(**words, malicious=given["malicious"])


def _asked(session: Session, kinds: dict[str, Any]) -> Happened:
    from ledger.commands._choices import member_meant
    from ledger.commands._input import Kind, Question, answers
    from ledger.policies.severity import Happened

    questions = [
        Question(name, _ASK[name], Kind.CHOICE, choices=tuple(each.value for each in kind))
        for name, kind in kinds.items()
    ]
    questions.append(Question("malicious", mark("Did somebody mean harm? (yes / no)"), Kind.YES_NO))
    found = answers(session, questions, source=None)
    words: dict[str, Any] = {name: member_meant(found[name], tuple(kind)) for name, kind in kinds.items()}
    return Happened(**words, malicious=found["malicious"])


_ASK = {
    "confidentiality": mark("Who may have seen the data?"),
    "integrity": mark("What may altered data have led to?"),
    "availability": mark("For how long can the data not be used?"),
}


def _factors(given: dict[str, Any], scope: dict[str, Any], summed: Decimal) -> tuple[Factors, Factors]:
    """
    Give the factors, and those that were proposed: by the scope, and by what happened.

    :raises FactorsMissing: if one is neither given nor proposed
    """
    from ledger.policies.severity import Factors

    proposed = {**scope.get("proposed", {}), "cb": summed}
    chosen: dict[str, Any] = {
        name: given[name] if given[name] is not None else proposed.get(name) for name in ("dpc", "ei", "cb")
    }
    if None in chosen.values():
        raise FactorsMissing
    as_proposed: dict[str, Any] = {**chosen, **scope.get("proposed", {})}
    return Factors(**chosen), Factors(**as_proposed)


def _show(session: Session, measured: Severity, proposal: Any) -> None:
    from ledger.commands._labels import label
    from ledger.commands._output import Column

    columns = [Column("score", mark("Score")), Column("band", mark("Severity")), Column("flags", mark("Mind"))]
    row = {"score": measured.shown_score, "band": measured.band, "flags": list(measured.flags)}
    session.output.record(columns, row)
    if not session.output.for_people:
        return
    words = [label(each) for each in (proposal.authority, proposal.people, *proposal.reasons)]
    session.output.say(
        mark("Proposal, GDPR 33: {authority}; GDPR 34: {people}. Because: {reasons}."),
        authority=words[0], people=words[1], reasons="; ".join(words[2:]),
    )  # fmt: skip
    session.output.say(mark("This informs, it decides nothing: the controller's delegate decides."))
    session.output.say(mark("The convention (4.6) asks to notify any violation, whatever the severity."))
