"""Statements that SQLite and PostgreSQL spell alike but SQLAlchemy only per dialect. Loading both dialects would cost a start 80 ms."""

from collections.abc import Iterable

from sqlalchemy import Table, TextClause, text


def insert_if_new(table: Table) -> TextClause:
    """INSERT of all columns that skips rows whose key is there already."""
    return text(f"{_insert(table, table.columns.keys())} ON CONFLICT DO NOTHING")


def insert_or_update(
    table: Table,
    columns: Iterable[str],
    *,
    key: Iterable[str],
    keep: Iterable[str] = (),
    fill: Iterable[str] = (),
    returning: str | None = None,
) -> TextClause:
    """INSERT of the named columns that, where a row with this key exists, updates them: all but those to `keep`, and those to `fill` only where the
    new value is not null."""
    names, key_names, fill_names = list(columns), list(key), set(fill)
    unchanged = {*key_names, *keep}
    changes = ", ".join(_change(table, name, fill=name in fill_names) for name in names if name not in unchanged)
    answer = f" RETURNING {returning}" if returning else ""
    return text(f"{_insert(table, names)} ON CONFLICT ({', '.join(key_names)}) DO UPDATE SET {changes}{answer}")


def _change(table: Table, name: str, *, fill: bool) -> str:
    return f"{name} = COALESCE(excluded.{name}, {table.name}.{name})" if fill else f"{name} = excluded.{name}"


def _insert(table: Table, names: list[str]) -> str:
    unknown = set(names) - set(table.columns.keys())
    if unknown:
        raise ValueError(f"{table.name} has no columns {sorted(unknown)}")  # names come from code; this keeps it so
    values = ", ".join(f":{name}" for name in names)
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({values})"  # noqa: S608 names of our own tables and columns only
