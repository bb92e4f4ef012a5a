{{ config(enabled=var('usage_metrics_enterprise')) }}

select
    enterprise_day,
    enterprise,
    date,
    is_settled,
    daily_active_users,
    weekly_active_users,
    monthly_active_users
from {{ ref('copilot_enterprise_days') }}
