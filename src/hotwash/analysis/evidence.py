"""Checks every quote and range before a reader sees it. Both engines pass through here: what is not verbatim in the session is dropped and counted."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from hotwash.analysis.detectors.base import Cite
from hotwash.analysis.model import Dropped, Evidence
from hotwash.transcript import AgentMessage, Event, Instruction, Lifecycle, Reasoning, ToolCall, UserMessage

MAX_QUOTE_CHARS = 200
"""A quote is a line to recognise the place by, not the passage."""
MIN_QUOTE_CHARS = 3
"""Shorter than that, a quote stands everywhere and proves nothing."""

POLLED_RECORDS = 3
"""A call, its first piece, a poll and the next piece: the last stands three records after the first (Codex `write_stdin`, formats section 2)."""

_NEVER_QUOTED = ("[REDACTED", "characters left out")
"""What redaction or a reader's cap put in the place of the source's own words."""
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_BREAKS_IN_ARGUMENTS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\"\\]+")
_SENTENCE_END = re.compile(r"[.!?:;]\s+")
MAX_LINES_TRIED = 400


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence that stands, and what was refused."""

    evidence: tuple[Evidence, ...]
    dropped: Dropped


def check_cites(cites: Iterable[Cite], events: tuple[Event, ...]) -> Checked:
    """Evidence for every cite whose range lies in the session and whose quote is verbatim in one of the cited events."""
    kept: list[Evidence] = []
    bad_quotes = bad_ranges = 0
    for cite in cites:
        if not _in_session(cite, events):
            bad_ranges += 1
            continue
        evidence = _evidence(cite, events) if is_quotable(cite.quote) else None
        if evidence is None:
            bad_quotes += 1
        elif evidence not in kept:
            kept.append(evidence)
    return Checked(evidence=tuple(kept), dropped=Dropped(quotes=bad_quotes, ranges=bad_ranges))


def is_quotable(quote: str) -> bool:
    """One line of 3 to 200 characters, stripped, of the source's own words."""
    return (
        MIN_QUOTE_CHARS <= len(quote) <= MAX_QUOTE_CHARS
        and quote == quote.strip()
        and _BREAKS.search(quote) is None
        and not any(marker in quote for marker in _NEVER_QUOTED)
    )


def pick_quote(text: str, prefer: re.Pattern[str] | str | None = None, *, in_arguments: bool = False) -> str:
    """A quotable stretch of `text`: of the line that matches `prefer`, else of the first line with words; empty where there is none.

    With `in_arguments` the stretch also avoids quotation marks and backslashes: some formats keep arguments as JSON inside JSON, where those
    are written differently.
    """
    breaks = _BREAKS_IN_ARGUMENTS if in_arguments else _BREAKS
    for line, wanted in _preferred_first(text, prefer):
        stretches = sorted((part.strip() for part in breaks.split(line)), key=lambda part: (wanted not in part, -len(part)))
        for stretch in stretches[:2]:
            quote = _cut(stretch)
            if is_quotable(quote) and any(c.isalnum() for c in quote):
                return quote
    return ""


def _preferred_first(text: str, prefer: re.Pattern[str] | str | None) -> Iterator[tuple[str, str]]:
    """The lines to try, each with the words that the quote should hold."""
    if prefer is not None:
        at, wanted = _place(prefer, text)
        if at >= 0:
            start = text.rfind("\n", 0, at) + 1
            end = text.find("\n", at)
            line = text[start : end if end >= 0 else len(text)]
            yield _around(line, at - start), wanted.partition("\n")[0].strip()
    position = 0
    for _ in range(MAX_LINES_TRIED):
        end = text.find("\n", position)
        yield text[position : end if end >= 0 else len(text)], ""
        if end < 0:
            return
        position = end + 1


def _around(line: str, at: int) -> str:
    """A long line from the start of the sentence, or else of a word a little before `at`, so that what was looked for stays in the quote."""
    if at <= MAX_QUOTE_CHARS // 2:
        return line
    before = line[max(0, at - MAX_QUOTE_CHARS * 2 // 3) : at]
    ends = [m.end() for m in _SENTENCE_END.finditer(before)]
    if ends:
        return line[at - len(before) + ends[-1] :]
    space = line.find(" ", at - MAX_QUOTE_CHARS // 4, at)
    return line[space + 1 :] if space >= 0 else line[at:]


def _place(prefer: re.Pattern[str] | str, text: str) -> tuple[int, str]:
    if isinstance(prefer, str):
        return text.find(prefer), prefer
    match = prefer.search(text)
    return (match.start(), match.group()) if match is not None else (-1, "")


def _cut(stretch: str) -> str:
    if len(stretch) <= MAX_QUOTE_CHARS:
        return stretch
    cut = stretch[:MAX_QUOTE_CHARS]
    space = cut.rfind(" ")
    return (cut[:space] if space > MAX_QUOTE_CHARS // 2 else cut).strip()


def _in_session(cite: Cite, events: tuple[Event, ...]) -> bool:
    first, last = cite.first, cite.last
    return 0 <= first.seq <= last.seq < len(events) and events[first.seq] == first and events[last.seq] == last


def _evidence(cite: Cite, events: tuple[Event, ...]) -> Evidence | None:
    found = next(
        (records for event in events[cite.first.seq : cite.last.seq + 1] if (records := _records_of(cite.quote, event)) is not None),
        None,
    )
    if found is None:
        return None
    records = found if cite.first == cite.last else (*found, cite.first.record, cite.last.record)
    return Evidence(first_record=min(records), last_record=max(records), quote=cite.quote, first_seq=cite.first.seq, last_seq=cite.last.seq)


def _records_of(quote: str, event: Event) -> tuple[int, ...] | None:
    """The source records between which the event holds the quote: a call's output stands in other records than the call."""
    if isinstance(event, ToolCall):
        if quote in event.output:
            return _output_records(event)
        return (event.record,) if any(quote in text for text in _call_texts(event)) else None
    return (event.record,) if any(quote in text for text in _texts(event)) else None


def _output_records(call: ToolCall) -> tuple[int, ...]:
    """The record of the result; for a command that was polled, which takes records in between, all from the call on: its output came in pieces."""
    last = call.result_record if call.result_record is not None else call.record
    polled = call.category == "shell" and last - call.record >= POLLED_RECORDS
    return (call.record, last) if polled else (last,)


def event_texts(event: Event) -> Iterator[str]:
    """Every text that an event holds, as it may be quoted."""
    if isinstance(event, ToolCall):
        yield from _call_texts(event)
        yield event.output
    else:
        yield from _texts(event)


def _texts(event: Event) -> Iterator[str]:
    if isinstance(event, (UserMessage, AgentMessage, Reasoning, Lifecycle)):
        yield event.text
    elif isinstance(event, Instruction):
        yield event.name
        yield event.text


def _call_texts(call: ToolCall) -> Iterator[str]:
    yield call.command or ""
    yield call.path or ""
    pending: list[object] = list(call.arguments.values())
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
