"""Loading the demo sessions and taking them out again."""

import dataclasses

from hotwash.demo.load import load_demo, remove_demo
from hotwash.identity.model import Scope
from hotwash.sessions import service as sessions
from hotwash.sessions.model import Content, SessionFilter, SessionRecord
from hotwash.store.blobs import BlobStore, DatabaseBlobs
from hotwash.store.engine import Database


@dataclasses.dataclass(frozen=True)
class Store:
    """What loading needs, as the application has it."""

    db: Database
    blobs: BlobStore = dataclasses.field(default_factory=DatabaseBlobs)
    usd_per_acu: float = 2.25
    size_thresholds: tuple[float, float, float, float] = (2, 5, 10, 20)
    content: Content = "full"
    redact_emails: bool = False


def listed(db: Database, org_id: str) -> tuple[SessionRecord, ...]:
    with db.read() as conn:
        return sessions.list_sessions(conn, Scope(org_ids=frozenset({org_id})), SessionFilter()).items


def test_the_demo_is_loaded_analysed_and_loaded_once(sqlite_database: Database) -> None:
    """A second start with `--demo` writes nothing."""
    org_id = load_demo(Store(sqlite_database))
    first = listed(sqlite_database, org_id)
    assert len(first) >= 8
    assert {record.analysis_state for record in first} == {"completed"}
    assert load_demo(Store(sqlite_database)) == org_id
    assert listed(sqlite_database, org_id) == first


def test_removing_the_demo_leaves_nothing_of_it(sqlite_database: Database) -> None:
    """Subagent sessions go as well, although no list shows them."""
    store = Store(sqlite_database)
    org_id = load_demo(store)
    shown = listed(sqlite_database, org_id)
    children = sum(len(record.child_session_ids) for record in shown)
    assert remove_demo(sqlite_database, store.blobs) == len(shown) + children
    assert listed(sqlite_database, org_id) == ()
    assert remove_demo(sqlite_database, store.blobs) == 0
