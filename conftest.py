"""For all tests: hypothesis holds nobody to a time, since machines differ."""

from hypothesis import settings

settings.register_profile("project", deadline=None)
settings.load_profile("project")
