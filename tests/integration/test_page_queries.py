"""What only the pages ask of the store: sizes and outcomes, the event at a record, the worst severity, a title for every session."""

import msgspec
import pytest
from sqlalchemy import insert, update

from hotwash.insights.service import worst_severities
from hotwash.sessions import service
from hotwash.sessions.model import SessionFilter
from hotwash.store import tables as t
from hotwash.store.engine import Database
from hotwash.transcript import ToolCall
from tests.integration.builders import EVERYWHERE, Make, agent, organization, saved, shell, transcript, user


def finding(pk: int, number: int, severity: str) -> dict[str, object]:
    return {
        "session_pk": pk,
        "issue_id": f"issue-{number}",
        "kind": "loop",
        "severity": severity,
        "label": "again",
        "fingerprint": "0" * 16,
        "first_record": 1,
        "last_record": 2,
        "source": "loop/1",
    }


def call_with_result(record: int, result_record: int) -> Make:
    def make(seq: int) -> ToolCall:
        call = shell("make")(seq)
        assert isinstance(call, ToolCall)
        return msgspec.structs.replace(call, record=record, result_record=result_record)

    return make


@pytest.mark.parametrize(
    ("narrowed", "titles"),
    [
        (SessionFilter(sizes=("l", "xl")), ["large"]),
        (SessionFilter(outcomes=("achieved",)), ["small"]),
        (SessionFilter(sizes=("l",), outcomes=("achieved",)), []),
    ],
)
def test_a_list_is_narrowed_by_size_and_outcome(database: Database, narrowed: SessionFilter, titles: list[str]) -> None:
    with database.write() as conn:
        organization(conn)
        small = saved(conn, transcript(agent("a"), title="small"), session_size="s")
        saved(conn, transcript(agent("a"), title="large"), session_size="l")
        conn.execute(update(t.sessions).where(t.sessions.c.pk == small).values(outcome="achieved"))
    with database.read() as conn:
        assert [record.title for record in service.list_sessions(conn, EVERYWHERE, narrowed).items] == titles


@pytest.mark.parametrize(("record", "seq"), [(1, None), (2, 0), (3, 1), (4, 1), (5, 2), (99, 2), (2**40, 2)])
def test_a_record_leads_to_its_event(database: Database, record: int, seq: int | None) -> None:
    """A result has no event of its own: its call is the nearest before it."""
    session = transcript(
        lambda at: msgspec.structs.replace(user("Go")(at), record=2),
        call_with_result(3, 4),
        lambda at: msgspec.structs.replace(agent("Done")(at), record=5),
    )
    with database.write() as conn:
        organization(conn)
        saved(conn, session)
    with database.read() as conn:
        assert service.find_seq_at_record(conn, EVERYWHERE, session.session_id, record) == seq


def test_the_worst_severity_is_told_for_each_session(database: Database) -> None:
    with database.write() as conn:
        organization(conn)
        grave, light, clean = (saved(conn, transcript(agent("a"))) for _ in range(3))
        rows = [finding(grave, 1, "low"), finding(grave, 2, "high"), finding(grave, 3, "medium"), finding(light, 1, "low")]
        conn.execute(insert(t.findings), rows)
    with database.read() as conn:
        assert worst_severities(conn, (grave, light, clean)) == {grave: "high", light: "low"}
        assert worst_severities(conn, ()) == {}


def test_a_session_without_a_title_is_known_by_its_request(database: Database) -> None:
    with database.write() as conn:
        organization(conn)
        pk = saved(conn, transcript(user("  Mend the\n till  "), agent("Yes")))
        silent = saved(conn, transcript(agent("Hello")))
    with database.read() as conn:
        assert service.load_record(conn, pk).title == "Mend the till"
        assert service.load_record(conn, silent).title is None
