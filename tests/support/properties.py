"""How Hypothesis looks for counterexamples: the same ones each time, however slow the machine."""

from hypothesis import settings

settings.register_profile("roomserver", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("roomserver")
