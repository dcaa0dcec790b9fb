"""Writes papers where the user says, and nowhere else: a paper is made in memory and holds names in clear."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from ledger.documents.mandate import MandatePaper, render_mandate


def write_originals(paper: MandatePaper, file: Path, *, at: datetime) -> list[Path]:
    """
    Write every original of a mandate as a PDF of its own, readable by its owner only; give the files.

    `mandat.pdf` becomes `mandat-1.pdf`, `mandat-2.pdf`, one for each party.

    :raises OSError: if a file can't be written
    """
    files = []
    for number in range(1, paper.originals + 1):
        target = file.with_name(f"{file.stem}-{number}{file.suffix or '.pdf'}")
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(render_mandate(paper, original=number, at=at))
        files.append(target)
    return files
