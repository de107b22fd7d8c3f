"""Settings: typed, complete before anything is sent, and without a secret in any repr.

A setting comes from, in this order: the arguments of `connect`, the environment (`ANYPSA_<ADAPTER>_<SETTING>`, then
the vendor's customary names), the profile in `anypsa.toml`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, NoReturn, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from .errors import ConfigurationError, Problem
from .journal import Journal
from .ledger import Address, Ledger
from .origins import own
from .policy import Policy
from .secrecy import Sealed, Secrets, sealed
from .state import StateStore


class Settings(BaseModel):
    """What every adapter can be told. Adapters add their own credentials and addresses.

    `slots`: requests in flight per limit; `window` (seconds) and `requests_per_window`: the vendor's rolling window;
    `reserve`: how many of them are left to others; `release_lag` (seconds): how late the vendor frees a
    slot, at the least (None: what its refusals teach); `ledger`: who counts all that, this "host", the "memory" of this
    process, or, for several hosts, a Redis by its URL (`rediss://user:password@host:6379/0?hosts=3`);
    `deadline` and `bulk_deadline` (seconds): how long a call, or a page of a list, may take with all its waiting;
    `timeout` (seconds): how long one silence of the vendor may last; `attempts`: how often a failing read is tried;
    `state`: where to keep what must survive the process, a file or the URL of a PostgreSQL database; it brings a durable
    journal and the outbox; `journal`: where else writes are written down before they are sent; `settle_time` (seconds):
    how long the vendor may still commit a write whose answer got lost (None: what the adapter knows of the vendor);
    `markers`: whether a new record gets a mark to find it by, in a field that is free and that customers do not see;
    `policy`: what may be written, a preset (`open`, `guarded`, `plan`, `read_only`), a table of rules, or a `Policy`;
    `approvers`: who decides on plans while a ticket is nobody's, by queue: technicians' e-mail addresses or ids;
    `propose`: whether a call that wants an approval is proposed on its ticket at once; `public_url`: where the approvals
    app is reached, to be linked from proposals;
    `stages`: the categories of tickets that earn trust stage by stage, which `state` keeps; all others are one more; `promoters`: who may
    promote them and lift a stop, as e-mail addresses or ids of technicians; `stoppers`: who may stop all writes, besides
    those (everybody, if none are named). These three may be one text with commas, as in the environment;
    `actor` and `stage`: who acts and how far that is trusted, in your own words, for policies to go by;
    `side_by_side`: whether a long list uses all slots at once; `gathering`: whether single gets that are asked for at
    about the same time become one look-up.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True, defer_build=True
    )

    adapter: ClassVar[str]
    customary: ClassVar[Mapping[str, str]] = {}
    """Setting → the environment variable that the vendor's users customarily set."""

    slots: int = Field(default=3, ge=1, le=100)
    window: float = Field(default=3600.0, gt=0)
    requests_per_window: int = Field(default=10_000, ge=1)
    reserve: int = Field(default=2_000, ge=0)
    release_lag: float | None = Field(default=None, ge=0, le=10)
    deadline: float = Field(default=60.0, gt=0)
    bulk_deadline: float = Field(default=900.0, gt=0)
    timeout: float = Field(default=30.0, gt=0)
    attempts: int = Field(default=4, ge=1, le=10)
    proxy: SecretStr | None = None
    ca_bundle: str | None = None
    ledger: Literal["host", "memory"] | SecretStr | Ledger = "host"
    journal: Literal["memory"] | Journal = "memory"
    state: SecretStr | Path | StateStore | None = None
    settle_time: float | None = Field(default=None, ge=0)
    markers: bool = True
    side_by_side: bool = True
    gathering: bool = True
    policy: Policy = Policy.open
    approvers: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    propose: bool = False
    public_url: str | None = None
    stages: tuple[str, ...] = ()
    promoters: tuple[str, ...] = ()
    stoppers: tuple[str, ...] = ()
    actor: str | None = None
    stage: str | None = None
    states: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    visibility: Mapping[str, str] = Field(default_factory=dict)

    def __init__(self, **settings: Any) -> None:
        # As pydantic does it, whose own frame would hold the secrets in a traceback with locals.
        settings = Sealed(settings)
        self.__pydantic_validator__.validate_python(settings, self_instance=self)

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise ConfigurationError(
            "pickle settings",
            said=["they hold secrets"],
            hint="Make them anew where they are needed, or name a profile.",
        )

    def secrets(self) -> Secrets:
        """The secrets among them, to be kept out of texts."""
        values = [getattr(self, name) for name in type(self).model_fields]
        hidden = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
        hidden += [password for url in hidden if "://" in url and (password := password_in(url))]
        return Secrets(hidden, public=[value for value in values if isinstance(value, str)])

    @field_validator("stages", "promoters", "stoppers", mode="before")
    @classmethod
    def _with_commas(cls, names: Any) -> Any:
        # The environment has no lists.
        return tuple(filter(None, map(str.strip, names.split(",")))) if isinstance(names, str) else names

    @field_validator("states")
    @classmethod
    def _known_states(cls, states: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        return known(states, ("open", "waiting", "closed"))

    @field_validator("public_url")
    @classmethod
    def _own_public_url(cls, url: str | None) -> str | None:
        return own_address(url)

    @field_validator("visibility")
    @classmethod
    def _known_visibilities(cls, visibility: Mapping[str, str]) -> Mapping[str, str]:
        return known(visibility, ("internal", "public"))

    @field_validator("ledger", mode="before")
    @classmethod
    def _ledger_by_url(cls, ledger: Any) -> Any:
        if not isinstance(ledger, str | SecretStr) or ledger in ("host", "memory"):
            return ledger
        url = SecretStr(ledger) if isinstance(ledger, str) else ledger
        Address.of(url)
        return url

    @field_validator("state", mode="before")
    @classmethod
    def _state_by_path(cls, state: Any) -> Any:
        # A URL may hold a password; a path never does, and may be told.
        return Path(state) if isinstance(state, str) and "://" not in state else state

    @model_validator(mode="after")
    def _one_journal(self) -> Self:
        if self.state is not None and self.journal != "memory":
            raise ValueError("journal: `state` brings a journal of its own; give one of the two")
        return self

    @model_validator(mode="after")
    def _stages_with_state(self) -> Self:
        if self.stages and self.state is None:
            raise ValueError("stages: they are kept in a state store; say where, as in `state`")
        return self

    @field_validator("policy", mode="before")
    @classmethod
    def _policy_by_name(cls, policy: Any) -> Any:
        try:
            if isinstance(policy, Mapping):
                return Policy.from_table(policy)
            return Policy.named(policy) if isinstance(policy, str) else policy
        except ConfigurationError as error:
            wrong = (str(one).removeprefix("policy").lstrip(".: ") for one in error.problems)
            raise ValueError("; ".join(wrong)) from None  # one problem among all others

    def tenant_key(self) -> str:
        """A name for the tenant: one customer database, reached with one set of credentials. Shows no secret."""
        raise NotImplementedError  # every adapter's settings say what makes a tenant

    @classmethod
    def gather(cls, given: Mapping[str, Any], profile: Mapping[str, Any]) -> Self:
        """Settings from all their sources; raises `ConfigurationError` naming every problem at once."""
        given, profile = sealed(given), sealed(profile)
        return cls.model_validate(Sealed({**profile, **cls.from_environment(), **given}))

    @model_validator(mode="wrap")
    @classmethod
    def _in_our_words(cls, values: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Whichever way settings are made, what is wrong with them is told as our error, and all of it at once."""
        if type(values) is dict:
            values = Sealed(values)
        try:
            return handler(values)
        except ValidationError as error:
            problems = [problem(cls, detail) for detail in error.errors(include_input=False, include_url=False)]
            raise ConfigurationError(
                f"connect to {cls.adapter}",
                problems=problems,
                hint="Give settings to connect(), in anypsa.toml, or in the environment "
                f"(ANYPSA_{cls.adapter.upper()}_...).",
            ) from None

    @classmethod
    def variable(cls, name: str) -> str:
        """The environment variable of a setting."""
        return f"ANYPSA_{cls.adapter.upper()}_{name.upper()}"

    @classmethod
    def from_environment(cls) -> Mapping[str, str]:
        """The settings that the environment names; the customary names give way to ours."""
        found = Sealed()
        for name in cls.model_fields:
            for variable in (cls.variable(name), cls.customary.get(name, "")):
                if variable and (value := os.environ.get(variable)):
                    found[name] = value
                    break
        return found


def password_in(url: str) -> str | None:
    """The password of a URL, if there is one."""
    try:
        return urlsplit(url).password
    except ValueError:
        return None


def known(table: Mapping[str, Any], names: tuple[str, ...]) -> Mapping[str, Any]:
    """The table, if it has no other keys than these."""
    if unknown := set(table) - set(names):
        raise ValueError(f"{', '.join(sorted(unknown))}: not among {', '.join(names)}")
    return table


def problem(cls: type[Settings], detail: Any) -> Problem:
    """A pydantic error as a problem: where and what, never the value."""
    name = ".".join(str(part) for part in detail["loc"]) or None
    if detail["type"] == "missing":
        return Problem(name, "is missing")
    if detail["type"] == "extra_forbidden":
        return Problem(name, "there is no such setting", allowed=tuple(cls.model_fields))
    return Problem(name, detail["msg"].removeprefix("Value error, "))


def own_address(url: str | None) -> str | None:
    """An address that the user gave, if secrets may go there: https, or http on loopback."""
    if url is not None:
        own(url)
    return url


def sendable(text: str) -> bool:
    """Whether a text can stand in a header without ending it."""
    return text.isascii() and text.isprintable()


def header_safe(secret: SecretStr) -> SecretStr:
    """The secret, if it can stand in a header: no control characters, nothing beyond ASCII, no blank copied with it."""
    value = secret.get_secret_value()
    if not value.strip() or not sendable(value):
        raise ValueError("must be printable ASCII and not empty")
    if value != value.strip():
        raise ValueError("begins or ends with a blank, which was copied by mistake")
    return secret
