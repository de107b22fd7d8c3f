"""ToyPSA's settings."""

from __future__ import annotations

from typing import ClassVar

from pydantic import SecretStr, field_validator

from anypsa.ledger import digest
from anypsa.settings import Settings, header_safe, own_address


class Toy(Settings):
    """One ToyPSA: where it is, and its API key."""

    adapter: ClassVar[str] = "toypsa"

    url: str
    key: SecretStr

    _safe = field_validator("key")(header_safe)

    _own = field_validator("url")(own_address)  # https, or http on loopback

    def tenant_key(self) -> str:
        """The address and the key make a tenant."""
        return f"toypsa-{digest(self.url.rstrip('/'), self.key.get_secret_value())[:12]}"
