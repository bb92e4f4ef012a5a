"""Draws tables.svg, the tables and which query answers which question, from the schemas: `make docs`."""

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "tables.svg"
WIDTH, ROW, TOP = 1040, 27, 62


class Group(NamedTuple):
    """Columns that answer one question: which ones (a pattern), the question, its queries, and its dbt model."""

    columns: str
    question: str = ""
    queries: tuple[int, ...] = ()
    model: str = ""


ONE_ROW = {
    "copilot_days": "one organization, one UTC day",
    "copilot_enterprise_days": "one enterprise, one UTC day",
    "org_metrics": "one Edge Impulse organization, one sync",
}
# A column belongs to the first group that fits, so each stands in the picture once, and a new one does by itself.
TABLES: Mapping[str, tuple[Group, ...]] = {
    "copilot_days": (
        Group("organization|date", "the latest version of a day", (1,), "copilot_days"),
        Group("is_settled|retrieved_at|source_endpoint", "how fresh, what may change", (2,), "copilot_organizations"),
        Group(".+_users", "who uses it", (3, 4, 19), "copilot_active_users"),
        Group("", "days without a report", (5, 17), "copilot_completeness"),
        Group("totals_by_language_feature", "languages", (6,), "copilot_language_days"),
        Group("totals_by_feature", "completions, chat, agents, CLI", (7,), "copilot_feature_days"),
        Group("totals_by_ide", "editors", (8,), "copilot_ide_days"),
        Group("totals_by_model_feature", "models", (9,), "copilot_model_days"),
        Group("totals_by_cli", "the command line, its tokens", (10,)),
        Group("pull_requests", "Copilot in pull requests", (11,)),
        Group("(user|code|loc|chat)_.+", "the day's prompts and lines", (18,), "copilot_daily_activity"),
        Group("totals_by_.+", "apps, agents, skills, adoption"),
        Group("copilot_(ide|dotcom)_.+", "the legacy metrics API", (), "copilot_older_language_days"),
        Group("additional_fields", "what GitHub has added lately", (12,)),
        Group(".+", "ids, counts, and marks of GitHub's"),
    ),
    "copilot_enterprise_days": (
        Group("enterprise|date", "the latest version of a day", (), "copilot_enterprise_days"),
        Group("is_settled|retrieved_at", "how fresh, what may change", (), "copilot_reporting_status"),
        Group(".+_users", "who uses it, in the whole company", (), "copilot_enterprise_active_users"),
        Group("(user|code|loc|chat)_.+", "compared with the sum", (20,), "copilot_enterprise_comparison"),
        Group("totals_by_language_feature", "languages", (), "copilot_enterprise_language_days"),
        Group("totals_by_feature", "completions, chat, agents, CLI", (), "copilot_enterprise_feature_days"),
        Group("totals_by_ide", "editors", (), "copilot_enterprise_ide_days"),
        Group("totals_by_model_feature", "models", (), "copilot_enterprise_model_days"),
        Group(".+", "the rest, as in copilot_days"),
    ),
    "org_metrics": (
        Group("organization_id|observed_at", "one row a sync: keep them all"),
        Group("exclude_edge_impulse_users|project_visibility", "what was counted: compare like with like"),
        Group("total_storage|project_count|user_count", "in use now, and growth", (13, 15), "org_metrics_days"),
        Group("organization_name|entitlement_limits", "how much of the plan is used", (16,), "org_metrics_days"),
        Group(".+compute_time.*", "used between two syncs", (14,), "org_metrics_days"),
        Group(".+", "what Edge Impulse has added lately"),
    ),
}
STYLE = """
    text { font: 13px system-ui, sans-serif; fill: #1f2933 }
    .code { font-family: ui-monospace, monospace; font-size: 12.5px }
    .small { font-size: 12px; fill: #52606d }
    .strong { font-weight: 600 }
    .page { fill: #fff } .table { fill: #f0f4f8; stroke: #bcccdc } .head { fill: #334e68 } .head-text { fill: #fff }
    .line { stroke: #9fb3c8; fill: none } .badge { fill: #334e68 } .badge-text { font-size: 12px; font-weight: 600; fill: #fff }
    @media (prefers-color-scheme: dark) {
      text { fill: #e4e7eb } .small { fill: #9aa5b1 } .page { fill: #10161d } .table { fill: #1a232d; stroke: #3e4c59 }
      .head, .badge { fill: #486581 } .line { stroke: #52606d } .head-text, .badge-text { fill: #fff }
    }
"""  # noqa: E501 # a rule is a line


def picture() -> str:
    """The whole file."""
    parts: list[str] = []
    y = 52
    for name, groups in TABLES.items():
        properties = json.loads((ROOT / "schemas" / f"{name}.json").read_text(encoding="utf-8"))["properties"]
        rows = list(_rows(groups, properties))
        parts += _table(name, ONE_ROW[name], rows, y)
        y += TOP + ROW * len(rows) + 22
    height = y - 6
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"',
        '     role="img" aria-labelledby="title text">',
        '  <title id="title">The tables, and which query answers which question</title>',
        f'  <desc id="text">{escape(_description())}</desc>',
        f"  <style>{STYLE}  </style>",
        f'  <rect class="page" width="{WIDTH}" height="{height}" rx="8"/>',
        '  <text x="24" y="34" class="small">[ ] holds a list, { } an object</text>',
        '  <text x="528" y="34" class="small">the question</text>',
        f'  <text x="{WIDTH - 24}" y="34" class="small" text-anchor="end">its query, its dbt model</text>',
        *parts,
        "</svg>\n",
    ])  # fmt: skip


def _rows(groups: tuple[Group, ...], properties: Mapping[str, Any]) -> Iterator[tuple[str, str, Group]]:
    """Per group: its columns, what is in them, and the group."""
    left = dict(properties)
    for group in groups:
        names = [name for name in left if re.fullmatch(group.columns, name)]
        columns = {name: left.pop(name) for name in names}
        if columns or not group.columns:
            yield (*_written(columns), group)


def _written(columns: Mapping[str, Any]) -> tuple[str, str]:
    if not columns:
        return "(no row)", ""
    first, *others = (f"{name}{_brackets(declared)}" for name, declared in columns.items())
    if len(others) == 1 and len(first + others[0]) < 46:
        return f"{first}, {others[0]}", ""
    if others:
        return first, f"and {len(others)} more"
    return first, _inside(next(iter(columns.values())), room=60 - len(first))


def _brackets(declared: Mapping[str, Any]) -> str:
    return {"array": " [ ]", "object": " { }"}.get(_type(declared), "")


def _inside(declared: Mapping[str, Any], room: int) -> str:
    fields = list(declared.get("items", declared).get("properties", {}))
    shown = 2 if len(", ".join(fields[:2])) + len(" and 99 more") < room else 1
    more = f" and {len(fields) - shown} more" if len(fields) > shown else ""
    return ", ".join(fields[:shown]) + more


def _type(declared: Mapping[str, Any]) -> str:
    types = declared["type"]
    return types if isinstance(types, str) else next(name for name in types if name != "null")


def _table(name: str, of: str, rows: list[tuple[str, str, Group]], y: int) -> Iterator[str]:
    yield f'  <rect class="table" x="16" y="{y}" width="484" height="{TOP - 18 + ROW * len(rows)}" rx="6"/>'
    yield f'  <path class="head" d="M16 {y + 34}v-28a6 6 0 0 1 6-6h472a6 6 0 0 1 6 6v28z"/>'
    yield f'  <text x="28" y="{y + 22}" class="strong head-text">{name}</text>'
    yield f'  <text x="488" y="{y + 22}" class="head-text" text-anchor="end">one row: {of}</text>'
    for number, (columns, inside, group) in enumerate(rows):
        yield from _row(columns, inside, group, y + TOP - 4 + ROW * number, is_key=number == 0)


def _row(columns: str, inside: str, group: Group, y: int, *, is_key: bool) -> Iterator[str]:
    yield f'  <text x="28" y="{y}" class="code{" strong" if is_key else ""}">{escape(columns)}</text>'
    beside = "primary key" if is_key else inside
    yield f'  <text x="488" y="{y}" class="small" text-anchor="end">{escape(beside)}</text>'
    yield f'  <path class="line" d="M500 {y - 4}h20"/>'
    yield f'  <text x="528" y="{y}">{escape(group.question)}</text>'
    yield f'  <text x="{WIDTH - 24}" y="{y}" class="code small" text-anchor="end">{group.model}</text>'
    for at, query in enumerate(group.queries):
        x = 778 - 30 * (len(group.queries) - 1 - at)
        yield f'  <rect class="badge" x="{x - 13}" y="{y - 14}" width="26" height="19" rx="9.5"/>'
        yield f'  <text x="{x}" y="{y}" class="badge-text" text-anchor="middle">{query}</text>'


def _description() -> str:
    """The picture in words: each question with its query."""
    questions = [
        f"{group.question}: query {' and '.join(map(str, group.queries))}"
        for groups in TABLES.values()
        for group in groups
        if group.queries
    ]
    return "; ".join(questions) + "."


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
