"""`analyze --explain`: which facts led to each issue, as text and as Markdown."""

from collections.abc import Iterable, Sequence

from hotwash.analysis.explanation import CitedPlace, Explanation, explain
from hotwash.analysis.facts.collect import collect
from hotwash.cli.debriefed import Debrief
from hotwash.kit.text import one_line, printable

HEADING = "How each issue was found"
LABEL_CHARS = 100
CAUSE_CHARS = 200


def explanations(debrief: Debrief) -> tuple[Explanation, ...]:
    """One an issue, in the order of the issues."""
    return explain(collect(debrief.transcript), debrief.analysis.issues)


def as_text(debrief: Debrief) -> str:
    """A section to stand below the report; empty where there is no issue."""
    blocks = [
        "\n".join(
            [
                f"  {label}",
                f"    {_head(explanation)}",
                *(f"    {line}" for line in _lines(explanation.cited)),
                f"    in all: {_counts(explanation)}",
            ]
        )
        for label, explanation in _named(debrief)
    ]
    return "\n".join(["", HEADING, *blocks, ""]) if blocks else ""


def as_markdown(debrief: Debrief) -> str:
    """The same for Markdown."""
    blocks = [
        [
            f"- **{_safe(label)}** {_safe(_head(explanation))}",
            *(f"    - {_safe(line)}" for line in _lines(explanation.cited)),
            f"    - in all: {_counts(explanation)}",
        ]
        for label, explanation in _named(debrief)
    ]
    return "\n".join(["", f"## {HEADING}", "", *(line for block in blocks for line in block), ""]) if blocks else ""


def _named(debrief: Debrief) -> Iterable[tuple[str, Explanation]]:
    labels = {issue.id: issue.label for issue in debrief.analysis.issues}
    return ((one_line(printable(labels[e.issue_id]), LABEL_CHARS), e) for e in explanations(debrief))


def _head(explanation: Explanation) -> str:
    return f"found by {explanation.source}, cause: {one_line(printable(explanation.cause), CAUSE_CHARS) or 'not told'}"


def _lines(cited: Sequence[CitedPlace]) -> Iterable[str]:
    for place in cited:
        records = f"{place.first_record}" if place.first_record == place.last_record else f"{place.first_record}–{place.last_record}"
        told = [printable(fact) for fact in place.facts] or ["nothing but the words quoted"]
        yield from (f"record {records}: {fact}" for fact in told)
        if place.more_facts:
            yield f"record {records}: and {place.more_facts} facts more"


def _counts(explanation: Explanation) -> str:
    return ", ".join(f"{name} {number}" for name, number in explanation.counted.items())


def _safe(text: str) -> str:
    """Without what Markdown or a browser would take for a tag."""
    return text.replace("<", "&lt;")
