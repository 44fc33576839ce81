"""What holds for all tests."""

from hypothesis import settings

# How long something takes is measured by `make bench`, and never fails a test.
settings.register_profile("threadpilot", deadline=None)
settings.load_profile("threadpilot")
