{# One row per day and value of `names`: the counters of a breakdown, added up over all organizations. #}
{% macro activity_of_all(breakdown, names, counters, completions=false) %}
select
    {{ usage_metrics.key(['items.date'] + names) }} as row_key,
    items.date,
    {% for name in names -%}
    items.{{ name }},
    {% endfor -%}
    days.organizations,
    days.settled_organizations,
    {% for counter in counters -%}
    sum(items.{{ counter }}) as {{ counter }}{{ "," if completions or not loop.last }}
    {% endfor -%}
    {% if completions -%}
    {{ usage_metrics.code_completions('items') }}
    {%- endif %}
from {{ breakdown }} as items
inner join {{ ref('copilot_daily_activity') }} as days on days.date = items.date
group by items.date, {% for name in names %}items.{{ name }}, {% endfor %}days.organizations, days.settled_organizations
{% endmacro %}

{# Of the rows of a breakdown by feature: how many code completions were suggested, and how many accepted. #}
{% macro code_completions(items) -%}
sum(case when {{ items }}.feature = 'code_completion' then {{ items }}.code_generation_activity_count end)
        as code_completions_suggested,
    sum(case when {{ items }}.feature = 'code_completion' then {{ items }}.code_acceptance_activity_count end)
        as code_completions_accepted
{%- endmacro %}
