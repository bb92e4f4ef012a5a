{# Today in UTC: days are UTC days in both APIs. #}
{% macro today() %}
    {%- if var('usage_metrics_today') -%}
        cast('{{ var("usage_metrics_today") }}' as date)
    {%- else -%}
        {{ return(adapter.dispatch('today', 'usage_metrics')()) }}
    {%- endif -%}
{% endmacro %}
{% macro duckdb__today() %}cast(now() at time zone 'UTC' as date){% endmacro %}
{% macro bigquery__today() %}current_date('UTC'){% endmacro %}
{% macro snowflake__today() %}cast(convert_timezone('UTC', current_timestamp()) as date){% endmacro %}

{% macro days_after(day, days) -%}
    cast({{ dbt.dateadd('day', days, day) }} as date)
{%- endmacro %}

{# A key of one column, for joins and tests: the parts joined by |. #}
{% macro key(parts) -%}
    {%- set texts = [] -%}
    {%- for part in parts -%}
        {%- do texts.append("cast(" ~ part ~ " as " ~ dbt.type_string() ~ ")") -%}
    {%- endfor -%}
    {{ texts | join(" || '|' || ") }}
{%- endmacro %}
