"""Autotask's settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, SecretStr, field_validator

from anypsa.ledger import digest
from anypsa.settings import Settings, header_safe, own_address

VENDOR_DISCOVERY = "https://webservices.autotask.net/atservicesrest/v1.0/zoneInformation"


class Autotask(Settings):
    """One Autotask database. The user must be an API user; the integration code is the API tracking identifier.

    `zone_url` skips zone detection; `discovery_url` is where zones are asked for; `impersonate` is the id of the
    resource in whose name records are written (never read: queries under impersonation are refused);
    `default_product` is the id of the product that a new asset gets when none is named, since Autotask demands one.
    """

    adapter: ClassVar[str] = "autotask"
    customary: ClassVar[Mapping[str, str]] = {
        "username": "AUTOTASK_USERNAME",
        "secret": "AUTOTASK_SECRET",
        "integration_code": "AUTOTASK_INTEGRATION_CODE",
    }

    username: str
    secret: SecretStr
    integration_code: SecretStr
    zone_url: str | None = None
    discovery_url: str = VENDOR_DISCOVERY
    impersonate: int | None = Field(default=None, ge=0)
    default_product: int | None = Field(default=None, ge=0)

    @field_validator("username")
    @classmethod
    def _sendable(cls, username: str) -> str:
        if username != username.strip() or not username or not username.isascii() or not username.isprintable():
            raise ValueError("must be printable ASCII, not empty, and without blanks around it")
        return username

    # The length of the integration code is quoted as 26 and as 27, so it is not checked (wire/autotask.md 2).
    _safe = field_validator("secret", "integration_code")(header_safe)

    _own = field_validator("zone_url", "discovery_url")(own_address)

    def tenant_key(self) -> str:
        """The API user's name decides the database; where it is looked up keeps sandboxes apart."""
        return f"autotask-{digest(self.username.lower(), self.zone_url or '', self.discovery_url)[:12]}"
