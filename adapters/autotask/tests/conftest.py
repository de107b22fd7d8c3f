"""For these tests: random examples may take their time, and a failing one says how to repeat it."""

from hypothesis import settings

settings.register_profile("anypsa", deadline=None, print_blob=True)
settings.load_profile("anypsa")
