{{ config(enabled=var('usage_metrics_copilot')) }}

-- One row per day: the counters of all organizations' usage reports, added up.
with days as (
    select
        date,
        count(*) as organizations,
        sum(case when is_settled then 1 else 0 end) as settled_organizations,
        {% for counter in usage_metrics.activity_counters_with_prompts() -%}
        sum({{ counter }}) as {{ counter }}{{ "," if not loop.last }}
        {% endfor %}
    from {{ ref('copilot_days') }}
    where source_endpoint = 'usage_reports'
    group by date
),

completions as (
    select
        items.date,
        {{ usage_metrics.code_completions('items') }}
    from {{ ref('copilot_feature_days') }} as items
    group by items.date
)

select
    days.*,
    completions.code_completions_suggested,
    completions.code_completions_accepted
from days
left join completions on completions.date = days.date
