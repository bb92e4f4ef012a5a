"""The layout: each test is where a stranger looks for it, and modules import each other in one direction."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE, UNIT = ROOT / "source_usage_metrics", ROOT / "unit_tests"
FOLDERS = ("source_usage_metrics", "integration_tests", "unit_tests", "benchmarks", "release")
# The folders of unit_tests/ that mirror no folder of the package.
OF_THE_PROJECT = {"project", "examples"}
# What unit tests share with whole syncs: HTTP needs a server, and waiting a clock.
SHARED = ("integration_tests.clock", "integration_tests.standin")


def paths(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (ROOT / folder).rglob("*.py")


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(tree: ast.Module, modules: set[str]) -> set[str]:
    """The modules that are imported anywhere in the file, in functions and for the type checker, too."""
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            full = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= full & modules or {node.module}
    return names & modules


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """What each module of the project imports of the project."""
    files = {module(path): path for path in paths(*FOLDERS)}
    return {name: imported(ast.parse(path.read_text("utf-8")), set(files)) for name, path in files.items()}


def test_no_modules_import_each_other_in_a_circle(imports: dict[str, set[str]]) -> None:
    TopologicalSorter(imports).prepare()  # raises CycleError, with the circle in it


def test_no_test_file_is_imported_by_another(imports: dict[str, set[str]]) -> None:
    found = {name: [other for other in others if is_test(other)] for name, others in imports.items()}

    assert {name: others for name, others in found.items() if others} == {}


def is_test(name: str) -> bool:
    return name.rpartition(".")[2].startswith("test_")


def test_unit_tests_share_only_the_clock_and_the_stand_in_with_whole_syncs(imports: dict[str, set[str]]) -> None:
    for name, others in imports.items():
        if name.startswith("unit_tests"):
            whole = [other for other in others if other.startswith("integration_tests")]
            assert all(other.startswith(SHARED) for other in whole), name


def test_each_unit_test_is_named_after_a_module_of_the_package() -> None:
    """`test_state.py` and `test_state_digest.py` are about `state.py`, in the folder of the same name."""
    tests = [path for path in UNIT.rglob("test_*.py") if path.relative_to(UNIT).parts[0] not in OF_THE_PROJECT]
    for path in tests:
        modules = [source.stem for source in (PACKAGE / path.parent.relative_to(UNIT)).glob("*.py")]
        about = path.stem.removeprefix("test_")
        assert any(about == name or about.startswith(f"{name}_") for name in modules), path.relative_to(ROOT)


def test_each_whole_sync_test_is_in_a_group() -> None:
    # Airbyte's suite is where people who know other connectors look for it.
    assert [path.name for path in (ROOT / "integration_tests").glob("test_*.py")] == ["test_airbyte_standards.py"]
