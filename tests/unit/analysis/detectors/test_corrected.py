"""Defect, misunderstanding and underspecified: kinds that show in what the person says next."""

from hotwash.analysis.detectors.defect import DefectDetector
from hotwash.analysis.detectors.misunderstanding import MisunderstandingDetector
from hotwash.analysis.detectors.underspecified import UnderspecifiedDetector
from tests.unit.analysis.builders import agent, call, edit, life, reasoning, shell, user
from tests.unit.analysis.detectors.finding import findings

WORK = (user("Make the export faster"), edit("src/export.py", "a", "b"), agent("The export is faster now."))
STOP = life("interruption", "[Request interrupted by user]")


def test_a_reported_fault_cites_the_agents_words_and_the_persons() -> None:
    (found,) = findings(
        DefectDetector(), *WORK, user("It doesn't work: KeyError on empty tables"), edit("src/export.py", "b", "c"), agent("Mended.")
    )
    assert [cite.quote for cite in found.cites] == ["The export is faster now.", "It doesn't work: KeyError on empty tables"]
    assert "export.py" in found.what
    assert "2 turns" in found.impact


def test_an_agent_that_admits_its_fault_made_a_defect() -> None:
    (found,) = findings(DefectDetector(), *WORK, shell("pytest"), agent("The nightly job is red. I broke the header order."))
    assert "I broke the header order" in found.what


def test_what_the_agent_admits_to_itself_counts_and_what_it_wonders_does_not() -> None:
    (found,) = findings(
        DefectDetector(), *WORK, reasoning("The header is gone: I accidentally dropped the first row."), agent("One moment.")
    )
    assert "dropped the first row" in found.what
    assert (
        findings(DefectDetector(), *WORK, reasoning("I wonder whether I accidentally dropped the first row."), agent("One moment.")) == []
    )


def test_an_admission_before_any_edit_is_about_something_else() -> None:
    assert findings(DefectDetector(), user("go"), agent("I broke the problem into parts."), edit("a.py", "a", "b")) == []


def test_a_changed_direction_is_a_misunderstanding() -> None:
    (found,) = findings(MisunderstandingDetector(), *WORK, user("No, I asked for the import, not the export"), agent("I see."))
    assert "I asked for the import" in found.what


def test_an_approval_is_none() -> None:
    assert findings(MisunderstandingDetector(), *WORK, user("Great, commit it"), agent("Committed.")) == []
    assert findings(DefectDetector(), *WORK, user("Great, commit it"), agent("Committed.")) == []


def test_a_prompt_completed_after_a_stop_was_underspecified() -> None:
    (found,) = findings(
        UnderspecifiedDetector(), user("Fix the build"), shell("ls", "a"), STOP, user("it must run on the release branch"), agent("Fine.")
    )
    assert "release branch" in found.what


def test_a_later_stop_is_a_change_of_mind() -> None:
    assert findings(UnderspecifiedDetector(), *WORK, user("now the docs"), STOP, user("in German please"), agent("Fine.")) == []


def test_edits_where_only_an_answer_was_asked_for_overstep() -> None:
    change = edit("src/export.py", "a", "b")
    (found,) = findings(MisunderstandingDetector(), user("We could drop the cache. What do you think?"), change, agent("Dropped it."))
    assert found.label == "an answer was asked for, files were changed"
    assert "export.py" in found.what
    (investigated,) = findings(MisunderstandingDetector(), user("The job hangs. Investigate."), change, agent("Mended."))
    assert "Investigate" in investigated.what


def test_edits_after_the_person_agreed_do_not() -> None:
    change = edit("src/export.py", "a", "b")
    asked = user("We could drop the cache. What do you think?")
    assert findings(MisunderstandingDetector(), asked, agent("Good idea."), user("do it"), change, agent("Dropped it.")) == []
    assert findings(MisunderstandingDetector(), asked, call("AskUserQuestion"), change, agent("Dropped it.")) == []
    assert findings(MisunderstandingDetector(), user("Investigate and fix the hang"), change, agent("Mended.")) == []


def test_edits_and_a_commit_where_a_look_was_asked_for_overstep() -> None:
    change = edit("src/export.py", "b", "c")
    (found,) = findings(
        MisunderstandingDetector(), *WORK, user("Evaluate this finding of the linter:\nfix the name"), change, agent("Valid.")
    )
    assert found.label == "an answer was asked for, files were changed"
    check = user("Can you check the importer? Perhaps it should do the same")
    pushed = shell("git commit -am x && git push", "[main 1a2b3c4d] x")
    assert findings(MisunderstandingDetector(), *WORK, check, change, pushed, agent("Pushed.")) == []
    (delivered,) = findings(MisunderstandingDetector(), *WORK, user("commit this"), agent("Done."), check, change, pushed, agent("Pushed."))
    assert "Can you check the importer" in delivered.what


def test_a_request_that_names_the_change_is_none() -> None:
    change = edit("src/export.py", "b", "c")
    assert findings(MisunderstandingDetector(), *WORK, user("Check the importer and fix it"), change, agent("Mended.")) == []
    assert findings(MisunderstandingDetector(), *WORK, user("Can you check why it is broken?"), change, agent("Mended.")) == []


def test_a_new_commit_where_the_change_was_to_go_into_the_existing_one_is_a_misunderstanding() -> None:
    asked = user("Add it to the current commit")
    commit = shell("git commit -m 'More speed'", "[main 1a2b3c4d] More speed")
    (found,) = findings(MisunderstandingDetector(), *WORK, asked, commit, agent("Committed."))
    assert found.label == "a new commit where an existing one was meant"
    amended = shell("git commit --amend --no-edit", "[main 1a2b3c4d] Speed")
    assert findings(MisunderstandingDetector(), *WORK, asked, amended, agent("Amended.")) == []
    folded = shell("git rebase --autosquash main", "Successfully rebased")
    assert findings(MisunderstandingDetector(), *WORK, asked, commit, folded, agent("Folded in.")) == []
    assert findings(MisunderstandingDetector(), *WORK, user("Commit it"), commit, agent("Committed.")) == []


def test_a_first_prompt_that_breaks_off_at_what_it_announces_was_underspecified() -> None:
    announced, brought = (
        user("I opened a PR and there's feedback to address:"),
        user("The exporter drops the header when the table is empty, and the name of the file is wrong."),
    )
    (found,) = findings(UnderspecifiedDetector(), announced, shell("gh pr view", "none"), brought, edit("a.py", "x", "y"))
    assert found.label == "first prompt sent without what it announces"
    assert len(found.cites) == 2
    assert findings(UnderspecifiedDetector(), announced, user("go on"), edit("a.py", "x", "y"), brought) == []
    assert findings(UnderspecifiedDetector(), user("I opened a PR."), shell("gh pr view", "none"), brought) == []
