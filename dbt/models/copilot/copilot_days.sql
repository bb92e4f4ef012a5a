{{ config(enabled=var('usage_metrics_copilot')) }}

{{ usage_metrics.latest_days(source('usage_metrics', 'copilot_days'), 'organization') }}
