"""For these tests: random examples may take their time, and a failing one says how to repeat it; one Redis for all."""

from collections.abc import Callable

import pytest
from hypothesis import settings

from anypsa_sandbox.redis import RedisServer

settings.register_profile("anypsa", deadline=None, print_blob=True)
settings.load_profile("anypsa")


@pytest.fixture(scope="session")
def redis_url(start_redis: Callable[..., RedisServer]) -> str:
    return start_redis().url
