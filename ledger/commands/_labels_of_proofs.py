"""The words by which people read what signing and proving say as codes."""

from __future__ import annotations

from ledger.translation import mark

LABELS_OF_PROOFS = {
    "Continuity.FIRST": mark("the first one"),
    "Continuity.SAME": mark("the same as before"),
    "Continuity.GROWN": mark("goes on from the one before"),
    "Continuity.NEW_ORIGIN": mark("a new origin, nothing is lost"),
    "Continuity.RECORDS_LOST": mark("a new origin, records may be lost"),
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
