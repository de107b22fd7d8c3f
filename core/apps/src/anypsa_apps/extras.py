"""Extras: parts that the command works without, and what to install for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from anypsa import ConfigurationError


@contextmanager
def extra(name: str, tried: str) -> Iterator[None]:
    """Imports in this block belong to an extra of this package; raises `ConfigurationError` if one is missing."""
    try:
        yield
    except ImportError as error:
        hint = f'pip install "anypsa-apps[{name}]"'
        raise ConfigurationError(tried, said=[f"{error.name or error} is missing"], hint=hint) from None
