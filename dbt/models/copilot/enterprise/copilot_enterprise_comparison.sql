{{ config(enabled=var('usage_metrics_copilot') and var('usage_metrics_enterprise')) }}

-- One row per enterprise, day and metric: the sum over the enterprise's organizations, and the enterprise's own number.
{% set metrics = usage_metrics.activity_counters_with_prompts() %}

with organizations as (
    select
        enterprise_id,
        date,
        count(*) as organizations,
        sum(case when is_settled then 1 else 0 end) as settled_organizations,
        {% for metric in metrics -%}
        sum({{ metric }}) as {{ metric }}{{ "," if not loop.last }}
        {% endfor %}
    from {{ ref('copilot_days') }}
    where source_endpoint = 'usage_reports'
    group by enterprise_id, date
),

compared as (
    {% for metric in metrics -%}
    select
        enterprises.enterprise_day,
        enterprises.enterprise,
        enterprises.date,
        enterprises.is_settled,
        coalesce(organizations.organizations, 0) as organizations,
        coalesce(organizations.settled_organizations, 0) as settled_organizations,
        '{{ metric }}' as metric,
        organizations.{{ metric }} as sum_over_organizations,
        enterprises.{{ metric }} as enterprise_number
    from {{ ref('copilot_enterprise_days') }} as enterprises
    left join organizations
        on organizations.enterprise_id = enterprises.enterprise_id and organizations.date = enterprises.date
    {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    {{ usage_metrics.key(['enterprise_day', 'metric']) }} as row_key,
    compared.*,
    1.0 * sum_over_organizations / nullif(enterprise_number, 0) as ratio
from compared
