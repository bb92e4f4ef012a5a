{{ config(enabled=var('usage_metrics_enterprise')) }}

{{ usage_metrics.latest_days(source('usage_metrics', 'copilot_enterprise_days'), 'enterprise') }}
