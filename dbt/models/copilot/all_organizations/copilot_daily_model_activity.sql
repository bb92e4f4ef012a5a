{{ config(enabled=var('usage_metrics_copilot')) }}

{{ usage_metrics.activity_of_all(
    ref('copilot_model_days'), ['model'], usage_metrics.activity_counters_with_prompts()
) }}
