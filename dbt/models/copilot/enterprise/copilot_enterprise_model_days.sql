{{ config(enabled=var('usage_metrics_enterprise')) }}

{{ usage_metrics.breakdown(
    ref('copilot_enterprise_days'), 'totals_by_model_feature', ['model'], usage_metrics.activity_counters_with_prompts(), 'enterprise'
) }}
