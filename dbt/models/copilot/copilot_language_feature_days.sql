{{ config(enabled=var('usage_metrics_copilot')) }}

{{ usage_metrics.breakdown(ref('copilot_days'), 'totals_by_language_feature', ['language', 'feature'], usage_metrics.activity_counters()) }}
