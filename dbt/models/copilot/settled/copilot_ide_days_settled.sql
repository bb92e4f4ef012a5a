{{ config(enabled=var('usage_metrics_copilot')) }}

select * from {{ ref('copilot_ide_days') }} where is_settled
