"""Loads into DuckDB, BigQuery and Snowflake, and the dbt package on what they wrote."""
