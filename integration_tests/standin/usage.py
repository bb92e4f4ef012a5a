"""Days of Copilot use as the usage reports tell them: made up, the same for an account, day and revision.

Fields: https://docs.github.com/en/copilot/reference/copilot-usage-metrics/copilot-usage-metrics and the sample files of
github-copilot-resources/copilot-metrics-viewer (public/mock-data/new-api).
"""

import functools
import itertools
import json
from random import Random
from typing import Any, Literal

import pendulum

Row = dict[str, Any]
Counts = tuple[int, ...]
Kind = Literal["organization", "enterprise"]

PROMPTS = "user_initiated_interaction_count"
COUNTERS = (
    "code_generation_activity_count",
    "code_acceptance_activity_count",
    "loc_suggested_to_add_sum",
    "loc_suggested_to_delete_sum",
    "loc_added_sum",
    "loc_deleted_sum",
)
ALL = (PROMPTS, *COUNTERS)
FEATURES = (
    "code_completion",
    "chat_panel_ask_mode",
    "chat_panel_edit_mode",
    "chat_panel_agent_mode",
    "chat_inline",
    "agent_edit",
    "copilot_cli",
)
IDES = ("vscode", "jetbrains", "neovim", "visualstudio")
LANGUAGES = ("python", "typescript", "go", "java", "markdown", "yaml", "rust", "sql", "others", "unknown")
MODELS = ("gpt-5.3-codex", "claude-sonnet-4.6", "claude-opus-4.6", "claude-haiku-4.5", "gpt-4.1", "others")
ENTERPRISE_ID = "200001"
"""Of the enterprise that every organization belongs to."""
ENTRY_BYTES = 225
TOP_BYTES = 2400


@functools.lru_cache(maxsize=20_000)
def serialised(account_id: str, day: str, revision: int, kb: float, kind: Kind = "organization") -> bytes:
    """The row as one line of JSON."""
    return json.dumps(row(account_id, day, revision, kb, kind), separators=(",", ":")).encode()


def ids(account_id: str, kind: Kind) -> Row:
    """An enterprise's rows have no organization_id.

    https://docs.github.com/en/copilot/reference/copilot-usage-metrics/example-schema
    """
    if kind == "enterprise":
        return {"enterprise_id": account_id}
    return {"organization_id": account_id, "enterprise_id": ENTERPRISE_ID}


def is_idle(account: str, day: str, revision: int) -> bool:
    """Most Saturdays and Sundays are idle until revised; idle days are rows of zeros in the reports."""
    if revision or pendulum.Date.fromisoformat(day).weekday() < 5:
        return False
    return Random(f"idle {account} {day}").random() < 0.8


def row(account_id: str, day: str, revision: int = 0, kb: float = 8.0, kind: Kind = "organization") -> Row:
    """One account's day of about `kb` thousand bytes (idle ones are smaller).

    The features add up to the top level and languages to their feature; IDEs and models don't, as in real files.
    """
    account = account_id if kind == "organization" else f"{kind} {account_id}"
    random, idle = Random(f"{account} {day} {revision}"), is_idle(account, day, revision)
    features = {} if idle else {feature: _counts(random, feature) for feature in FEATURES if random.random() < 0.9}
    total = tuple(sum(column) for column in zip(*features.values(), strict=True)) or (0,) * len(ALL)
    made: Row = {"day": day} | ids(account_id, kind)
    made |= _users(random, day, idle)
    made |= dict(zip(ALL, total, strict=True))
    made |= _breakdowns(random, features, total, kb)
    made["pull_requests"] = _pull_requests(random, idle)
    made |= {} if idle else _optional(random, day, features)
    return made


def _counts(random: Random, feature: str) -> Counts:
    prompts = 0 if feature == "code_completion" else random.randrange(5, 400)
    generated = random.randrange(10, 900)
    suggested = 0 if feature in ("agent_edit", "copilot_cli") else random.randrange(50, 5000)
    return prompts, generated, random.randrange(generated), suggested, 0, random.randrange(3000), random.randrange(500)


def _split(random: Random, counts: Counts, parts: int) -> list[Counts]:
    """`parts` tuples that add up to `counts`."""
    weights = [random.random() + 0.01 for _ in range(parts)]
    marks, whole, done = [0.0], sum(weights), 0.0
    for weight in weights:
        done += weight
        marks.append(done / whole)
    marks[-1] = 1.0
    return [
        tuple(int(count * end) - int(count * start) for count in counts) for start, end in itertools.pairwise(marks)
    ]


def _name(names: tuple[str, ...], index: int) -> str:
    return names[index] if index < len(names) else f"{names[index % len(names)]}-{index // len(names)}"


def _breakdowns(random: Random, features: dict[str, Counts], total: Counts, kb: float) -> Row:
    entries = int((kb * 1000 - TOP_BYTES) / ENTRY_BYTES) - 3 - len(features)
    by_language = max(entries * 45 // 100, len(features)) if features else 0
    by_model, by_pair = max(entries * 30 // 100, 1), max(entries * 25 // 100, 1)
    return {
        "totals_by_ide": _entries(ALL, [{"ide": ide} for ide in IDES[:3]], _split(random, total, 3))
        if features
        else [],
        "totals_by_feature": _entries(ALL, [{"feature": name} for name in features], list(features.values())),
        "totals_by_language_feature": _languages(random, features, by_language),
        "totals_by_language_model": _models(random, total, by_model) if features else [],
        "totals_by_model_feature": _pairs(random, total, list(features), by_pair) if features else [],
    }


def _entries(names: tuple[str, ...], keys: list[Row], counts: list[Counts]) -> list[Row]:
    return [key | dict(zip(names, numbers, strict=True)) for key, numbers in zip(keys, counts, strict=True)]


def _languages(random: Random, features: dict[str, Counts], entries: int) -> list[Row]:
    made = []
    for index, (feature, counts) in enumerate(features.items()):
        parts = entries // len(features) + (index < entries % len(features))
        keys = [{"language": _name(LANGUAGES, part), "feature": feature} for part in range(parts)]
        made += _entries(COUNTERS, keys, _split(random, counts[1:], parts))
    return made


def _models(random: Random, total: Counts, entries: int) -> list[Row]:
    keys = [{"language": _name(LANGUAGES, i // 4), "model": MODELS[i % 4]} for i in range(entries)]
    return _entries(COUNTERS, keys, _split(random, tuple(count * 9 // 10 for count in total[1:]), entries))


def _pairs(random: Random, total: Counts, features: list[str], entries: int) -> list[Row]:
    width = len(features)
    keys = [{"model": _name(MODELS, i // width), "feature": features[i % width]} for i in range(entries)]
    return _entries(ALL, keys, _split(random, tuple(count * 9 // 10 for count in total), entries))


def _users(random: Random, day: str, idle: bool) -> Row:
    daily = 0 if idle else random.randrange(20, 60)
    weekly, monthly = 60 + random.randrange(20), 90 + random.randrange(10)
    made: Row = {"daily_active_users": daily, "weekly_active_users": weekly, "monthly_active_users": monthly}
    made |= {"monthly_active_chat_users": monthly - 10, "monthly_active_agent_users": monthly - 30}
    if random.random() < 0.7:
        made |= _periods("active_copilot_cloud_agent_users", daily // 8)
    if day >= "2026-02-20":
        made |= _periods("active_copilot_code_review_users", daily // 4)
        made |= _periods("passive_copilot_code_review_users", daily // 6)
    return made


def _periods(name: str, daily: int) -> Row:
    return {f"daily_{name}": daily, f"weekly_{name}": daily * 2 + 3, f"monthly_{name}": daily * 3 + 5}


def _pull_requests(random: Random, idle: bool) -> Row:
    created, merged = (0, 0) if idle else (random.randrange(40), random.randrange(3) * random.randrange(15))
    made: Row = {"total_created": created, "total_reviewed": created // 2, "total_merged": merged}
    made |= {"total_suggestions": created * 3, "total_applied_suggestions": created}
    made |= {"total_created_by_copilot": created // 4, "total_reviewed_by_copilot": created // 3}
    made |= {"total_merged_created_by_copilot": merged // 4, "total_merged_reviewed_by_copilot": merged // 3}
    made |= {"total_copilot_suggestions": created * 2, "total_copilot_applied_suggestions": created // 2}
    if merged:
        made["median_minutes_to_merge"] = round(random.uniform(5, 900), 2)
        made["median_minutes_to_merge_copilot_reviewed"] = round(random.uniform(5, 900), 2)
    if merged >= 4:
        made["median_minutes_to_merge_copilot_authored"] = round(random.uniform(5, 900), 2)
    if created:
        comment = {"comment_type": "maintainability", "total_copilot_suggestions": created * 2}
        made["copilot_suggestions_by_comment_type"] = [comment | {"total_copilot_applied_suggestions": created // 2}]
    return made


def _optional(random: Random, day: str, features: dict[str, Counts]) -> Row:
    """Fields that real rows have on some days only, or only since the day that GitHub added them."""
    made: Row = {}
    for feature in [name for name in features if name.startswith("chat_panel") and random.random() < 0.5]:
        made[feature] = features[feature][0]
    if "copilot_cli" in features:
        made |= {"daily_active_cli_users": random.randrange(1, 15), "totals_by_cli": _sessions(random)}
    if day >= "2026-07-01" and random.random() < 0.5:
        made |= {"daily_active_copilot_app_users": random.randrange(1, 9), "totals_by_copilot_app": _sessions(random)}
    if day >= "2026-08-01" and random.random() < 0.5:
        made |= _cohorts(random)
    if day >= "2026-09-11" and random.random() < 0.5:
        made |= _periods("active_vscode_agent_users", random.randrange(1, 9))
        made["totals_by_vscode_agent"] = {"session_count": random.randrange(1, 40), "total_user_messages": 90}
    if day >= "2026-09-17" and random.random() < 0.5:
        made |= _extensions(random)
    if random.random() < 0.1:
        made |= {"etl_id": f"etl-{random.randrange(10**6)}", "day_partition": day, "entity_id_partition": 7}
    return made


def _sessions(random: Random) -> Row:
    requests, output = random.randrange(50, 900), random.randrange(10**5, 10**6)
    prompt = random.randrange(10**8, 9 * 10**9)
    tokens = {"output_tokens_sum": output, "prompt_tokens_sum": prompt}
    tokens["avg_tokens_per_request"] = round((output + prompt) / requests, 2)  # type: ignore[assignment]
    return {"session_count": requests // 12 + 1, "request_count": requests, "prompt_count": 24, "token_usage": tokens}


def _cohorts(random: Random) -> Row:
    phase = {
        "phase": "Phase 2",
        "phase_number": 2,
        "total_engaged_users": random.randrange(9),
        "users_in_phase_28d": 12,
    }
    phase |= {
        "avg_prompts_per_user": round(random.uniform(1, 40), 2),
        "total_pull_requests_merged": random.randrange(20),
    }
    agent = {"agent_name": "an-agent", "agent_id": "a-1", PROMPTS: random.randrange(50), "session_count": 4}
    return {"totals_by_ai_adoption_phase": [phase], "totals_by_3rd_party_agent": [agent]}


def _extensions(random: Random) -> Row:
    made: Row = {}
    for kind in ("skill", "custom_agent", "mcp", "slash_cmd", "plugin"):
        made[f"totals_by_{kind}"] = [{"name": f"a-{kind}", "interaction_count": random.randrange(1, 30)}]
        made[f"distinct_{kind}_use_count"] = 1
    return made
