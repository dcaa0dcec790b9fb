"""
Values that stand nowhere else in the world, and a search that knows them in every usual disguise.

Everything here is obviously invented. A value is looked for as it was typed and in the spellings by which it may have
been kept (upper case, without accents or blanks), each in the encodings in which programs write: UTF-8, UTF-16, UTF-32,
Latin-1, hexadecimal, base64 at its three alignments, and the escapes of JSON, Python, C, URLs, HTML and mails.
"""

from __future__ import annotations

import html
import quopri
import re
import unicodedata
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote

_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")  # combining accents are among them
LEAST_BYTES = 6
"""A shorter string is found by chance among random bytes."""

PERSONAL = {
    "family name": ("Xylophémarque",),
    "given name": ("Zébulinette-Témoin",),
    "birth date": ("23/07/1971", "1971-07-23", "23.07.1971", "23-07-1971"),
    "phone": ("06 98 71 54 32", "0698715432", "06.98.71.54.32", "+33698715432"),
    "mail": ("zebulinette.temoin@marque-exemple.fr",),
    "address": ("17 impasse du Vérificateur-Caché",),
    "representative": ("Quorvexine Fantômatique",),
    "duplicate": ("Yvarnoldine",),
    "corrected name": ("Xylophémarque-Dérivée",),
    "corrected birth date": ("24/08/1972", "1972-08-24", "24.08.1972", "24-08-1972"),
    "new phone": ("07 13 57 91 13", "0713579113"),
    "new mail": ("autre-boite@marque-exemple.fr",),
    "new address": ("4 venelle des Traces-Perdues",),
    "received family name": ("Wendelmarque",),
    "received given name": ("Kalixandre-Fictif",),
    "received birth date": ("05/11/1966", "1966-11-05", "05.11.1966", "05-11-1966"),
    "delegate": ("Chloéranthe Déléguémarque",),
    "agent": ("Bobélius Fictivarque",),
    "agent's login": ("login-bobelius",),
    "officer": ("Doraline Inventarque",),
    "officer's login": ("login-doraline",),
    "leaver": ("Gaspardin Partimarque",),
    "leaver's login": ("login-gaspardin",),
    "referent": ("Hermioline Référarque",),
    "referent's phone": ("02 43 71 59 86", "0243715986"),
    "referent's mail": ("hermioline@partenaire-exemple.fr",),
    "kept value": ("QXKEPT71540982ZW",),
    "note of the opening": ("revient mercredi avec sa pochette turquoise",),
    "note of the contact": ("a rappelé depuis la cabine ensoleillée",),
    "note of the work": ("attend une lettre du moulin à vent",),
    "note of the review": ("curiosité du collègue au guichet voisin",),
    "note of the disclosure": ("maréchal des logis venu sans képi",),
    "note of the confirmation": ("réserve de la déléguée sur l'étendue",),
    "second delegate": ("Philoménarque Délégante",),
    "second delegate's login": ("login-philomene",),
    "reason of the hold": ("un recours de la voisine au perroquet",),
    "reason of the urgency": ("la toiture menaçait la véranda mitoyenne",),
    "account of the breach": ("une sacoche oubliée près du kiosque à musique",),
    "who told of the breach": ("Anselmine Signalarque",),
    "number of who told": ("poste quarante-sept-ter",),
    "grounds of the breach": ("le gardien du square l'a rendue vide",),
    "officer's words": ("prudence, dit la déléguée au parapluie vert",),
    "reason of a decision": ("le kiosque est resté fermé tout l'hiver",),
    "remedy of the breach": ("un cadenas à la sacoche de secours",),
    "new facts of the breach": ("une photo de la sacoche circule au marché",),
}  # fmt: skip
"""What is about a person, by what it is, in the ways in which it may be spelled."""

WORDS_OF_PEOPLE = (
    "Xylophémarque", "Zébulinette", "Vérificateur-Caché", "Quorvexine", "Yvarnoldine", "Wendelmarque", "Kalixandre",
    "Chloéranthe", "Déléguémarque", "Bobélius", "Fictivarque", "Doraline", "Gaspardin", "Hermioline",
)  # fmt: skip
"""Words that betray a person even when they stand apart from the rest of the name."""


class _Needles(NamedTuple):
    exact: frozenset[bytes]
    folded: frozenset[bytes]
    """Looked for in the bytes with their ASCII letters made small."""
    anchors: frozenset[bytes]
    """Where none of these stands, none of the folded ones does: this makes the search quick."""
    squeezed: frozenset[str]
    """Looked for in the text without case, accents, blanks and punctuation."""


class Search:
    """Finds which of many values stand in some bytes, in any disguise."""

    def __init__(self, values: Mapping[str, Iterable[str]], *, respelled: bool = True) -> None:
        """Prepare; codes are never `respelled`: nobody folds their case or their accents."""
        self._needles = {name: _needles(spellings, respelled=respelled) for name, spellings in values.items()}
        self._plain = {name: [spelling.encode() for spelling in spellings] for name, spellings in values.items()}

    @classmethod
    def for_people(cls) -> Search:
        """Look for everything that is about a person."""
        return cls({**PERSONAL, **{word: (word,) for word in WORDS_OF_PEOPLE}})

    def found(self, content: bytes) -> set[str]:
        """Give the names of the values that stand in these bytes."""
        lowered, squeezed = content.lower(), squeeze(content.decode(errors="ignore"))
        return {
            name
            for name, needles in self._needles.items()
            if any(needle in content for needle in needles.exact)
            or (any(a in lowered for a in needles.anchors) and any(needle in lowered for needle in needles.folded))
            or any(needle in squeezed for needle in needles.squeezed)
        }

    def found_plainly(self, content: bytes) -> set[str]:
        """Give the names of the values that stand in these bytes just as they were typed; for very large files."""
        return {name for name, spellings in self._plain.items() if any(each in content for each in spellings)}


def squeeze(text: str) -> str:
    """Give a text without case, accents, blanks and punctuation."""
    return _NOT_ALPHANUMERIC.sub("", unicodedata.normalize("NFKD", text).casefold())


def disguises(value: str) -> Iterator[tuple[str, bytes]]:
    """Give a value in every disguise that the search knows, each by its name."""
    for spelling in sorted(_spellings(value)):
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "latin-1"):
            if _encodes(spelling, encoding):
                yield f"{encoding} of {spelling}", spelling.encode(encoding)
        yield from _escaped(spelling)
    for spelling in sorted(_spellings_in_base64(value)):
        for kind, encode in (("base64", b64encode), ("base64url", urlsafe_b64encode)):
            for encoding in ("utf-8", "utf-16-le"):
                yield f"{kind} of {spelling} in {encoding}", encode(spelling.encode(encoding))
                yield f"{kind} of {spelling} in {encoding}, within", encode(b"x" + spelling.encode(encoding) + b"yz")


def _escaped(spelling: str) -> Iterator[tuple[str, bytes]]:
    content = spelling.encode()
    yield f"hex of {spelling}", content.hex().encode()
    yield f"capital hex of {spelling}", content.hex().upper().encode()
    yield f"hex of UTF-16 of {spelling}", spelling.encode("utf-16-le").hex().encode()
    yield f"JSON of {spelling}", _json_escaped(spelling)
    yield f"bytes in Python of {spelling}", ascii(content)[2:-1].encode()
    yield f"text in Python of {spelling}", ascii(spelling)[1:-1].encode()
    yield f"octal of {spelling}", "".join(chr(byte) if byte < 128 else f"\\{byte:03o}" for byte in content).encode()
    yield f"URL of {spelling}", quote(spelling).encode()
    yield f"URL form of {spelling}", quote(spelling, safe="").replace("%20", "+").encode()
    yield f"HTML of {spelling}", spelling.encode("ascii", "xmlcharrefreplace")
    yield f"HTML quotes of {spelling}", html.escape(spelling).encode()
    yield f"mail of {spelling}", quopri.encodestring(content).rstrip(b"\n")


def _json_escaped(spelling: str) -> bytes:
    return "".join(char if char.isascii() else f"\\u{ord(char):04x}" for char in spelling).encode()


def _needles(spellings: Iterable[str], *, respelled: bool) -> _Needles:
    exact: set[bytes] = set()
    folded: set[bytes] = set()
    bare: set[str] = set()
    for value in spellings:
        for spelling in _spellings(value) if respelled else (value,):
            for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "latin-1"):
                if _encodes(spelling, encoding):
                    folded.add(spelling.encode(encoding).lower())
            folded |= {content.lower() for _, content in _escaped(spelling)}
        for spelling in _spellings_in_base64(value) if respelled else (value,):
            for encoding in ("utf-8", "utf-16-le"):
                exact |= _base64_cores(spelling.encode(encoding))
        if respelled and any(char.isalpha() for char in value):  # bare digits are found by chance among digits
            bare.add(squeeze(value))
    long = {needle for needle in folded if len(needle) >= LEAST_BYTES}
    short = {word for word in bare if len(word) >= LEAST_BYTES}
    return _Needles(frozenset(exact), frozenset(long), _anchors(spellings, long), frozenset(short))


def _anchors(spellings: Iterable[str], needles: set[bytes]) -> frozenset[bytes]:
    """Give what every needle holds one of: the longest part of a value that no disguise takes apart."""
    runs = {max(re.findall(r"[a-z0-9]+", value.lower()), key=len) for value in spellings}
    anchors = {run.encode(encoding) for run in runs for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le")}
    anchors |= {run.encode(encoding).hex().encode() for run in runs for encoding in ("utf-8", "utf-16-le")}
    return frozenset(anchors | {needle for needle in needles if not any(anchor in needle for anchor in anchors)})


def _spellings(value: str) -> set[str]:
    """Give a value as it may have been kept: composed or not, in each case, with and without accents."""
    forms = {value, _without_accents(value), unicodedata.normalize("NFD", value)}
    return {case for form in forms for case in (form, form.upper(), form.lower(), form.casefold())}


def _spellings_in_base64(value: str) -> set[str]:
    """Give a value as it may have been kept before it was encoded in base64, where case can't be folded any more."""
    plain = _without_accents(value)
    return {value, value.lower(), plain.lower(), plain.upper()}


def _without_accents(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def _base64_cores(content: bytes) -> set[bytes]:
    """Give what base64 makes of some bytes at each of its three alignments, without what depends on the neighbours."""
    cores = set()
    for shift in range(3):
        for encode in (b64encode, urlsafe_b64encode):
            whole = encode(b"\0" * shift + content)
            first, last = (4 if shift else 0), len(whole) - (4 if (shift + len(content)) % 3 else 0)
            cores.add(whole[first:last])
    return {core for core in cores if len(core) >= LEAST_BYTES}


def _encodes(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
