{{ config(enabled=var('usage_metrics_copilot')) }}

{{ usage_metrics.activity_of_all(
    ref('copilot_ide_days'), ['ide'], usage_metrics.activity_counters_with_prompts()
) }}
