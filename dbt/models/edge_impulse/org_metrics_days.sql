{{ config(enabled=var('usage_metrics_edge_impulse')) }}

-- The last snapshot of each UTC day, and what came on since the one before it.
{% set contract_counters = [
    'jobs_compute_time_current_year', 'cpu_compute_time_current_contract', 'gpu_compute_time_current_contract',
] %}
{% set counters = ['total_jobs_compute_time'] + contract_counters %}
{% set levels = ['total_storage', 'project_count', 'user_count'] %}

with snapshots as (
    select
        snapshots.*,
        cast(observed_at as date) as date,
        coalesce(exclude_edge_impulse_users, false) as without_staff,
        coalesce(project_visibility, 'all') as visibility
    from {{ source('usage_metrics', 'org_metrics') }} as snapshots
),

days as (
    select *
    from snapshots
    where true
    qualify row_number() over (
        partition by organization_id, without_staff, visibility, date
        order by observed_at desc, _airbyte_extracted_at desc
    ) = 1
),

steps as (
    select
        days.*,
        {% for column in ['date', 'jobs_compute_time_current_year_since'] + counters -%}
        lag({{ column }}) over (
            partition by organization_id, without_staff, visibility order by observed_at
        ) as previous_{{ column }}{{ "," if not loop.last }}
        {% endfor %}
    from days
),

renewals as (
    select
        steps.*,
        coalesce(
            jobs_compute_time_current_year_since > previous_jobs_compute_time_current_year_since, false
        ) as is_renewal
    from steps
)

select
    {{ usage_metrics.key(['organization_id', 'visibility', 'without_staff', 'date']) }} as row_key,
    organization_id,
    organization_name,
    date,
    visibility as project_visibility,
    without_staff as exclude_edge_impulse_users,
    observed_at,
    previous_date,
    jobs_compute_time_current_year_since as contract_since,
    is_renewal,
    coalesce(
        total_jobs_compute_time < previous_total_jobs_compute_time
        or (
            not is_renewal and (
                {% for column in contract_counters -%}
                coalesce({{ column }} < previous_{{ column }}, false){{ " or" if not loop.last }}
                {% endfor -%}
            )
        ),
        false
    ) as is_restated,
    {% for column in levels + counters -%}
    {{ column }},
    {% endfor -%}
    entitlement_limits,
    case
        when total_jobs_compute_time >= previous_total_jobs_compute_time
            then total_jobs_compute_time - previous_total_jobs_compute_time
    end as total_jobs_compute_time_delta,
    {% for column in contract_counters -%}
    case
        when is_renewal then {{ column }}
        when {{ column }} >= previous_{{ column }} then {{ column }} - previous_{{ column }}
    end as {{ column }}_delta{{ "," if not loop.last }}
    {% endfor %}
from renewals
