{{ config(enabled=var('usage_metrics_copilot')) }}

select * from {{ ref('copilot_active_users') }} where is_settled
