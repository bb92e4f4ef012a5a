"""The documentation: that it is up to date, that its links lead somewhere, and that its examples are taken."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pendulum
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from source_usage_metrics.config import form, parse
from source_usage_metrics.copilot.state import VERSION, AccountState
from source_usage_metrics.schema import load_schema

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TOP_PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "dbt/README.md", "examples/README.md")
PAGES = [*(ROOT / name for name in TOP_PAGES), *sorted(DOCS.rglob("*.md"))]
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
    anchors = set(re.findall(r'<a id="([^"]+)"></a>', _prose(page)))
    return anchors | {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_the_columns_are_those_of_the_schemas() -> None:
    assert (DOCS / "streams.md").read_text() == _script("make_streams").page(), "run `make docs`"


def test_the_columns_of_enterprises_are_made_from_those_of_organizations() -> None:
    script = _script("make_enterprise_schema")

    assert script.ENTERPRISES.read_text() == script.schema(), "run `make docs`"


def test_each_column_has_an_anchor() -> None:
    found = _anchors(DOCS / "streams.md")

    for stream in ("copilot_days", "copilot_enterprise_days", "org_metrics"):
        assert {f"{stream}-{column}" for column in load_schema(stream)["properties"]} <= found


def test_the_settings_are_those_of_the_form() -> None:
    assert (DOCS / "settings.md").read_text() == _script("make_settings").page(), "run `make docs`"


def test_there_is_a_sample_file_for_each_sign_in_and_the_connector_takes_it() -> None:
    samples = dict(_script("make_settings").samples())
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()

    assert len(samples) == 6
    for sample in samples.values():
        for section in sample.values():
            if "private_key" in section.get("credentials", {}):
                section["credentials"]["private_key"] = pem
        parse(sample, TODAY)  # what it can't use it refuses with an error


def test_the_columns_of_the_builder_manifest_are_those_of_the_schemas() -> None:
    script = _script("make_builder_schemas")

    assert script.MANIFEST.read_text() == script.manifest(), "run `make docs`"
    for stream, not_filled in script.NOT_FILLED.items():
        assert not_filled <= load_schema(stream)["properties"].keys()


def test_what_the_example_reads_from_the_environment_is_on_its_page() -> None:
    script = (ROOT / "examples" / "sync_to_warehouse.py").read_text()
    page = (DOCS / "airbyte-cloud.md").read_text()

    read = set(re.findall(r'os\.environ(?:\.get\(|\[)"(\w+)"', script))
    assert len(read) > 8
    assert {name for name in read if name not in page} == set()


@pytest.mark.parametrize("page", ["airbyte-cloud.md", "notebook.md"])
def test_the_python_of_the_docs_is_python(page: str) -> None:
    blocks = _blocks(DOCS / page, "python")

    assert blocks
    for block in blocks:
        compile(block, page, "exec")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_box_has_a_kind_and_a_title_and_a_text(page: Path) -> None:
    """Otherwise the site shows it as a quotation."""
    text = page.read_text()

    boxes = re.findall(r"^> \[!(?:CAUTION|WARNING|NOTE|TIP)\]\n> \*\*.+\*\*\n>\n> .+", text, flags=re.MULTILINE)
    assert len(boxes) == len(re.findall(r"^> \[!", text, flags=re.MULTILINE))


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
    (example,) = _blocks(DOCS / "state.md", "json")
    state = json.loads(example)

    assert state["version"] == VERSION
    for saved in state["organizations"].values():
        assert AccountState.from_state(saved, TODAY).to_state() == saved


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
