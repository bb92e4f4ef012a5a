"""What a release rests on: all files name one version, and the release finds each of them."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from release import changelog
from release.places import PUBLISHER, RELEASE_DATE, VERSION, Place, Refused, found, the_one

CHECKOUT = Path(__file__).parents[2]


def test_all_files_name_one_version() -> None:
    assert {value for _, value in found(CHECKOUT, VERSION)} == {the_one(CHECKOUT, VERSION)}
    assert {file for file, _ in found(CHECKOUT, VERSION)} >= {"setup.py", "metadata.yaml", "Dockerfile"}


def test_the_changelogs_newest_version_is_this_one_and_has_release_notes() -> None:
    text = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\d\S*)", text, re.MULTILINE)

    assert newest
    assert newest[1] == the_one(CHECKOUT, VERSION)
    assert changelog.section(text, f"## {newest[1]}")


@pytest.mark.parametrize("places", [RELEASE_DATE, *PUBLISHER.values()])
def test_files_agree_on_every_other_value_that_a_release_writes(places: Sequence[Place]) -> None:
    the_one(CHECKOUT, places)


def test_files_that_disagree_are_named(tmp_path: Path) -> None:
    for place in VERSION:
        file = tmp_path / place.files.replace("**/*", "page")
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as text:
            text.write((CHECKOUT / "docs/airbyte.md" if "*" in place.files else CHECKOUT / place.files).read_text())
    assert the_one(tmp_path, VERSION) == the_one(CHECKOUT, VERSION)
    (tmp_path / "dbt/dbt_project.yml").write_text("version: 9.9.9\n")

    with pytest.raises(Refused, match=r"dbt/dbt_project\.yml says 9\.9\.9"):
        the_one(tmp_path, VERSION)


def test_a_line_that_a_release_would_miss_is_told(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"setup\.py has no line like"):
        the_one(tmp_path, VERSION)


def test_release_notes_are_the_versions_section_and_no_more() -> None:
    text = "# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.2.0 - 2026-11-24\n\n- Two.\n\n## 0.1.0\n\n- One.\n"

    assert changelog.section(text, "## 0.2.0") == "- Two."
    assert changelog.section(text, "## 0.1.0") == "- One."
    with pytest.raises(Refused, match=r"0\.2"):
        changelog.section(text, "## 0.2")
