"""Migrations: they build what `tables.py` says, once, whoever comes first."""

import multiprocessing
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from hotwash.store.engine import Database, StoreUnavailable, open_database
from hotwash.store.migrate import HEAD, migrate
from hotwash.store.tables import metadata

_SEARCH_INDEX = ("search_index", "tsv")  # exist in one database each, so tables.py cannot name them


def test_the_migrated_schema_is_the_one_the_tables_describe(database: Database) -> None:
    with database.read() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        differences = [d for d in compare_metadata(context, metadata) if not any(name in repr(d) for name in _SEARCH_INDEX)]
    assert differences == []


def test_the_newest_revision_is_the_one_a_start_looks_for() -> None:
    config = Config()
    config.set_main_option("script_location", "hotwash:store/migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_migrating_again_changes_nothing(database: Database) -> None:
    migrate(database)
    with database.read() as conn:
        assert conn.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [HEAD]


def test_a_database_of_a_newer_version_is_refused_with_one_sentence(sqlite_database: Database) -> None:
    with sqlite_database.write() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnavailable, match="newer version of Hotwash"):
        migrate(sqlite_database)


def test_an_up_to_date_database_is_opened_without_loading_alembic(sqlite_database: Database) -> None:
    """Loading it takes 0.4 s, nearly half of what a server start may take."""
    code = (
        "import sys; from hotwash.store.engine import open_database; from hotwash.store.migrate import migrate;"
        f"migrate(open_database('sqlite:///{sqlite_database.sqlite_path}')); print('alembic' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"


def _open_and_migrate(url: str) -> list[str]:
    db = open_database(url)
    migrate(db)
    with db.read() as conn:
        tables = inspect(conn).get_table_names()
    db.close()
    return tables


def _migrate_twice_at_once(url: str) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        results = pool.map(_open_and_migrate, [url, url], chunksize=1)
    assert all(set(metadata.tables) <= set(tables) for tables in results)


def test_two_processes_may_create_the_same_sqlite_file_at_once(tmp_path: Path) -> None:
    _migrate_twice_at_once(f"sqlite:///{tmp_path / 'new.db'}")


def test_two_processes_may_create_the_same_postgresql_tables_at_once(empty_postgresql_url: str) -> None:
    _migrate_twice_at_once(empty_postgresql_url)
