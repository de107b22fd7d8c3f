"""For adapters without a test module: `pytest --pyargs anypsa_conformance --conformance-kit=path/to/kit.py`."""

from .suite import *  # noqa: F403  # the suite, whole
