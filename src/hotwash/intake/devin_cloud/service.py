"""Imports sessions, messages, events and analyses from Devin's v3 API. Each session is durable once it is counted, so an import that broke off goes on
where it stopped; a later one fetches only what has changed."""

import hashlib
from collections.abc import Callable
from typing import Unpack

import msgspec
from sqlalchemy import Connection

from hotwash.identity.model import Scope
from hotwash.insights import service as insights
from hotwash.intake import service as intake
from hotwash.intake.devin_cloud import queries
from hotwash.intake.devin_cloud.client import Client, DevinUnavailable
from hotwash.intake.devin_cloud.fetching import Account
from hotwash.intake.redaction import redact_value, table
from hotwash.intake.service import Imported, ImportOptions, ImportSummary, Rejected
from hotwash.kit.ids import bare_session_id, session_id
from hotwash.readers import devin_analysis, devin_cloud, fields
from hotwash.sessions import service as sessions
from hotwash.sessions.model import SessionRecord
from hotwash.store.blobs import BlobStore
from hotwash.store.engine import Database

ENGINE = "devin"
VERSION = "v3"
"""Devin names no version of its analyses; this is the API's."""

RECHECK_S = 14 * 86_400
"""Seconds. Sessions this young are listed again although nothing says that they changed: an analysis is asked for, and billing settles, some time
after the last message (contract sections 2 and 4)."""

_SAME_ACUS = 1e-9

_Object = dict[str, object]


def import_sessions(
    db: Database, blobs: BlobStore, client: Client, *, on_item: Callable[[str], None] | None = None, **options: Unpack[ImportOptions]
) -> ImportSummary:
    """Takes in what the token may see. A server that goes away is reported as rejected, after all that came before. `on_item` is told the title of
    each session as it is begun. Raises DevinRefused, DevinUnavailable where not even the token's owner can be asked for, StoreUnavailable."""
    account = Account(client)
    name = hashlib.sha256(f"{client.url}\0{account.org_id}\0{options['org_id']}".encode()).hexdigest()
    with db.read() as conn:
        since = queries.find_cursor(conn, name)
    newest = since or 0
    imported: list[Imported] = []
    rejected: list[Rejected] = []
    try:
        for session in account.sessions(None if since is None else min(since, int(options["now"]) - RECHECK_S)):
            label = fields.string(session.get("title")) or fields.string(session.get("session_id"))
            if on_item is not None:
                on_item(label)
            if not bare_session_id(fields.string(session.get("session_id"))):
                rejected.append(Rejected(name=f"{client.url}: {label or 'a session'}", reason="has no session_id"))
                continue
            imported.append(_Session(db, blobs, options, session).take_in(account))
            newest = max(newest, fields.count(session.get("updated_at")) or 0)
    except DevinUnavailable as error:
        rejected.append(Rejected(name=client.url, reason=error.sentence))
    else:
        with db.write() as conn:
            queries.put_cursor(conn, name, newest)
    return ImportSummary(sessions=tuple(imported), rejected=tuple(rejected))


class _Session:
    """One session as the API lists it."""

    def __init__(self, db: Database, blobs: BlobStore, options: ImportOptions, listed: _Object) -> None:
        self._db = db
        self._blobs = blobs
        self._options = options
        self._listed = listed
        self._analysis = redact_value(
            devin_analysis.contract(listed.get("analysis")), rules=table(emails=options["settings"].redact_emails)
        )
        self._issues = len(fields.sequence(fields.mapping(self._analysis).get("issues")))
        if self._analysis is not None and options["settings"].content != "full":
            self._analysis = devin_analysis.without_words(fields.mapping(self._analysis))

    def take_in(self, account: Account) -> Imported:
        """Fetches what is not here yet and stores it."""
        with self._db.read() as conn:
            record = self._find(conn)
            if record is not None and self._is_known(conn, record):
                return Imported(
                    session_id=record.session_id, outcome="unchanged", format=record.format, events=record.num_events, warnings=()
                )
        transcript = devin_cloud.transcript(self._listed, account.messages(self._listed), account.events(self._listed))
        options: ImportOptions = {**self._options, "tags": (*self._options.get("tags", ()), *self._tags())}
        options["user_id"] = self._options.get("user_id") or fields.some_string(self._listed.get("user_id"))
        options["service_user_id"] = fields.some_string(self._listed.get("service_user_id"))
        done = intake.import_transcript(self._db, self._blobs, transcript, then=self._put_analysis if self._analysis else None, **options)
        return msgspec.structs.replace(done, outcome="updated") if self._analysis and done.outcome == "unchanged" else done

    def _find(self, conn: Connection) -> SessionRecord | None:
        native_id = bare_session_id(fields.string(self._listed.get("session_id")))
        scope = Scope(org_ids=frozenset({self._options["org_id"]}))
        return sessions.find_session(conn, scope, session_id(devin_cloud.FORMAT, native_id))

    def _is_known(self, conn: Connection, record: SessionRecord) -> bool:
        """Whether nothing shows that the session, its bill or its analysis is another than the stored one. An analysis that was made here stays."""
        same_time = record.updated_at == fields.count(self._listed.get("updated_at"))
        same_acus = abs(record.own_acus - (fields.number(self._listed.get("acus_consumed")) or 0.0)) < _SAME_ACUS
        if not (same_time and same_acus) or record.content != self._options["settings"].content:
            return False
        if self._analysis is None:
            return True
        document = insights.get_analysis(conn, Scope(org_ids=frozenset({record.org_id})), record.session_id).document
        return document is not None and (document.engine != ENGINE or bytes(document.analysis) == msgspec.json.encode(self._analysis))

    def _put_analysis(self, conn: Connection, record: SessionRecord) -> None:
        insights.put_foreign_analysis(
            conn,
            record.pk,
            engine=ENGINE,
            version=VERSION,
            contract=fields.mapping(self._analysis),
            num_issues=self._issues,
            category=fields.some_string(self._listed.get("category")),
            now=self._options["now"],
        )

    def _tags(self) -> tuple[str, ...]:
        return tuple(tag for tag in fields.sequence(self._listed.get("tags")) if isinstance(tag, str))
