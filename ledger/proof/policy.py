"""
Policies: which logs are trusted, which witnesses, and how many of them must have signed what a log says of itself.

A policy is a text of lines, whose words are parted by blanks; what follows "#" is a remark:

    log KEY                             a log, by its verifier key (type 0x01), under the name of any of its origins
    witness NAME KEY                    a witness, by its verifier key (type 0x04)
    group NAME any|all|N MEMBER...      is met where so many of its members are; members stand before their group
    quorum NAME|none                    what must be met: a witness, a group, or nobody; once

The key of a log signs under the name of each of its origins: its name is taken for the ledger's, up to the stroke.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from ledger.errors import Invalid
from ledger.limits import POLICY_LINES
from ledger.proof.notes import Algorithm, Note, VerifierKey, VerifierKeyMalformed, keys_under
from ledger.translation import mark

_NUMBER = re.compile("[1-9][0-9]{0,3}")
_RESERVED = frozenset({"none", "any", "all"})
NOBODY = "none"


class PolicyMalformed(Invalid):
    """A line of a policy says nothing that a policy says."""

    sentence = mark("Line {line} of the policy is not written as it must be.")
    advice = mark(
        "A line is: log KEY, witness NAME KEY, group NAME any|all|NUMBER MEMBERS, or quorum NAME|none. "
        "Nothing was kept."
    )


class PolicyKeyInvalid(PolicyMalformed):
    """What stands for a key is none, or one of another kind."""

    sentence = mark("Line {line} of the policy: this is not a key of the kind that stands there.")
    advice = mark(
        "Copy the key whole: logs print theirs with `ledger proof log-key`, witnesses with `ledger witness show`."
    )


class PolicyKeyTwice(PolicyMalformed):
    """A key stands twice: a witness with two names would count twice."""

    sentence = mark("Line {line} of the policy: this key stands there already.")
    advice = mark("Name each witness once.")


class PolicyNameTaken(PolicyMalformed):
    """Two things bear one name, or a name is a word of the policy itself."""

    sentence = mark("Line {line} of the policy: the name {name} is taken.")
    advice = mark("Give each witness and each group a name of its own, other than none, any and all.")


class PolicyNameUnknown(PolicyMalformed):
    """A member, or the quorum, is nobody who was named before."""

    sentence = mark("Line {line} of the policy: nobody is named {name} above.")
    advice = mark("Name witnesses before the groups that they are in, and groups before the quorum.")


class PolicyNumberImpossible(PolicyMalformed):
    """More are asked for than there are."""

    sentence = mark("Line {line} of the policy: so many members can't sign.")
    advice = mark("Write any, all, or a number from 1 to that of the members, each of them once.")


class PolicyWithoutQuorum(PolicyMalformed):
    """A policy does not say what must be met."""

    sentence = mark("The policy names no quorum, or has more than {limit} lines.")
    advice = mark('End it with the line "quorum NAME", or "quorum none" where no witness is asked for.')


@dataclass(frozen=True)
class Group:
    """Members, of whom so many must have signed."""

    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """What is trusted, and what must be met."""

    logs: tuple[VerifierKey, ...]
    witnesses: dict[str, VerifierKey]
    groups: dict[str, Group]
    quorum: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Read a policy.

        :raises PolicyMalformed: at the first line that is not written as it must be
        """
        lines = text.split("\n")
        reader = _Reader()
        for number, line in enumerate(lines[:POLICY_LINES], start=1):
            words = line.partition("#")[0].split()
            if words:
                reader.take(number, words)
        if reader.quorum is None or len(lines) > POLICY_LINES:
            raise PolicyWithoutQuorum(line=len(lines), limit=POLICY_LINES)
        return cls(tuple(reader.logs), reader.witnesses, reader.groups, reader.quorum)

    def log_keys(self, origin: str) -> list[VerifierKey]:
        """Give what checks the checkpoints of an origin."""
        return keys_under(origin, self.logs)

    def signers(self, note: Note) -> set[str]:
        """
        Give the names of the witnesses who signed a note.

        :raises NoteForged: if a signature claims to be of one and is not
        """
        return {name for name, key in self.witnesses.items() if note.signed_by(key) is not None}

    def is_met(self, note: Note) -> bool:
        """
        Say whether enough witnesses signed a note.

        :raises NoteForged: if a signature claims to be of one and is not
        """
        met = self.signers(note)
        for name, group in self.groups.items():
            if len(met.intersection(group.members)) >= group.needed:
                met.add(name)
        return self.quorum == NOBODY or self.quorum in met


class _Reader:
    """Takes the lines of a policy one by one."""

    def __init__(self) -> None:
        self.logs: list[VerifierKey] = []
        self.witnesses: dict[str, VerifierKey] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None

    def take(self, line: int, words: Sequence[str]) -> None:
        match words:
            case ["log", key]:
                self.logs.append(self._key(line, key, Algorithm.ED25519))
            case ["witness", name, key]:
                self._check_free(line, name)
                self.witnesses[name] = self._key(line, key, Algorithm.COSIGNATURE)
            case ["group", name, needed, *members] if members:
                self._check_free(line, name)
                self.groups[name] = self._group(line, needed, tuple(members))
            case ["quorum", name] if self.quorum is None:
                if name != NOBODY:
                    self._check_known(line, name)
                self.quorum = name
            case _:
                raise PolicyMalformed(line=line)

    def _key(self, line: int, text: str, kind: Algorithm) -> VerifierKey:
        try:
            key = VerifierKey.parse(text)
        except VerifierKeyMalformed as fault:
            raise PolicyKeyInvalid(line=line) from fault
        if key.algorithm is not kind:
            raise PolicyKeyInvalid(line=line)
        if key.public in {each.public for each in self.witnesses.values()}:
            raise PolicyKeyTwice(line=line)
        return key

    def _group(self, line: int, needed: str, members: tuple[str, ...]) -> Group:
        for member in members:
            self._check_known(line, member)
        number = {"any": "1", "all": str(len(members))}.get(needed, needed)
        if not _NUMBER.fullmatch(number) or int(number) > len(members) or len(set(members)) < len(members):
            raise PolicyNumberImpossible(line=line)
        return Group(int(number), members)

    def _check_free(self, line: int, name: str) -> None:
        if self._is_known(name) or name in _RESERVED:
            raise PolicyNameTaken(line=line, name=name)

    def _check_known(self, line: int, name: str) -> None:
        if not self._is_known(name):
            raise PolicyNameUnknown(line=line, name=name)

    def _is_known(self, name: str) -> bool:
        return name in self.witnesses or name in self.groups
