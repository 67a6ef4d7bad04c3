"""Brings the database to the newest schema. Alembic is loaded only when there is something to do, because that takes 0.4 s, nearly half of what a start may take."""

from sqlalchemy import Connection, inspect, text

from hotwash.store.engine import Database, StoreUnavailable

HEAD = "0005"
"""The newest revision in `migrations/versions`; a test holds the two together."""
_LOCK_KEY = 0x686F7477
"""Names our advisory lock on PostgreSQL; any fixed number will do."""


def migrate(db: Database) -> None:
    """Creates or upgrades the tables; does nothing on an up-to-date database. Safe when several processes start at once: one migrates, the
    others wait. Raises StoreUnavailable when a newer Hotwash has written the database."""
    with db.read() as conn:
        if _revision(conn) == HEAD:
            return
    with db.write() as conn:
        if db.dialect == "postgresql":
            conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        if _revision(conn) == HEAD:
            return
        _upgrade(conn)


def _revision(conn: Connection) -> str | None:
    """The revision the database is at, None when it is empty."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    revision: str | None = conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def _upgrade(conn: Connection) -> None:
    from alembic import command  # here and not above: see the module's docstring
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", "hotwash:store/migrations")
    config.attributes["connection"] = conn
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreUnavailable("The database was written by a newer version of Hotwash; install that version or a later one") from error
