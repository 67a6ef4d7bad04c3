"""A stored session as a document for people: its debrief, then its transcript, then those of its subagents."""

import msgspec

from hotwash.analysis import rules
from hotwash.cli import markdown as debrief_markdown
from hotwash.cli import report
from hotwash.cli.debriefed import Debrief
from hotwash.exporting.service import Bundle
from hotwash.insights.metrics import SessionMetrics
from hotwash.insights.size import SessionSize
from hotwash.kit.text import one_line, printable
from hotwash.web import standalone
from hotwash.writers import contract_markdown
from hotwash.writers import markdown as transcript_markdown


def markdown(bundle: Bundle) -> str:
    """The whole document."""
    return "\n".join((_debrief(bundle), transcript_markdown.write(bundle.transcript), *map(_subagent, bundle.descendants)))


def html(bundle: Bundle) -> str:
    """The same as one page that needs nothing else and runs nothing."""
    title = one_line(printable(report.title_of(bundle.transcript)), 90)
    parts = (_debrief(bundle), transcript_markdown.write(bundle.transcript), *map(_subagent, bundle.descendants))
    return standalone.page(title, parts)


def _debrief(bundle: Bundle) -> str:
    """As it is stored where another engine made it; the rules' own, which are quick and give the same again, otherwise."""
    metrics, document = bundle.metrics, bundle.analysis.document
    size = msgspec.convert(bundle.session.session_size, SessionSize)
    if document is None or document.engine == rules.ENGINE:
        analysis = rules.analyse(bundle.transcript, acus=bundle.session.own_acus)
        file = bundle.session.session_id
        return debrief_markdown.render(Debrief(file=file, transcript=bundle.transcript, metrics=metrics, size=size, analysis=analysis))
    figures = f"{report.agent_name(bundle.transcript)} · {report.facts_line(metrics)} · {report.size_and_cost(metrics, size)}"
    return contract_markdown.write(report.title_of(bundle.transcript), figures, document.engine, document.analysis)


def _subagent(bundle: Bundle) -> str:
    figures = f"{report.facts_line(bundle.metrics)} · {_tokens(bundle.metrics)}"
    title = transcript_markdown.inline(report.title_of(bundle.transcript), 90)
    return f"# Subagent: {title}\n\n{figures}\n\n{transcript_markdown.write(bundle.transcript)}"


def _tokens(metrics: SessionMetrics) -> str:
    return "tokens unknown" if metrics.usage is None else f"{metrics.usage.output:,} output tokens"
