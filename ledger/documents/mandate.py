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
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from ledger.documents.mandate_sheet import MandatePaper, Panel, Question, Sheet, sheet_of
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


class TemplateBroken(Misconfigured):
    """The template of the mandate can't be set."""

    sentence = mark("The template of the mandate is damaged.")
    advice = mark("Install the product again; the mandate itself is safe.")


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


def _sheet(paper: MandatePaper, original: int) -> Sheet:
    words, _, digest = _template()
    return sheet_of(paper, original, words=words, digest=digest)


def _set(sheets: Sequence[Sheet], *, at: datetime) -> bytes:
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


def _panel_lines(panel: Panel) -> list[str]:
    lines = [*_wrapped(f"{panel.title} :" if panel.texts else panel.title)]
    lines += [line for text in panel.texts for line in _wrapped(text, "  ")]
    for one in panel.lists:
        lines += [f"  {one.label} :", *(line for item in one.items for line in _wrapped(item, "  - ", "    "))]
    return lines


def _question_lines(question: Question) -> list[str]:
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
