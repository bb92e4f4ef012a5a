"""Sixty syncs in a row while everything goes wrong: nothing is lost, made up or sent twice."""
