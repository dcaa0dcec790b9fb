"""Writes papers to files: new ones only, for their owner only. A paper is made in memory and holds names in clear."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.commands._context import Session
from ledger.errors import Invalid
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.documents.mandate_sheet import MandatePaper


class PlaceNeeded(Invalid):
    """A PDF doesn't go to a terminal."""

    sentence = mark("Say where the PDF is to go.")
    advice = mark("Use --to FILE, or send standard output to a file; --text shows plain text here.")


class FileThere(Invalid):
    """The file is there already; it is left as it is."""

    sentence = mark("This file is there already; it was left as it is.")
    advice = mark("Give the name of a new file.")


class FolderNotThere(Invalid):
    """The folder that a paper was to go to isn't there, or isn't one that this account may write in."""

    sentence = mark("The paper can't be written in this folder.")
    advice = mark("Give a file in a folder that is there and that you may write in. Nothing was recorded.")


def check_new(file: Path | None) -> None:
    """
    Refuse, before anything is recorded, a place where a new paper can't go.

    :raises FileThere: if the file is there already
    :raises FolderNotThere: if its folder is none, or can't be written in
    """
    if file is None:
        return
    if os.path.lexists(file):
        raise FileThere
    if not file.parent.is_dir() or not os.access(file.parent, os.W_OK | os.X_OK):
        raise FolderNotThere


def write_originals(paper: MandatePaper, file: Path, *, at: datetime) -> None:
    """
    Write all originals of a mandate to one new PDF, readable by its owner only.

    Never over another file, nor through a link: under sudo this runs as the ledger's own account, whose files somebody
    might name by mistake, or on purpose.

    :raises OSError: if the file is there, or can't be made
    """
    from ledger.documents.mandate import render_originals

    content = render_originals(paper, at=at)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        file.unlink(missing_ok=True)
        raise


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
        session.output.say(mark("Originals written to {file}: {count}."), file=str(file), count=paper.originals)
