"""Importing from Devin's v3 API: everything once, only what changed later, through errors, limits and missing routes."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from hotwash.insights import service as insights
from hotwash.insights.metrics import SessionMetrics
from hotwash.intake.devin_cloud import client as devin
from hotwash.intake.devin_cloud import service
from hotwash.intake.service import ImportSummary
from hotwash.sessions import service as sessions
from hotwash.sessions.model import SessionFilter, SessionRecord
from hotwash.settings import InsightsSettings
from hotwash.store.blobs import DatabaseBlobs
from hotwash.store.engine import Database
from hotwash.transcript import ToolCall
from hotwash.web.pages.debrief import debrief
from tests.integration.builders import ORG, START
from tests.integration.claude_files import NOW, SCOPE, SETTINGS, with_organization

TOKEN = "cog_kettle"
THEIR_ORG = "org-theirs"
ISSUE = {"id": "i1", "issue": "The kettle had no water", "impact": "Ten minutes", "label": "no water"}
ANALYSIS = {
    "issues": [ISSUE],
    "action_items": [{"action_item": "Fill it first", "type": "external", "issue_id": "i1"}],
    "classification": {"category": "Kettles", "confidence": 0.9},
    "timeline": [{"title": "Boiling", "description": "Dry", "color": "Amber"}],
}

Json = dict[str, object]


def session_of(number: int, **fields: object) -> Json:
    """A session as the API lists it; they are a day apart."""
    made: Json = {
        "session_id": f"{number:032x}",
        "org_id": THEIR_ORG,
        "title": f"Kettle {number}",
        "status": "exit",
        "tags": ["kitchen"],
        "pull_requests": [{"pr_url": f"https://github.com/tea/kettle/pull/{number}", "pr_state": "merged"}],
        "acus_consumed": 1.25 * number,
        "created_at": START + number * 86_400,
        "updated_at": START + number * 86_400 + 600,
        "origin": "slack",
        "user_id": "user|dana",
        "analysis": None,
    }
    return made | fields


def message_of(number: int, source: str, text: str) -> Json:
    return {"event_id": f"m{number}", "source": source, "message": text, "created_at": START + number}


@dataclass
class Devin:
    """A scripted server: what it holds, what it answers instead, and what it was asked."""

    sessions: list[Json] = field(default_factory=list)
    messages: list[Json] = field(default_factory=lambda: [message_of(1, "user", "Boil."), message_of(2, "devin", "Boiled.")])
    events: list[Json] | None = None
    org_id: str | None = None
    lists_insights: bool = True
    page: int = 2
    failures: dict[str, list[tuple[int, dict[str, str], bytes]]] = field(default_factory=dict)
    """By the end of a path, what it answers the next times it is asked."""
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def answer(self, target: str) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(target)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self.asked.append(target)
        for end, scripted in self.failures.items():
            if parts.path.endswith(end) and scripted:
                return scripted.pop(0)
        found = self._find(parts.path, query)
        if found is None:
            return 404, {}, b'{"title": "Not found", "status": 404}'
        return 200, {}, json.dumps(found).encode()

    def _find(self, path: str, query: dict[str, str]) -> Json | None:
        base = f"/v3/organizations/{self.org_id}" if self.org_id else "/v3/enterprise"
        if path == "/v3/self":
            return {"principal_type": "service_user", "org_id": self.org_id}
        if path.endswith("/events/details") and path.startswith(f"/v3/organizations/{THEIR_ORG}/"):
            start = int(query["offset"])
            return None if self.events is None else {"items": self.events[start : start + int(query["limit"])]}
        if not path.startswith(base):
            return None
        if path == f"{base}/sessions/insights" and self.lists_insights:
            return self._page(self._listed(query), query)
        if path == f"{base}/sessions":
            return self._page([{k: v for k, v in s.items() if k != "analysis"} for s in self._listed(query)], query)
        if path.endswith("/messages"):
            return self._page(self.messages, query)
        if path.endswith("/insights"):
            return next((s for s in self.sessions if path.endswith(f"devin-{s['session_id']}/insights")), None)
        return None

    def _listed(self, query: dict[str, str]) -> list[Json]:
        after = int(query.get("updated_after", 0))
        return sorted(
            (s for s in self.sessions if int(str(s["updated_at"] or 0)) >= after), key=lambda s: str(s["session_id"]), reverse=True
        )

    def _page(self, items: list[Json], query: dict[str, str]) -> Json:
        start = int(query.get("after", "0=").rstrip("="))
        more = start + self.page < len(items)
        return {"items": items[start : start + self.page], "has_next_page": more, "end_cursor": f"{start + self.page}=" if more else None}


@pytest.fixture
def cloud() -> Iterator[Devin]:
    scripted = Devin(sessions=[session_of(n) for n in (1, 2, 3)])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            authorized = self.headers["authorization"] == f"Bearer {TOKEN}"
            status, headers, body = scripted.answer(self.path) if authorized else (401, {}, b'{"detail": "Invalid token"}')
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    scripted.url = f"http://127.0.0.1:{server.server_port}"
    yield scripted
    server.shutdown()
    server.server_close()


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return with_organization(sqlite_database)


@pytest.fixture
def slept() -> list[float]:
    """How long the client waited, each time."""
    return []


def take_in(
    database: Database,
    cloud: Devin,
    slept: list[float] | None = None,
    *,
    now: float = NOW,
    token: str = TOKEN,
    settings: InsightsSettings = SETTINGS,
) -> ImportSummary:
    waits = slept if slept is not None else []
    client = devin.Client(cloud.url, token, sleep=waits.append, chance=lambda: 1.0)
    return service.import_sessions(database, DatabaseBlobs(), client, org_id=ORG, now=now, settings=settings)


def outcomes(summary: ImportSummary) -> list[str]:
    return [session.outcome for session in summary.sessions]


def stored(database: Database) -> tuple[SessionRecord, ...]:
    with database.read() as conn:
        return sessions.list_sessions(conn, SCOPE, SessionFilter()).items


LATER = START + 400 * 86_400.0
"""Long after the sessions: past the time in which they are listed again."""


def test_sessions_come_in_with_what_the_api_says_of_them(database: Database, cloud: Devin) -> None:
    summary = take_in(database, cloud)
    assert (outcomes(summary), summary.rejected) == (["created"] * 3, ())
    newest = stored(database)[0]
    listed = session_of(3)
    assert (newest.session_id, newest.title, newest.created_at, newest.updated_at) == tuple(
        listed[key] for key in ("session_id", "title", "created_at", "updated_at")
    )
    assert (newest.agent, newest.format, newest.origin, newest.user_id, newest.tags) == (
        "Devin",
        "devin",
        "slack",
        "user|dana",
        ("kitchen",),
    )
    assert (newest.acus, newest.acu_basis) == (3.75, "billed")
    assert (newest.num_user_messages, newest.num_devin_messages) == (1, 1)
    assert newest.pull_requests[0].state == "merged"
    assert msgspec.json.decode(newest.metrics, type=SessionMetrics).usage is None


def test_an_analysis_of_theirs_is_the_sessions_analysis(database: Database, cloud: Devin) -> None:
    """As the contract spells it, with an action type that every client knows."""
    cloud.sessions = [session_of(1, analysis=ANALYSIS, category="bug_fixing")]
    take_in(database, cloud)
    record = stored(database)[0]
    assert (record.analysis_state, record.num_issues, record.category) == ("completed", 1, "bug_fixing")
    with database.read() as conn:
        document = msgspec.json.decode(insights.get_document(conn, SCOPE, record.session_id))
        analysis = insights.get_analysis(conn, SCOPE, record.session_id)
        due = insights.list_to_analyse(conn, SCOPE, every=False)
    assert (analysis.engine, analysis.is_stale, due) == ("devin", False, ())
    assert document["analysis"]["issues"] == [{**ISSUE, "title": "no water"}]
    assert document["analysis"]["action_items"] == [{"action_item": "Fill it first", "issue_id": "i1", "type": "other"}]
    assert document["analysis"]["note_usage"] is None
    assert document["analysis"]["timeline"][0]["color"] == "orange"
    assert analysis.document is not None
    shown = debrief("devin", "v3", analysis.document.analysis, analysis.document.details)
    assert [issue.label for issue in shown.told_issues] == ["no water"]


def test_a_second_run_fetches_no_session_again(database: Database, cloud: Devin) -> None:
    take_in(database, cloud)
    cloud.asked.clear()
    assert outcomes(take_in(database, cloud)) == ["unchanged"] * 3
    assert [target for target in cloud.asked if "/messages" in target] == []


def test_a_later_run_asks_for_what_changed_only(database: Database, cloud: Devin) -> None:
    take_in(database, cloud)
    cloud.sessions[0] = session_of(1, updated_at=int(LATER) - 60, title="Kettle again")
    cloud.asked.clear()
    assert outcomes(take_in(database, cloud, now=LATER)) == ["unchanged", "updated"]  # the newest of before, and what changed
    assert f"updated_after={START + 3 * 86_400 + 600}" in cloud.asked[1]
    assert len([target for target in cloud.asked if "/messages" in target]) == 1


def test_an_analysis_that_came_later_is_found(database: Database, cloud: Devin) -> None:
    """Though the session itself did not change."""
    take_in(database, cloud, now=START + 4 * 86_400)
    cloud.sessions[1] = session_of(2, analysis=ANALYSIS)
    assert outcomes(take_in(database, cloud, now=START + 5 * 86_400)) == ["unchanged", "updated", "unchanged"]
    assert outcomes(take_in(database, cloud, now=START + 5 * 86_400)) == ["unchanged"] * 3


def test_an_import_that_broke_off_goes_on(database: Database, cloud: Devin, slept: list[float]) -> None:
    """What came before is counted and stays."""
    first_page_only = take_in_until_down(database, cloud, slept)
    assert outcomes(first_page_only) == ["created", "created"]
    assert "run the same command again" in first_page_only.rejected[0].reason
    cloud.failures.clear()
    cloud.asked.clear()
    assert outcomes(take_in(database, cloud)) == ["unchanged", "unchanged", "created"]
    assert len([target for target in cloud.asked if "/messages" in target]) == 1


def take_in_until_down(database: Database, cloud: Devin, slept: list[float]) -> ImportSummary:
    """The server dies after the first page of sessions."""
    answer = cloud.answer

    def dying(target: str) -> tuple[int, dict[str, str], bytes]:
        return (500, {}, b"oops") if "after=2" in target else answer(target)

    cloud.answer = dying  # type: ignore[method-assign]  # the script of this one test
    try:
        return take_in(database, cloud, slept)
    finally:
        cloud.answer = answer  # type: ignore[method-assign]  # this scripted server answers otherwise from here on


def test_a_server_that_asks_to_wait_is_given_the_time(database: Database, cloud: Devin, slept: list[float]) -> None:
    cloud.failures["/self"] = [(429, {"retry-after": "42"}, b'{"detail": "Too many requests"}'), (503, {}, b"")]
    assert outcomes(take_in(database, cloud, slept)) == ["created"] * 3
    assert slept == [42.0, 2.0]


def test_a_server_that_asks_for_a_day_is_left_alone(database: Database, cloud: Devin, slept: list[float]) -> None:
    cloud.failures["/self"] = [(429, {"retry-after": "86400"}, b"")]
    with pytest.raises(devin.DevinUnavailable, match="429"):
        take_in(database, cloud, slept)
    assert slept == []


def test_an_answer_that_is_cut_off_is_asked_for_again(database: Database, cloud: Devin, slept: list[float]) -> None:
    """Cut in its JSON, or in its bytes."""
    cloud.failures["/sessions/insights"] = [(200, {}, b'{"items": [{"session'), (200, {"content-length": "999"}, b'{"items": []}')]
    assert outcomes(take_in(database, cloud, slept)) == ["created"] * 3
    assert len(slept) == 2


@pytest.mark.parametrize(("status", "says"), [(401, "unknown or expired"), (403, "ViewOrgSessions")])
def test_a_token_that_may_not_is_told_so_at_once(database: Database, cloud: Devin, slept: list[float], status: int, says: str) -> None:
    """Without the token in the sentence."""
    cloud.failures["/self"] = [(status, {}, b'{"detail": "No"}')]
    with pytest.raises(devin.DevinRefused, match=says) as refused:
        take_in(database, cloud, slept)
    assert TOKEN not in str(refused.value)
    assert slept == []


def test_a_token_that_expires_on_the_way_stops_the_import(database: Database, cloud: Devin) -> None:
    """What came before stays in the store."""
    cloud.failures["/messages"] = [(200, {}, b'{"items": []}'), (401, {}, b"{}")]
    with pytest.raises(devin.DevinRefused):
        take_in(database, cloud)
    assert len(stored(database)) == 1


def test_a_redirect_is_not_followed(database: Database, cloud: Devin) -> None:
    """It would carry the token elsewhere."""
    cloud.failures["/self"] = [(302, {"location": "http://127.0.0.1:9/"}, b"")]
    with pytest.raises(devin.DevinUnavailable, match="leads elsewhere"):
        take_in(database, cloud)


def test_a_cursor_that_goes_round_ends(database: Database, cloud: Devin) -> None:
    around = json.dumps({"items": [], "has_next_page": True, "end_cursor": "1="}).encode()
    cloud.failures["/sessions/insights"] = [(200, {}, around)] * 5
    (rejected,) = take_in(database, cloud).rejected
    assert "circles" in rejected.reason


def test_a_deployment_that_lists_no_insights_is_asked_for_each(database: Database, cloud: Devin) -> None:
    cloud.lists_insights = False
    cloud.sessions[2] = session_of(3, analysis=ANALYSIS)
    assert outcomes(take_in(database, cloud)) == ["created"] * 3
    assert [record.analysis_state for record in stored(database)] == ["completed", "not_started", "not_started"]


def test_a_token_of_an_organisation_reads_its_routes(database: Database, cloud: Devin) -> None:
    cloud.org_id = THEIR_ORG
    assert outcomes(take_in(database, cloud)) == ["created"] * 3
    assert all(f"/organizations/{THEIR_ORG}/" in target for target in cloud.asked[1:])


def test_events_become_tool_calls_where_the_route_exists(database: Database, cloud: Devin) -> None:
    """What goes out is a call, what comes in its result."""
    made = [
        ("e1", "shell_command", "shell", "outgoing", {"command": "boil"}),
        ("e2", "shell_output", "shell", "incoming", {"output": "no water", "exit_code": 3}),
        ("e3", "file_edit", "file", "outgoing", {"path": "kettle.py"}),
        ("e4", "status_changed", "status", "outgoing", {}),
    ]
    cloud.events = [
        {"event_id": i, "event_type": t, "category": c, "direction": d, "created_at": START + 10 + n, "contents": contents}
        for n, (i, t, c, d, contents) in enumerate(made)
    ]
    take_in(database, cloud)
    with database.read() as conn:
        transcript = sessions.load_transcript(conn, DatabaseBlobs(), stored(database)[0].pk)
    calls = [event for event in transcript.events if isinstance(event, ToolCall)]
    assert [(c.name, c.category, c.command, c.path, c.exit_code, c.output) for c in calls] == [
        ("shell_command", "shell", "boil", None, 3, "no water"),
        ("file_edit", "file", None, "kettle.py", None, ""),
    ]


def test_a_missing_route_of_events_is_asked_for_once(database: Database, cloud: Devin) -> None:
    take_in(database, cloud)
    assert len([target for target in cloud.asked if "/events/" in target]) == 1


def test_long_lists_of_messages_and_events_come_whole(database: Database, cloud: Devin) -> None:
    cloud.messages = [message_of(n, "user" if n % 2 else "devin", f"{n}") for n in range(1, 8)]
    cloud.events = [
        {"event_id": f"e{n}", "event_type": "search", "category": "search", "direction": "outgoing", "created_at": START, "contents": {}}
        for n in range(120)
    ]
    take_in(database, cloud)
    record = stored(database)[0]
    assert (record.num_user_messages, record.num_devin_messages, record.num_events) == (4, 3, 127)


def test_secrets_are_redacted_in_messages_and_analyses(database: Database, cloud: Devin) -> None:
    secret = "ghp_" + "a1B2" * 9
    cloud.messages = [message_of(1, "user", f"Use {secret}"), message_of(2, "devin", "No.")]
    cloud.sessions = [session_of(1, analysis={"issues": [{**ISSUE, "issue": f"{secret} leaked"}]})]
    take_in(database, cloud)
    with database.read() as conn:
        document = insights.get_document(conn, SCOPE, stored(database)[0].session_id).decode()
        said = sessions.list_messages(conn, SCOPE, stored(database)[0].session_id).items
    assert secret not in document
    assert "[REDACTED:github-token] leaked" in document
    assert secret not in said[0].message


def test_no_word_is_kept_where_content_is_not(database: Database, cloud: Devin) -> None:
    cloud.sessions = [session_of(1, analysis=ANALYSIS)]
    take_in(database, cloud, settings=InsightsSettings(content="metrics"))
    record = stored(database)[0]
    with database.read() as conn:
        document = insights.get_document(conn, SCOPE, record.session_id).decode()
    assert (record.title, record.num_issues, record.acus) == (None, 1, 1.25)
    assert "water" not in document
    assert outcomes(take_in(database, cloud, settings=InsightsSettings(content="metrics"))) == ["unchanged"]


@pytest.mark.parametrize(
    "broken",
    [
        {"session_id": None},
        {"acus_consumed": "REDACTED", "created_at": "yesterday", "updated_at": None, "pull_requests": 7, "tags": [1], "title": 3},
        {"analysis": {"issues": "none", "timeline": [7], "classification": [], "suggested_prompt": 1}},
        {"created_at": 10**18, "acus_consumed": -1, "origin": "moon"},
    ],
)
def test_a_session_of_the_wrong_types_stops_no_other(database: Database, cloud: Devin, broken: Json) -> None:
    cloud.sessions[1] = session_of(2) | broken
    cloud.messages = [{"event_id": 7, "source": "alien", "message": None, "created_at": "x"}, *cloud.messages]
    summary = take_in(database, cloud)
    assert len(summary.sessions) + len(summary.rejected) == 3
    assert {"1", "3"} <= {session.session_id.lstrip("0") for session in summary.sessions}
