"""ToyPSA for anypsa: a plugin, its adapter, its settings, its table."""

from __future__ import annotations

from anypsa import hookimpl

from .adapter import ToyAdapter
from .settings import Toy

__all__ = ["Toy", "ToyAdapter"]


@hookimpl
def anypsa_adapters() -> list[type[ToyAdapter]]:
    """The adapters that this distribution brings."""
    return [ToyAdapter]
