"""Statements that SQLite and PostgreSQL spell alike but SQLAlchemy only per dialect. Loading both dialects would cost a start 80 ms."""

from collections.abc import Iterable

from sqlalchemy import Table, TextClause, text


def insert_if_new(table: Table) -> TextClause:
    """INSERT of all columns that skips rows whose key is there already."""
    return text(f"{_insert(table, table.columns.keys())} ON CONFLICT DO NOTHING")


def insert_or_update(
    table: Table, columns: Iterable[str], *, key: Iterable[str], keep: Iterable[str] = (), returning: str | None = None
) -> TextClause:
    """INSERT of the named columns that, where a row with this key exists, updates all of them but the key and those to `keep`."""
    names, key_names = list(columns), list(key)
    unchanged = {*key_names, *keep}
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in unchanged)
    answer = f" RETURNING {returning}" if returning else ""
    return text(f"{_insert(table, names)} ON CONFLICT ({', '.join(key_names)}) DO UPDATE SET {changes}{answer}")


def _insert(table: Table, names: list[str]) -> str:
    unknown = set(names) - set(table.columns.keys())
    if unknown:
        raise ValueError(f"{table.name} has no columns {sorted(unknown)}")  # names come from code; this keeps it so
    values = ", ".join(f":{name}" for name in names)
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({values})"  # noqa: S608 names of our own tables and columns only
