{{
    config(
        enabled=var('usage_metrics_copilot') or var('usage_metrics_enterprise'),
        severity=var('usage_metrics_silence_severity'),
    )
}}

-- Expected organizations and enterprises that are silent, that never reported, or that miss days.
select *
from {{ ref('copilot_reporting_status') }}
where is_expected and (status <> 'reporting' or missing_days > 0)
