"""
What stands on a mandate's paper, apart from how it is set: the facts that are printed, and the sheet made of them.

The words come from the template; everything here is personal, and is shown by nothing but the paper itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from ledger.errors import Invalid
from ledger.translation import mark


class NoSuchOriginal(Invalid):
    """The number of the original is not one of those to print."""

    sentence = mark("There is no original number {number}: this mandate has {count}.")
    advice = mark("Ask for a number from 1 to {count}.")


class Help(StrEnum):
    """How somebody signs with or for a party; neither is a party more."""

    REPRESENTED = "represented"
    ASSISTED = "assisted"


@dataclass(frozen=True, repr=False)
class PaperParty:
    """A person who gives the power, and who represents or assists that person where the law wants it."""

    name: str
    birth_date: date | None = None
    help: Help | None = None
    helper: str = ""
    helper_role: str = ""
    identity: str = ""
    """The code of the method by which the identity was verified, where that is recorded; of the helper's likewise."""
    helper_identity: str = ""


@dataclass(frozen=True, repr=False)
class PaperProcedure:
    """One procedure, and what the mandate gives for it."""

    name: str
    acts: tuple[str, ...] = ()
    data_requests: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class MandatePaper:
    """All that stands on a mandate; texts are in French, as they are printed."""

    reference: str
    house: str
    manager: str
    contact: str
    parties: tuple[PaperParty, ...]
    procedures: tuple[PaperProcedure, ...]
    duration: str
    controller: str
    dpo: str
    recipients: tuple[str, ...]
    proof_term: str
    originals: int
    address: str = ""
    identity_methods: tuple[str, ...] = ()
    """The codes of the methods by which an identity may be verified: to be ticked where none is recorded."""
    named_agents: tuple[str, ...] = ()
    last_day: date | None = None
    ended_on: date | None = None
    void_on: date | None = None


@dataclass(frozen=True, repr=False)
class List:
    """Items under a label."""

    label: str
    items: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Panel:
    """A framed part of a section."""

    title: str
    texts: tuple[str, ...] = ()
    lists: tuple[List, ...] = ()


@dataclass(frozen=True, repr=False)
class Question:
    """Something to answer on paper: boxes to tick, or lines to fill in."""

    text: str
    ticks: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Section:
    """A numbered part of the sheet."""

    heading: str
    panels: tuple[Panel, ...] = ()
    paragraphs: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    side_by_side: bool = False


@dataclass(frozen=True, repr=False)
class Signature:
    """A place to sign."""

    role: str
    name: str
    line: str = ""


@dataclass(frozen=True, repr=False)
class Sheet:
    """One original, in the order in which it is read."""

    title: str
    subtitle: str
    house: str
    original: str
    pages: tuple[str, str]
    initials: str
    mark: str
    mark_says: str
    sections: tuple[Section, ...]
    signing: str
    originals: str
    when: str
    signatures: tuple[Signature, ...]
    """Nobody is to sign a mandate that ended."""
    footer: str


def sheet_of(paper: MandatePaper, original: int, *, words: Mapping[str, Any], digest: str) -> Sheet:
    """
    Say what stands on one original, in the words of a template whose digest is given.

    :raises NoSuchOriginal: if there are fewer originals
    """
    if not 1 <= original <= paper.originals:
        raise NoSuchOriginal(number=original, count=paper.originals)
    numbering = {"number": original, "count": paper.originals}
    marked, why = _mark(words, paper)
    return Sheet(
        title=words["title"],
        subtitle=words["subtitle"],
        house=paper.house,
        original=words["original"].format(**numbering),
        pages=(words["page"].format(number=1), words["page"].format(number=2)),
        initials=words["initials"],
        mark=marked,
        mark_says=why,
        sections=(
            _parties(words["parties"], paper),
            _object(words["object"], paper),
            _duration(words["duration"], paper),
            _data(words["data"], paper),
            _information(words, paper),
        ),
        signing=words["signatures"]["heading"],
        originals=words["originals"].format(**numbering),
        when=words["signatures"]["when"],
        signatures=() if marked else _signatures(words["signatures"], paper),
        footer=words["footer"]["text"].format(reference=paper.reference, version=words["version"], digest=digest),
    )


def _mark(words: Mapping[str, str], paper: MandatePaper) -> tuple[str, str]:
    """Say that a mandate gives no power any more: nobody is to take its copy for one that does."""
    if paper.void_on is not None:
        return words["void"].format(day=_day(paper.void_on)), words["void_says"]
    if paper.ended_on is not None:
        return words["ended"].format(day=_day(paper.ended_on)), words["ended_says"]
    return "", ""


def _parties(words: Mapping[str, str], paper: MandatePaper) -> Section:
    agents = ", ".join(paper.named_agents)
    house = words["house"].format(house=paper.house, manager=paper.manager)
    who = words["named_agents"].format(agents=agents) if agents else words["any_agent"]
    title = words["principal"] if len(paper.parties) == 1 else words["principals"]
    return Section(
        heading=words["heading"],
        panels=(
            Panel(title=title, texts=tuple(_person(words, party) for party in paper.parties)),
            Panel(title=words["mandatary"], texts=tuple(filter(None, (house, paper.address, who)))),
        ),
        side_by_side=True,
    )


def _person(words: Mapping[str, str], party: PaperParty) -> str:
    if party.birth_date is None:
        said = words["person_without_birth"].format(name=party.name)
    else:
        said = words["person"].format(name=party.name, birth_date=_day(party.birth_date))
    if party.help is None:
        return said
    return f"{said}, {words[party.help].format(helper=party.helper, role=party.helper_role)}"


def _object(words: Mapping[str, str], paper: MandatePaper) -> Section:
    return Section(
        heading=words["heading"],
        panels=tuple(
            Panel(
                title=words["procedure"].format(name=procedure.name),
                lists=(
                    List(words["acts"], procedure.acts or (words["no_act"],)),
                    List(words["data_requests"], procedure.data_requests or (words["none"],)),
                ),
            )
            for procedure in paper.procedures
        ),
        paragraphs=(words["limit"],),
    )


def _duration(words: Mapping[str, str], paper: MandatePaper) -> Section:
    valid = words["from_signature"].format(days=paper.duration)
    if paper.last_day is not None:
        valid = f"{valid} {words['until'].format(last_day=_day(paper.last_day))}"
    return Section(heading=words["heading"], paragraphs=(valid, words["revocation"].format(contact=paper.contact)))


def _data(words: Mapping[str, str], paper: MandatePaper) -> Section:
    return Section(
        heading=words["heading"],
        paragraphs=(
            words["controller"].format(controller=paper.controller, dpo=paper.dpo),
            words["purpose"].format(recipients=", ".join(paper.recipients)),
            words["keeping"].format(proof_term=paper.proof_term),
            words["rights"],
        ),
    )


def _information(words: Mapping[str, Any], paper: MandatePaper) -> Section:
    said = words["information"]
    topics = (said["use_of_data"], said["rights"], said["procedures"])
    return Section(
        heading=said["heading"],
        questions=(_identity(words, paper), Question(said["informed"], ticks=topics)),
    )


def _identity(words: Mapping[str, Any], paper: MandatePaper) -> Question:
    """Say by which paper each identity was verified, or leave it to be written where nothing is recorded yet."""
    said, methods = words["information"], words["identity_methods"]
    people = [(party.name, party.identity) for party in paper.parties]
    people += dict.fromkeys((party.helper, party.helper_identity) for party in paper.parties if party.help is not None)
    offered = tuple(methods[code] for code in paper.identity_methods)
    if len(people) == 1:
        ((name, method),) = people
        if method:
            return Question(said["identity"].format(name=name, method=methods[method]))
        return Question(said["identity_to_tick"].format(name=name), ticks=offered)
    lines = tuple(
        said["identity_of_one"].format(name=name, method=methods[method] if method else said["identity_to_write"])
        for name, method in people
    )
    return Question(said["identities"].format(methods=", ".join(offered)), lines=lines)


def _signatures(words: Mapping[str, str], paper: MandatePaper) -> tuple[Signature, ...]:
    places: list[Signature] = []
    for party in paper.parties:
        if party.help is Help.REPRESENTED:
            places.append(Signature(words["representative"].format(name=party.name), party.helper))
            continue
        places.append(Signature(words["principal"], party.name))
        if party.help is Help.ASSISTED:
            places.append(Signature(words["curator"].format(name=party.name), party.helper))
    return (*places, Signature(words["mandatary"], paper.house, words["agent"]))


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
