"""The plugin: what the entry point in the group `anypsa.adapters` names."""

from __future__ import annotations

from anypsa import hookimpl

from .adapter import ConnectWiseAdapter


@hookimpl
def anypsa_adapters() -> list[type[ConnectWiseAdapter]]:
    """The adapters that this distribution brings."""
    return [ConnectWiseAdapter]
