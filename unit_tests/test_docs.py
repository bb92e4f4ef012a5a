"""The documentation: that it is up to date, that its links lead somewhere, and that its examples are taken."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pendulum
import pytest

from source_usage_metrics import error_table
from source_usage_metrics.config import form, parse
from source_usage_metrics.copilot.state import VERSION, AccountState
from source_usage_metrics.errors import Rule

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
TODAY = pendulum.date(2026, 11, 22)
SPEC = json.dumps(form()).replace('\\"', '"')


def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.+?)^```", page.read_text(), flags=re.DOTALL | re.MULTILINE)


def _prose(page: Path) -> str:
    return re.sub(r"^```.+?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", _prose(page), flags=re.MULTILINE)
    anchors = set(re.findall(r'^<a id="([^"]+)"></a>$', _prose(page), flags=re.MULTILINE))
    return anchors | {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_the_columns_are_those_of_the_schemas() -> None:
    assert (DOCS / "streams.md").read_text() == _script("make_streams").page(), "run `make docs`"


def test_the_known_breaks_are_those_of_the_dbt_package() -> None:
    assert (DOCS / "known-breaks.md").read_text() == _script("make_known_breaks").page(), "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_leads_to_a_page_and_a_heading_that_are_there(page: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", _prose(page)):
        path, _, anchor = target.partition("#")
        if "://" in target:
            continue
        found = (page.parent / path) if path else page
        if not found.exists() or (anchor and anchor not in _anchors(found)):
            broken.append(target)
    assert not broken


def test_the_settings_of_the_readme_are_taken() -> None:
    (example,) = _blocks(ROOT / "README.md", "json")

    settings = parse(json.loads(example.replace("…", "EXAMPLE")), TODAY)

    assert settings.github
    assert settings.edge_impulse


def test_the_state_of_the_docs_is_one_that_the_connector_writes() -> None:
    (example,) = _blocks(DOCS / "how-days-are-read.md", "json")
    state = json.loads(example)

    assert state["version"] == VERSION
    for saved in state["organizations"].values():
        assert AccountState.from_state(saved, TODAY).to_state() == saved


def test_the_errors_of_the_readme_are_what_the_connector_says() -> None:
    tables = [value for value in vars(error_table).values() if isinstance(value, (tuple, dict))]
    rules = [rule for table in tables for rule in (table.values() if isinstance(table, dict) else table)]
    sentences = [_one_line(rule.happened) for rule in rules if isinstance(rule, Rule)]
    quoted = re.findall(r"^\| \*(.+?) …\* \|", (ROOT / "README.md").read_text(), flags=re.MULTILINE)

    assert len(quoted) == 5
    for quote in quoted:
        assert any(sentence.startswith(quote) for sentence in sentences), quote


@pytest.mark.parametrize(
    "name",
    [
        "Organization Copilot metrics",
        "View Organization Copilot Metrics",
        "Copilot usage metrics",
        "Enabled everywhere",
        "GitHub Copilot Business",
        "Copilot Metrics API access",
    ],
)
def test_a_permission_has_the_same_name_in_the_docs_and_in_the_form(name: str) -> None:
    assert f'"{name}"' in _one_line((DOCS / "credentials.md").read_text())
    assert f'"{name}"' in _one_line(SPEC)
