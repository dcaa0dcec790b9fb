"""
What can go wrong between the ledger and a TPM.

A chip that is not there (8), programs that are not installed (9) and a chip that is not the one that sealed the root
keys (7) ask for different things. What the programs print is never repeated: only the chip's own answer code is.
"""

from __future__ import annotations

from ledger.errors import Conflict, IntegrityBroken, Misconfigured
from ledger.sealing.failures import KeyStoreUnavailable
from ledger.translation import mark


class TpmUnavailable(KeyStoreUnavailable):
    """The chip is not there, or does not answer in time."""

    sentence = mark("The TPM that holds the root key does not answer.")
    advice = mark(
        "Check that the TPM is switched on, that the ledger's account belongs to the group of its device, and that "
        "the address is right, for example device:/dev/tpmrm0. Nothing was opened."
    )


class TpmRefusal(KeyStoreUnavailable):
    """The chip answered with an error that this version gives no name to."""

    sentence = mark("The TPM refused to work ({program}, answer {answer}).")
    advice = mark("Try again; if it happens again, give the answer to the person who runs the machine.")


class TpmLocked(KeyStoreUnavailable):
    """The chip defends itself against guessing."""

    sentence = mark("The TPM is locked after too many wrong attempts.")
    advice = mark("Wait until it unlocks by itself, then look for the program that guessed. Do not clear the TPM.")


class TpmToolsMissing(Misconfigured):
    """The programs that speak with the chip are not installed."""

    sentence = mark("The program {program} is not installed: without it nothing can be asked of the TPM.")
    advice = mark("Install the package tpm2-tools, version 5 or later, then try again.")


class TpmReplaced(IntegrityBroken):
    """The chip was cleared or replaced: what it had sealed does not open on it."""

    sentence = mark("This TPM is not the one that sealed the root key, or it was cleared.")
    advice = mark(
        "The root keys that it held are lost. Open the ledger with another holder, then enrol this TPM anew in an "
        "empty folder. Without another holder the loss is a breach of availability: call the data protection officer."
    )


class TpmCounterTaken(Misconfigured):
    """The counter's place in the chip belongs to something else."""

    sentence = mark("The place {index} of the TPM is taken by something else than this ledger's counter.")
    advice = mark("Choose another place between 0x01800000 and 0x01bfffff; what is there was left as it is.")


class RootEpochPassed(Conflict):
    """A root of an epoch that was destroyed, or that comes before one already kept, can't be kept."""

    sentence = mark("The TPM keeps no root key for epoch {epoch}: that epoch has passed.")
    advice = mark("Keep the root of the current epoch; the older ones are not needed.")


class RootStillOpens(IntegrityBroken):
    """A root that was to be destroyed still opens after the counter moved."""

    sentence = mark("The TPM still opens the root key of epoch {epoch}, which was to be destroyed.")
    advice = mark(
        "The destruction is not complete. The file of the sealed root keys was altered: call the data protection "
        "officer and the person who runs the machine."
    )
