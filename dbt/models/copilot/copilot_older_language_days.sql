{{ config(enabled=var('usage_metrics_copilot')) }}

{% set counters = [
    'total_code_suggestions', 'total_code_acceptances', 'total_code_lines_suggested', 'total_code_lines_accepted',
] %}

with editors as (
    select
        days.organization_day,
        days.organization,
        days.date,
        days.is_settled,
        {{ usage_metrics.json_item() }} as editor
    from (
        select
            organization_day,
            organization,
            date,
            is_settled,
            {{ usage_metrics.json_member('copilot_ide_code_completions', 'editors') }} as editors
        from {{ ref('copilot_days') }}
        where source_endpoint = 'metrics'
    ) as days
    {{ usage_metrics.json_items('days.editors') }}
),

models as (
    select
        editors.organization_day,
        editors.organization,
        editors.date,
        editors.is_settled,
        {{ usage_metrics.json_item() }} as model
    from (
        select *, {{ usage_metrics.json_member('editor', 'models') }} as models from editors
    ) as editors
    {{ usage_metrics.json_items('editors.models') }}
),

languages as (
    select
        models.organization_day,
        models.organization,
        models.date,
        models.is_settled,
        coalesce({{ usage_metrics.json_text(usage_metrics.json_item(), 'name') }}, '(none)') as language,
        {% for counter in counters -%}
        {{ usage_metrics.json_integer(usage_metrics.json_item(), counter) }} as {{ counter }}{{ "," if not loop.last }}
        {% endfor %}
    from (
        select *, {{ usage_metrics.json_member('model', 'languages') }} as languages from models
    ) as models
    {{ usage_metrics.json_items('models.languages') }}
)

select
    {{ usage_metrics.key(['organization_day', 'language']) }} as row_key,
    organization_day,
    organization,
    date,
    is_settled,
    language,
    {% for counter in counters -%}
    sum({{ counter }}) as {{ counter }}{{ "," if not loop.last }}
    {% endfor %}
from languages
group by organization_day, organization, date, is_settled, language
