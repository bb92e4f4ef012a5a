{{ config(enabled=var('usage_metrics_copilot')) }}

-- Every day from an organization's first one to yesterday (UTC), with a report or without.
with digits as (
    {% for digit in range(10) -%}
    select {{ digit }} as digit{{ " union all" if not loop.last }}
    {% endfor %}
),

numbers as (
    select ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1000 * thousands.digit as number
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds
    cross join digits as thousands
),

organizations as (
    select organization, min(date) as first_day from {{ ref('copilot_days') }} group by organization
),

spine as (
    select
        organizations.organization,
        {{ usage_metrics.days_after('organizations.first_day', 'numbers.number') }} as date
    from organizations
    cross join numbers
),

held as (
    select
        spine.organization,
        spine.date,
        days.date is not null as has_report,
        days.is_settled,
        days.source_endpoint,
        days.retrieved_at,
        max(days.date) over (
            partition by spine.organization order by spine.date rows between unbounded preceding and current row
        ) as last_reported_day
    from spine
    left join {{ ref('copilot_days') }} as days
        on days.organization = spine.organization and days.date = spine.date
    where spine.date < {{ usage_metrics.today() }}
)

select
    {{ usage_metrics.key(['organization', 'date']) }} as organization_day,
    organization,
    date,
    has_report,
    case
        when has_report and is_settled then 'settled'
        when has_report then 'provisional'
        when date > {{ usage_metrics.days_after(usage_metrics.today(), -5) }} then 'awaited'
        else 'no report'
    end as status,
    source_endpoint,
    retrieved_at,
    case when not has_report then {{ usage_metrics.days_after('last_reported_day', 1) }} end as without_report_since
from held
