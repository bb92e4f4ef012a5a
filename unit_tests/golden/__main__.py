"""Renews the golden files: `make golden`."""

from unit_tests import golden

golden.SPEC.write_text(golden.spec(), encoding="utf-8")
golden.SAVED_FORM.write_text(golden.saved_form(), encoding="utf-8")
