"""Writes papers where the user says, and nowhere else: a paper is made in memory and holds names in clear."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from ledger.documents.mandate import MandatePaper, render_originals


def write_originals(paper: MandatePaper, file: Path, *, at: datetime) -> None:
    """
    Write all originals of a mandate to one PDF, a page each, readable by its owner only.

    :raises OSError: if the file can't be written
    """
    content = render_originals(paper, at=at)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)


def check_place(file: Path | None, *, text: bool) -> None:
    """
    Refuse, before any name is opened, a place where the paper can't go.

    :raises PlaceNeeded: if a PDF would go to the terminal
    :raises FileThere: if the file is there already
    """
    if file is None and not text and sys.stdout.isatty():
        raise PlaceNeeded
    if file is not None and os.path.lexists(file):
        raise FileThere


def print_originals(session: Session, paper: MandatePaper, file: Path | None, *, text: bool) -> None:
    """Write a mandate as text, to a file, or to standard output."""
    from ledger.documents.mandate import render_mandate_text, render_originals

    if text:
        pages = (render_mandate_text(paper, original=number) for number in range(1, paper.originals + 1))
        session.output.verbatim("\f\n".join(pages))
    elif file is None:
        session.output.raw(render_originals(paper, at=session.at))
    else:
        try:
            write_originals(paper, file, at=session.at)
        except FileExistsError:
            raise FileThere from None
        session.output.say(mark("Originals written to {file}: {count} pages."), file=str(file), count=paper.originals)
