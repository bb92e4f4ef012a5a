"""What users read is plain: no word of the list, short errors, and each error is on the page on troubleshooting."""

import ast
import json
import re
import runpy
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from source_usage_metrics import error_table
from source_usage_metrics.config import form
from source_usage_metrics.errors import Rule
from source_usage_metrics.streams.failures import heading, heading_of_one, more_reasons

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "source_usage_metrics").rglob("*.py"))
PLAIN_PAGES = (
    "troubleshooting.md", "streams.md", "known-breaks.md", "settings.md", "index.md", "tutorial.md",
    "credentials.md", "airbyte.md", "airbyte-operations.md", "airbyte-cloud.md", "notebook.md",
    "moving-from-metrics.md", "force-a-re-read.md", "column-types.md", "commands.md", "state.md",
    "what-happens-when.md", "how-days-are-read.md", "sums.md", "glossary.md", "faq.md",
)  # fmt: skip
# Words that cost readers time, many of whom aren't native speakers.
BANNED = re.compile(
    r"\b(held|had|taken|stands|anew|singly|in vain|mend(s|ed|ing)?|besides?|by itself|by themselves|of them"
    r"|round in circles|can't be had|whatever they don't concern|where there (is|are) none|lest|left empty"
    r"|may be had|older (metrics|copilot metrics) (api|endpoint))\b",
    re.IGNORECASE,
)
MEDIAN_WORDS, MOST_WORDS = 25, 40
EXAMPLE = runpy.run_path(str(ROOT / "docs" / "make_troubleshooting.py"))
NAMES = {
    **EXAMPLE["EXAMPLE"],
    **dict.fromkeys(("said", "needs"), ""),
    **EXAMPLE["API"],
    "reason": " without a reason.",
    "what": "the GitHub App's installation token",
    "fault": "its row of 2026-11-20 is not JSON",
    "status": "502",
}


def rules() -> list[Rule]:
    """Every row of the failure table, wherever it is."""
    found: list[Rule] = []
    for value in vars(error_table).values():
        if isinstance(value, (Rule, tuple, dict)):
            rows = [value] if isinstance(value, Rule) else value.values() if isinstance(value, dict) else value
            found += [row for row in rows if isinstance(row, Rule) and row not in found]
    return found


ROWS = rules()


def sentences(path: Path) -> Iterator[str]:
    """The texts of a module that are no docstrings and no single words: what it logs, raises and shows."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and id(node) not in silent else None
        if isinstance(text, str) and " " in text.strip():
            yield " ".join(text.split())


def described(schema: Any) -> Iterator[str]:
    """The titles and descriptions of a JSON schema."""
    if isinstance(schema, dict):
        yield from (text for key in ("title", "description") if isinstance(text := schema.get(key), str))
        for value in schema.values():
            yield from described(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from described(value)


def texts() -> Iterator[tuple[str, str]]:
    """Where it is, and what users read there."""
    for path in SOURCES:
        yield from ((path.name, text) for text in sentences(path))
    for path in sorted((ROOT / "schemas").glob("*.json")):
        yield from ((path.name, text) for text in described(json.loads(path.read_text(encoding="utf-8"))))
    yield from (("form", text) for text in described(form()))
    for name in PLAIN_PAGES:
        yield from ((name, text) for text in (ROOT / "docs" / name).read_text(encoding="utf-8").splitlines())


def test_no_sentence_has_a_word_that_readers_stumble_over() -> None:
    found = list(texts())

    assert len(found) > 1000
    assert [(where, text) for where, text in found if BANNED.search(text)] == []


def words(text: str) -> int:
    return len(re.findall(r"\S*\w\S*", text.format_map(NAMES)))


def test_an_error_is_short() -> None:
    lengths = {rule.happened: words(rule.happened) for rule in ROWS}

    assert statistics.median(lengths.values()) < MEDIAN_WORDS
    assert {text: length for text, length in lengths.items() if length > MOST_WORDS} == {}


def raised(path: Path) -> Iterator[ast.expr]:
    """What a module gives to `Failure.config` and `Failure.of`, as far as it is written there."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("config", "of"):
            yield from node.args


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_the_sentence_of_a_failure_is_in_the_table(path: Path) -> None:
    """So that it is on the page, too, which is made from the table."""
    written = [
        part.value
        for argument in raised(path)
        for part in ast.walk(argument)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]

    assert [text for text in written if re.search(r"\w{3,} \w{3,}", text)] == []


PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("rule", ROWS, ids=lambda rule: rule.key)
def test_every_error_is_on_the_page_with_an_anchor(rule: Rule) -> None:
    pattern = r".*?".join(re.escape(part) for part in re.split(r"\{\w+\}", rule.happened))
    anchor = re.sub(r"[^a-z0-9]+", "-", rule.key.lower())
    sentence = re.compile(rf"^- \*\*You see:\*\* {pattern}", re.MULTILINE)
    blocks = [
        block
        for block in PAGE.split("\n\n<a id=")
        if f'-{anchor}"></a>' in block and sentence.search(block) and rule.looks in block
    ]

    assert blocks
    assert any(all(part in block for part in re.split(r"\{\w+\}", rule.remedy)) for block in blocks)
    assert all("- **Does Airbyte retry?** " in block for block in blocks)


@pytest.mark.parametrize(
    "text",
    [
        heading("organization", 2, 60, 0, stops_all=False),
        heading("organization", 3, 60, 2, stops_all=False),
        heading("organization", 60, 60, 0, stops_all=True),
        heading_of_one(2, only_days=True),
        heading_of_one(2, only_days=False),
        more_reasons(10),
        error_table.OTHER_DAYS_WAIT.format(days=3),
        *(error_table.RESUMES, error_table.AGAIN),
    ],
)
def test_what_is_said_of_several_failures_is_on_the_page(text: str) -> None:
    assert text in PAGE


def test_an_anchor_is_there_once_and_leads_to_one_error() -> None:
    anchors = re.findall(r'^<a id="([a-z0-9-]+)"></a>$', PAGE, flags=re.MULTILINE)

    assert len(anchors) == len(set(anchors)) > 90
    for name in ("github-policy-off", "edge-impulse-key-refused", "state-damaged", "three-days-in-a-row", "settings"):
        assert name in anchors


def test_the_page_needs_no_wide_screen() -> None:
    assert "\n|" not in PAGE
