{# The latest version of each day: an append table has every version, a deduplicating one only this one.
   An account that was renamed has its days under both names: each is taken once, under the name that was read last. #}
{% macro latest_days(days, owner) %}
with versions as (
    select
        {{ usage_metrics.key([owner, 'date']) }} as {{ owner }}_day,
        days.*
    from {{ days }} as days
    where true
    qualify row_number() over (
        partition by {{ owner }}, date
        order by _airbyte_extracted_at desc, retrieved_at desc
    ) = 1
)

select versions.*
from versions
where true
qualify row_number() over (
    partition by coalesce({{ owner }}_id, {{ owner }}), date
    order by _airbyte_extracted_at desc, retrieved_at desc
) = 1
{% endmacro %}
