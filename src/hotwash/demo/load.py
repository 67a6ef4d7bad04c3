"""Puts the demo sessions into an organization of their own, analysed, and takes them out again."""

from importlib import resources
from typing import Final, Protocol

from sqlalchemy import Connection

from hotwash.identity import service as identity
from hotwash.identity.model import Scope
from hotwash.insights import service as insights
from hotwash.intake import service as intake
from hotwash.kit import clock
from hotwash.sessions import service as sessions
from hotwash.sessions.model import SessionFilter, SessionRecord
from hotwash.store.blobs import BlobStore
from hotwash.store.engine import Database

ORGANIZATION: Final = "demo"
_TAG: Final = "demo"
_PAGE: Final = 100


class Store(intake.ImportSettings, Protocol):
    """What loading needs of the application: where sessions go, how they are priced and sized, and what is kept."""

    @property
    def db(self) -> Database: ...

    @property
    def blobs(self) -> BlobStore: ...


def load_demo(store: Store) -> str:
    """Imports and analyses the demo sessions; the id of their organization. What is there already stays as it is, unless a newer engine
    would analyse it otherwise."""
    now = clock.now()
    with store.db.write() as conn:
        org_id = identity.ensure_organization(conn, ORGANIZATION, now)
    with resources.as_file(resources.files("hotwash.demo") / "sessions") as folder:
        intake.import_paths(store.db, store.blobs, [folder], org_id=org_id, tags=(_TAG,), now=now, settings=store)
    with store.db.read() as conn:
        due = insights.list_to_analyse(conn, Scope(org_ids=frozenset({org_id})), every=False)
    for _, session_id in due:
        insights.analyse_now(store.db, store.blobs, org_id, session_id)
    return org_id


def remove_demo(db: Database, blobs: BlobStore) -> int:
    """Deletes every session of the demo organization; how many there were. The organization itself stays, empty."""
    removed = 0
    with db.write() as conn:
        scope = Scope(org_ids=frozenset({identity.ensure_organization(conn, ORGANIZATION, clock.now())}))
        while found := sessions.list_sessions(conn, scope, SessionFilter(), _PAGE).items:
            for record in found:
                removed += _delete_with_children(conn, blobs, scope, record)
    return removed


def _delete_with_children(conn: Connection, blobs: BlobStore, scope: Scope, record: SessionRecord) -> int:
    """Subagent sessions first: no list shows them once their parent is gone."""
    children = sessions.list_children(conn, record.org_id, record.session_id)
    removed = sum(_delete_with_children(conn, blobs, scope, child) for child in children)
    sessions.delete_session(conn, blobs, scope, record.session_id)
    return removed + 1
