"""ToyPSA's settings."""

from __future__ import annotations

from typing import ClassVar

from pydantic import SecretStr, field_validator

from anypsa.ledger import digest
from anypsa.settings import Settings, header_safe, origin


class Toy(Settings):
    """One ToyPSA: where it is, and its API key."""

    adapter: ClassVar[str] = "toypsa"

    url: str
    key: SecretStr

    _safe = field_validator("key")(header_safe)

    @field_validator("url")
    @classmethod
    def _own_address(cls, url: str) -> str:
        origin(url)  # https, or http on loopback
        return url.rstrip("/")

    def tenant_key(self) -> str:
        """The address and the key make a tenant."""
        return f"toypsa-{digest(self.url, self.key.get_secret_value())[:12]}"
