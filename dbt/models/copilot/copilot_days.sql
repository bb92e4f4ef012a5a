{{ config(enabled=var('usage_metrics_copilot')) }}

-- An append table holds every version of a day, a deduplicating one the latest: this is the latest in both.
select
    {{ usage_metrics.key(['organization', 'date']) }} as organization_day,
    days.*
from {{ source('usage_metrics', 'copilot_days') }} as days
where true
qualify row_number() over (
    partition by organization, date
    order by _airbyte_extracted_at desc, retrieved_at desc
) = 1
