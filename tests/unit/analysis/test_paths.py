"""File names as people say them, from either kind of system."""

import pytest

from hotwash.analysis.facts.paths import base_name, is_absolute, name_files, relative


@pytest.mark.parametrize(
    ("path", "name"), [("src/a.go", "a.go"), ("C:\\work\\a.go", "a.go"), ("a.go", "a.go"), ("src/", "src"), ("/", "/")]
)
def test_a_path_is_called_by_its_last_part(path: str, name: str) -> None:
    assert base_name(path) == name


@pytest.mark.parametrize(
    ("path", "folder", "seen"),
    [
        ("/home/me/app/src/a.go", "/home/me/app", "src/a.go"),
        ("C:\\app\\src\\a.go", "c:\\app", "src/a.go"),
        ("/etc/hosts", "/home/me/app", "/etc/hosts"),
        ("/home/me/apple/a.go", "/home/me/app", "/home/me/apple/a.go"),
        ("src/a.go", None, "src/a.go"),
    ],
)
def test_a_path_below_the_folder_is_shown_from_there(path: str, folder: str | None, seen: str) -> None:
    assert relative(path, folder) == seen


def test_a_drive_and_a_home_are_absolute() -> None:
    assert is_absolute("D:/app")
    assert is_absolute("~/notes.md")
    assert not is_absolute("src/a.go")


def test_many_files_are_named_by_the_most_touched_two() -> None:
    assert name_files(["x/a.go"]) == "a.go"
    assert name_files(["x/a.go", "b.go"]) == "a.go and b.go"
    assert name_files(["c.go", "x/a.go", "x/a.go", "b.go", "d.go"]) == "a.go, c.go and 2 more"
