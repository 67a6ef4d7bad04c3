"""All SQL of importing from Devin's API. A function a question; the caller owns the transaction."""

from sqlalchemy import Connection, select

from hotwash.store import tables as t
from hotwash.store.statements import insert_or_update

_PREFIX = "devin-import:"


def find_cursor(conn: Connection, account: str) -> int | None:
    """Up to which `updated_at` an account's sessions are all here."""
    value = conn.execute(select(t.installation.c.value).where(t.installation.c.name == _PREFIX + account)).scalar()
    return int(value) if isinstance(value, str) and value.isdecimal() else None


def put_cursor(conn: Connection, account: str, updated_at: int) -> None:
    """Note up to where an account's sessions are all here."""
    statement = insert_or_update(t.installation, ("name", "value"), key=("name",))
    conn.execute(statement, {"name": _PREFIX + account, "value": str(updated_at)})
