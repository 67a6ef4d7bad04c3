"""What a session and its analysis look like outside: the contract's objects, and our own details in the format of the labelled sessions."""

from collections.abc import Iterable, Mapping

import msgspec

from hotwash.analysis.model import Analysis, Evidence, InstructionUse, Issue, JudgeRun, SuggestedPrompt
from hotwash.insights.metrics import SessionMetrics, session_status
from hotwash.sessions.model import SessionRecord
from hotwash.transcript import Coverage, PullRequest, Transcript

Json = dict[str, object]

_URL_START = b'{"url":"/'
_BASE_URL_GOES_AT = len(_URL_START) - 1

# `analysis_status` where the contract's newest vintage has it: three values are known, none of them a failure. A failed attempt is as if
# none had been made, which is how generate treats it too.
_ANALYSIS_STATUS = {"not_started": "not_started", "started": "started", "completed": "completed", "failed": "not_started"}

# The organization of a session that is in no store, because the contract wants one.
_NO_ORGANIZATION = "org-local"


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What the contract's session carries of one of ours, stored or not."""

    session_id: str
    org_id: str
    status: str
    status_detail: str | None
    tags: tuple[str, ...]
    pull_requests: tuple[PullRequest, ...]
    acus: float
    created_at: int
    updated_at: int
    title: str | None
    origin: str | None
    category: str | None
    parent_session_id: str | None
    child_session_ids: tuple[str, ...]
    num_user_messages: int
    num_devin_messages: int
    session_size: str
    analysis_state: str
    user_id: str | None = None
    service_user_id: str | None = None
    playbook_id: str | None = None
    is_archived: bool = False


class AnalysisDocument(msgspec.Struct, frozen=True, kw_only=True):
    """An analysis as it is stored and served under /hotwash/v1. `analysis` is the contract's part, byte for byte what the wire carries."""

    engine: str
    version: str
    coverage: msgspec.Raw
    analysis: msgspec.Raw
    details: msgspec.Raw
    judge: JudgeRun | None = None
    """Where a model judged: which, and what it took."""


def analysis_document(analysis: Analysis) -> bytes:
    """The document to store. The same analysis gives the same bytes."""
    return msgspec.json.encode(
        AnalysisDocument(
            engine=analysis.engine,
            version=analysis.version,
            coverage=_raw(analysis.coverage),
            analysis=_raw(contract_analysis(analysis)),
            details=_raw(details(analysis)),
            judge=analysis.judge,
        )
    )


def foreign_document(engine: str, version: str, contract: Mapping[str, object]) -> bytes:
    """The document of an engine that fills the contract's part alone. What would need kinds, evidence or records is empty."""
    unknown = Analysis(engine=engine, version=version, coverage=Coverage(), outcome="unclear")
    return msgspec.json.encode(
        AnalysisDocument(
            engine=engine, version=version, coverage=_raw(unknown.coverage), analysis=_raw(contract), details=_raw(details(unknown))
        )
    )


def session_document(record: SessionRecord, document: bytes | None) -> bytes:
    """The SessionInsightsResponse of a stored session, ready to send once it has its base URL. `document` is its newest completed analysis.

    `url` comes first and holds a path, so that one stored document serves any address.
    """
    response = record_fields(record)
    if document is not None:
        response["analysis"] = msgspec.json.decode(document, type=AnalysisDocument).analysis
        if record.analysis_state == "failed":  # a newer attempt did; what there is still holds
            response["analysis_status"] = "completed"
    return msgspec.json.encode(response)


def record_fields(record: SessionRecord) -> Json:
    """The SessionInsightsResponse, without its `analysis`, of a stored session. `url` holds a path."""
    return _session_response(Shown(**{name: getattr(record, name) for name in Shown.__struct_fields__}))


def session_fields(transcript: Transcript, metrics: SessionMetrics, analysis: Analysis | None) -> Json:
    """The SessionInsightsResponse, without its `analysis`, of a session that is in no store."""
    status, detail = session_status(transcript)
    response = _session_response(
        Shown(
            session_id=transcript.session_id,
            org_id=_NO_ORGANIZATION,
            status=status,
            status_detail=detail,
            tags=(),
            pull_requests=transcript.pull_requests,
            acus=metrics.acus,
            created_at=int(metrics.started_at or 0),  # the contract wants a number; 0 where the format has no times
            updated_at=int(metrics.ended_at or metrics.started_at or 0),
            title=transcript.title,
            origin=transcript.origin,
            category=analysis.classification.category if analysis and analysis.classification else None,
            parent_session_id=transcript.parent_session_id,
            child_session_ids=(),
            num_user_messages=metrics.num_user_messages,
            num_devin_messages=metrics.num_agent_messages,
            session_size=metrics.session_size,
            analysis_state="completed" if analysis else "not_started",
        )
    )
    del response["analysis"]
    return response


def with_base_url(document: bytes, base: str) -> bytes:
    """The document with its `url` made whole. `base` has no slash at its end."""
    return b'{"url":"' + base.encode() + document[_BASE_URL_GOES_AT:]


def _session_response(shown: Shown) -> Json:
    """All keys of the contract's schema, in a fixed order. What we never have is null, what clients of old vintages expect is there."""
    return {
        "url": f"/sessions/{shown.session_id}",
        "session_id": shown.session_id,
        "org_id": shown.org_id,
        "status": shown.status,
        "status_detail": shown.status_detail,
        "tags": shown.tags,
        "pull_requests": [{"pr_url": p.url, "pr_state": p.state} for p in shown.pull_requests],
        "acus_consumed": shown.acus,
        "created_at": shown.created_at,
        "updated_at": shown.updated_at,
        "title": shown.title,
        "user_id": shown.user_id,
        "service_user_id": shown.service_user_id,
        "playbook_id": shown.playbook_id,
        "parent_session_id": shown.parent_session_id,
        "child_session_ids": shown.child_session_ids or None,
        "is_advanced": False,
        "is_archived": shown.is_archived,
        "structured_output": None,
        "category": shown.category,
        "subcategory": None,
        "origin": "automation" if shown.origin == "scheduled" else shown.origin,  # renamed from the third vintage on
        "devin_mode": None,
        "automation_id": None,
        "num_user_messages": shown.num_user_messages,
        "num_devin_messages": shown.num_devin_messages,
        "session_size": shown.session_size,
        "analysis_status": _ANALYSIS_STATUS[shown.analysis_state],
        "analysis": None,
    }


def contract_analysis(analysis: Analysis) -> Json:
    """SessionInsightsAnalysis with exactly the contract's keys (section 2). A part with nothing to say is an empty list or null."""
    return {
        "action_items": [{"action_item": a.text, "issue_id": a.issue_id, "type": a.type} for a in analysis.action_items],
        "classification": _contract_classification(analysis),
        "issues": [{"id": i.id, "issue": i.what, "impact": i.impact, "label": i.label, "title": i.label} for i in analysis.issues],
        "note_usage": _contract_note_usage(analysis.instructions_used),
        "suggested_prompt": _contract_prompt(analysis.suggested_prompt),
        "timeline": [{"title": t.title, "description": t.description, "color": t.color, "issue_id": t.issue_id} for t in analysis.timeline],
    }


def details(analysis: Analysis, file: str | None = None) -> Json:
    """The analysis in the format of a label, and for each issue its id, evidence, cost, fingerprint and source besides.

    `file` is left out where there is none (a stored session), as a label without a file is of use to nobody.
    """
    number = {issue.id: index for index, issue in enumerate(analysis.issues)}
    classification = analysis.classification
    label: Json = {
        "outcome": analysis.outcome,
        "category": classification.category if classification else None,
        "languages": classification.languages if classification else (),
        "tools": classification.tools if classification else (),
        "issues": [_detailed_issue(issue) for issue in analysis.issues],
        "user_turns": [{"record": t.record, "role": t.role} for t in analysis.user_turns],
        "late_facts": [{"record": f.record, "fact": f.fact} for f in analysis.late_facts],
        "phases": [{"title": p.title, "first": p.first, "last": p.last} for p in analysis.phases],
        "action_items": [
            {"type": a.type, "text": a.text, "issue": number.get(a.issue_id) if a.issue_id is not None else None}
            for a in analysis.action_items
        ],
        "instructions_used": [{"name": u.name, "record": u.record, "good": u.good, "why": u.why} for u in analysis.instructions_used],
    }
    return label if file is None else {"file": file, **label}


def _raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def _contract_classification(analysis: Analysis) -> Json | None:
    if analysis.classification is None:
        return None
    return {
        "category": analysis.classification.category,
        "confidence": analysis.classification.confidence,
        "programming_languages": analysis.classification.languages,
        "tools_and_frameworks": analysis.classification.tools,
    }


def _contract_note_usage(uses: tuple[InstructionUse, ...]) -> Json | None:
    """Instruction files and skills stand here beside notes: a known client counts them alike (contract section 2). Their name is the note's id."""
    if not uses:
        return None
    return {
        "good_usages": [{"note_id": u.name, "message": u.message, "reason": u.why} for u in uses if u.good],
        "bad_usages": [{"note_id": u.name, "message": u.message, "reason": u.why} for u in uses if not u.good],
    }


def _contract_prompt(prompt: SuggestedPrompt | None) -> Json | None:
    if prompt is None:
        return None
    return {
        "original_prompt": prompt.original,
        "suggested_prompt": prompt.suggested,
        "feedback_items": [
            {"summary": f.summary, "excerpt": f.excerpt, "details": f.details, "issue_id": f.issue_id} for f in prompt.feedback
        ],
    }


def _detailed_issue(issue: Issue) -> Json:
    return {
        "kind": issue.kind,
        "severity": issue.severity,
        "records": merged_records(issue.evidence),
        "label": issue.label,
        "what": issue.what,
        "impact": issue.impact,
        "id": issue.id,
        "evidence": [{"first_record": e.first_record, "last_record": e.last_record, "quote": e.quote} for e in issue.evidence],
        "cost": issue.cost,
        "fingerprint": issue.fingerprint,
        "source": issue.source,
    }


def merged_records(evidence: Iterable[Evidence]) -> list[tuple[int, int]]:
    """The record ranges of some evidence in order, those that touch or overlap made one."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted((e.first_record, e.last_record) for e in evidence):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged
