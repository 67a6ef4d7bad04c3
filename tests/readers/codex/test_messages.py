"""Who said what: a person's words once, the agent's words once, and nothing that the program wrote itself."""

from collections.abc import Callable

from hotwash.transcript import AgentMessage, Instruction, Lifecycle, Reasoning, Transcript, UserMessage

Read = Callable[..., Transcript]


def said(text: str) -> tuple[str, dict[str, object]]:
    return "event_msg", {"type": "user_message", "message": text}


def role_user(*texts: str) -> tuple[str, dict[str, object]]:
    return "response_item", {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text} for text in texts]}


def user_texts(transcript: Transcript) -> list[str]:
    return [event.text for event in transcript.events if isinstance(event, UserMessage)]


def test_a_persons_words_count_once_though_two_records_hold_them(read: Read) -> None:
    transcript = read(role_user("weigh the flour"), said("weigh the flour"))
    assert user_texts(transcript) == ["weigh the flour"]


def test_the_same_words_said_in_two_turns_count_twice(read: Read) -> None:
    turn: tuple[str, dict[str, object]] = ("event_msg", {"type": "task_started"})
    transcript = read(turn, said("go on"), turn, said("go on"))
    assert user_texts(transcript) == ["go on", "go on"]


def test_without_message_events_the_role_user_items_are_taken_less_the_programs_own(read: Read) -> None:
    """Versions of 2025 wrote no `user_message`."""
    transcript = read(
        role_user("<environment_context>\n<cwd>/srv</cwd>\n</environment_context>"),
        role_user("# AGENTS.md instructions for /srv\n\nUse metric units.", "weigh the flour"),
        role_user("<turn_aborted>\nThe user interrupted.\n</turn_aborted>"),
        role_user("<skill>\n<name>baking</name>\nPreheat.\n</skill>"),
    )
    assert user_texts(transcript) == ["weigh the flour"]
    loaded = [(event.source, event.name) for event in transcript.events if isinstance(event, Instruction)]
    assert loaded == [("agents_md", "/srv/AGENTS.md"), ("skill", "baking")]
    assert [event.what for event in transcript.events if isinstance(event, Lifecycle)] == ["interruption"]


def test_words_typed_while_the_agent_works_are_queued(read: Read) -> None:
    transcript = read(("event_msg", {"type": "task_started"}), said("bake"), said("at 180 degrees"))
    assert [event.queued for event in transcript.events if isinstance(event, UserMessage)] == [False, True]


def test_agent_text_is_taken_from_events_only_where_no_item_has_it(read: Read) -> None:
    told: tuple[str, dict[str, object]] = ("event_msg", {"type": "agent_message", "message": "Baked."})
    item: tuple[str, dict[str, object]] = (
        "response_item",
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Baked."}]},
    )
    for records in ((told,), (told, item)):
        transcript = read(*records)
        assert [event.text for event in transcript.events if isinstance(event, AgentMessage)] == ["Baked."]


def test_encrypted_reasoning_is_not_readable_reasoning(read: Read) -> None:
    transcript = read(("response_item", {"type": "reasoning", "summary": [], "encrypted_content": "c2VjcmV0"}))
    assert not [event for event in transcript.events if isinstance(event, Reasoning)]
    assert not transcript.coverage.reasoning


def test_instructions_that_several_records_repeat_are_loaded_once(read: Read) -> None:
    state = {"agents_md": {"directory": "/srv", "text": "Use metric units.\n"}}
    transcript = read(role_user("# AGENTS.md instructions for /srv\n\nUse metric units."), ("world_state", {"state": state}))
    assert len([event for event in transcript.events if isinstance(event, Instruction)]) == 1


def test_the_history_inside_a_compaction_is_not_said_again(read: Read) -> None:
    history = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "bake"}]}]
    compacted: tuple[str, dict[str, object]] = ("compacted", {"message": "Dough is ready.", "replacement_history": history})
    transcript = read(said("bake"), compacted, ("event_msg", {"type": "context_compacted"}))
    assert user_texts(transcript) == ["bake"]
    assert [(event.what, event.text) for event in transcript.events if isinstance(event, Lifecycle)] == [("compaction", "Dough is ready.")]
