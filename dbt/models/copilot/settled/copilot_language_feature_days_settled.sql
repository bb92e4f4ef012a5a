{{ config(enabled=var('usage_metrics_copilot')) }}

select * from {{ ref('copilot_language_feature_days') }} where is_settled
