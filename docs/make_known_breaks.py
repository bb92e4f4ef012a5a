"""Writes known-breaks.md from the dbt package's seed, so that the page and the table say the same: `make docs`."""

import csv
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "known-breaks.md"
SEED = ROOT / "dbt" / "seeds" / "copilot_known_breaks.csv"

HEAD = """\
# Known breaks in GitHub's numbers

<!-- Made from dbt/seeds/copilot_known_breaks.csv by make_known_breaks.py: change the file, then `make docs`. -->

GitHub redefines its Copilot numbers from time to time, without a mark in the data. A step in a chart on one of these days may be GitHub's and not
yours: don't compare the days before it with the days after it.

- The date is that of GitHub's announcement. The numbers may have changed some days earlier or later, and GitHub doesn't say whether it corrected
  older days.
- The list is what GitHub has announced, up to the last date below. It is kept by hand, so it may miss a change.
- A new field changes no other number. It is null on the days before GitHub added it.

The dbt package has the list as the table `copilot_known_breaks`, and [query 19](queries.md#19-a-chart-with-what-github-changed) joins it with a chart.

| Date | What changed | Columns |
|---|---|---|
"""  # noqa: E501 # a sentence is not broken for the page's sake


def page() -> str:
    """The whole page."""
    with SEED.open(encoding="utf-8", newline="") as file:
        return HEAD + "".join(_row(one) for one in csv.DictReader(file))


def _row(one: Mapping[str, str]) -> str:
    columns = ", ".join(f"`{name}`" if " " not in name else name for name in one["affected_columns"].split(", "))
    return f"| [{one['date']}]({one['source_url']}) | {one['what']} | {columns} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
