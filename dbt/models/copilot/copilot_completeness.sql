{{ config(enabled=var('usage_metrics_copilot')) }}

{{ usage_metrics.completeness(ref('copilot_days'), 'organization') }}
