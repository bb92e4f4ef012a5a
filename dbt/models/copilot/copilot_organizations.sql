{{ config(enabled=var('usage_metrics_copilot')) }}

-- One row per organization: how complete its days are.
with counted as (
    select
        organization,
        min(date) as first_day,
        max(case when has_report then date end) as last_reported_day,
        max(case when status = 'settled' then date end) as last_settled_day,
        sum(case when has_report then 1 else 0 end) as days_with_report,
        sum(case when has_report then 0 else 1 end) as days_without_report,
        max(date) as last_day
    from {{ ref('copilot_completeness') }}
    group by organization
)

select
    organization,
    first_day,
    last_reported_day,
    last_settled_day,
    {{ usage_metrics.days_after('last_settled_day', -27) }} as settled_28_days_from,
    days_with_report,
    days_without_report,
    case
        when last_reported_day < last_day then {{ usage_metrics.days_after('last_reported_day', 1) }}
    end as without_report_since
from counted
