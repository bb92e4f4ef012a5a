{# Every day from an owner's first one to yesterday (UTC), with a report or without. #}
{% macro completeness(days, owner) %}
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

owners as (
    select {{ owner }}, min(date) as first_day from {{ days }} group by {{ owner }}
),

spine as (
    select
        owners.{{ owner }},
        {{ usage_metrics.days_after('owners.first_day', 'numbers.number') }} as date
    from owners
    cross join numbers
),

reported as (
    select
        spine.{{ owner }},
        spine.date,
        days.date is not null as has_report,
        days.is_settled,
        {% if owner == 'organization' %}days.source_endpoint,{% endif %}
        days.retrieved_at,
        max(days.date) over (
            partition by spine.{{ owner }} order by spine.date rows between unbounded preceding and current row
        ) as last_reported_day
    from spine
    left join {{ days }} as days
        on days.{{ owner }} = spine.{{ owner }} and days.date = spine.date
    where spine.date < {{ usage_metrics.today() }}
)

select
    {{ usage_metrics.key([owner, 'date']) }} as {{ owner }}_day,
    {{ owner }},
    date,
    has_report,
    case
        when has_report and is_settled then 'settled'
        when has_report then 'provisional'
        when date > {{ usage_metrics.days_after(usage_metrics.today(), -5) }} then 'pending'
        else 'no report'
    end as status,
    {% if owner == 'organization' %}source_endpoint,{% endif %}
    retrieved_at,
    case when not has_report then {{ usage_metrics.days_after('last_reported_day', 1) }} end as without_report_since
from reported
{% endmacro %}
