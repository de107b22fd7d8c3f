"""HaloPSA's settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field, SecretStr, field_validator

from anypsa.ledger import digest
from anypsa.models import ContractKind
from anypsa.settings import Settings, header_safe, own_address

SHARE = 100


class HaloPSA(Settings):
    """One HaloPSA tenant, hosted or on-premise, reached with an application of the kind "Client ID and Secret".

    `resource_url` is where the API is, with or without `/api`. `auth_url` is asked of the server when it is not given;
    `tenant` names the tenant where an authorisation server serves several. `scope` is what the application may do.

    `outcomes` names the tenant's outcome (by id or label) that writes an `internal` note, a `public` one, or a
    `time_entry`, where its label does not tell; `contracts` says what the tenant's types of contracts mean
    (`block_hours = ["3"]`), since these are its own.

    The published limit is 500 requests in 3 minutes (wire/halopsa.md 5.3); ours is 400, the rest is left to others.
    """

    adapter: ClassVar[str] = "halopsa"

    resource_url: str
    auth_url: str | None = None
    tenant: str | None = None
    client_id: SecretStr
    client_secret: SecretStr
    scope: str = "all"
    outcomes: Mapping[Literal["internal", "public", "time_entry"], str] = Field(default_factory=dict)
    contracts: Mapping[ContractKind, tuple[str, ...]] = Field(default_factory=dict)
    slots: int = Field(default=4, ge=1, le=100)
    window: float = Field(default=180.0, gt=0)
    requests_per_window: int = Field(default=500, ge=1)
    reserve: int = Field(default=SHARE, ge=0)
    release_lag: float | None = Field(default=0.0, ge=0, le=10)

    _safe = field_validator("client_id", "client_secret")(header_safe)

    _own = field_validator("resource_url", "auth_url")(own_address)

    def tenant_key(self) -> str:
        """The server, the tenant on it, and whose rights limit what is seen."""
        parts = (self.resource_url.rstrip("/").lower(), self.tenant or "", self.client_id.get_secret_value())
        return f"halopsa-{digest(*parts)[:12]}"
