"""Which part of a copy is its own."""

from hotwash.intake.forks import lineage, own_part
from hotwash.transcript import AgentMessage, Coverage, Event, Lifecycle, ToolCall, Transcript, Usage, UsageReport, UserMessage


def session(*events: Event, format_name: str = "claude-code", cost_usd: float | None = None) -> Transcript:
    reports = [event.usage for event in events if isinstance(event, UsageReport)]
    return Transcript(
        format=format_name,
        agent="Claude Code",
        native_id="copy",
        events=events,
        coverage=Coverage(tokens=True),
        models=("old", "new"),
        usage=sum(reports, Usage()) if reports else None,
        cost_usd=cost_usd,
    )


COPY = (
    UserMessage(seq=0, record=1, native_id="u1", text="Boil."),
    Lifecycle(seq=1, record=2, what="compaction"),
    UsageReport(seq=2, record=3, native_id="m1", usage=Usage(output=5), model="old"),
    Lifecycle(seq=3, record=4, what="interruption"),
    ToolCall(seq=4, record=5, native_id="t2", name="Bash"),
    UsageReport(seq=5, record=5, native_id="m2", usage=Usage(output=7), model="new"),
)


def test_events_without_an_id_belong_to_what_stands_around_them() -> None:
    """Those among copied events are copies too."""
    own = own_part(session(*COPY), {"u1", "m1"})
    assert [event.seq for event in own.events] == [3, 4, 5]
    assert (own.usage, own.models) == (Usage(output=7), ("new",))


def test_a_session_that_shares_nothing_is_left_as_it_is() -> None:
    whole = session(*COPY)
    assert own_part(whole, {"elsewhere"}) is whole


def test_a_cost_of_the_whole_is_not_believed_for_a_part() -> None:
    assert own_part(session(*COPY, cost_usd=3.0), {"u1"}).cost_usd is None


def test_a_format_without_tokens_stays_without() -> None:
    events = (UserMessage(seq=0, record=1, native_id="u1", text="Boil."), AgentMessage(seq=1, record=2, native_id="a1", text="Ok."))
    assert own_part(session(*events), {"u1"}).usage is None


def test_only_sessions_that_begin_alike_may_be_copies() -> None:
    first, other = session(*COPY), session(UserMessage(seq=0, record=1, native_id="u9", text="Boil."))
    assert lineage(first) == lineage(session(*COPY[:3]))
    assert lineage(first) != lineage(other)


def test_formats_that_mark_or_renumber_copies_are_not_looked_at() -> None:
    """Ids such as `call_1` are the same in sessions that have nothing to do with each other."""
    assert lineage(session(*COPY, format_name="atif")) is None
    assert lineage(session(Lifecycle(seq=0, record=1, what="compaction"))) is None
