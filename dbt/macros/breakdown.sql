{# One row per day and value of `names` in a breakdown of the days of an `owner`, its counters added up.

   owner: organization or enterprise, the first part of the days' key.
   Rows that GitHub sent without the name have "(none)"; a counter that no row has is null, not 0. #}
{% macro breakdown(days, column, names, counters, owner='organization') %}
with items as (
    select
        days.{{ owner }}_day,
        days.{{ owner }},
        days.date,
        days.is_settled,
        {% for name in names -%}
        coalesce({{ usage_metrics.json_text(usage_metrics.json_item(), name) }}, '(none)') as {{ name }},
        {% endfor -%}
        {% for counter in counters -%}
        {{ usage_metrics.json_integer(usage_metrics.json_item(), counter) }} as {{ counter }}{{ "," if not loop.last }}
        {% endfor %}
    from {{ days }} as days
    {{ usage_metrics.json_items('days.' ~ column) }}
)

select
    {{ usage_metrics.key([owner ~ '_day'] + names) }} as row_key,
    {{ owner }}_day,
    {{ owner }},
    date,
    is_settled,
    {% for name in names -%}
    {{ name }},
    {% endfor -%}
    {% for counter in counters -%}
    sum({{ counter }}) as {{ counter }}{{ "," if not loop.last }}
    {% endfor %}
from items
group by {{ owner }}_day, {{ owner }}, date, is_settled, {{ names | join(', ') }}
{% endmacro %}

{% macro activity_counters() -%}
    {{ return([
        'code_generation_activity_count', 'code_acceptance_activity_count', 'loc_suggested_to_add_sum',
        'loc_suggested_to_delete_sum', 'loc_added_sum', 'loc_deleted_sum',
    ]) }}
{%- endmacro %}

{% macro activity_counters_with_prompts() -%}
    {{ return(['user_initiated_interaction_count'] + usage_metrics.activity_counters()) }}
{%- endmacro %}
