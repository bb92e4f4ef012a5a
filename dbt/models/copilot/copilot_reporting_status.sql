{{ config(enabled=var('usage_metrics_copilot') or var('usage_metrics_enterprise')) }}

-- One row per organization (and enterprise): whether its days still arrive, and which are missing.
-- Without a list of who is expected, all that have a row are.
{% set scopes = {} %}
{% if var('usage_metrics_copilot') %}
    {% do scopes.update({'organization': [ref('copilot_completeness'), var('usage_metrics_expected_organizations')]}) %}
{% endif %}
{% if var('usage_metrics_enterprise') %}
    {% do scopes.update({'enterprise': [ref('copilot_enterprise_completeness'), var('usage_metrics_expected_enterprises')]}) %}
{% endif %}

with days as (
    {% for scope, (completeness, expected) in scopes.items() -%}
    select
        '{{ scope }}' as scope,
        {{ scope }} as name,
        date,
        has_report,
        status,
        retrieved_at,
        {{ 'source_endpoint' if scope == 'organization' else "case when has_report then 'usage_reports' end" }} as source_endpoint
    from {{ completeness }}
    {{ "union all" if not loop.last }}
    {% endfor %}
),

-- The legacy metrics API has no row of a day without use. So a day is missing only if it is after the first usage report.
judged as (
    select
        days.*,
        status = 'no report'
        and date >= {{ usage_metrics.days_after(usage_metrics.today(), -var('usage_metrics_missing_days_window')) }}
        and date > min(case when source_endpoint = 'usage_reports' then date end) over (partition by scope, name)
            as is_missing
    from days
),

known as (
    select
        scope,
        name,
        min(date) as first_reported_day,
        max(case when has_report then date end) as last_reported_day,
        sum(case when is_missing then 1 else 0 end) as missing_days,
        min(case when is_missing then date end) as first_missing_day,
        max(retrieved_at) as last_retrieved_at
    from judged
    group by scope, name
),

expected as (
    {% for scope, (completeness, expected) in scopes.items() -%}
    {% for name in expected | map('lower') | unique -%}
    select '{{ scope }}' as scope, '{{ name }}' as name union all
    {% endfor -%}
    select scope, name from known where scope = '{{ scope }}' and {{ 'false' if expected else 'true' }}
    {{ "union all" if not loop.last }}
    {% endfor %}
),

joined as (
    select
        coalesce(known.scope, expected.scope) as scope,
        coalesce(known.name, expected.name) as name,
        expected.name is not null as is_expected,
        known.first_reported_day,
        known.last_reported_day,
        {{ dbt.datediff('known.last_reported_day', usage_metrics.today(), 'day') }} as days_since_new_day,
        coalesce(known.missing_days, 0) as missing_days,
        known.first_missing_day,
        known.last_retrieved_at
    from known
    full outer join expected on expected.scope = known.scope and expected.name = known.name
)

select
    scope,
    name,
    case
        when last_reported_day is null then 'never reported'
        when days_since_new_day > {{ var('usage_metrics_silent_after_days') }} then 'silent'
        else 'reporting'
    end as status,
    is_expected,
    first_reported_day,
    last_reported_day,
    days_since_new_day,
    missing_days,
    first_missing_day,
    last_retrieved_at
from joined
