"""
Version 2 keeps which streams lost what they sealed, so that those past everything are found without a search.

The index of boxes takes the position in: whether anything was sealed under a key since a plan is asked in one step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_BOXES_BY_KEY = ("DROP INDEX boxes_by_key", "CREATE INDEX boxes_by_key ON boxes (key_id, position)")
_PRUNABLE = "('access', 'mandate', 'procedure', 'subject')"

_SQLITE = (
    *_BOXES_BY_KEY,
    (
        "CREATE TABLE IF NOT EXISTS emptied "
        "(stream_id BLOB NOT NULL, destroyed INTEGER NOT NULL, PRIMARY KEY (stream_id)) STRICT, WITHOUT ROWID"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS emptied_delete BEFORE DELETE ON emptied "
        "WHEN (SELECT path FROM maintenance) NOT IN ('prune') "
        "BEGIN SELECT RAISE(ABORT, 'DELETE on emptied is refused'); END"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS emptied_update BEFORE UPDATE ON emptied "
        "WHEN (SELECT path FROM maintenance) NOT IN ('destroy') "
        "BEGIN SELECT RAISE(ABORT, 'UPDATE on emptied is refused'); END"
    ),
    (
        "INSERT INTO emptied (stream_id, destroyed) SELECT e.stream_id, MAX(f.destroyed) "
        "FROM events e, json_each(CAST(e.header AS TEXT), '$.boxes') b "
        "JOIN fences f ON lower(hex(f.key_id)) = json_extract(b.value, '$.key') "
        f"WHERE substr(e.topic, 1, instr(e.topic, '.') - 1) IN {_PRUNABLE} AND f.destroyed IS NOT NULL "
        "GROUP BY e.stream_id"
    ),
)

_POSTGRESQL = (
    *_BOXES_BY_KEY,
    "CREATE TABLE IF NOT EXISTS emptied (stream_id BYTEA NOT NULL, destroyed BIGINT NOT NULL, PRIMARY KEY (stream_id))",
    (
        "CREATE OR REPLACE TRIGGER emptied_delete BEFORE DELETE ON emptied "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change('prune')"
    ),
    (
        "CREATE OR REPLACE TRIGGER emptied_update BEFORE UPDATE ON emptied "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change('destroy')"
    ),
    (
        "CREATE OR REPLACE TRIGGER emptied_truncate BEFORE TRUNCATE ON emptied "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
    (
        "INSERT INTO emptied (stream_id, destroyed) SELECT e.stream_id, MAX(f.destroyed) FROM events e "
        "CROSS JOIN LATERAL json_array_elements(convert_from(e.header, 'UTF8')::json -> 'boxes') b "
        "JOIN fences f ON encode(f.key_id, 'hex') = b ->> 'key' "
        f"WHERE split_part(e.topic, '.', 1) IN {_PRUNABLE} AND f.destroyed IS NOT NULL GROUP BY e.stream_id"
    ),
)

STATEMENTS: Mapping[str, Sequence[str]] = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}
