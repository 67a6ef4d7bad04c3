"""Statements in a report that nothing in the session bears out."""

import pytest

from hotwash.analysis.detectors.unverified_claim import UnverifiedClaimDetector
from hotwash.transcript import Event
from tests.unit.analysis.builders import agent, call, edit, read, shell, user
from tests.unit.analysis.detectors.finding import findings

ASKED = user("Is the cache safe to drop?")
LOOKS = (read("src/cache.go", "func Get() {}"), read("src/store.go", "func Put() {}"), read("src/main.go", "func main() {}"))


def labels(*events: Event) -> list[str]:
    return [f.label for f in findings(UnverifiedClaimDetector(), ASKED, *events)]


def test_a_verification_of_everything_that_names_nothing_is_an_issue() -> None:
    assert labels(*LOOKS, agent("All four callers confirmed.")) == ["called verified, and nothing shows it"]


def test_a_verification_is_borne_out_by_an_output_that_names_the_thing() -> None:
    said = agent("Verified that `Get` is locked.")
    assert labels(*LOOKS, agent("Verified that `Lock` is held.")) == ["called verified, and nothing shows it"]
    assert labels(*LOOKS, shell("grep -n Get src/cache.go", "3:func Get() {}"), said) == []


def test_a_verification_by_a_run_is_believed_where_something_ran() -> None:
    said = agent("Verified all of it with the reproduction script.")
    assert labels(*LOOKS, said) == ["called verified, and nothing shows it"]
    assert labels(*LOOKS, shell("python reproduce.py", "ok"), said) == []


@pytest.mark.parametrize(
    "said", ["It needs to be verified for all.", "As you confirmed, all of it goes.", "What I verified:", "Not all verified yet."]
)
def test_a_plan_a_heading_and_the_persons_own_look_are_no_verification(said: str) -> None:
    assert labels(*LOOKS, agent(said)) == []


def test_absence_is_borne_out_by_a_search_of_the_whole_project() -> None:
    said = agent("You can delete it: the gallery is the only consumer of `Get`.")
    assert labels(*LOOKS, said) == ["said to be used nowhere else, without a search"]
    assert labels(*LOOKS, shell("rg Get .", "src/gallery.go:3: Get()"), said) == []
    assert labels(*LOOKS, shell("rg Put .", ""), said) == ["said to be used nowhere else, without a search"]
    assert labels(*LOOKS, call("Grep", arguments={"pattern": "Get"}, output="src/gallery.go"), said) == []


def test_what_a_compiler_tells_needs_no_search() -> None:
    assert labels(*LOOKS, agent("Removed the unused imports.")) == []
    assert labels(*LOOKS, agent("The now-unused `os` and `log` imports went with it.")) == []


def test_a_cause_found_by_reading_alone_is_an_issue_unless_it_is_called_likely() -> None:
    assert labels(*LOOKS, agent("The root cause is the lock in the store.")) == ["cause stated from reading alone"]
    assert labels(*LOOKS, agent("The root cause is probably the lock in the store.")) == []
    assert labels(*LOOKS, shell("go run ./cmd/try", "deadlock"), agent("The root cause is the lock in the store.")) == []


def test_a_reply_after_two_looks_is_talk() -> None:
    assert labels(*LOOKS[:2], agent("All confirmed. The root cause is the lock.")) == []


def test_one_report_is_one_issue_and_an_honest_one_is_none() -> None:
    assert labels(*LOOKS, agent("All confirmed. The root cause is the lock.")) == ["called verified, and nothing shows it"]
    assert labels(*LOOKS, agent("All confirmed by reading; I have not run anything.")) == []


def test_a_report_with_an_issue_of_its_own_gets_no_second_one() -> None:
    change = edit("src/cache.go", "a", "b")
    assert labels(*LOOKS, change, agent("Done. All of it is verified.")) == ["success stated, the change never exercised"]
