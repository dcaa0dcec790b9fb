"""Everything that a ledger leaves behind, as bytes: files and their names, databases row by row, a server's disk."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.postgres import Server

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_USER_TABLES = (
    "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
)

Places = dict[str, bytes]


def files_of(folder: Path) -> Places:
    """Give the content of every file below a folder, and, as one more, the names of all."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    contents = {name: (folder / name).read_bytes() for name in names if (folder / name).is_file()}
    return {**contents, "(names)": "\n".join(names).encode()}


def rows_of_files(folder: Path) -> Places:
    """Give every value of every table of the SQLite files below a folder: a page may cut one in two."""
    return {
        f"{path.name}: {table}": content
        for path in sorted(folder.rglob("*.sqlite3"))
        for table, content in _sqlite_tables(path)
    }


def _sqlite_tables(path: Path) -> Iterator[tuple[str, bytes]]:
    with closing(sqlite3.connect(path)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        yield "sqlite_schema", b"\n".join(_bytes(row) for row in database.execute("SELECT * FROM sqlite_schema"))
        for table in tables:
            yield table, b"\n".join(_bytes(row) for row in database.execute(f'SELECT * FROM "{table}"'))


def _bytes(row: tuple[Any, ...]) -> bytes:
    return b"|".join(value if isinstance(value, bytes) else str(value).encode() for value in row)


def rows_of_server(url: str) -> Places:
    """Give every table of a PostgreSQL database as the server itself writes it out."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        tables = connection.execute(_USER_TABLES).fetchall()
        return {f"{schema}.{table}": _copied(connection, schema, table) for schema, table in tables}


def _copied(connection: psycopg.Connection[Any], schema: str, table: str) -> bytes:
    text = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(schema, table))
    with connection.cursor() as cursor, cursor.copy(text) as copy:
        return b"".join(bytes(part) for part in copy)


def log_everything(server: Server) -> None:
    """Have a server write every statement to its log, with all values bound to it."""
    with server.connect() as connection:
        connection.execute("ALTER SYSTEM SET log_statement = 'all'")
        connection.execute("SELECT pg_reload_conf()")


def files_of_server(server: Server) -> Places:
    """Give all that a server keeps on its disk: tables, indexes and write-ahead log, once they are written out."""
    with server.connect() as connection:
        connection.execute("CHECKPOINT")
    kept = [server.log, *sorted((server.folder / "data").rglob("*"))]
    return {str(path.relative_to(server.folder)): path.read_bytes() for path in kept if path.is_file()}


@contextmanager
def kept_open(folder: Path) -> Iterator[None]:
    """Keep every SQLite file below a folder open, so that no write-ahead log is tidied away when a command ends."""
    with ExitStack() as stack:
        for path in folder.rglob("*.sqlite3"):
            connection = stack.enter_context(closing(sqlite3.connect(path)))
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        yield


class Written:
    """Notes every file that this process opens for writing, and every program it starts, while it is asked to."""

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self.programs: list[str] = []
        self._noting = False
        sys.addaudithook(self._hear)

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note what is written during a block."""
        self._noting = True
        try:
            yield
        finally:
            self._noting = False

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._noting:
            return
        if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike) and arguments[2] & _WRITING:
            path = os.fsdecode(arguments[0])
            if "__pycache__" not in path:
                self.paths.add(path)
        elif event in {"subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"}:
            self.programs.append(str(arguments[0]))
