"""What the report shows of Copilot's days: rows of a table in, series and breakdowns by owner out."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from values import Json, number, parsed, plain, total

# Whose days a table has: the column that names them.
OWNERS = {"copilot_enterprise_days": "enterprise", "copilot_days": "organization"}
PEOPLE = ("daily", "weekly", "monthly")
COLUMNS = (
    *(f"{window}_active_users" for window in PEOPLE),
    "total_active_users",
    "total_engaged_users",
    "monthly_active_chat_users",
    "monthly_active_agent_users",
    "daily_active_cli_users",
    "daily_active_copilot_app_users",
    *(f"{window}_active_vscode_agent_users" for window in PEOPLE),
    *(f"{window}_active_copilot_cloud_agent_users" for window in PEOPLE),
    *(f"{window}_active_copilot_code_review_users" for window in PEOPLE),
    *(f"{window}_passive_copilot_code_review_users" for window in PEOPLE),
    "user_initiated_interaction_count",
    "loc_suggested_to_add_sum",
    "loc_added_sum",
    "loc_deleted_sum",
)
# What stands inside an object: the page's name for it, the column, the way to it.
MEMBERS: dict[str, tuple[str, ...]] = {
    "cli_sessions": ("totals_by_cli", "session_count"),
    "cli_requests": ("totals_by_cli", "request_count"),
    "cli_tokens_sent": ("totals_by_cli", "token_usage", "prompt_tokens_sum"),
    "cli_tokens_written": ("totals_by_cli", "token_usage", "output_tokens_sum"),
    "app_sessions": ("totals_by_copilot_app", "session_count"),
    "created": ("pull_requests", "total_created"),
    "created_by_copilot": ("pull_requests", "total_created_by_copilot"),
    "merged": ("pull_requests", "total_merged"),
    "merged_created_by_copilot": ("pull_requests", "total_merged_created_by_copilot"),
    "reviewed": ("pull_requests", "total_reviewed"),
    "reviewed_by_copilot": ("pull_requests", "total_reviewed_by_copilot"),
    "review_suggestions": ("pull_requests", "total_copilot_suggestions"),
    "review_suggestions_applied": ("pull_requests", "total_copilot_applied_suggestions"),
    "minutes_to_merge": ("pull_requests", "median_minutes_to_merge"),
    "minutes_to_merge_authored": ("pull_requests", "median_minutes_to_merge_copilot_authored"),
    "minutes_to_merge_reviewed": ("pull_requests", "median_minutes_to_merge_copilot_reviewed"),
    "engagement_active": ("copilot_feature_engagement", "active_user_count"),
}
GENERATED, ACCEPTED = "code_generation_activity_count", "code_acceptance_activity_count"
PROMPTS = "user_initiated_interaction_count"
SUGGESTIONS, ACCEPTANCES = "total_code_suggestions", "total_code_acceptances"
COMPLETIONS = "copilot_ide_code_completions"
Items = Callable[[Any], Iterator[tuple[Any, Any]]]


def _listed(name: str, *, of_completions: bool = False) -> Items:
    """The items of an array, by a name of theirs. As in docs/queries.md, languages are of completions."""

    def items(value: Any) -> Iterator[tuple[Any, Any]]:
        for item in _objects(value):
            if not of_completions or item.get("feature") == "code_completion":
                yield item.get(name), item

    return items


def _engaged(value: Any) -> Iterator[tuple[Any, Any]]:
    return _listed("feature")(_member(value, "totals_by_feature"))


def _older(level: int) -> Items:
    """Completions of the older endpoint: by editor, in it by model, in it by language. level: which of them names."""

    def items(value: Any) -> Iterator[tuple[Any, Any]]:
        for editor in _objects(_member(value, "editors")):
            for model in _objects(editor.get("models")):
                for language in _objects(model.get("languages")):
                    yield (editor, model, language)[level].get("name"), language

    return items


# Per breakdown: the column, its items by name, and what is counted of each.
BREAKDOWNS: dict[str, tuple[str, Items, tuple[str, ...]]] = {
    "language": ("totals_by_language_feature", _listed("language", of_completions=True), (GENERATED, ACCEPTED)),
    "feature": ("totals_by_feature", _listed("feature"), (GENERATED, ACCEPTED, PROMPTS)),
    "ide": ("totals_by_ide", _listed("ide"), (GENERATED, ACCEPTED)),
    "model": ("totals_by_model_feature", _listed("model"), (GENERATED, ACCEPTED)),
    "phase": ("totals_by_ai_adoption_phase", _listed("phase"), ("users_in_phase_28d", "total_engaged_users")),
    "engagement": ("copilot_feature_engagement", _engaged, ("engaged_user_count",)),
    "older_ide": (COMPLETIONS, _older(0), (SUGGESTIONS, ACCEPTANCES)),
    "older_model": (COMPLETIONS, _older(1), (SUGGESTIONS, ACCEPTANCES)),
    "older_language": (COMPLETIONS, _older(2), (SUGGESTIONS, ACCEPTANCES)),
}
OBJECTS = sorted({column for column, *_ in MEMBERS.values()} | {column for column, _, _ in BREAKDOWNS.values()})
SHOWN = {*COLUMNS, *OBJECTS}
META = ("date", "is_settled", "source_endpoint", "retrieved_at", "_airbyte_extracted_at")


def wanted(table: str) -> list[str]:
    """The columns that the report reads of a table."""
    return [OWNERS[table], *META, *COLUMNS, *OBJECTS]


def by_owner(rows: Iterable[Json], table: str) -> list[Json]:
    """The organizations, or enterprises, each with its days in order. Of a day's versions the last one counts."""
    latest: dict[tuple[str, str], tuple[tuple[str, str], Json]] = {}
    for row in rows:
        key = (str(row[OWNERS[table]]), plain(row["date"]))
        version = (plain(row["_airbyte_extracted_at"]) or "", plain(row["retrieved_at"]) or "")
        if key not in latest or version >= latest[key][0]:
            latest[key] = (version, _day(row))
    owners: dict[str, Json] = {}
    for name, day in sorted(latest):
        one = owners.setdefault(name, _nobody(OWNERS[table], name))
        _append(one, day, latest[name, day][1])
    return list(owners.values())


def _day(row: Json) -> Json:
    objects = {name: parsed(row[name]) for name in OBJECTS}
    values = {name: number(row[name]) for name in COLUMNS}
    values |= {name: number(_member(objects[column], *way)) for name, (column, *way) in MEMBERS.items()}
    return {
        "settled": bool(row["is_settled"]),
        "older": row["source_endpoint"] == "metrics",
        "values": values,
        "counts": {kind: _counts(items(objects[column]), names) for kind, (column, items, names) in BREAKDOWNS.items()},
    }


def _counts(items: Iterable[tuple[Any, Any]], measures: tuple[str, ...]) -> dict[str, list[Any]]:
    """What is counted by name, added up where a name comes several times; unknown is None."""
    found: dict[str, list[Any]] = {}
    for name, item in items:
        counts = found.setdefault("(none)" if name is None else str(name), [None] * len(measures))
        counts[:] = [total(before, number(item.get(measure))) for before, measure in zip(counts, measures, strict=True)]
    return found


def _nobody(kind: str, name: str) -> Json:
    series: Json = {name: [] for name in (*COLUMNS, *MEMBERS)}
    return {"kind": kind, "name": name, "days": [], "settled": [], "older": [], "series": series, "breakdowns": {}}


def _append(one: Json, day: str, found: Json) -> None:
    """Rows of a breakdown are the day's place, the name's place, and the counts."""
    place = len(one["days"])
    one["days"].append(day)
    one["settled"].append(found["settled"])
    one["older"].append(found["older"])
    for name, value in found["values"].items():
        one["series"][name].append(value)
    for kind, counts in found["counts"].items():
        for name in sorted(counts):
            breakdown = one["breakdowns"].setdefault(kind, {"names": [], "rows": []})
            if name not in breakdown["names"]:
                breakdown["names"].append(name)
            breakdown["rows"].append([place, breakdown["names"].index(name), *counts[name]])


def _objects(value: Any) -> Iterator[Json]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def _member(value: Any, *way: str) -> Any:
    for name in way:
        value = value.get(name) if isinstance(value, dict) else None
    return value
