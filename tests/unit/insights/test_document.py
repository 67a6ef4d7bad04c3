"""The documents carry the contract's keys and nothing else, and say nothing where there is nothing to say."""

import json
from pathlib import Path

import msgspec
import pytest

from hotwash.analysis.model import (
    ActionItem,
    Analysis,
    Classification,
    Evidence,
    FeedbackItem,
    InstructionUse,
    Issue,
    IssueCost,
    LateFact,
    Phase,
    SuggestedPrompt,
    TimelineEntry,
    UserTurn,
)
from hotwash.insights.document import (
    AnalysisDocument,
    analysis_document,
    contract_analysis,
    details,
    merged_records,
    session_document,
    session_fields,
    with_base_url,
)
from hotwash.insights.metrics import measure
from hotwash.sessions.model import SessionRecord
from hotwash.transcript import Coverage, PullRequest
from tests.unit.analysis import builders as b

CONTRACT = Path(__file__).parents[3].parent / "shared" / "contract" / "contract.json"


def _evidence(first: int, last: int, quote: str = "go: command not found") -> Evidence:
    return Evidence(first_record=first, last_record=last, quote=quote, first_seq=first, last_seq=last)


ISSUE = Issue(
    id="issue-1",
    kind="environment",
    severity="medium",
    label="go: command not found",
    what="Go is not installed.",
    impact="Took 4 turns.",
    evidence=(_evidence(9, 9), _evidence(3, 4), _evidence(5, 6)),
    cost=IssueCost(turns=4),
    fingerprint="0123456789abcdef",
    source="environment/1",
)
FULL = Analysis(
    engine="rules",
    version="1",
    coverage=Coverage(tokens=True),
    outcome="partly",
    issues=(ISSUE,),
    action_items=(
        ActionItem(type="machine_setup", text="Install Go.", issue_id="issue-1"),
        ActionItem(type="other", text="Split the work."),
    ),
    classification=Classification(category="bug_fixing", confidence=0.7, languages=("Go",), tools=("git",)),
    instructions_used=(
        InstructionUse(name="CLAUDE.md", record=2, good=True, message="Ran the command it names.", why="It was right."),
        InstructionUse(name="deploy", record=7, good=False, message="Followed a stale path.", why="The path is gone."),
    ),
    suggested_prompt=SuggestedPrompt(
        original="fix it",
        suggested="fix it with go 1.25",
        feedback=(FeedbackItem(summary="Name the version.", excerpt="go 1.25", details="Came late.", record=8, issue_id="issue-1"),),
    ),
    timeline=(TimelineEntry(title="Start", description="Looked around.", color="blue", first_record=1, last_record=4, issue_id="issue-1"),),
    user_turns=(UserTurn(record=1, seq=0, role="request"),),
    late_facts=(LateFact(record=8, fact="go 1.25"),),
    phases=(Phase(title="Start", first=1, last=4, first_seq=0, last_seq=3),),
)
EMPTY = Analysis(engine="rules", version="1", coverage=Coverage(), outcome="unclear")
RECORD = SessionRecord(
    pk=1,
    org_id="org-1",
    session_id="0" * 32,
    parent_session_id=None,
    format="test",
    agent="Test Agent",
    native_id="story",
    title="A story",
    cwd="/w",
    repository="a/b",
    branch="main",
    origin="scheduled",
    status="exit",
    status_detail=None,
    category="bug_fixing",
    user_id=None,
    service_user_id=None,
    playbook_id=None,
    is_archived=False,
    created_at=1,
    updated_at=2,
    imported_at=3,
    num_user_messages=1,
    num_devin_messages=1,
    num_events=2,
    own_acus=0.5,
    acus=0.75,
    acu_basis="cost",
    session_size="xs",
    analysis_state="completed",
    outcome="partly",
    num_issues=1,
    content_digest="",
    metrics=b"{}",
    pull_requests=(PullRequest(url="https://example.org/pull/1"),),
)


def test_the_contract_part_refers_to_issues_by_id() -> None:
    wire = msgspec.json.decode(msgspec.json.encode(contract_analysis(FULL)))
    assert wire["issues"] == [
        {
            "id": "issue-1",
            "issue": "Go is not installed.",
            "impact": "Took 4 turns.",
            "label": "go: command not found",
            "title": "go: command not found",
        }
    ]
    assert wire["action_items"][0] == {"action_item": "Install Go.", "issue_id": "issue-1", "type": "machine_setup"}
    assert wire["note_usage"]["bad_usages"] == [{"note_id": "deploy", "message": "Followed a stale path.", "reason": "The path is gone."}]
    assert wire["timeline"][0]["color"] == "blue"


def test_parts_with_nothing_to_say_are_empty_or_null() -> None:
    assert contract_analysis(EMPTY) == {
        "action_items": [],
        "classification": None,
        "issues": [],
        "note_usage": None,
        "suggested_prompt": None,
        "timeline": [],
    }


def test_details_are_a_label_with_more_on_each_issue() -> None:
    label = msgspec.json.decode(msgspec.json.encode(details(FULL, "a/b.jsonl")))
    assert list(label) == [
        "file", "outcome", "category", "languages", "tools", "issues", "user_turns", "late_facts", "phases", "action_items", "instructions_used",
    ]  # fmt: skip
    assert label["issues"][0] == {
        "kind": "environment",
        "severity": "medium",
        "records": [[3, 6], [9, 9]],
        "label": "go: command not found",
        "what": "Go is not installed.",
        "impact": "Took 4 turns.",
        "id": "issue-1",
        "evidence": [
            {"first_record": first, "last_record": last, "quote": "go: command not found"} for first, last in ((9, 9), (3, 4), (5, 6))
        ],
        "cost": {"turns": 4, "seconds": None, "tokens": None, "acus": None},
        "fingerprint": "0123456789abcdef",
        "source": "environment/1",
    }
    assert [item["issue"] for item in label["action_items"]] == [0, None]
    assert "file" not in details(FULL)


def test_ranges_that_touch_or_overlap_are_merged() -> None:
    assert merged_records([_evidence(8, 9), _evidence(1, 5), _evidence(2, 3), _evidence(6, 6)]) == [(1, 6), (8, 9)]


def test_a_document_starts_with_its_url_and_carries_the_stored_analysis_as_it_is() -> None:
    stored = analysis_document(FULL)
    document = session_document(RECORD, stored)
    assert document.startswith(b'{"url":"/sessions/0000')
    assert msgspec.json.encode(contract_analysis(FULL)) in document
    assert msgspec.json.decode(stored, type=AnalysisDocument).engine == "rules"
    assert session_document(RECORD, stored) == document


def test_analysis_is_null_until_there_is_one() -> None:
    for state, shown in (("not_started", "not_started"), ("started", "started"), ("failed", "not_started")):
        body = json.loads(session_document(msgspec.structs.replace(RECORD, analysis_state=state), None))
        assert (body["analysis"], body["analysis_status"]) == (None, shown)


def test_the_base_url_goes_into_the_session_link_alone() -> None:
    record = msgspec.structs.replace(RECORD, title='{"url":"/x')
    body = json.loads(with_base_url(session_document(record, None), "https://hotwash.example.org/team"))
    assert body["url"] == f"https://hotwash.example.org/team/sessions/{'0' * 32}"
    assert body["title"] == '{"url":"/x'


def test_a_session_in_no_store_has_the_same_keys_without_the_analysis() -> None:
    story = b.session(b.user("a"), b.agent("b"))
    assert [*session_fields(story, measure(story), FULL), "analysis"] == list(json.loads(session_document(RECORD, None)))


def test_the_documents_have_exactly_the_keys_of_the_contract() -> None:
    if not CONTRACT.exists():
        pytest.skip("the contract is not beside this repository")
    schemas = json.loads(CONTRACT.read_text())["schemas"]
    body = json.loads(session_document(RECORD, analysis_document(FULL)))
    _check(body, "SessionInsightsResponse", schemas)


def _check(value: dict[str, object], name: str, schemas: dict[str, dict[str, dict[str, dict[str, object]]]]) -> None:
    properties = schemas[name]["properties"]
    assert set(value) == set(properties), name
    for key, item in value.items():
        of_items = properties[key].get("items")
        ref = properties[key].get("ref") or (of_items.get("ref") if isinstance(of_items, dict) else None)
        for part in item if isinstance(item, list) else [item]:
            if isinstance(ref, str) and isinstance(part, dict):
                _check(part, ref, schemas)
