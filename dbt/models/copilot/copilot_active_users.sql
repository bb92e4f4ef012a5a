{{ config(enabled=var('usage_metrics_copilot')) }}

-- The two APIs count people differently, so each has columns of its own and none is made of another.
{% set reports = ['daily_active_users', 'weekly_active_users', 'monthly_active_users'] %}
{% set metrics = ['total_active_users', 'total_engaged_users'] %}

select
    organization_day,
    organization,
    date,
    is_settled,
    source_endpoint,
    {% for column in reports -%}
    case when source_endpoint = 'usage_reports' then {{ column }} end as usage_reports_{{ column }},
    {% endfor -%}
    {% for column in metrics -%}
    case when source_endpoint = 'metrics' then {{ column }} end as metrics_{{ column }}{{ "," if not loop.last }}
    {% endfor %}
from {{ ref('copilot_days') }}
