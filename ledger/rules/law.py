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
from typing import NamedTuple

from ledger.errors import Misconfigured
from ledger.rules.catalogue import Catalogue
from ledger.rules.houses import HouseFile
from ledger.rules.partners import Partners
from ledger.rules.profile import Profile
from ledger.translation import mark

PACKAGED = Path(__file__).parent / "data"


class LawMissing(Misconfigured):
    """A file of law that is needed is not there."""

    sentence = mark("The law file {file} is missing.")
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

    @cached_property
    def partners(self) -> Partners:
        """The partners and recipients."""
        from ledger.rules.partners_file import read_partners

        return read_partners(self._bytes("partners.toml"), file=self._name("partners.toml"))

    @cached_property
    def catalogue(self) -> Catalogue:
        """The catalogue of procedures."""
        from ledger.rules.catalogue_file import read_catalogue

        return read_catalogue(
            self._bytes("catalogue.toml"), file=self._name("catalogue.toml"), partners=self.partners
        )

    @cached_property
    def profile(self) -> Profile:
        """The profile of the département."""
        from ledger.rules.profile_file import read_profile

        name = f"profiles/{self.profile_code}.toml"
        return read_profile(self._bytes(name), file=self._name(name), partners=self.partners)

    @cached_property
    def houses(self) -> Mapping[str, HouseFile]:
        """The house files by their codes."""
        from ledger.rules.houses_file import read_house

        names = sorted({path.name for folder in self._folders for path in folder.glob("houses/*.toml")})
        found = [
            read_house(
                self._bytes(f"houses/{name}"),
                file=self._name(f"houses/{name}"),
                partners=self.partners,
                profiles=self.profile_codes,
            )
            for name in names
        ]
        return {house.code: house for house in found}

    @cached_property
    def profile_codes(self) -> frozenset[str]:
        """The codes of the profiles that are there."""
        return frozenset(path.stem for folder in self._folders for path in folder.glob("profiles/*.toml"))

    @cached_property
    def digests(self) -> Digests:
        """
        The digests of the catalogue, the profile, and the rules (partners and recipients).

        A house file is a fact about a house, recorded when the house is registered: it is not law.
        """
        return Digests(
            catalogue=_digest(self._bytes("catalogue.toml")),
            profile=_digest(self._bytes(f"profiles/{self.profile_code}.toml")),
            rules=_digest(self._bytes("partners.toml")),
        )

    @property
    def _folders(self) -> tuple[Path, ...]:
        return (self.folder, PACKAGED) if self.folder else (PACKAGED,)

    def _path(self, name: str) -> Path:
        for folder in self._folders:
            if (folder / name).is_file():
                return folder / name
        raise LawMissing(file=name)

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
