"""
A log that is forged by whoever owns the database is told, or is whole by the rules of the stored format.

A log is made as rows, forged anywhere, its tree made anew so that the hashes fit, and written into tables without any
type, key or trigger. Against the check, which reads in batches and parses as little as it can, stands a naive one that
is written from `docs/reference/storage-format.md`, reads all rows and parses every header.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from ledger.errors import LedgerError
from ledger.ranges import Ranges
from ledger.store.engine import SQLITE, Database
from ledger.store.header import BoxEntry, Header, HeaderMalformed, encode, parse
from ledger.store.verification import check_log

TABLES = {
    "leaves": {"position": "bigint", "leaf_hash": "bytea"},
    "tree_nodes": {"level": "bigint", "number": "bigint", "hash": "bytea"},
    "events": {
        "position": "bigint", "event_id": "bytea", "stream_id": "bytea", "stream_version": "numeric", "topic": "text",
        "recorded_at": "text", "header": "bytea",
    },
    "boxes": {"position": "bigint", "box_no": "bigint", "key_id": "bytea", "bytes": "bytea"},
    "links": {"key_id": "bytea"},
    "log_head": {"one": "bigint", "size": "bigint", "frontier": "bytea"},
    "store_format": {"one": "bigint", "version": "bigint", "ledger_id": "bytea"},
}  # fmt: skip
"""What a check reads, and what PostgreSQL is told that it is; SQLite is told nothing and keeps what it is given."""
SIZES = st.sampled_from([1, 2, 255, 256, 257, 300, 513])
SEEDS = st.integers(0, 2**32)


@dataclass
class Log:
    """All that a check reads, as rows; `headers` is what the product would have written."""

    ledger: bytes
    tables: dict[str, list[list[Any]]] = field(default_factory=lambda: {name: [] for name in TABLES})

    def rows(self, table: str) -> list[list[Any]]:
        return self.tables[table]

    def size(self) -> int:
        return len(self.rows("leaves"))

    def make_tree(self) -> None:
        """Hash what the headers are now, and put the nodes and the head that fit."""
        content = {row[0]: row[6] for row in self.rows("events")}
        for row in self.rows("leaves"):
            if isinstance(content.get(row[0]), bytes):
                row[1] = sha256(b"\0" + content[row[0]]).digest()
        leaves = [row[1] for row in sorted(self.rows("leaves"), key=lambda row: row[0])]
        self.tables["tree_nodes"] = [list(node) for node in nodes_of(leaves)]
        self.tables["log_head"] = [[1, len(leaves), frontier_of(leaves)]]


def root_of(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written there."""
    if len(leaves) == 1:
        return leaves[0]
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + root_of(leaves[:left]) + root_of(leaves[left:])).digest()


def nodes_of(leaves: list[bytes]) -> list[tuple[int, int, bytes]]:
    return [(8, n, root_of(leaves[n << 8 : n + 1 << 8])) for n in range(len(leaves) >> 8)]


def frontier_of(leaves: list[bytes]) -> bytes:
    edge, at = [], 0
    for bit in reversed(range(len(leaves).bit_length())):
        if len(leaves) >> bit & 1:
            edge.append(root_of(leaves[at : at + (1 << bit)]))
            at += 1 << bit
    return b"".join(edge)


def is_whole(log: Log, since: int) -> bool:
    """Check a log as the stored format says it, without any haste; up to `since` the tree only."""
    [[_, size, _]], [[_, _, owner]] = log.rows("log_head"), log.rows("store_format")
    read = sorted(row for row in log.rows("events") if row[0] > since)
    missing = set(range(since + 1, size + 1))
    if not is_tree_whole(log, size) or len({row[0] for row in read} & missing) != len(read):
        return False
    missing -= {row[0] for row in read}
    leaves = dict(log.rows("leaves"))
    headers = {row[0]: header_of(row, leaves[row[0]], owner) for row in read}
    if None in headers.values():
        return False
    known = {position: header for position, header in headers.items() if header is not None}
    return accounts_for_boxes(log, since, known) and accounts_for_headers(known, missing, since)


def is_tree_whole(log: Log, size: int) -> bool:
    """Check leaves, nodes and head, and that nothing stands beyond them."""
    leaves = dict(log.rows("leaves"))
    tree = [leaf for leaf in map(leaves.get, range(1, size + 1)) if isinstance(leaf, bytes) and len(leaf) == 32]
    if not len(log.rows("leaves")) == len(tree) == size:
        return False
    [[_, _, frontier]], nodes = log.rows("log_head"), sorted(map(tuple, log.rows("tree_nodes")))
    places = [row[0] for table in ("events", "boxes") for row in log.rows(table)]
    return frontier == frontier_of(tree) and nodes == nodes_of(tree) and all(0 < place <= size for place in places)


def accounts_for_boxes(log: Log, since: int, headers: dict[int, Header]) -> bool:
    """Check each box against its entry, and that those which are gone are of destroyed keys."""
    boxes = [row for row in log.rows("boxes") if row[0] > since]
    if {row[0] for row in boxes} - headers.keys():
        return False
    gone: set[bytes] = set()
    for position, header in headers.items():
        entries = {(position, no, box.key.bytes, box.sha256) for no, box in enumerate(header.boxes)}
        found = [box for box in boxes if box[0] == position]
        if len(found) != len({box[1] for box in found}) or {as_entry(box) for box in found} - entries:
            return False
        gone |= {key for _, no, key, _ in entries if no not in {box[1] for box in found}}
    ending = [each for each in headers.values() if each.topic.startswith("destruction.completed.")]
    destroyed = {each.covers.bytes for each in ending if each.covers is not None}
    held = {row[2] for row in log.rows("boxes")} | {row[0] for row in log.rows("links")}
    return gone <= destroyed and not destroyed & held


def accounts_for_headers(headers: dict[int, Header], missing: set[int], since: int) -> bool:
    """Check that each header that is gone was pruned, once, by a record after it."""
    for position, header in headers.items():
        for pruned in Ranges(header.ranges).positions() if header.topic.startswith("headers.pruned.") else ():
            if pruned > since:
                if pruned >= position or pruned not in missing:
                    return False
                missing.remove(pruned)
    return not missing


def as_entry(box: list[Any]) -> tuple[Any, ...]:
    digest = sha256(box[3]).hexdigest() if isinstance(box[3], bytes) else None
    return (*box[:2], box[2], digest) if isinstance(box[1], int) else (None,)


def header_of(row: list[Any], leaf: bytes, ledger: bytes) -> Header | None:
    """Parse the header, if it is exact and as its columns and its leaf."""
    content = row[6]
    if not isinstance(content, bytes) or sha256(b"\0" + content).digest() != leaf:
        return None
    try:
        header = parse(content)
    except HeaderMalformed:
        return None
    told = [header.event.bytes, header.stream.bytes, header.n, header.topic, header.recorded_at]
    return header if told == row[1:6] and header.ledger.bytes == ledger else None


# How a log comes to be.

TOPICS = ("mandate.granted.1", "access.granted.1", "access.refused.1", "procedure.opened.2", "origin.opened.1")


def made(size: int, random: Random) -> Log:
    """Make a log as the product may have written it: several topics, houses, keys destroyed and headers pruned."""
    log = Log(random.randbytes(16))
    houses = [UUID(bytes=random.randbytes(16)) for _ in range(3)]
    streams = [UUID(bytes=random.randbytes(16)) for _ in range(9)]
    versions: Counter[UUID] = Counter()
    keys: list[UUID] = []
    for position in range(1, size + 1):
        topic, stream, covers = random.choice(TOPICS), random.choice(streams), None
        ranges: tuple[tuple[int, int], ...] = ()
        draw = random.random()
        if draw < 0.03 and keys:
            topic, covers = "destruction.completed.1", keys.pop(random.randrange(len(keys)))
            log.tables["boxes"] = [row for row in log.rows("boxes") if row[2] != covers.bytes]
        elif draw < 0.06:
            topic, ranges = "headers.pruned.1", prune(log, random)
        contents = [random.randbytes(random.choice([0, 9, 40])) for _ in range(random.choice([0, 1, 1, 2, 3]))]
        mine = [random.choice(keys) if keys and random.random() < 0.5 else new_id(random) for _ in contents]
        keys += [key for key in mine if key not in keys]
        versions[stream] += random.choice([1, 1, 1, 90])
        header = Header(
            v=1, ledger=UUID(bytes=log.ledger), event=new_id(random), stream=stream, n=versions[stream], topic=topic,
            recorded_at=instant(position), effective_at=instant(position - 7) if random.random() < 0.2 else None,
            known_at=instant(position - 3) if random.random() < 0.05 else None, actor=new_id(random).hex,
            command=new_id(random), house=random.choice(houses) if random.random() < 0.8 else None,
            decision=random.choice([None, "GRANTED", "REFUSED"]), covers=covers, catalogue="4e" * 32,
            boxes=tuple(
                BoxEntry(key, "A256GCM.1", random.randbytes(32).hex(), sha256(content).hexdigest())
                for key, content in zip(mine, contents, strict=True)
            ),
            ranges=ranges, follows="6f" * 32 if topic == TOPICS[-1] and random.random() < 0.5 else None,
        )  # fmt: skip
        log.rows("boxes").extend(
            [position, no, key.bytes, content] for no, (key, content) in enumerate(zip(mine, contents, strict=True))
        )
        log.rows("links").extend([key.bytes] for key in mine)
        log.tables["links"] = [row for row in log.rows("links") if covers is None or row[0] != covers.bytes]
        log.rows("leaves").append([position, b""])
        log.rows("events").append(
            [position, header.event.bytes, stream.bytes, header.n, topic, header.recorded_at, encode(header)]
        )
    log.rows("store_format").append([1, 3, log.ledger])
    log.make_tree()
    forget(log)
    return log


def new_id(random: Random) -> UUID:
    return UUID(bytes=random.randbytes(16))


def instant(number: int) -> str:
    return f"2026-06-{9 + number // 400:02d}T{8 + number % 400 // 50:02d}:{number % 50:02d}:00.000000Z"


def prune(log: Log, random: Random) -> tuple[tuple[int, int], ...]:
    """Choose headers to be gone; their rows go at the end, when their leaves are known."""
    held = {row[0] for row in log.rows("boxes")}
    free = [row for row in log.rows("events") if row[0] not in held and row[6] and not json_of(row[6]) & MARKS]
    chosen = [row for row in free if not isinstance(row[-1], bool) and random.random() < 0.4]
    for row in chosen:
        row.append(True)
    return tuple(Ranges.of(row[0] for row in chosen))


MARKS = {"ranges", "covers", "boxes"}


def json_of(content: bytes) -> set[str]:
    return set(json.loads(content))


def forget(log: Log) -> None:
    log.tables["events"] = [row for row in log.rows("events") if len(row) == 7]


# How it is forged.


def bad_digits(found: re.Match[str], random: Random) -> str:
    digits = found[2]
    wrong = random.choice([digits.upper(), "g" + digits[1:], digits[1:], digits[::-1], digits + "0", "-" + digits[1:]])
    return f'"{found[1]}":"{wrong}"'


Forgery = Callable[[Log, Random], None]
TEXTS: tuple[tuple[str, Callable[[re.Match[str], Random], str]], ...] = (
    (r'"n":(\d+)', lambda found, random: f'"n":{random.choice(["1.0", "0", "-1", "01", "1e0", "10", "100", "true"])}'),
    (r'"recorded_at":"([^"]*)"', lambda found, random: f'"recorded_at":"{wrong_instant(found[1], random)}"'),
    (r'"effective_at":"([^"]*)"', lambda found, random: f'"effective_at":"{wrong_instant(found[1], random)}"'),
    (r'("effective_at":"[^"]*",)?"actor', lambda found, random: f'"effective_at":"{instant(5)}","actor'),
    (r',"(effective_at|house|decision|actor|command|catalogue|known_at)":"[^"]*"', lambda found, random: ""),
    (r'"(house|actor|command|commitment|key|sha256)":"([0-9a-f]+)"', bad_digits),
    (r'"topic":"([^"]*)"', lambda found, random: f'"topic":"{random.choice([found[1].title(), *TOPICS])}"'),
    (r'("decision":"[^"]*"),("[a-z]*":"[^"]*")', lambda found, random: f"{found[2]},{found[1]}"),
    (r'(,"boxes":)', lambda found, random: random.choice([',"covers":"' + "3c" * 16 + '","boxes":', ',"boxes" :'])),
    (r"}$", lambda found, random: random.choice([',"follows":"' + "3c" * 32 + '"}', ',"boxes":[]}', "} ", "]}"])),
    (r'"alg":"A256GCM.1"', lambda found, random: random.choice(['"alg":"A256GCM.2"', '"alg":""'])),
    (r'"v":1', lambda found, random: random.choice(['"v":2', '"v":1.0', '"v": 1'])),
    (r'"(GRANTED|REFUSED)"', lambda found, random: random.choice(['"LIMITED"', '"GRANTE\\u0044"', '" RANTED"'])),
)


def wrong_instant(text: str, random: Random) -> str:
    in_february = text.replace("-06-", "-02-").replace("-02-0", "-02-3")
    wrong = [text.replace("T1", "T2"), f"{text[:11]}24:00:00.000000Z", in_february, text.lower(), text[:-1], ""]
    return random.choice([*wrong, f"{text} {text}", text[:-1] + "+", text.replace("T", " "), instant(3)])


def forge_text(log: Log, random: Random) -> None:
    """Write a header otherwise, and put the columns that say the same."""
    row = random.choice(log.rows("events"))
    text = row[6].decode()
    pattern, change = random.choice(TEXTS)
    places = list(re.finditer(pattern, text))
    if not places:
        return
    place = random.choice(places)
    text = text[: place.start()] + change(place, random) + text[place.end() :]
    row[6] = text.encode()
    for column, name in ((3, "n"), (4, "topic"), (5, "recorded_at")):
        told = re.search(rf'"{name}":("[^"]*"|[^,]*),', text)
        if told and random.random() < 0.9:
            row[column] = as_value(told[1])


def as_value(text: str) -> Any:
    if text.startswith('"'):
        return text[1:-1]
    return int(text) if re.fullmatch(r"-?\d+", text) else float(text.replace("true", "1"))


def forge_byte(log: Log, random: Random) -> None:
    row = random.choice(log.rows("events"))
    content, place = bytearray(row[6]), random.randrange(len(row[6]))
    content[place] = random.choice([content[place] ^ 1 << random.randrange(8), *b'0a",:{}[] '])
    row[6] = bytes(content)


def forge_value(log: Log, random: Random) -> None:
    """Change any value of any row, its kind too."""
    table = random.choice(["leaves", "tree_nodes", "events", "events", "boxes", "boxes", "log_head", "store_format"])
    if log.rows(table):
        row = random.choice(log.rows(table))
        place = random.randrange(len(row))
        other = random.choice(log.rows(table))[place]
        if table not in ("log_head", "store_format") or place:
            row[place] = random.choice([other, changed(row[place], random)])


def changed(value: Any, random: Random) -> Any:
    if isinstance(value, (int, float)):
        return random.choice([value + 1, value - 1, 0, -value, 2**40])
    if isinstance(value, str):
        return random.choice([value[:-1], value.upper(), value + "1"])
    return random.choice([value[:-1], value + b"\0", b"", value[::-1], bytes(len(value))])


def forge_rows(log: Log, random: Random) -> None:
    """Take a row away, put it in again, or have two rows change places."""
    table = random.choice(["leaves", "tree_nodes", "events", "events", "boxes", "boxes"])
    rows = log.rows(table)
    if not rows:
        return
    place = random.randrange(len(rows))
    match random.choice(["drop", "double", "swap", "beyond", "lend"]):
        case "drop":
            del rows[place]
        case "double":
            rows.append(list(rows[place]))
        case "swap":
            other = random.choice([place - 1, random.randrange(len(rows))])
            rows[place][0], rows[other][0] = rows[other][0], rows[place][0]
        case "beyond":
            rows.append([rows[place][0] + 1000, *rows[place][1:]])
        case "lend":
            rows[place][0] = rows[place - 1][0]


def forge_box(log: Log, random: Random) -> None:
    """Change what a box holds, with what its header says of it; or bring one back."""
    events = [row for row in log.rows("events") if b'"boxes":[' in row[6]]
    if not events:
        return
    row = random.choice(events)
    entries = re.findall(r'"key":"([0-9a-f]{32})","alg":"[^"]*","commitment":"[^"]*","sha256":"(\w*)"', row[6].decode())
    stored = [box for box in log.rows("boxes") if box[0] == row[0]]
    if stored and random.random() < 0.7:
        box = random.choice(stored)
        before, box[3] = sha256(box[3]).hexdigest(), random.randbytes(8)
        row[6] = row[6].replace(before.encode(), sha256(box[3]).hexdigest().encode())
    elif entries:
        log.rows("boxes").append([row[0], random.randrange(len(entries)), bytes.fromhex(entries[0][0]), b"back"])


FORGERIES: tuple[Forgery, ...] = (forge_text, forge_text, forge_byte, forge_value, forge_rows, forge_box)


def forged(size: int, random: Random) -> Log:
    log = made(size, random)
    for _ in range(random.choice([0, 1, 1, 1, 1, 2])):
        forgery = random.choice(FORGERIES if log.rows("events") else (forge_value, forge_rows))
        forgery(log, random)
        event(forgery.__name__)
        if random.random() < 0.8:
            with_tree(log, forgery, random)
    return log


def with_tree(log: Log, forgery: Forgery, random: Random) -> None:
    sizes = {type(row[0]) for row in log.rows("leaves")} == {int}
    whole = all(isinstance(row[1], bytes) for row in log.rows("leaves"))
    if forgery not in (forge_value, forge_rows) or (random.random() < 0.5 and sizes and whole):
        log.make_tree()


@contextmanager
def written(log: Log, url: str) -> Iterator[Database]:
    """Write a log into tables that take anything, in the order in which its rows stand."""
    database = Database(url, schema=None if url.startswith("sqlite") else f"ledger_{uuid4().hex[:8]}")
    with database.reading() as rows:
        if database.dialect != SQLITE:
            rows.run(f"CREATE SCHEMA {database.schema}")
        rows.run("BEGIN")
        for table, columns in TABLES.items():
            kinds = columns if database.dialect != SQLITE else dict.fromkeys(columns, "")
            rows.run(f"CREATE TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in kinds.items())})")
            rows.run_many(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", log.rows(table))
        rows.run("COMMIT")
    try:
        yield database
    finally:
        database.close()


def found_whole(database: Database, since: int) -> bool:
    try:
        return check_log(database, since=since).whole
    except LedgerError:
        return False


def agree(size: int, seed: int, url: str) -> None:
    random = Random(seed)
    log = forged(size, random)
    since = random.choice([0, 0, random.randrange(size + 1)])
    with written(log, url) as database:
        assert found_whole(database, since) is is_whole(log, since)


@given(size=SIZES, seed=SEEDS)
@settings(max_examples=150)
def test_a_forged_log_is_told_just_when_a_naive_check_tells_it(size: int, seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.sqlite3"
        path.touch()
        agree(size, seed, f"sqlite:///{path}")


@given(seed=SEEDS)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_is_told_on_postgresql_too(postgres_url: str, seed: int) -> None:
    agree(300, seed, postgres_url)


def test_every_record_that_opens_an_origin_is_given_though_such_headers_were_read_before() -> None:
    log = made(513, Random(1))
    opened = {row[0] for row in log.rows("events") if row[4] == "origin.opened.1"}
    assert len(opened) > 1
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.sqlite3"
        path.touch()
        with written(log, f"sqlite:///{path}") as database:
            assert set(check_log(database).openings) == opened
