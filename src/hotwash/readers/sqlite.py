"""SQLite stores, read while the agent may be writing and whatever a stranger put into the file (formats section 0.9). The only reader module
that touches files: SQLite must be given a path, and finds what is not yet in the database in the `-wal` beside it."""

import shutil
import sqlite3
import tempfile
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from hotwash.readers.base import MAX_LINE_BYTES, Head, Source, UnreadableSource
from hotwash.readers.oddities import Oddities
from hotwash.readers.streams import lost, open_bytes

MAGIC = b"SQLite format 3\0"
MAX_COPIED_BYTES = 2 * 1024**3
"""A store that cannot be opened where it lies is copied first, up to this size."""

DAMAGED = "row that the database cannot give any more left out"
TOO_LONG = f"row longer than {MAX_LINE_BYTES // 2**20} MiB left out"

_MAX_TABLES = 500  # real stores have 40 at most
_MAX_ROWS = 2_000_000  # of one query; the row ids of so many take 60 MB
_BUSY_S = 2.0  # agents hold their write lock for milliseconds
_STEP = 100_000  # virtual machine instructions between two looks at the budget
_MAX_STEPS = 5_000  # 5e8 instructions a statement, about 10 s; a sorted million rows take 5e7
_WRITE_VERSION, _WAL = 18, b"\2"  # byte of the header that tells whether the database uses a write-ahead log
_FAILURES = (sqlite3.Error, UnicodeDecodeError)  # the latter where the message about a damaged schema holds parts of it
_PRAGMAS = ("query_only=ON", "trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0")
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_TRANSACTION})


class Store:
    """An open database: its ordinary tables, and their rows by plain SELECTs of stored columns. Views, virtual tables, generated columns and
    functions are out of reach, so nothing that stands in the file is ever executed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._steps = 0
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_LINE_BYTES)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.text_factory = lambda data: data.decode(errors="replace")
        connection.set_progress_handler(self._over_budget, _STEP)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        self.tables = self._list_tables()
        """Columns by table."""
        connection.set_authorizer(_authorise)

    def has(self, table: str, *columns: str) -> bool:
        return set(columns) <= self.tables.get(table, frozenset())

    def rows(
        self,
        table: str,
        columns: tuple[str, ...],
        oddities: Oddities,
        *,
        where: Mapping[str, str | int] | None = None,
        prefix: tuple[str, str] | None = None,
        order: tuple[str, ...] = (),
    ) -> Iterator[dict[str, object]]:
        """Rows in order, each fetched by itself so that one that is damaged or too long costs no other. Columns that this version of the store
        does not have are None. `prefix` keeps the rows in which a text column begins so."""
        known = self.tables.get(table, frozenset())
        wanted = [column for column in columns if column in known]
        if not wanted:
            return
        listed = ", ".join(map(_quoted, wanted))
        select = f"SELECT {listed} FROM {_quoted(table)} WHERE rowid = ?"  # noqa: S608  names are our own and quoted
        missing = dict.fromkeys(columns)
        for rowid in self._row_ids(table, known, oddities, where or {}, prefix, order):
            row = self._one(select, rowid, oddities)
            if row is not None:
                yield missing | dict(zip(wanted, row, strict=True))

    def _row_ids(
        self,
        table: str,
        known: frozenset[str],
        oddities: Oddities,
        where: Mapping[str, str | int],
        prefix: tuple[str, str] | None,
        order: tuple[str, ...],
    ) -> list[int]:
        terms, values = [f"{_quoted(column)} = ?" for column in where], list(where.values())
        if prefix is not None:
            column, start = prefix
            terms += [f"{_quoted(column)} >= ?", f"{_quoted(column)} < ?"]
            values += [start, start[:-1] + chr(ord(start[-1]) + 1)]
        sorting = ", ".join(_quoted(column) for column in order if column in known) or "rowid"
        filtered = f" WHERE {' AND '.join(terms)}" if terms else ""
        statement = f"SELECT rowid FROM {_quoted(table)}{filtered} ORDER BY {sorting} LIMIT {_MAX_ROWS}"  # noqa: S608  as above
        found: list[int] = []
        self._steps = 0
        try:
            for (rowid,) in self._connection.execute(statement, values):
                found.append(rowid)
        except _FAILURES:
            oddities.note("table that is damaged or too slow to search read in part")
        return found

    def _one(self, statement: str, rowid: int, oddities: Oddities) -> tuple[object, ...] | None:
        self._steps = 0
        try:
            row: tuple[object, ...] | None = self._connection.execute(statement, (rowid,)).fetchone()
        except sqlite3.DataError:
            oddities.note(TOO_LONG)
            return None
        except _FAILURES:
            oddities.note(DAMAGED)
            return None
        return row

    def _list_tables(self) -> dict[str, frozenset[str]]:
        names = self._connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' LIMIT ?", (_MAX_TABLES,)
        ).fetchall()
        # table_info leaves generated columns out.
        return {
            name: frozenset(column[1] for column in self._connection.execute(f"PRAGMA table_info({_quoted(name)})")) for (name,) in names
        }

    def _over_budget(self) -> bool:
        self._steps += 1
        return self._steps > _MAX_STEPS


@contextmanager
def open_store(source: Source) -> Iterator[Store]:
    """The database, read-only. With a `-wal` and a `-shm` beside it (an agent is writing) it is opened in place, and what the agent writes
    meanwhile is not seen; without a `-wal`, also in place; with a `-wal` alone (a copy), a copy of both is opened, so that nothing is written
    beside the original. Raises UnreadableSource where it cannot be opened."""
    with tempfile.TemporaryDirectory(prefix="hotwash-") as scratch, closing(_connect(source, Path(scratch))) as connection:
        try:
            store = Store(connection)
        except _FAILURES as error:
            raise _unusable(source) from error
        yield store


def copy_store(source: Source, target: Path) -> None:
    """Writes a consistent copy to a new file, what stands in the write-ahead log folded in, while the agent may be writing. Raises
    UnreadableSource."""
    with tempfile.TemporaryDirectory(prefix="hotwash-") as scratch, closing(_connect(source, Path(scratch))) as connection:
        try:
            with closing(sqlite3.connect(target)) as copy:
                connection.backup(copy)
        except _FAILURES as error:
            raise _unusable(source) from error


def list_tables(source: Source) -> dict[str, frozenset[str]]:
    """Columns by table: what a store is told by."""
    with open_store(source) as store:
        return store.tables


def has_columns(head: Head, table: str, *columns: str) -> bool:
    """Whether the source is a database with this table and these columns."""
    return set(columns) <= head.tables.get(table, frozenset())


def _locate(source: Source, scratch: Path) -> tuple[Path, str]:
    """Where to open the database, and with which options of SQLite's."""
    place = source.file
    if place is None:
        copy = scratch / "store.db"
        _copy(source, copy)
        for other in source.beside:
            for suffix in ("-wal", "-journal"):
                if other.name.endswith(suffix):
                    _copy(other, scratch / f"{copy.name}{suffix}")
        return copy, "mode=rw"
    wal, shared = place.with_name(f"{place.name}-wal"), place.with_name(f"{place.name}-shm")
    if not _uses_wal(place) or (wal.exists() and shared.exists()):
        return place, "mode=ro"
    if not wal.exists() or wal.stat().st_size == 0:
        return place, "mode=ro&immutable=1"  # all is in the database; opened otherwise, SQLite would put a -wal beside it
    copy = scratch / "store.db"
    for original, name in ((place, copy.name), (wal, f"{copy.name}-wal")):
        if original.stat().st_size > MAX_COPIED_BYTES:
            raise UnreadableSource(
                f"{source.name}: is above {MAX_COPIED_BYTES // 2**30} GiB; close the agent so that its -wal is folded in"
            )
        shutil.copyfile(original, scratch / name)
    return copy, "mode=rw"


def _connect(source: Source, scratch: Path) -> sqlite3.Connection:
    try:
        path, options = _locate(source, scratch)
        connection = sqlite3.connect(f"file:{urllib.parse.quote(str(path))}?{options}", uri=True, timeout=_BUSY_S, isolation_level=None)
        if _uses_wal(path):
            connection.execute("BEGIN")  # one state for all reads; with a rollback journal it would keep the agent from writing
    except _FAILURES as error:
        raise _unusable(source) from error
    except OSError as error:
        raise lost(source.name, error) from error
    return connection


def _unusable(source: Source) -> UnreadableSource:
    return UnreadableSource(f"{source.name}: the SQLite database is damaged or locked; copy it together with its -wal file")


def _copy(source: Source, target: Path) -> None:
    with open_bytes(source) as stream, target.open("wb") as copy:
        left = MAX_COPIED_BYTES
        while chunk := stream.read(1024 * 1024):
            left -= len(chunk)
            if left < 0:
                raise UnreadableSource(f"{source.name}: is above {MAX_COPIED_BYTES // 2**30} GiB; export the sessions as files")
            copy.write(chunk)


def _uses_wal(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(_WRITE_VERSION + 1).endswith(_WAL)


def _authorise(action: int, _first: str | None, _second: str | None, _database: str | None, inside: str | None) -> int:
    """Reads by our own statements alone: no function, no pragma, nothing on behalf of a view or trigger."""
    return sqlite3.SQLITE_OK if action in _ALLOWED and inside is None else sqlite3.SQLITE_DENY


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
