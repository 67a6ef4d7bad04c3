"""Facts of a session in one go."""

from hotwash.analysis.facts.collect import collect
from hotwash.transcript import Coverage
from tests.unit.analysis.builders import agent, call, instruction, life, session, shell, usage, user


def test_events_are_sorted_by_what_they_are() -> None:
    facts = collect(session(user("go"), instruction("AGENTS.md"), shell("ls"), life("compaction"), agent("done")), acus=2.5)
    assert [len(x) for x in (facts.messages, facts.instructions, facts.calls, facts.commands, facts.lifecycle, facts.agent_messages)] == [
        1
    ] * 6
    assert facts.acus == 2.5
    assert len(facts.turns) == 1


def test_tokens_add_up_from_event_to_event() -> None:
    facts = collect(session(user("go"), usage(input_tokens=10), agent("hm"), usage(output_tokens=5)))
    assert facts.tokens_at == (0, 10, 10, 15)


def test_a_format_without_tokens_has_no_token_curve() -> None:
    assert collect(session(user("go"), agent("ok"), coverage=Coverage())).tokens_at == ()


def test_a_commands_failure_is_told_by_its_exit_code_else_by_its_status() -> None:
    facts = collect(session(shell("a", exit_code=2), shell("b", exit_code=0, status="error"), call("Bash", command="c", status="running")))
    assert [command.failed for command in facts.commands] == [True, False, None]
