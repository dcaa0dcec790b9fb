"""
The French of the product: one fragment a room in ledger/locale/fr/*.po, compiled to one catalogue.

`compile` merges the fragments into the catalogue that the product reads; its bytes depend on the fragments alone, and
it is committed, so that an installed product needs no tool. `check` says what is missing, obsolete, contradictory or
out of date, in our own sources and in click's, whose messages users read too. `missing` prints what has no French yet,
ready to be pasted into a fragment.
"""

from __future__ import annotations

import argparse
import re
import struct
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import PoFileError, read_po

ROOT = Path(__file__).resolve().parent.parent
SOURCES = Path("ledger")
FRAGMENTS = Path("ledger/locale/fr")
COMPILED = FRAGMENTS / "LC_MESSAGES" / "ledger.mo"

_OURS = {"mark": None, "translate": None}
_CLICKS = {"_": None, "gettext": None, "ngettext": (1, 2)}
_HEADER = (
    "Language: fr\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\nPlural-Forms: nplurals=2; plural=(n > 1);\n"
)
_MAGIC = 0x950412DE
_FRENCH_FORMS = 2
_STRAIGHT_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=[\w{«])")
"""Between two letters, as in an elision; quotes around a word stand otherwise."""

Message = tuple[str, ...]
"""A source text, or its singular and its plural."""


@dataclass
class French:
    """What the fragments say, and what is wrong with them."""

    texts: dict[Message, Message] = field(default_factory=dict)
    places: dict[Message, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def messages_of_ours(root: Path) -> dict[Message, str]:
    """Find every message in our sources, with the first place of each."""
    return _extracted(sorted((root / SOURCES).rglob("*.py")), root, _OURS)


def messages_of_click() -> dict[Message, str]:
    """Find every message that click may show."""
    spec = find_spec("click")
    assert spec is not None
    assert spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0])
    return _extracted(sorted(folder.glob("*.py")), folder.parent, _CLICKS)


def french(root: Path) -> French:
    """Read all fragments; two that say the same differently are a fault."""
    found = French()
    for path in sorted((root / FRAGMENTS).glob("*.po")):
        try:
            with path.open("rb") as file:
                catalogue = read_po(file, locale="fr", abort_invalid=True)
        except (PoFileError, ValueError) as error:
            found.faults.append(f"{path.name}: {error}")
            continue
        for message, text, fault in _entries(catalogue):
            _add(found, message, text, f"{path.name}: {_short(message)}: {fault}" if fault else "", path.name)
    return found


def check(root: Path) -> list[str]:
    """List everything that is wrong with the French; empty when all is well."""
    told = french(root)
    wanted = messages_of_ours(root)
    clicks = messages_of_click()
    faults = list(told.faults)
    faults += [f"{place}: no French for {_short(message)}" for message, place in _missing(told, wanted | clicks)]
    faults += [
        f"{told.places[message]}: nothing says {_short(message)} any more"
        for message in told.texts
        if message not in wanted and message not in clicks
    ]
    faults += [
        f"{told.places[message]}: other {{placeholders}} than in {_short(message)}"
        for message, text in told.texts.items()
        if _other_placeholders(message, text, may_drop=message in clicks)
    ]
    compiled = root / COMPILED
    if not compiled.exists() or compiled.read_bytes() != mo_bytes(told.texts):
        faults.append(f"{COMPILED} is out of date: run python tools/translations.py compile")
    return faults


def mo_bytes(texts: Mapping[Message, Message]) -> bytes:
    """Write a catalogue in the format of GNU gettext, the same bytes for the same texts."""
    entries = sorted([(b"", _HEADER.encode()), *(_encoded(message, text) for message, text in texts.items())])
    table_bytes = 8 * len(entries)
    start = 28 + 2 * table_bytes
    keys = b"".join(key + b"\0" for key, _ in entries)
    header = struct.pack("<7I", _MAGIC, 0, len(entries), 28, 28 + table_bytes, 0, start)
    key_table = _table([key for key, _ in entries], start)
    text_table = _table([text for _, text in entries], start + len(keys))
    return header + key_table + text_table + keys + b"".join(text + b"\0" for _, text in entries)


def stanzas(root: Path) -> Iterator[str]:
    """Give what has no French yet as entries of a fragment."""
    for message, place in _missing(french(root), messages_of_ours(root) | messages_of_click()):
        words = [f"#: {place}", f"msgid {_quoted(message[0])}"]
        if len(message) == 1:
            words.append('msgstr ""')
        else:
            words += [f"msgid_plural {_quoted(message[1])}", 'msgstr[0] ""', 'msgstr[1] ""']
        yield "\n".join(words) + "\n"


def _extracted(files: Sequence[Path], root: Path, keywords: Mapping[str, object]) -> dict[Message, str]:
    found: dict[Message, str] = {}
    for path in files:
        for line, said, _, _ in extract("python", BytesIO(path.read_bytes()), keywords):  # type: ignore[arg-type]  # Babel wants one exact type of mapping
            message = (said,) if isinstance(said, str) else tuple(said)
            if message[0]:
                found.setdefault(message, f"{path.relative_to(root)}:{line}")
    return found


def _entries(catalogue: Catalog) -> Iterator[tuple[Message, Message, str]]:
    for entry in catalogue:
        if not entry.id:
            continue
        message = (entry.id,) if isinstance(entry.id, str) else tuple(entry.id)
        text = (entry.string or "",) if isinstance(entry.string, str | None) else tuple(entry.string)
        yield message, text, _fault_of(message, text, fuzzy=entry.fuzzy, context=entry.context)


def _fault_of(message: Message, text: Message, *, fuzzy: bool, context: str | None) -> str:
    if fuzzy:
        return "marked fuzzy: confirm it"
    if context:
        return "a context (msgctxt) is not used here"
    if not all(text) or len(text) != (1 if len(message) == 1 else _FRENCH_FORMS):
        return "not translated"
    if any(_STRAIGHT_APOSTROPHE.search(form) for form in text):
        return "a straight apostrophe: French is printed with \u2019"
    return ""


def _add(found: French, message: Message, text: Message, fault: str, place: str) -> None:
    if fault:
        found.faults.append(fault)
    elif found.texts.get(message, text) != text:
        found.faults.append(f"{place} and {found.places[message]} differ on {_short(message)}")
    else:
        found.texts[message] = text
        found.places.setdefault(message, place)


def _missing(told: French, wanted: Mapping[Message, str]) -> list[tuple[Message, str]]:
    return [(message, place) for message, place in wanted.items() if message not in told.texts]


def _other_placeholders(message: Message, text: Message, *, may_drop: bool) -> bool:
    """Say whether the French names other things than the source; of click's names it may drop some."""
    if len(message) == 1:
        wanted, given = _placeholders(message[0]), _placeholders(text[0])
        return not given <= wanted if may_drop else given != wanted
    either = _placeholders(message[0]) | _placeholders(message[1])
    return not _placeholders(text[0]) <= either or _placeholders(message[1]) != _placeholders(text[1])


def _placeholders(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:  # a brace that is no placeholder, as in a sample of JSON
        return set()


def _encoded(message: Message, text: Message) -> tuple[bytes, bytes]:
    return "\0".join(message).encode(), "\0".join(text).encode()


def _table(entries: Sequence[bytes], start: int) -> bytes:
    rows = []
    for entry in entries:
        rows.append(struct.pack("<2I", len(entry), start))
        start += len(entry) + 1
    return b"".join(rows)


def _short(message: Message) -> str:
    first = message[0].replace("\n", "\\n")
    return f'"{first[:80]}{"..." if len(first) > 80 else ""}"'  # noqa: PLR2004  # fits a line of a terminal


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\n", "\\n")
    return f'"{escaped}"'


def _compile(root: Path) -> list[str]:
    told = french(root)
    if not told.faults:
        (root / COMPILED).parent.mkdir(parents=True, exist_ok=True)
        (root / COMPILED).write_bytes(mo_bytes(told.texts))
    return told.faults


def main(arguments: Sequence[str] | None = None) -> int:
    """Compile, check, or print what is missing; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else None)
    parser.add_argument("task", choices=["compile", "check", "missing"])
    asked = parser.parse_args(arguments)
    if asked.task == "missing":
        print("\n".join(stanzas(ROOT)), end="")
        return 0
    faults = _compile(ROOT) if asked.task == "compile" else check(ROOT)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
