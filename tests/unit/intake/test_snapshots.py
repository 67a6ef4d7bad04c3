"""What tells a longer transcript from an older copy."""

import msgspec

from hotwash.intake.snapshots import content_digest, is_older
from hotwash.transcript import ToolCall
from tests.unit.analysis import builders as b

WHOLE = b.session(b.user("a"), b.shell("ls", "x"), b.agent("b"))


def test_the_start_of_a_session_is_an_older_copy() -> None:
    assert is_older(b.session(b.user("a"), b.shell("ls", "x")), WHOLE)
    assert not is_older(WHOLE, b.session(b.user("a"), b.shell("ls", "x")))


def test_a_call_without_its_result_is_older_than_with_it() -> None:
    running = b.session(b.user("a"), b.call("Bash", command="ls", status="running"))
    done = b.session(b.user("a"), b.shell("ls", "x"))
    assert isinstance(running.events[1], ToolCall)
    assert is_older(running, done)
    assert not is_older(done, running)


def test_the_same_session_is_no_older_copy() -> None:
    assert not is_older(WHOLE, WHOLE)


def test_another_start_is_another_story() -> None:
    assert not is_older(b.session(b.agent("b")), WHOLE)


def test_the_digest_sees_every_change_and_nothing_else() -> None:
    assert content_digest(WHOLE) == content_digest(b.session(b.user("a"), b.shell("ls", "x"), b.agent("b")))
    assert content_digest(WHOLE) != content_digest(msgspec.structs.replace(WHOLE, title="t"))
    assert content_digest(WHOLE) != content_digest(b.session(b.user("a"), b.shell("ls", "y"), b.agent("b")))
