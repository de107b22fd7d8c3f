"""ConnectWise PSA's settings."""

from __future__ import annotations

import re
from typing import ClassVar, Final
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from anypsa.ledger import digest
from anypsa.settings import Settings, header_safe, own_address

# What a codebase is called (wire/connectwise.md, Codebase): `v2026_1`, `v4_6_release`.
CODEBASE: Final = re.compile(r"v\d+(_\w+)*", re.ASCII)
VERSION: Final = re.compile(r"\d{4}\.\d{1,2}", re.ASCII)
COMPANY: Final = re.compile(r"[\w.&-]+", re.ASCII)


class ConnectWise(Settings):
    """One ConnectWise PSA, in the cloud or on-premise, reached with the keys of an API member.

    `url` is the server's address, as people open it or as the API is reached (`https://na.myconnectwise.net`);
    `company` is what the login page asks for as the company; `client_id` is the partner's id of the integration.
    `codebase` is asked of the server when it is not given. `version` (`2026.1`) is the API version that answers are to
    have; without it, the server's own.

    No limit is published: `requests_per_window` and `slots` are our own caution, and may be set.
    """

    adapter: ClassVar[str] = "connectwise"

    url: str
    company: str
    public_key: SecretStr
    private_key: SecretStr
    client_id: SecretStr
    codebase: str | None = None
    version: str | None = None
    slots: int = Field(default=4, ge=1, le=100)
    window: float = Field(default=60.0, gt=0)
    requests_per_window: int = Field(default=600, ge=1)
    reserve: int = Field(default=120, ge=0)
    release_lag: float = Field(default=0.0, ge=0, le=10)

    _safe = field_validator("public_key", "private_key", "client_id")(header_safe)

    @field_validator("url")
    @classmethod
    def _server_alone(cls, url: str) -> str:
        own_address(url)  # https, or http on loopback
        if urlsplit(url).path.strip("/"):
            raise ValueError("must be the server's address alone, without a path")
        return url.rstrip("/")

    @field_validator("company")
    @classmethod
    def _plain_company(cls, company: str) -> str:
        return shaped(COMPANY, company, "must be the company's name as the login page asks for it")

    @field_validator("codebase")
    @classmethod
    def _known_codebase(cls, codebase: str | None) -> str | None:
        return codebase and shaped(CODEBASE, codebase.strip("/"), "must be such as v4_6_release")

    @field_validator("version")
    @classmethod
    def _known_version(cls, version: str | None) -> str | None:
        return version and shaped(VERSION, version, "must be such as 2026.1")

    def tenant_key(self) -> str:
        """The server, the company on it, and whose rights limit what is seen."""
        parts = (self.url.lower(), self.company.lower(), self.public_key.get_secret_value())
        return f"connectwise-{digest(*parts)[:12]}"


def shaped(pattern: re.Pattern[str], value: str, otherwise: str) -> str:
    """The value, if it has the shape; raises ValueError saying what it must be."""
    if not pattern.fullmatch(value):
        raise ValueError(otherwise)
    return value
