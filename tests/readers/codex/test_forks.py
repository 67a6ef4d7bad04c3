"""A fork holds its parent's history before its own; each session's words, calls and tokens count where they happened."""

from collections.abc import Callable

from hotwash.transcript import Transcript, Usage, UserMessage

Read = Callable[..., Transcript]
Record = tuple[str, dict[str, object]]

# 2026-06-17T10:00:00Z, when the sessions of these tests begin.
BEGUN = 1_781_690_400
FORK: dict[str, object] = {"id": "own", "forked_from_id": "parent", "timestamp": "2026-06-17T10:00:00Z"}


def turn(**payload: object) -> Record:
    return "event_msg", {"type": "task_started", **payload}


def said(text: str) -> Record:
    return "event_msg", {"type": "user_message", "message": text}


def counted(total: int, output: int) -> Record:
    return "event_msg", {"type": "token_count", "info": {"total_token_usage": {"input_tokens": total, "output_tokens": output}}}


def words(transcript: Transcript) -> list[str]:
    return [event.text for event in transcript.events if isinstance(event, UserMessage)]


def test_what_stands_before_the_first_own_turn_is_the_parents(read: Read) -> None:
    """Also its token count: that is where the fork's own counting begins."""
    parents = [("session_meta", {"id": "parent"}), turn(started_at=BEGUN - 900), said("theirs"), counted(1000, 50)]
    transcript = read(*parents, turn(started_at=BEGUN + 4), said("ours"), counted(1300, 60), meta=FORK)
    assert transcript.native_id == "own"
    assert words(transcript) == ["ours"]
    assert transcript.usage == Usage(input=300, output=10)
    assert [(warning.reason, warning.count) for warning in transcript.warnings] == [("record copied from another session left out", 3)]


def test_a_turn_id_tells_the_time_where_no_start_time_does(read: Read) -> None:
    """They are UUIDv7: made at 09:59:00 and at 10:00:02."""
    parents, own = turn(turn_id="019ed505-12a0-7000-8000-000000000000"), turn(turn_id="019ed506-04d0-7000-8000-000000000000")
    assert words(read(parents, said("theirs"), own, said("ours"), meta=FORK)) == ["ours"]


def test_what_is_stamped_long_after_the_fork_is_its_own(read: Read) -> None:
    """Where turns carry neither id nor start time."""
    assert words(read(*[said(f"at {second}") for second in range(1, 8)], meta=FORK)) == ["at 6", "at 7"]


def test_a_subagent_that_copied_nothing_loses_nothing(read: Read) -> None:
    spawned = {"subagent": {"thread_spawn": {"parent_thread_id": "parent"}}}
    meta = {"id": "own", "timestamp": "2026-06-17T10:00:00Z", "source": spawned}
    transcript = read(turn(started_at=BEGUN), said("look"), meta=meta)
    assert (words(transcript), transcript.parent_native_id, transcript.warnings) == (["look"], "parent", ())


def test_a_header_in_the_middle_of_own_work_hides_nothing(read: Read) -> None:
    transcript = read(said("one"), ("session_meta", {"id": "other"}), said("two"))
    assert words(transcript) == ["one", "two"]
