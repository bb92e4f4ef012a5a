"""Reads what the report shows from the tables: numbers as they are, null where the tables have none."""

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import copilot
import edge_impulse
import warehouse
from values import Json, plain

STREAMS = (*copilot.OWNERS, "org_metrics")
MADE_UP = "stand_in"
KNOWN_BREAKS = Path(__file__).parents[2] / "dbt/seeds/copilot_known_breaks.csv"


class NothingYet(warehouse.Unreadable):
    """The tables are there, and hold no row so far."""


def read(database: str, schema: str | None, breaks: Path = KNOWN_BREAKS) -> Json:
    """Everything on the page: source, as_of, breaks, copilot (by enterprise and organization), edge_impulse.

    Edge Impulse is by organization and what counts. Lists of one owner go together, one entry a day or a snapshot,
    ascending. Raises Unreadable.
    """
    newest = Newest()
    found: dict[str, list[Json]] = {}
    with warehouse.opened(database) as opened:
        schema, there = opened.found(STREAMS, schema)
        for table in (table for table in copilot.OWNERS if table in there):
            found[table] = copilot.by_owner(newest.of(opened.rows(schema, table, copilot.wanted(table))), table)
        if "org_metrics" in there:
            rows = newest.of(opened.rows(schema, "org_metrics", edge_impulse.wanted()))
            found["org_metrics"] = edge_impulse.by_organization(rows)
        name = opened.name
    if not any(found.values()):
        raise NothingYet(f"The tables of schema {schema} in {name} are empty, so there is nothing to report yet.")
    return {
        "source": {
            "database": name,
            "schema": schema,
            "tables": sorted(table for table in found if found[table]),
            "is_made_up": schema.lower() == MADE_UP,
        },
        "as_of": newest.instant,
        "breaks": known_breaks(breaks),
        "members": {name: column for name, (column, *_) in copilot.MEMBERS.items()},
        "breakdowns": {kind: column for kind, (column, *_) in copilot.BREAKDOWNS.items()},
        "copilot": [one for table in copilot.OWNERS for one in found.get(table, [])],
        "edge_impulse": found.get("org_metrics", []),
    }


class Newest:
    """When the newest of the rows that pass came."""

    instant: str | None = None

    def of(self, rows: Iterable[Json]) -> Iterator[Json]:
        for row in rows:
            came = plain(row["_airbyte_extracted_at"])
            self.instant = max(filter(None, (self.instant, came)), default=None)
            yield row


def known_breaks(path: Path) -> list[Json]:
    """When GitHub changed the meaning of columns that the report shows, and of which; none without the file.

    number: its place among all of the file in order of date, so that it is the same on every page.
    """
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        rows = sorted(csv.DictReader(lines), key=lambda row: row["date"])
    found: list[Json] = [
        {
            "number": number,
            "date": row["date"],
            "what": row["what"].rstrip("."),
            "affects": re.findall(r"[a-z0-9_]+", row["affected_columns"]),
            "source": row["source_url"],
        }
        for number, row in enumerate(rows, start=1)
    ]
    return [one for one in found if copilot.SHOWN & set(one["affects"])]
