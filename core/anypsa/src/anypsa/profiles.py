"""Profiles: named settings in `anypsa.toml`, in the project's folder, then in the user's; several tenants in a file.

[acme]
adapter = "autotask"
username = "api@acme.example"
secret = "keyring:anypsa/acme"

[acme.states]
waiting = ["7"]
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

import platformdirs

from .errors import ConfigurationError, Problem
from .secrecy import Sealed, sealed

FILE: Final = "anypsa.toml"
KEYRING: Final = "keyring:"


def files() -> Iterator[Path]:
    """Where profiles may stand, the nearest first."""
    for path in (Path.cwd() / FILE, user_file()):
        if path.is_file():
            yield path


def user_file() -> Path:
    """The user's own profiles."""
    return platformdirs.user_config_path("anypsa") / FILE


class Profile(NamedTuple):
    """An adapter, its settings, and the file that says so."""

    adapter: str
    settings: Mapping[str, Any]
    path: Path


def profile(name: str) -> Profile:
    """The profile of a name; raises `ConfigurationError` with the profiles there are."""
    seen: list[str] = []
    for path in files():
        table = read(path)
        seen.extend(table)
        if name in table:
            return Profile(*adapter_and_settings(name, path, table[name]), path)
    where = f"{FILE} in this folder or in {user_file().parent}"
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


def add(path: Path, name: str, adapter: str, settings: Mapping[str, str]) -> None:
    """Writes a profile at the end of a file, which only its owner can read if it is new; raises `ConfigurationError` if
    the file has a profile of that name."""
    tried = f"write the profile {name!r} to {path}"
    if path.is_file() and name in read(path):
        raise ConfigurationError(tried, problems=[Problem("profile", "there is one of that name")])
    lines = [
        f"[{quoted(name)}]",
        *(f"{key} = {quoted(value)}" for key, value in {"adapter": adapter, **settings}.items()),
    ]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "a", encoding="utf-8", opener=partial(os.open, mode=0o600)) as file:
            file.write(("\n" if file.tell() else "") + "\n".join(lines) + "\n")
    except OSError as error:
        raise ConfigurationError(tried, said=[str(error)]) from None


def quoted(text: str) -> str:
    """A text as TOML writes it: a JSON string, but for the one character that only TOML escapes."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def from_keyring(value: Any) -> Any:
    """The secret that `keyring:service/user` points to in the operating system's keyring; other values as they are."""
    if not isinstance(value, str) or not value.startswith(KEYRING):
        return value
    service, _, user = value.removeprefix(KEYRING).partition("/")
    secret = keyring("read the keyring", lambda backend: backend.get_password(service, user))
    if secret is None:
        raise ConfigurationError("read the keyring", said=[f"it holds nothing under {service}/{user}"])
    return secret


def into_keyring(service: str, user: str, secret: str) -> str:
    """Keeps a secret in the operating system's keyring, and returns what a profile says in its place."""
    keyring("write to the keyring", lambda backend: backend.set_password(service, user, secret))
    return f"{KEYRING}{service}/{user}"


def out_of_keyring(pointer: str) -> None:
    """Forgets the secret that `keyring:service/user` points to."""
    service, _, user = pointer.removeprefix(KEYRING).partition("/")
    keyring("write to the keyring", lambda backend: backend.delete_password(service, user))


def keyring(tried: str, act: Callable[[Any], Any]) -> Any:
    """What the operating system's keyring answers; raises `ConfigurationError` where there is none."""
    try:
        return act(import_module("keyring"))
    except ImportError:
        hint = 'pip install "anypsa[keyring]"'
        raise ConfigurationError(tried, said=["keyring is not installed"], hint=hint) from None
    except Exception as error:  # noqa: BLE001  # a keyring backend may raise anything when there is no desktop session
        raise ConfigurationError(tried, said=[f"{type(error).__name__}: {error}"]) from None
