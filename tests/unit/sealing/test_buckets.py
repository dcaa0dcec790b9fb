"""What stands in a bucket of the key tree, for ever: keys behind one another, or the entries of the blind index."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.sealing.index import blob_of, entries_in
from ledger.sealing.kdf import KeySet
from ledger.sealing.tree import ENTRY_BYTES, _key_in
from ledger.sealing.wrapping import of_contents, unwrap

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "boxes" / "buckets.json").read_text(encoding="utf-8"))
LEDGER = UUID("11111111-1111-4111-8111-111111111111")


def opened(kind: str) -> bytes:
    said = GOLDEN[kind]
    bound_to = of_contents(LEDGER, kind=kind, bucket=said["bucket"], made_in=said["made_in"])
    return unwrap(AESGCM(bytes.fromhex(GOLDEN["under"])), bytes.fromhex(said["sealed"]), bound_to=bound_to, what=kind)


def test_a_bucket_of_keys_from_any_time_gives_its_keys() -> None:
    content, held = opened("keys"), GOLDEN["keys"]["held"]
    assert content == b"".join([UUID(each["id"]).bytes + bytes.fromhex(each["key"]) for each in held])
    assert len(content) == 2 * ENTRY_BYTES
    for each in held:
        found = _key_in(content, UUID(each["id"]).bytes, KeySet)
        assert found is not None
        assert found.link(b"x") == KeySet(bytes.fromhex(each["key"])).link(b"x")


def test_what_looks_like_an_id_within_a_key_is_none() -> None:
    content = opened("keys")
    for start in range(1, len(content) - 16):
        if start % ENTRY_BYTES:
            assert _key_in(content, content[start : start + 16], KeySet) is None


def test_a_bucket_of_tokens_from_any_time_gives_its_entries_and_is_written_the_same() -> None:
    entries = [(bytes.fromhex(tag), bytes.fromhex(found)) for tag, found in GOLDEN["tokens"]["entries"]]
    assert entries_in(opened("tokens")) == entries
    assert blob_of(entries) == opened("tokens")
