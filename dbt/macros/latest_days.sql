{# The latest version of each day: an append table has every version, a deduplicating one only this one. #}
{% macro latest_days(days, owner) %}
select
    {{ usage_metrics.key([owner, 'date']) }} as {{ owner }}_day,
    days.*
from {{ days }} as days
where true
qualify row_number() over (
    partition by {{ owner }}, date
    order by _airbyte_extracted_at desc, retrieved_at desc
) = 1
{% endmacro %}
