"""What an analysis looks like outside: the contract's object, and our own details in the format of the labelled sessions."""

from collections.abc import Iterable

import msgspec

from hotwash.analysis.model import Analysis, Evidence, InstructionUse, Issue, SuggestedPrompt

Json = dict[str, object]


class AnalysisDocument(msgspec.Struct, frozen=True, kw_only=True):
    """An analysis as it is stored and served under /hotwash/v1. `analysis` is the contract's part, byte for byte what the wire carries."""

    engine: str
    version: str
    coverage: msgspec.Raw
    analysis: msgspec.Raw
    details: msgspec.Raw


def analysis_document(analysis: Analysis) -> bytes:
    """The document to store. The same analysis gives the same bytes."""
    return msgspec.json.encode(
        AnalysisDocument(
            engine=analysis.engine,
            version=analysis.version,
            coverage=_raw(analysis.coverage),
            analysis=_raw(contract_analysis(analysis)),
            details=_raw(details(analysis)),
        )
    )


def contract_analysis(analysis: Analysis) -> Json:
    """SessionInsightsAnalysis with exactly the contract's keys (section 2). A part with nothing to say is an empty list or null."""
    return {
        "action_items": [{"action_item": a.text, "issue_id": a.issue_id, "type": a.type} for a in analysis.action_items],
        "classification": _contract_classification(analysis),
        "issues": [{"id": i.id, "issue": i.what, "impact": i.impact, "label": i.label, "title": i.label} for i in analysis.issues],
        "note_usage": _contract_note_usage(analysis.instructions_used),
        "suggested_prompt": _contract_prompt(analysis.suggested_prompt),
        "timeline": [
            {"title": t.title, "description": t.description, "color": t.color, "issue_id": t.issue_id} for t in analysis.timeline
        ],
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
            {"type": a.type, "text": a.text, "issue": number.get(a.issue_id) if a.issue_id is not None else None} for a in analysis.action_items
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
