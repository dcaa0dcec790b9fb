"""
A witness: somebody outside who signs what a log says of itself, once it is seen to go on from what it said before.

Its folder holds `witness.key`, `logs/ID.keys` (the keys that are trusted for one ledger, a line each), `logs/ID.held`
(the checkpoint that it signed last, with its own signature; a line that says so before the first) and `evidence/`.
Invariants:

1. What is signed is in the folder, durable, before anybody is given the signature.
2. One process decides at a time, under a lock.
3. What is held is checked by the witness's own signature whenever it is read; what is lost is not taken for nothing.
4. The time of a signature is never before that of an earlier one for the same log.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from ledger.errors import (
    UNREPEATED,
    Conflict,
    IntegrityBroken,
    Invalid,
    LedgerError,
    Misconfigured,
    NotFound,
    Unavailable,
)
from ledger.owned_files import make_durable, place_once, replace_durably
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.cosigning import CosignatureRequest
from ledger.proof.following import (
    Continuity,
    LogContradictsItself,
    OriginForgets,
    RecordsMayBeLost,
    is_signed_by_log,
    judge,
)
from ledger.proof.notes import KEY_NAME, Algorithm, Note, NoteForged, NoteSignature, VerifierKey, cosigned_at, ledger_of
from ledger.proof.signing import NoteSigner
from ledger.translation import mark

_KEY_FILE = "witness.key"
_LEDGER = re.compile("[0-9a-f]{32}")
_ORIGIN = re.compile("[0-9a-f]{32}/e[1-9][0-9]{0,18}")
_TITLE = "ledger/1 evidence"
_NOTHING = b"nothing signed yet\n"
_NAME_CHARACTERS = 100


class WitnessAbsent(NotFound):
    """No witness keeps its things in this folder."""

    sentence = mark("There is no witness in this folder.")
    advice = mark("Give the right folder, or make a witness with `ledger witness init`.")


class WitnessPresent(Conflict):
    """The folder has a witness."""

    sentence = mark("There is a witness in this folder already; it was left as it is.")
    advice = mark("See it with `ledger witness show`, or choose another folder.")


class WitnessNameInvalid(Invalid):
    """The name can't stand in a key."""

    sentence = mark("The name of a witness has neither blanks nor plus signs, and at most 100 characters.")
    advice = mark("Choose one such as prefecture-53.example/temoin.")


class WitnessMemoryBroken(IntegrityBroken):
    """What the witness held is not what it wrote."""

    sentence = mark("What this witness held of a log is lost or was altered.")
    advice = mark(
        "It can't know any more what it signed, and signs nothing for this log. Make another witness with a key of its "
        "own, and tell the ledger why."
    )


class WitnessFolderUnwritable(Unavailable):
    """The folder of the witness can't be written just now."""

    sentence = mark("The folder of the witness can't be read or written ({fault}).")
    advice = mark("Check that its disk is there and has room, then give the same command again; nothing was signed.")


class LogUntrusted(NotFound):
    """The witness does not follow this log."""

    sentence = mark("This witness does not follow the ledger {ledger}.")
    unnamed = mark("This witness does not follow any such ledger.")
    advice = mark(
        "If its key reached you by a way that you trust, follow it: `ledger witness trust`. Nothing was signed."
    )


class NotKeyOfLog(Invalid):
    """A key is not that of a ledger."""

    sentence = mark("This is not the key of a ledger.")
    advice = mark("Give a line that `ledger proof log-key` prints.")


class CheckpointUnsigned(NoteForged):
    """No key that is trusted for the log signed the checkpoint."""

    sentence = mark("The checkpoint is not signed with a key of the ledger that this witness trusts.")
    advice = mark(
        "Nothing was signed. If the ledger changed its key, have the new one given to you by a way that you trust, "
        "then `ledger witness trust`."
    )


class ClockWentBack(Misconfigured):
    """The clock says an earlier time than at the last signature."""

    sentence = mark("The clock of this machine is earlier than at the last signature, {last}.")
    advice = mark("Set the clock right, then try again; nothing was signed.")


class Followed(NamedTuple):
    """A log that the witness follows."""

    ledger: str
    keys: tuple[VerifierKey, ...]
    held: Note | None
    cosigned_at: datetime | None

    @property
    def checkpoint(self) -> Checkpoint | None:
        """The checkpoint that the witness signed last."""
        return None if self.held is None else Checkpoint.parse(self.held.text)


class Cosigned(NamedTuple):
    """What the witness signed, and how it goes on from what it had signed before."""

    checkpoint: Checkpoint
    signature: NoteSignature
    continuity: Continuity


class Witness:
    """A witness in its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._logs = folder / "logs"
        self._signer = NoteSigner(folder / _KEY_FILE)

    def create(self, name: str) -> VerifierKey:
        """
        Make the key of a new witness, durably, and give what checks its signatures.

        :raises WitnessNameInvalid: if the name can't stand in a key
        :raises WitnessPresent: if the folder has a witness
        """
        if not KEY_NAME.fullmatch(name) or len(name) > _NAME_CHARACTERS:
            raise WitnessNameInvalid
        if (self._folder / _KEY_FILE).exists():
            raise WitnessPresent
        with _told():
            self._logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._signer.create(name)
        return self.key()

    def key(self) -> VerifierKey:
        """
        Give what checks the signatures of this witness.

        :raises WitnessAbsent: if there is none
        """
        if not (self._folder / _KEY_FILE).exists():
            raise WitnessAbsent
        return self._signer.cosigner_key()

    def trust(self, key: VerifierKey) -> bool:
        """
        Follow a log, or take another key of one that is followed; say whether it was not known.

        :raises NotKeyOfLog: if it is no key of a ledger
        """
        ledger = ledger_of(key.name)
        if key.algorithm is not Algorithm.ED25519 or not _LEDGER.fullmatch(ledger):
            raise NotKeyOfLog
        with self._alone():
            known = self._keys(ledger)
            if key.public in {each.public for each in known}:
                return False
            with _told():
                if not known:
                    with suppress(FileExistsError):  # cut short after this line, it is taken up
                        place_once(self._held_file(ledger), _NOTHING)
                lines = "".join(f"{each}\n" for each in (*known, key))
                replace_durably(self._keys_file(ledger), lines.encode())
        return True

    def followed(self) -> list[Followed]:
        """
        Give every log that is followed.

        :raises WitnessAbsent: if there is no witness
        :raises WitnessMemoryBroken: if what was held is lost or altered
        """
        own = self.key()
        with _told():
            ledgers = sorted(path.stem for path in self._logs.glob("*.keys"))
        return [self._followed(ledger, own) for ledger in ledgers]

    def cosign(self, request: CosignatureRequest, *, at: datetime, accepts_loss: bool = False) -> Cosigned:
        """
        Sign a checkpoint that goes on from what was signed before; it is held, durably, before it is given.

        :raises LogUntrusted: if the log is not followed
        :raises CheckpointUnsigned: if no trusted key of the log signed it
        :raises OtherSizeHeld: if its proof begins at another size than the one that is held
        :raises LogContradictsItself: if it does not go on from what is held; both are kept as evidence
        :raises ClockWentBack: if the clock is earlier than at the last signature
        """
        checkpoint = request.checkpoint
        with self._alone():
            own = self.key()
            followed = self._trusted(checkpoint.origin, request.note, own)
            try:
                continuity = judge(followed.checkpoint, request, followed.keys, accepts_loss=accepts_loss)
            except (LogContradictsItself, OriginForgets, RecordsMayBeLost) as fault:
                kept = self._keep_evidence(fault.code, followed, request, at=at)
                raise type(fault)(**{**fault.details, "evidence": kept.name}) from fault
            if continuity is Continuity.RECORDS_LOST:
                self._keep_evidence("ACCEPTED_LOSS", followed, request, at=at)
            signature = self._sign(checkpoint, followed, at=at)
            line = _line_of_log(request.note, checkpoint.origin, followed.keys)
            held = Note(request.note.text, (line, signature))
            with _told():
                replace_durably(self._held_file(followed.ledger), str(held).encode())
        return Cosigned(checkpoint, signature, continuity)

    def _sign(self, checkpoint: Checkpoint, followed: Followed, *, at: datetime) -> NoteSignature:
        second = int(at.timestamp())
        if followed.cosigned_at is not None and second < int(followed.cosigned_at.timestamp()):
            raise ClockWentBack(last=followed.cosigned_at.isoformat())
        return self._signer.cosign(checkpoint.text(), at=second)

    def _trusted(self, origin: str, note: Note, own: VerifierKey) -> Followed:
        ledger = ledger_of(origin)
        if not _ORIGIN.fullmatch(origin) or not self._keys_file(ledger).exists():
            raise LogUntrusted(ledger=ledger if _LEDGER.fullmatch(ledger) else UNREPEATED)
        followed = self._followed(ledger, own)
        if not is_signed_by_log(note, origin, followed.keys):
            raise CheckpointUnsigned
        return followed

    def _followed(self, ledger: str, own: VerifierKey) -> Followed:
        try:
            content = self._held_file(ledger).read_bytes()
            keys = self._keys(ledger)
            if not keys:
                raise WitnessMemoryBroken
            if content == _NOTHING:
                return Followed(ledger, keys, None, None)
            held = Note.parse(content)
            signature = held.signed_by(own)
            checkpoint = Checkpoint.parse(held.text)
        except (FileNotFoundError, IntegrityBroken) as fault:
            raise WitnessMemoryBroken from fault
        except OSError as fault:
            raise WitnessFolderUnwritable(fault=type(fault).__name__) from fault
        if signature is None or ledger_of(checkpoint.origin) != ledger:
            raise WitnessMemoryBroken
        return Followed(ledger, keys, held, cosigned_at(signature))

    def _keys(self, ledger: str) -> tuple[VerifierKey, ...]:
        try:
            lines = self._keys_file(ledger).read_text(encoding="utf-8").splitlines()
            return tuple(VerifierKey.parse(line) for line in lines)
        except FileNotFoundError:
            return ()
        except (Invalid, UnicodeDecodeError) as fault:
            raise WitnessMemoryBroken from fault
        except OSError as fault:
            raise WitnessFolderUnwritable(fault=type(fault).__name__) from fault

    def _keep_evidence(self, code: str, followed: Followed, request: CosignatureRequest, *, at: datetime) -> Path:
        """Keep what is held and what was asked, as they are signed; the same again is kept once."""
        asked = str(request)
        digest = sha256(asked.encode()).hexdigest()[:16]
        path = self._folder / "evidence" / f"{followed.ledger}-{digest}-{code.lower().replace('_', '-')}.txt"
        text = f"{_TITLE}\n{code}\n{at.isoformat(timespec='seconds')}\n\n{followed.held}\n{asked}"
        with _told(), suppress(FileExistsError):
            path.parent.mkdir(mode=0o700, exist_ok=True)
            make_durable(self._folder)
            place_once(path, text.encode())
        return path

    def _keys_file(self, ledger: str) -> Path:
        return self._logs / f"{ledger}.keys"

    def _held_file(self, ledger: str) -> Path:
        return self._logs / f"{ledger}.held"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Decide while nobody else does."""
        if not (self._folder / _KEY_FILE).exists():
            raise WitnessAbsent
        with _told():
            descriptor = os.open(self._folder / "witness.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _line_of_log(note: Note, origin: str, keys: Sequence[VerifierKey]) -> NoteSignature:
    """Give the line by which the log signed, which was checked."""
    own = [VerifierKey(origin, key.algorithm, key.public) for key in keys]
    return next(line for key in own if (line := note.signed_by(key)) is not None)


@contextmanager
def _told() -> Iterator[None]:
    """Say in our words what the operating system says of the folder."""
    try:
        yield
    except LedgerError:
        raise
    except FileExistsError:
        raise
    except OSError as fault:
        raise WitnessFolderUnwritable(fault=type(fault).__name__) from fault
