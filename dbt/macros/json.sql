{# Breakdowns are arrays of objects: JSON in DuckDB and BigQuery, ARRAY or VARIANT in Snowflake. #}

{# To follow a table in FROM: one row per item of the array; none where it is empty or null. #}
{% macro json_items(array) %}{{ return(adapter.dispatch('json_items', 'usage_metrics')(array)) }}{% endmacro %}

{% macro duckdb__json_items(array) -%}
    cross join unnest(cast(cast({{ array }} as json) as json[])) as items(item)
{%- endmacro %}

{% macro bigquery__json_items(array) -%}
    cross join unnest(json_query_array({{ array }})) as item
{%- endmacro %}

{% macro snowflake__json_items(array) -%}
    cross join lateral flatten(input => {{ array }}) as items
{%- endmacro %}

{# The item of json_items. #}
{% macro json_item() %}{{ return(adapter.dispatch('json_item', 'usage_metrics')()) }}{% endmacro %}
{% macro default__json_item() %}item{% endmacro %}
{% macro snowflake__json_item() %}items.value{% endmacro %}

{# What an object holds under a key, as JSON. #}
{% macro json_member(object, key) %}{{ return(adapter.dispatch('json_member', 'usage_metrics')(object, key)) }}{% endmacro %}
{% macro duckdb__json_member(object, key) %}json_extract({{ object }}, '$.{{ key }}'){% endmacro %}
{% macro bigquery__json_member(object, key) %}json_query({{ object }}, '$.{{ key }}'){% endmacro %}
{% macro snowflake__json_member(object, key) %}get_path({{ object }}, '{{ key }}'){% endmacro %}

{# The same as text. #}
{% macro json_text(object, key) %}{{ return(adapter.dispatch('json_text', 'usage_metrics')(object, key)) }}{% endmacro %}
{% macro duckdb__json_text(object, key) %}json_extract_string({{ object }}, '$.{{ key }}'){% endmacro %}
{% macro bigquery__json_text(object, key) %}json_value({{ object }}, '$.{{ key }}'){% endmacro %}
{% macro snowflake__json_text(object, key) %}cast(get_path({{ object }}, '{{ key }}') as varchar){% endmacro %}

{# The same as a whole number of 64 bits; 3.0 is one too. #}
{% macro json_integer(object, key) %}{{ return(adapter.dispatch('json_integer', 'usage_metrics')(object, key)) }}{% endmacro %}

{% macro default__json_integer(object, key) -%}
    cast({{ usage_metrics.json_text(object, key) }} as bigint)
{%- endmacro %}

{% macro bigquery__json_integer(object, key) -%}
    cast(cast({{ usage_metrics.json_text(object, key) }} as numeric) as int64)
{%- endmacro %}
