{{ config(enabled=var('usage_metrics_enterprise')) }}

{{ usage_metrics.completeness(ref('copilot_enterprise_days'), 'enterprise') }}
