"""A day of each GitHub API with a value in each column."""

from typing import Any

CODE = {
    "code_generation_activity_count": 9,
    "code_acceptance_activity_count": 4,
    "loc_suggested_to_add_sum": 31,
    "loc_suggested_to_delete_sum": 0,
    "loc_added_sum": 44,
    "loc_deleted_sum": 7,
}
ACTIVITY = {"user_initiated_interaction_count": 5, **CODE}
TOKENS = {"output_tokens_sum": 5_000_000_000, "prompt_tokens_sum": 9, "avg_tokens_per_request": 1.5}
CLI = {"session_count": 2, "request_count": 8, "prompt_count": 3, "token_usage": TOKENS}
USAGE_REPORT_DAY: dict[str, Any] = {
    "organization_id": "9007199254740993",
    "enterprise_id": "",
    **{f"{period}_active_users": 3 for period in ("daily", "weekly", "monthly")},
    "daily_active_cli_users": 1,
    "daily_active_copilot_app_users": 0,
    "monthly_active_chat_users": 3,
    "monthly_active_agent_users": 2,
    **{f"{period}_active_vscode_agent_users": 1 for period in ("daily", "weekly", "monthly")},
    **{f"{period}_active_copilot_cloud_agent_users": 0 for period in ("daily", "weekly", "monthly")},
    **{f"{period}_active_copilot_code_review_users": 1 for period in ("daily", "weekly", "monthly")},
    **{f"{period}_passive_copilot_code_review_users": 1 for period in ("daily", "weekly", "monthly")},
    **ACTIVITY,
    **{f"chat_panel_{mode}_mode": 1 for mode in ("agent", "ask", "custom", "edit", "plan", "unknown")},
    "totals_by_ide": [{"ide": "vscode", **ACTIVITY}],
    "totals_by_feature": [{"feature": "code_completion", **ACTIVITY}],
    "totals_by_language_feature": [{"language": "go", "feature": "agent_edit", **CODE}],
    "totals_by_language_model": [{"language": "go", "model": "a-model", **CODE}],
    "totals_by_model_feature": [{"model": "a-model", "feature": "chat_inline", **ACTIVITY}],
    "totals_by_cli": CLI,
    "totals_by_copilot_app": CLI,
    "totals_by_vscode_agent": {"session_count": 1, "total_user_messages": 2},
    "totals_by_3rd_party_agent": [
        {"agent_name": "a", "agent_id": "1", "user_initiated_interaction_count": 1, "session_count": 1}
    ],
    "totals_by_ai_adoption_phase": [
        {"phase": "Phase 1", "phase_number": 1, "total_engaged_users": 2, "avg_loc_added": 0.5, "avg_loc_deleted": 1}
    ],
    **{
        f"totals_by_{what}": [{what: "other", "interaction_count": 1}]
        for what in ("skill", "custom_agent", "mcp", "slash_cmd", "plugin")
    },
    **{f"distinct_{what}_use_count": 1 for what in ("skill", "custom_agent", "mcp", "slash_cmd", "plugin")},
    "pull_requests": {
        "total_created": 3,
        "total_merged": 2,
        "median_minutes_to_merge": 8.5,
        "copilot_suggestions_by_comment_type": [
            {"comment_type": "security", "total_copilot_suggestions": 2, "total_copilot_applied_suggestions": 1}
        ],
    },
    "etl_id": "green",
    "day_partition": "2026-11-18",
    "entity_id_partition": 4,
}
MODEL = {"name": "default", "is_custom_model": False, "custom_model_training_date": None, "total_engaged_users": 2}
COMPLETIONS = {"name": "go", "total_engaged_users": 2, "total_code_suggestions": 9, "total_code_acceptances": 4}
METRICS_DAY: dict[str, Any] = {
    "total_active_users": 4,
    "total_engaged_users": 3,
    "copilot_ide_code_completions": {
        "total_engaged_users": 2,
        "languages": [{"name": "go", "total_engaged_users": 2}],
        "editors": [{"name": "vscode", "total_engaged_users": 2, "models": [{**MODEL, "languages": [COMPLETIONS]}]}],
    },
    "copilot_ide_chat": {
        "total_engaged_users": 1,
        "editors": [{"name": "vscode", "total_engaged_users": 1, "models": [{**MODEL, "total_chats": 3}]}],
    },
    "copilot_dotcom_chat": {"total_engaged_users": 1, "models": [{**MODEL, "total_chats": 3}]},
    "copilot_dotcom_pull_requests": {
        "total_engaged_users": 1,
        "repositories": [
            {"name": "acme/a", "total_engaged_users": 1, "models": [{**MODEL, "total_pr_summaries_created": 1}]}
        ],
    },
}
