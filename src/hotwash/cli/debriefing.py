"""What `analyze` and `inspect` do to one file. Top-level functions of plain values, so that worker processes can run them."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from hotwash.analysis.model import Analysis
from hotwash.analysis.rules import analyse
from hotwash.cli import explaining, markdown, report
from hotwash.cli.debriefed import Debrief
from hotwash.insights.document import contract_analysis, details, session_fields
from hotwash.insights.metrics import measure
from hotwash.insights.size import session_size
from hotwash.intake.archives import Rejected
from hotwash.intake.files import unpacked
from hotwash.intake.redaction import redact_transcript, table
from hotwash.kit.text import shown_path
from hotwash.readers.base import UnreadableSource
from hotwash.readers.detect import read_source
from hotwash.settings import InsightsSettings
from hotwash.transcript import Transcript


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one file: an output for each session in it, and why it or a part of it failed."""

    outputs: tuple[bytes, ...] = ()
    failures: tuple[str, ...] = ()


Render = Callable[[Debrief], bytes]


def as_json(debrief: Debrief, *, explain: bool) -> bytes:
    """The session, its analysis on the contract's wire, and the details in the label format."""
    return encode_debrief(debrief, explain=explain)


def as_report(debrief: Debrief, *, explain: bool) -> bytes:
    """A report for the terminal."""
    return (report.render(debrief) + (explaining.as_text(debrief) if explain else "")).encode()


def as_markdown(debrief: Debrief, *, explain: bool) -> bytes:
    """The same report as Markdown."""
    return (markdown.render(debrief) + (explaining.as_markdown(debrief) if explain else "")).encode()


def analyze_file(file: str, format_name: str | None, render: Render) -> Item:
    """Every session of a file, by the rules."""
    return each_session(file, format_name, lambda transcript: render(_debrief(file, transcript)))


def inspect_json(file: str, format_name: str | None) -> Item:
    """What the transcript holds, counted once; null where the format cannot tell."""
    return each_session(file, format_name, lambda transcript: msgspec.json.encode(_counts(file, transcript)))


def inspect_line(file: str, format_name: str | None) -> Item:
    """The same on one line for people."""
    return each_session(
        file, format_name, lambda transcript: report.inspect_line(shown_path(file), transcript, measure(transcript)).encode()
    )


def each_session(file: str, format_name: str | None, work: Callable[[Transcript], bytes]) -> Item:
    """The work's output for every session of a file, an archive or a repository."""
    outputs: list[bytes] = []
    failures: list[str] = []
    for source in unpacked(Path(file)):
        if isinstance(source, Rejected):
            failures.append(source.reason if source.name in source.reason else f"{source.name}: {source.reason}")
            continue
        try:
            outputs.extend(work(transcript) for transcript in read_source(source, format_name))
        except UnreadableSource as error:
            failures.append(error.sentence)
    return Item(outputs=tuple(outputs), failures=tuple(failures))


def _debrief(file: str, transcript: Transcript) -> Debrief:
    clean = cleaned(transcript)
    return debrief_with(file, clean, lambda acus: analyse(clean, acus=acus))


def cleaned(transcript: Transcript) -> Transcript:
    """Without secrets, and without what else is to be taken out: before anything is analysed, shown or sent."""
    return redact_transcript(transcript, table(emails=InsightsSettings().redact_emails))[0]


def debrief_with(file: str, clean: Transcript, engine: Callable[[float], Analysis]) -> Debrief:
    """What is told of a redacted session; `engine` gives the analysis, of the ACUs that the session took."""
    settings = InsightsSettings()
    metrics = measure(clean, usd_per_acu=settings.usd_per_acu)
    size = session_size(metrics.acus, metrics.num_user_messages, settings.size_thresholds)
    return Debrief(file=shown_path(file), transcript=clean, metrics=metrics, size=size, analysis=engine(metrics.acus))


def encode_debrief(debrief: Debrief, *, explain: bool = False) -> bytes:
    """What `hotwash analyze --json` prints of a session."""
    analysis = debrief.analysis
    explained = {"explanations": explaining.explanations(debrief)} if explain else {}
    return msgspec.json.encode(
        {
            "file": debrief.file,
            "session": session_fields(debrief.transcript, debrief.metrics, analysis),
            "analysis": contract_analysis(analysis),
            "details": details(analysis),
            "engine": analysis.engine,
            "version": analysis.version,
            "coverage": analysis.coverage,
            "warnings": debrief.transcript.warnings,
            **({"judge": analysis.judge} if analysis.judge else {}),
            **explained,
        }
    )


def _counts(file: str, transcript: Transcript) -> dict[str, object]:
    metrics = measure(transcript)
    usage, coverage, unknown = transcript.usage, transcript.coverage, metrics.unknown_tokens
    return {
        "file": shown_path(file),
        "format": transcript.format,
        "agent": transcript.agent,
        "native_id": transcript.native_id,
        "session_id": transcript.session_id,
        "user_messages": metrics.num_user_messages if coverage.user_messages else None,
        "agent_messages": metrics.num_agent_messages if coverage.agent_messages else None,
        "tool_calls": metrics.tool_calls,
        "failed_tool_calls": metrics.failed_tool_calls,
        "input_tokens": usage.input if usage and "input" not in unknown else None,
        "cache_read_tokens": usage.cache_read if usage and "cache_read" not in unknown else None,
        "cache_write_tokens": usage.cache_write if usage and "cache_write" not in unknown else None,
        "output_tokens": usage.output if usage else None,
        "cost_usd": transcript.cost_usd,
        "started_at": transcript.started_at,
        "ended_at": transcript.ended_at,
        "models": transcript.models if transcript.models or coverage.models else None,
        "parent_native_id": transcript.parent_native_id,
        "usage_partial": transcript.usage_partial,
        "warnings": transcript.warnings,
    }
