{{ config(enabled=var('usage_metrics_enterprise')) }}

{{ usage_metrics.breakdown(
    ref('copilot_enterprise_days'), 'totals_by_language_feature', ['language', 'feature'], usage_metrics.activity_counters(), 'enterprise'
) }}
