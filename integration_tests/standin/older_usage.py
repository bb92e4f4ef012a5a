"""Days of Copilot use as the older metrics endpoint told them, always the same for an organization, day and revision.

Shape: schema `copilot-usage-metrics-day` of npm @octokit/openapi-types 27.0.0; what live answers leave out is as in the
sample of github-copilot-resources/copilot-metrics-viewer (public/mock-data/organization_metrics_response_sample.json).
"""

import functools
import json
from random import Random

from integration_tests.standin.usage import Row, is_idle


@functools.lru_cache(maxsize=20_000)
def serialised(organization_id: str, day: str, revision: int) -> bytes | None:
    """The day as JSON; None when it is idle: such days are absent (seen by copilot-metrics-viewer, issue 168)."""
    if is_idle(organization_id, day, revision):
        return None
    return json.dumps(row(organization_id, day, revision), separators=(",", ":")).encode()


def row(organization_id: str, day: str, revision: int = 0) -> Row:
    random = Random(f"older {organization_id} {day} {revision}")
    active = random.randrange(20, 60)
    return {
        "date": day,
        "copilot_ide_chat": _chat(random, active // 2),
        "total_active_users": active,
        "copilot_dotcom_chat": _dotcom_chat(random),
        "total_engaged_users": active - random.randrange(5),
        "copilot_dotcom_pull_requests": _pull_requests(random),
        "copilot_ide_code_completions": _completions(random, active - 5),
    }


def _model(random: Random, users: int) -> Row:
    """`custom_model_training_date` is documented as nullable; live answers leave it out."""
    made: Row = {"name": "default", "is_custom_model": False, "total_engaged_users": users}
    return made | ({"custom_model_training_date": None} if random.random() < 0.3 else {})


def _chat(random: Random, users: int) -> Row:
    editors = []
    for name in ("vscode", "JetBrains"):
        counts = {"total_chats": random.randrange(9, 300), "total_chat_copy_events": random.randrange(20)}
        model = _model(random, users // 2) | counts | {"total_chat_insertion_events": random.randrange(20)}
        editors.append({"name": name, "models": [model], "total_engaged_users": users // 2})
    return {"editors": editors, "total_engaged_users": users}


def _dotcom_chat(random: Random) -> Row:
    users = random.randrange(3)
    if not users:
        return {"total_engaged_users": 0}
    model = _model(random, users) | {"total_chats": random.randrange(1, 60)}
    return {"models": [model], "total_engaged_users": users}


def _pull_requests(random: Random) -> Row:
    users = random.randrange(3)
    if not users:
        return {"total_engaged_users": 0}
    model = _model(random, users) | {"total_pr_summaries_created": random.randrange(1, 9)}
    repository = {"name": "demo/repo1", "models": [model], "total_engaged_users": users}
    return {"repositories": [repository], "total_engaged_users": users}


def _completions(random: Random, users: int) -> Row:
    names = ("python", "typescript", "go", "kotlin", "json")
    editors = []
    for name in ("vscode", "JetBrains", "neovim"):
        model = _model(random, users // 3) | {"languages": [_language(random, language) for language in names]}
        editors.append({"name": name, "models": [model], "total_engaged_users": users // 3})
    languages = [{"name": language, "total_engaged_users": random.randrange(1, 20)} for language in names]
    return {"editors": editors, "languages": languages, "total_engaged_users": users}


def _language(random: Random, name: str) -> Row:
    suggested, lines = random.randrange(10, 500), random.randrange(10, 900)
    return {
        "name": name,
        "total_engaged_users": random.randrange(1, 20),
        "total_code_suggestions": suggested,
        "total_code_acceptances": random.randrange(suggested),
        "total_code_lines_suggested": lines,
        "total_code_lines_accepted": random.randrange(lines),
    }
