"""
The mandate as a paper: one A4 page that both parties sign, in as many originals as there are parties.

Where it lists much it has two pages rather than small print: what is given on the first, what is signed on the second.

What it says is laid down by the convention (4.6: information, rights, withdrawal at any time, originals) and by
the Code civil (1984 and following: only the listed acts). It cites articles 48 to 56 of law 78-17 and GDPR 13 to 22;
the convention's "105" is a mis-citation. The words live in `mandate.toml`, the layout in `mandate.typ`; their common
digest stands on every original, so that nobody can say later that another text was signed.

Everything is set in memory: the paper is full of personal values and never touches a temporary file.
"""

from __future__ import annotations

import hashlib
import json
import re
import textwrap
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from ledger.errors import Invalid, Misconfigured
from ledger.translation import mark

_FOLDER = Path(__file__).parent
_TEXT_COLUMNS = 78
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_BOUND_SPACE = re.compile(r" (?=[:;?!»%])|(?<=«) |(?<=n°) (?=\d)|(?<=\d) (?=\d\d\b)")
_LONG_WORD = re.compile(r"(?<=\w{30})(?=\w)")


class PaperTooLong(Invalid):
    """The mandate doesn't fit on two pages, even in small print."""

    sentence = mark("This mandate does not fit on two pages that people can read.")
    advice = mark("Make two mandates, each with fewer acts, data requests or parties.")


class LetterMissing(Invalid):
    """A name has letters that the printing fonts lack."""

    sentence = mark("A text of this mandate has letters that can't be printed.")
    advice = mark("Write names in Latin letters, as they stand on French papers.")


class NoSuchOriginal(Invalid):
    """The number of the original is not one of those to print."""

    sentence = mark("There is no original number {number}: this mandate has {count}.")
    advice = mark("Ask for a number from 1 to {count}.")


class TemplateBroken(Misconfigured):
    """The template of the mandate can't be set."""

    sentence = mark("The template of the mandate is damaged.")
    advice = mark("Install the product again; the mandate itself is safe.")


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
class _List:
    label: str
    items: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class _Panel:
    title: str
    texts: tuple[str, ...] = ()
    lists: tuple[_List, ...] = ()


@dataclass(frozen=True, repr=False)
class _Question:
    text: str
    ticks: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class _Section:
    heading: str
    panels: tuple[_Panel, ...] = ()
    paragraphs: tuple[str, ...] = ()
    questions: tuple[_Question, ...] = ()
    side_by_side: bool = False


@dataclass(frozen=True, repr=False)
class _Signature:
    role: str
    name: str
    line: str = ""


@dataclass(frozen=True, repr=False)
class _Sheet:
    title: str
    subtitle: str
    house: str
    original: str
    pages: tuple[str, str]
    initials: str
    mark: str
    mark_says: str
    sections: tuple[_Section, ...]
    signing: str
    originals: str
    when: str
    signatures: tuple[_Signature, ...]
    """Nobody is to sign a mandate that ended."""
    footer: str


@cache
def _template() -> tuple[Mapping[str, Any], bytes, str]:
    words, layout = (_FOLDER / "mandate.toml").read_bytes(), (_FOLDER / "mandate.typ").read_bytes()
    return tomllib.loads(words.decode()), layout, hashlib.sha256(words + b"\0" + layout).hexdigest()


def template_version() -> str:
    """Give the name of the template in force."""
    return str(_template()[0]["version"])


def template_digest() -> str:
    """Give the SHA-256 of the template in force (words and layout), hexadecimal."""
    return _template()[2]


def render_mandate(paper: MandatePaper, *, original: int, at: datetime) -> bytes:
    """
    Set one original of a mandate as a PDF of one page, or two (PDF/A-3a, PDF/UA-1), in memory.

    :raises PaperTooLong: if it doesn't fit on two readable pages
    :raises LetterMissing: if a text has letters that the fonts lack
    :raises NoSuchOriginal: if there are fewer originals
    """
    return _set([_sheet(paper, original)], at=at)


def render_originals(paper: MandatePaper, *, at: datetime) -> bytes:
    """
    Set all the originals of a mandate as one PDF, one after the other.

    :raises PaperTooLong: if it doesn't fit on two readable pages
    :raises LetterMissing: if a text has letters that the fonts lack
    """
    return _set([_sheet(paper, original) for original in range(1, paper.originals + 1)], at=at)


def _set(sheets: Sequence[_Sheet], *, at: datetime) -> bytes:
    import typst

    texts = json.dumps([_named(asdict(sheet)) for sheet in sheets], ensure_ascii=False)
    try:
        pdf = typst.compile(
            _template()[1],
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"sheets": texts},
            pdf_standards=["a-3a", "ua-1"],
            timestamp=at.astimezone(UTC).replace(microsecond=0),  # PDF dates count seconds
        )
    except typst.TypstError as trouble:  # its text may quote the paper: only what kind it is goes on
        raise _kind_of(trouble) from None
    return pdf


def _named(content: Any) -> Any:
    """Put texts and names as the layout wants them: every word can be cut that is too long for its place."""
    if isinstance(content, str):
        return _LONG_WORD.sub("\N{ZERO WIDTH SPACE}", _typeset(content))
    if isinstance(content, Mapping):
        return {name.replace("_", "-"): _named(value) for name, value in content.items()}
    return [_named(value) for value in content] if isinstance(content, list | tuple) else content


def _typeset(text: str) -> str:
    """Set a text as French is printed: one sort of apostrophe; no line begins with a sign, or cuts a number."""
    return _BOUND_SPACE.sub("\N{NO-BREAK SPACE}", _APOSTROPHE.sub("\N{RIGHT SINGLE QUOTATION MARK}", text))


def _kind_of(trouble: Exception) -> Exception:
    said = str(trouble)
    if "paper-too-long" in said:
        return PaperTooLong()
    if "glyph" in said or "codepoint" in said or "font" in said:
        return LetterMissing()
    return TemplateBroken()


def render_mandate_text(paper: MandatePaper, *, original: int) -> str:
    """
    Give one original of a mandate as plain text, for a screen reader or a house without a printer at hand.

    :raises NoSuchOriginal: if there are fewer originals
    """
    sheet = _sheet(paper, original)
    lines = [sheet.original.rjust(_TEXT_COLUMNS), sheet.house, "", sheet.title.upper(), *_wrapped(sheet.subtitle), ""]
    if sheet.mark:
        lines += [f"*** {sheet.mark} ***", *_wrapped(sheet.mark_says), ""]
    for number, section in enumerate(sheet.sections, start=1):
        lines += [f"{number}. {section.heading}", ""]
        lines += [line for panel in section.panels for line in (*_panel_lines(panel), "")]
        lines += [line for paragraph in section.paragraphs for line in _wrapped(paragraph)]
        lines += [line for question in section.questions for line in _question_lines(question)]
        lines.append("")
    if sheet.signatures:
        lines += [sheet.signing, "", *_wrapped(sheet.originals), "", sheet.when, ""]
    for one in sheet.signatures:
        lines += [*_wrapped(f"{one.role} : {one.name}"), *filter(None, [one.line]), "", "", ""]
    return "\n".join([*lines, *_wrapped(sheet.footer)]) + "\n"


def _panel_lines(panel: _Panel) -> list[str]:
    lines = [*_wrapped(f"{panel.title} :" if panel.texts else panel.title)]
    lines += [line for text in panel.texts for line in _wrapped(text, "  ")]
    for one in panel.lists:
        lines += [f"  {one.label} :", *(line for item in one.items for line in _wrapped(item, "  - ", "    "))]
    return lines


def _question_lines(question: _Question) -> list[str]:
    lines = [*_wrapped(question.text), *(f"  [ ] {tick}" for tick in question.ticks)]
    return [*lines, *(line for one in question.lines for line in _wrapped(one, "  - ", "    "))]


def _wrapped(text: str, first: str = "", then: str | None = None) -> list[str]:
    return textwrap.wrap(
        _typeset(text),
        _TEXT_COLUMNS,
        initial_indent=first,
        subsequent_indent=first if then is None else then,
        break_on_hyphens=False,
    )


def _sheet(paper: MandatePaper, original: int) -> _Sheet:
    if not 1 <= original <= paper.originals:
        raise NoSuchOriginal(number=original, count=paper.originals)
    words, _, digest = _template()
    numbering = {"number": original, "count": paper.originals}
    marked, why = _mark(words, paper)
    return _Sheet(
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


def _parties(words: Mapping[str, str], paper: MandatePaper) -> _Section:
    agents = ", ".join(paper.named_agents)
    house = words["house"].format(house=paper.house, manager=paper.manager)
    who = words["named_agents"].format(agents=agents) if agents else words["any_agent"]
    title = words["principal"] if len(paper.parties) == 1 else words["principals"]
    return _Section(
        heading=words["heading"],
        panels=(
            _Panel(title=title, texts=tuple(_person(words, party) for party in paper.parties)),
            _Panel(title=words["mandatary"], texts=tuple(filter(None, (house, paper.address, who)))),
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


def _object(words: Mapping[str, str], paper: MandatePaper) -> _Section:
    return _Section(
        heading=words["heading"],
        panels=tuple(
            _Panel(
                title=words["procedure"].format(name=procedure.name),
                lists=(
                    _List(words["acts"], procedure.acts or (words["no_act"],)),
                    _List(words["data_requests"], procedure.data_requests or (words["none"],)),
                ),
            )
            for procedure in paper.procedures
        ),
        paragraphs=(words["limit"],),
    )


def _duration(words: Mapping[str, str], paper: MandatePaper) -> _Section:
    valid = words["from_signature"].format(days=paper.duration)
    if paper.last_day is not None:
        valid = f"{valid} {words['until'].format(last_day=_day(paper.last_day))}"
    return _Section(heading=words["heading"], paragraphs=(valid, words["revocation"].format(contact=paper.contact)))


def _data(words: Mapping[str, str], paper: MandatePaper) -> _Section:
    return _Section(
        heading=words["heading"],
        paragraphs=(
            words["controller"].format(controller=paper.controller, dpo=paper.dpo),
            words["purpose"].format(recipients=", ".join(paper.recipients)),
            words["keeping"].format(proof_term=paper.proof_term),
            words["rights"],
        ),
    )


def _information(words: Mapping[str, Any], paper: MandatePaper) -> _Section:
    said = words["information"]
    topics = (said["use_of_data"], said["rights"], said["procedures"])
    return _Section(
        heading=said["heading"],
        questions=(_identity(words, paper), _Question(said["informed"], ticks=topics)),
    )


def _identity(words: Mapping[str, Any], paper: MandatePaper) -> _Question:
    """Say by which paper each identity was verified, or leave it to be written where nothing is recorded yet."""
    said, methods = words["information"], words["identity_methods"]
    people = [(party.name, party.identity) for party in paper.parties]
    people += dict.fromkeys((party.helper, party.helper_identity) for party in paper.parties if party.help is not None)
    offered = tuple(methods[code] for code in paper.identity_methods)
    if len(people) == 1:
        ((name, method),) = people
        if method:
            return _Question(said["identity"].format(name=name, method=methods[method]))
        return _Question(said["identity_to_tick"].format(name=name), ticks=offered)
    lines = tuple(
        said["identity_of_one"].format(name=name, method=methods[method] if method else said["identity_to_write"])
        for name, method in people
    )
    return _Question(said["identities"].format(methods=", ".join(offered)), lines=lines)


def _signatures(words: Mapping[str, str], paper: MandatePaper) -> tuple[_Signature, ...]:
    places: list[_Signature] = []
    for party in paper.parties:
        if party.help is Help.REPRESENTED:
            places.append(_Signature(words["representative"].format(name=party.name), party.helper))
            continue
        places.append(_Signature(words["principal"], party.name))
        if party.help is Help.ASSISTED:
            places.append(_Signature(words["curator"].format(name=party.name), party.helper))
    return (*places, _Signature(words["mandatary"], paper.house, words["agent"]))


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
