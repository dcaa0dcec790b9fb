"""The port of whoever keeps the signing key: a file today (`ledger.proof.signing`), others may follow."""

from __future__ import annotations

from typing import Protocol, Self


class SigningCustody(Protocol):
    """Signs notes with a key that it gives to nobody, and can let another key follow."""

    def sign(self, text: str, *, name: str | None = None) -> str:
        """
        Give a text, which ends with a line feed, as a signed note, under the key's own name or another.

        :raises Unavailable: if the key can't be reached
        """
        ...

    def verifier_key(self, *, name: str | None = None) -> str:
        """
        Give what others need to check the notes that are signed under a name.

        :raises Unavailable: if the key can't be reached
        """
        ...

    def prepare_next(self, name: str) -> Self:
        """Make the key that is to come after this one, durably; one that is prepared already is taken."""
        ...

    def give_way(self) -> None:
        """Put the key that was prepared in the place of this one, which is gone then; without one, do nothing."""
        ...
