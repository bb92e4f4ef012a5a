"""Writes streams.md from schemas/, so that the page has every column that the connector declares: `make docs`."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "streams.md"

HEAD = """\
# The streams, and every column

<!-- Made from schemas/ by make_streams.py: change the schemas, then `make docs`. -->

| Stream | One row is | Primary key | Sync modes |
|---|---|---|---|
| [`copilot_days`](#copilot_days) | one UTC day of GitHub Copilot use in one GitHub organization | `organization`, `date` | Incremental (recommended) and Full refresh; cursor `date`, defined by the source |
| [`copilot_enterprise_days`](#copilot_enterprise_days) | one UTC day of GitHub Copilot use in one GitHub enterprise | `enterprise`, `date` | Incremental (recommended) and Full refresh; cursor `date`, defined by the source |
| [`org_metrics`](#org_metrics) | the usage of one Edge Impulse organization up to the time of one sync | `organization_id`, `observed_at` | Full refresh |

What holds for all streams:

- A value that the API left out is null, never 0. A zero is a zero that the API sent.
- Days are UTC days. Instants are in UTC, to the second. Ids are text where the API has them as text.
- Nothing that the API says of a day or an organization is dropped. A field that has no column here, or whose value
  doesn't fit its column, is in `additional_fields` under the API's own name, and a warning in the log names it.
- Arrays and objects arrive as JSON (in Snowflake as ARRAY and OBJECT). The fields of their items are listed below each
  table; items may have more fields, because GitHub adds some. [Queries](queries.md) shows how to read them,
  [Column types](column-types.md) the type that each column gets.
- Each column has an address of its own: click its name to copy it.
"""  # noqa: E501 # a row of a table is a line

INTRODUCTIONS = {
    "copilot_days": """\
The days come from GitHub's Copilot usage reports, or from the legacy Copilot metrics API if it still answers. Days of
the two APIs are in the same table: `source_endpoint` says which API a day comes from, and the columns of the other API
are null. The two APIs define their numbers differently, so the connector computes none from the other's.

`is_settled` says whether a day is past GitHub's window for late data. GitHub may still revise a settled day until it is
21 days old; other days may change at any sync.

Choose *Incremental | Append + Deduped* to have each day once, in its latest version, or *Incremental | Append* to
keep every version. [How days are read](how-days-are-read.md) says when a day is sent again.

> [!CAUTION]
> **Don't choose *Full refresh | Overwrite* for `copilot_days`**
>
> It deletes the days that GitHub no longer has. GitHub gives back a year at most.

`copilot_feature_engagement` is the one column that is about 28 days. GitHub's 28-day report has it once, without
history, so the connector puts it into the row of the report's last day. The connector does not read the reports by
user, repository and team.
""",
    "copilot_enterprise_days": """\
The days come from GitHub's Copilot usage reports of the enterprise. The stream is offered only if *Enterprises* is
filled in. GitHub counts each person once, however many organizations the person belongs to. The reports start at
2025-10-10.

Organizations can't replace it: [GitHub counts](https://docs.github.com/en/copilot/concepts/billing-and-usage/copilot-usage-metrics/copilot-metrics)
a person's use in every organization that the person belongs to. So the sum over organizations is too high if people
belong to several, and active users can't be added at all.

Choose the sync mode as for `copilot_days`; days are read, revised and settled in the same way. The items of its arrays
and objects are those of `copilot_days`, so they are described there.
""",
    "org_metrics": """\
A row is a snapshot: Edge Impulse's API tells the usage up to now and has no history. The rows that syncs append are the
history.

Choose *Full refresh | Append*.

> [!CAUTION]
> **Never choose *Full refresh | Overwrite* for `org_metrics`**
>
> It deletes all earlier snapshots, and nobody can give them back. *Clear data* and *Refresh and remove
> records* delete them, too; *Refresh and retain records* keeps them.

`organization_name` and `entitlement_limits` come from a request of their own for each organization. If Edge Impulse
refuses it or fails to answer, the two columns are null, a warning says why, and the metrics are synced all the same.
Edge Impulse's answer also lists the organization's users; the connector neither stores nor logs that list.
With *Organization IDs* empty, listed organizations that are deleted or are a developer profile are skipped.
""",
}


def page() -> str:
    """The whole page."""
    described: list[Mapping[str, Any]] = []
    sections = [section for stream in INTRODUCTIONS for section in _stream(stream, described)]
    return "\n".join([HEAD, *sections]).rstrip() + "\n"


def _stream(stream: str, described: list[Mapping[str, Any]]) -> Iterator[str]:
    """What the items of a column may hold is written once: columns of two streams may have the same."""
    properties = json.loads((ROOT / "schemas" / f"{stream}.json").read_text(encoding="utf-8"))["properties"]
    yield f"## {stream}\n"
    yield INTRODUCTIONS[stream]
    yield _table("Column", properties, stream)
    for name, how in properties.items():
        nested = dict(_fields(how))
        if nested and nested not in described:
            described.append(nested)
            yield f"### {name}\n"
            yield _table("Of each item" if how.get("items") else "In it", nested)


def _table(title: str, properties: Mapping[str, Any], stream: str = "") -> str:
    rows = [f"| {_named(name, stream)} | {_type(how)} | {how['description']} |" for name, how in properties.items()]
    return "\n".join([f"| {title} | Type | Meaning |", "|---|---|---|", *rows, ""])


def _named(name: str, stream: str) -> str:
    """A column has an anchor, `copilot_days-date`, and is a link to it. A nested field has none."""
    return f'<a id="{stream}-{name}"></a>[`{name}`](#{stream}-{name})' if stream else f"`{name}`"


def _fields(how: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, field in (how.get("items") or how).get("properties", {}).items():
        here = f"{path}{name}"
        yield here, field
        yield from _fields(field, f"{here}[]." if field.get("items") else f"{here}.")


def _type(how: Mapping[str, Any]) -> str:
    (kind,) = {how["type"]} if isinstance(how["type"], str) else set(how["type"]) - {"null"}
    name = {"date": "date", "date-time": "timestamp"}.get(how.get("format", ""), kind)
    return name if "null" in how["type"] else f"{name}, never null"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
