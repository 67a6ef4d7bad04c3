"""The house stays in order: no circles, no SQL outside its rooms, no second place that swallows every exception."""

import ast
import graphlib
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

SRC = Path(__file__).parents[2] / "src" / "hotwash"

ITEM_BOUNDARIES = {"intake/service.py", "analysis/rules.py"}
"""The two places where one bad item must not stop the rest, whatever is wrong with it."""

CAPABILITIES = ("intake", "sessions", "insights", "feedback")


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """Which module imports which, type-only imports and imports inside functions included."""
    graph = grimp.build_graph("hotwash", cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def test_no_module_takes_part_in_a_circle(imports: dict[str, set[str]]) -> None:
    """prepare() raises CycleError with the circle."""
    graphlib.TopologicalSorter(imports).prepare()


def test_the_queries_of_a_capability_are_its_own(imports: dict[str, set[str]]) -> None:
    """Another capability, or a face, goes through the service."""
    strangers = [
        (module, target)
        for module, targets in imports.items()
        for target in targets
        for room in CAPABILITIES
        if target == f"hotwash.{room}.queries" and not module.startswith(f"hotwash.{room}.")
    ]
    assert strangers == []


def test_tables_are_named_in_queries_and_in_the_store_alone(imports: dict[str, set[str]]) -> None:
    """Whoever looks for a statement knows the file."""
    named = {module for module, targets in imports.items() if "hotwash.store.tables" in targets}
    outside = {module for module in named if not module.startswith("hotwash.store") and not module.endswith(".queries")}
    assert outside == set()


def test_every_exception_is_caught_in_the_two_named_places_only() -> None:
    """Anywhere else a catch-all hides a fault."""
    catching = {path.relative_to(SRC).as_posix() for path in SRC.rglob("*.py") if any(_catch_alls(path))}
    assert catching <= ITEM_BOUNDARIES


def test_every_module_says_what_it_is_for() -> None:
    """A docstring of one to three sentences opens every module that holds code."""
    silent = [path for path in SRC.rglob("*.py") if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def _catch_alls(path: Path) -> Iterator[int]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ExceptHandler):
            names = {leaf.id for leaf in ast.walk(node.type) if isinstance(leaf, ast.Name)} if node.type else {"BaseException"}
            if names & {"Exception", "BaseException"}:
                yield node.lineno
