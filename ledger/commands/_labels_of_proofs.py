"""The words by which people read what signing and proving say as codes."""

from __future__ import annotations

from ledger.translation import mark

LABELS_OF_PROOFS = {
    "OriginReason.FIRST": mark("first signature"),
    "OriginReason.LOG_CAME_BACK": mark("a record came back"),
    "OriginReason.ARCHIVE_CAME_BACK": mark("an older archive came back, or it was lost"),
    "OriginReason.DECIDED": mark("decided"),
    "CheckpointReason.EVENTS": mark("so many records"),
    "CheckpointReason.TIME": mark("so much time"),
    "CheckpointReason.DESTRUCTION": mark("a destruction"),
    "CheckpointReason.DEMAND": mark("asked for"),
    "CheckpointReason.ORIGIN": mark("a new origin"),
}
