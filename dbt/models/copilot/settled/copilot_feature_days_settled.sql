{{ config(enabled=var('usage_metrics_copilot')) }}

select * from {{ ref('copilot_feature_days') }} where is_settled
