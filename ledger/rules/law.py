"""
The law in force: the catalogue, the partners, one profile and the house files, with the digests that events carry.

Each part is read and checked on first use. A folder of one's own overrides the packaged files one by one, so that a
data protection officer copies only what is to be changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ledger.errors import Misconfigured
from ledger.rules.catalogue import Catalogue
from ledger.rules.houses import HouseFile, UnknownHouse
from ledger.rules.partners import Partners
from ledger.rules.problems import LawInvalid, problem
from ledger.rules.profile import Profile
from ledger.rules.search import shown_reference
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.rules.assessment import AssessmentRules
    from ledger.rules.clock_packs import RulePacks
    from ledger.rules.management_table import ManagementTable

PACKAGED = Path(__file__).parent / "data"


class LawMissing(Misconfigured):
    """A file of law that is needed is not there."""

    sentence = mark("The law file {file} is missing.")
    unnamed = mark("A law file is missing.")
    advice = mark("Give a profile that exists, or put the file in the folder of law.")


class Digests(NamedTuple):
    """SHA-256 (hexadecimal) of the law in force: what an event's header carries."""

    catalogue: str
    profile: str
    rules: str


@dataclass(frozen=True)
class Law:
    """The law as data, from a folder of one's own over the packaged files."""

    folder: Path | None
    profile_code: str

    def with_profile(self, code: str) -> Law:
        """Give the same law with another profile."""
        return load_law(self.folder, code)

    @cached_property
    def partners(self) -> Partners:
        """The partners and recipients."""
        from ledger.rules.partners_file import read_partners

        return read_partners(self._bytes("partners.toml"), file=self._name("partners.toml"))

    @cached_property
    def catalogue(self) -> Catalogue:
        """The catalogue of procedures."""
        from ledger.rules.catalogue_file import read_catalogue

        return read_catalogue(self._bytes("catalogue.toml"), file=self._name("catalogue.toml"), partners=self.partners)

    @cached_property
    def profile(self) -> Profile:
        """The profile of the département."""
        from ledger.rules.profile_file import read_profile

        return read_profile(self._bytes(self._profile), file=self._name(self._profile), partners=self.partners)

    @cached_property
    def archives(self) -> ManagementTable:
        """The management table of the archives; a slip names its digest, no judgement rests on it."""
        from ledger.rules.management_table import read_management_table

        return read_management_table(self._bytes("archives.toml"), file=self._name("archives.toml"))

    @cached_property
    def assessment(self) -> AssessmentRules:
        """The measure of breaches; it informs those who decide, no judgement rests on it."""
        from ledger.rules.assessment_file import read_assessment

        return read_assessment(self._bytes("assessment.toml"), file=self._name("assessment.toml"))

    @cached_property
    def clocks(self) -> RulePacks:
        """The rule packs of the legal clocks, with the holidays."""
        from ledger.rules.clock_packs_file import read_clock_packs

        return read_clock_packs(self._bytes("clocks.toml"), file=self._name("clocks.toml"))

    @cached_property
    def houses(self) -> Mapping[str, HouseFile]:
        """The house files by their codes."""
        names = sorted({path.name for folder in self._folders for path in folder.glob("houses/*.toml")})
        found: dict[str, HouseFile] = {}
        for name in names:
            house = self.house_at(self._path(f"houses/{name}"))
            if house.code in found:
                raise LawInvalid([problem("DUPLICATE", file=f"houses/{name}", code=house.code)])
            found[house.code] = house
        return found

    @cached_property
    def profile_codes(self) -> frozenset[str]:
        """The codes of the profiles that are there."""
        return frozenset(path.stem for folder in self._folders for path in folder.glob("profiles/*.toml"))

    def house(self, code: str) -> HouseFile:
        """
        Give the house file of this code.

        :raises UnknownHouse: if there is none
        """
        found = self.houses.get(code)
        if found is None:
            raise UnknownHouse(reference=shown_reference(code))
        return found

    def house_at(self, path: Path) -> HouseFile:
        """
        Read a house file that stands anywhere, against the law in force.

        :raises LawInvalid: with every problem found
        :raises OSError: if it can't be read
        """
        from ledger.rules.document import read_bytes
        from ledger.rules.houses_file import read_house

        return read_house(read_bytes(path), file=str(path), partners=self.partners, profiles=self.profile_codes)

    @cached_property
    def digests(self) -> Digests:
        """
        The digests of the catalogue, the profile, and the rules (partners and recipients).

        A house file is a fact about a house, recorded when the house is registered: it is not law.
        """
        return Digests(
            catalogue=_digest(self._bytes("catalogue.toml")),
            profile=_digest(self._bytes(self._profile)),
            rules=_digest(self._bytes("partners.toml")),
        )

    @property
    def _profile(self) -> str:
        if self.profile_code not in self.profile_codes:
            raise LawMissing(file=f"profiles/{shown_reference(self.profile_code)}.toml")
        return f"profiles/{self.profile_code}.toml"

    @property
    def _folders(self) -> tuple[Path, ...]:
        return (self.folder, PACKAGED) if self.folder else (PACKAGED,)

    def _path(self, name: str) -> Path:
        for folder in self._folders:
            if (folder / name).is_file():
                return folder / name
        raise LawMissing(file=shown_reference(name))

    def _name(self, name: str) -> str:
        path = self._path(name)
        return name if path.is_relative_to(PACKAGED) else str(path)

    def _bytes(self, name: str) -> bytes:
        from ledger.rules.document import read_bytes

        return read_bytes(self._path(name))


def _digest(content: bytes) -> str:
    return sha256(content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")).hexdigest()


@lru_cache(maxsize=8)
def load_law(folder: Path | None = None, profile: str = "mayenne") -> Law:
    """
    Give the law of a folder over the packaged one, with a profile; parts are read when first asked for.

    :raises LawMissing: on first use of a part whose file is not there
    :raises LawInvalid: on first use of a part whose file is wrong; every problem is listed
    """
    return Law(folder, profile)
