"""Changes of files that took effect."""

from hotwash.analysis.facts.collect import collect
from hotwash.analysis.facts.model import Edit
from hotwash.transcript import ToolCall
from tests.unit.analysis.builders import call, edit, session, shell, write

PATCH = """*** Begin Patch
*** Update File: src/a.py
@@
-old = 1
+new = 1
*** Add File: src/b.py
+print("b")
*** Delete File: src/c.py
*** End Patch"""


def edits(*calls: ToolCall) -> list[Edit]:
    return list(collect(session(*calls)).edits)


def test_an_edit_has_the_lines_it_adds_and_removes() -> None:
    (change,) = edits(edit("a.go", "x := 1\nkeep", "x := 2\nkeep"))
    assert (change.kind, change.path, change.removed, change.added) == ("edit", "a.go", ("x := 1",), ("x := 2",))


def test_a_written_file_is_created() -> None:
    (change,) = edits(write("a.go", "package a\n\nfunc A() {}"))
    assert (change.kind, change.added) == ("create", ("package a", "func A() {}"))


def test_an_edit_that_failed_is_no_edit() -> None:
    assert edits(edit("a.go", "x", "y", status="error")) == []


def test_several_changes_of_one_call_are_several_edits() -> None:
    changes = [{"old_string": "a", "new_string": "b"}, {"old_string": "c", "new_string": "d"}]
    found = edits(call("MultiEdit", path="a.py", arguments={"file_path": "a.py", "edits": changes}))
    assert [change.added for change in found] == [("b",), ("d",)]


def test_a_patch_changes_every_file_it_names() -> None:
    by_tool = edits(call("apply_patch", arguments={"input": PATCH}))
    by_shell = edits(shell(f"apply_patch <<'EOF'\n{PATCH}\nEOF"))
    for found in (by_tool, by_shell):
        assert [(change.path, change.kind) for change in found] == [("src/a.py", "edit"), ("src/b.py", "create"), ("src/c.py", "delete")]
        assert (found[0].removed, found[0].added) == (("old = 1",), ("new = 1",))


def test_the_view_command_of_an_edit_tool_only_looks() -> None:
    assert edits(call("str_replace_editor", arguments={"command": "view", "path": "a.py"}, category="file")) == []


def test_the_shell_writes_files_too() -> None:
    assert [e.path for e in edits(shell("sed -i 's/a/b/' conf.ini"), shell("cat > run.sh <<'EOF'\necho\nEOF"))] == ["conf.ini", "run.sh"]


def test_output_thrown_away_or_put_in_a_temporary_file_changes_nothing() -> None:
    assert edits(shell("echo x > /dev/null"), shell("cat a > /tmp/b")) == []
