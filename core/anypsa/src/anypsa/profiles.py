"""Profiles: named settings in `anypsa.toml`, in the project's folder, then in the user's; several tenants in a file.

[acme]
adapter = "autotask"
username = "api@acme.example"
secret = "keyring:anypsa/acme"

[acme.states]
waiting = ["7"]
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import platformdirs

from .errors import ConfigurationError, Problem
from .secrecy import Sealed, sealed

FILE: Final = "anypsa.toml"
KEYRING: Final = "keyring:"


def files() -> Iterator[Path]:
    """Where profiles may stand, the nearest first."""
    for folder in (Path.cwd(), platformdirs.user_config_path("anypsa")):
        if (folder / FILE).is_file():
            yield folder / FILE


def profile(name: str) -> tuple[str, Mapping[str, Any]]:
    """The adapter and the settings of a profile; raises `ConfigurationError` with the profiles there are."""
    seen: list[str] = []
    for path in files():
        table = read(path)
        seen.extend(table)
        if name in table:
            return adapter_and_settings(name, path, table[name])
    where = f"{FILE} in this folder or in {platformdirs.user_config_path('anypsa')}"
    raise ConfigurationError(
        "read a profile",
        problems=[Problem("profile", f"there is no {name!r}", allowed=tuple(seen))],
        hint=f"Profiles stand in {where}.",
    )


def read(path: Path) -> Mapping[str, Any]:
    try:
        return Sealed(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"read {path}", said=[str(error)]) from None


def adapter_and_settings(name: str, path: Path, table: Any) -> tuple[str, Mapping[str, Any]]:
    table = sealed(table)
    if not isinstance(table, Mapping) or not isinstance(table.get("adapter"), str):
        raise ConfigurationError(
            f"read the profile {name!r} in {path}", problems=[Problem("adapter", 'is missing: adapter = "autotask"')]
        )
    settings = Sealed({key: from_keyring(value) for key, value in table.items() if key != "adapter"})
    return table["adapter"], settings


def from_keyring(value: Any) -> Any:
    """The secret that `keyring:service/user` points to in the operating system's keyring; other values as they are."""
    if not isinstance(value, str) or not value.startswith(KEYRING):
        return value
    service, _, user = value.removeprefix(KEYRING).partition("/")
    try:
        secret = import_module("keyring").get_password(service, user)
    except ImportError:
        hint = 'pip install "anypsa[keyring]"'
        raise ConfigurationError("read the keyring", said=["keyring is not installed"], hint=hint) from None
    except Exception as error:  # noqa: BLE001  # a keyring backend may raise anything when there is no desktop session
        raise ConfigurationError("read the keyring", said=[f"{type(error).__name__}: {error}"]) from None
    if secret is None:
        raise ConfigurationError("read the keyring", said=[f"it holds nothing under {service}/{user}"])
    return secret
