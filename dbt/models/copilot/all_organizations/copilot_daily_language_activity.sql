{{ config(enabled=var('usage_metrics_copilot')) }}

{{ usage_metrics.activity_of_all(
    ref('copilot_language_feature_days'), ['language'], usage_metrics.activity_counters(), completions=true
) }}
