"""Channels: how connections are made, as data; what is made of it is the business of `http`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Channel:
    """How connections are made: the same for both wires."""

    timeout: float = 30.0
    proxy: str | None = field(default=None, repr=False)  # may hold a password
    ca_bundle: str | None = None

    def context(self) -> Any:
        """The TLS settings; certificates come from the operating system unless a bundle is named."""
        from .http import trusted

        return trusted(self.ca_bundle)
