"""The picture of the tables: that it is up to date, and names queries and models that are there."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))

import make_tables

ROOT = Path(__file__).parents[2]
GROUPS = [group for groups in make_tables.TABLES.values() for group in groups]


def test_the_picture_is_that_of_the_schemas() -> None:
    assert make_tables.PICTURE.read_text(encoding="utf-8") == make_tables.picture(), "run `make docs`"


def test_each_query_of_the_docs_has_its_place() -> None:
    numbers = re.findall(
        r"^### (\d+)\. ", (ROOT / "docs" / "queries.md").read_text(encoding="utf-8"), flags=re.MULTILINE
    )

    assert sorted(query for group in GROUPS for query in group.queries) == list(map(int, numbers))


def test_each_model_is_one_of_the_dbt_package() -> None:
    models = {path.stem for path in (ROOT / "dbt" / "models").rglob("*.sql")}

    assert {group.model for group in GROUPS if group.model} <= models
