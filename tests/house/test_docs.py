"""The documentation tells the truth about what the code has."""

import ast
import importlib
import re
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings
from typer.main import get_command

from hotwash import settings
from hotwash.analysis.detectors import DETECTORS
from hotwash.cli.main import app
from hotwash.evaluation.labels import Label
from hotwash.evaluation.measures import measure_session
from hotwash.readers import READERS

ROOT = Path(__file__).parents[2]
SETTINGS = [
    value for value in vars(settings).values() if isinstance(value, type) and issubclass(value, BaseSettings) and value is not BaseSettings
]


def test_every_setting_is_documented_and_no_other() -> None:
    """docs/configuration.md has one row for each field of the settings classes."""
    declared = {f"HOTWASH_{name.upper()}" for group in SETTINGS for name in group.model_fields}
    documented = set(re.findall(r"^\| `(HOTWASH_\w+)`", (ROOT / "docs/configuration.md").read_text(), re.MULTILINE))
    assert documented == declared


def test_every_command_in_the_readme_exists() -> None:
    """`hotwash …` lines of the README name commands of the command line."""
    mentioned = set(re.findall(r"^\$ hotwash ([a-z-]+)", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert mentioned
    assert mentioned <= set(get_command(app).commands)  # type: ignore[attr-defined]  # get_command of a Typer with commands is a group


def test_every_format_is_documented() -> None:
    """docs/formats.md has a row for each reader."""
    documented = set(re.findall(r"^\| `([a-z0-9-]+)`", (ROOT / "docs/formats.md").read_text(), re.MULTILINE))
    assert documented == {reader.format for reader in READERS}


def test_every_detector_is_documented() -> None:
    """docs/analysis.md has a row for each detector."""
    documented = set(re.findall(r"^\| `([a-z_]+)`", (ROOT / "docs/analysis.md").read_text(), re.MULTILINE))
    assert documented == {detector.kind for detector in DETECTORS}


def test_every_measure_has_a_published_figure() -> None:
    """docs/evaluation.md has a row for each measure of two readers' whole labels, and for no other; single kinds have a table of their own."""
    whole = Label(outcome="achieved", category="other", issues=(), user_turns=(), late_facts=(), phases=())
    published = (ROOT / "docs/evaluation.md").read_text().partition("## Figures")[2].partition("The same F1")[0]
    assert set(re.findall(r"^\| (\w[^|]*?) \|", published, re.MULTILINE)) == set(measure_session((whole, whole), whole))


@pytest.mark.parametrize("page", sorted(path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]))
def test_links_between_pages_lead_somewhere(page: str) -> None:
    """Every relative link names a file that is there."""
    text = (ROOT / page).read_text()
    targets = [target for target in re.findall(r"\]\(([^)#\s]+)\)", text) if "://" not in target]
    assert [target for target in targets if not (ROOT / page).parent.joinpath(target).exists()] == []


def test_what_the_python_examples_import_is_there() -> None:
    """A newcomer pastes them."""
    blocks = re.findall(
        r"```python\n(.*?)```", "\n".join(path.read_text() for path in (ROOT / "README.md", *ROOT.glob("docs/*.md"))), re.DOTALL
    )
    imported = [node for block in blocks for node in ast.walk(ast.parse(block)) if isinstance(node, ast.ImportFrom)]
    assert imported
    assert [
        f"{node.module}.{alias.name}"
        for node in imported
        for alias in node.names
        if not hasattr(importlib.import_module(node.module or ""), alias.name)
    ] == []
