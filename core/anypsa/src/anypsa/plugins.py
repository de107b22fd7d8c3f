"""Plugins: adapters found by entry point, loaded by name, only when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Final

import pluggy

from .errors import ConfigurationError, Problem
from .observers import PROJECT
from .observers import hookspec as _hookspec

if TYPE_CHECKING:
    from .spi.adapter import Adapter
    from .state import StateStore

STATE_GROUP: Final = "anypsa.state"
GROUP: Final = "anypsa.adapters"
# Adapters of ours that may not be installed: what to type to get them.
KNOWN: Final[Mapping[str, str]] = {"autotask": 'pip install "anypsa[autotask]"'}


class AdapterSpec:
    """The hook that a plugin module of the group `anypsa.adapters` implements."""

    @_hookspec
    def anypsa_adapters(self) -> Iterable[type[Adapter]]:
        """The adapters that this plugin brings."""
        raise NotImplementedError  # a specification, never called


def installed() -> Mapping[str, EntryPoint]:
    """The adapters that are installed, by name, none of them imported."""
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=GROUP):
        if entry.name in found and entry.value != found[entry.name].value:
            raise ConfigurationError(
                "find adapters",
                problems=[Problem("adapter", f"two plugins call themselves {entry.name!r}")],
                hint=f"Uninstall one of {found[entry.name].value} and {entry.value}.",
            )
        found[entry.name] = entry
    return found


@cache
def load(name: str) -> type[Adapter]:
    """The adapter of a name; raises `ConfigurationError` with what to install or what broke.

    What is installed is looked through once for each name; one that is missing, anew each time.
    """
    entries = installed()
    if name not in entries:
        raise unknown(name, entries)
    try:
        return fitting(name, entries[name].load())
    except ConfigurationError:
        raise
    except Exception as error:  # whatever a plugin's import or hook raises, we name the plugin
        raise ConfigurationError(
            f"load the adapter {name!r}",
            said=[f"it is installed but broken: {type(error).__name__}: {error}"],
        ) from error


def fitting(name: str, plugin: object) -> type[Adapter]:
    """The adapter of that name among those a plugin brings, if it speaks our version of the contract."""
    from .spi.adapter import VERSION

    hooks = pluggy.PluginManager(PROJECT)
    hooks.add_hookspecs(AdapterSpec)
    hooks.register(plugin)
    brought: list[type[Adapter]] = [one for some in hooks.hook.anypsa_adapters() for one in some]
    for adapter in brought:
        if adapter.name != name:
            continue
        if adapter.spi_version != VERSION:
            raise ConfigurationError(
                f"load the adapter {name!r}",
                said=[f"it was written for version {adapter.spi_version} of anypsa.spi, and this is {VERSION}"],
                hint="Upgrade the adapter or anypsa.",
            )
        return adapter
    raise ConfigurationError(f"load the adapter {name!r}", said=["its plugin brings no adapter of that name"])


def unknown(name: str, entries: Mapping[str, EntryPoint]) -> ConfigurationError:
    near = get_close_matches(name, [*entries, *KNOWN], n=1)
    if name in KNOWN:
        hint = f"It is not installed: {KNOWN[name]}"
    elif near:
        hint = f"Did you mean {near[0]!r}?"
    else:
        hint = f"Adapters are packages such as anypsa-{name}: pip install anypsa-{name}, if there is one."
    problem = Problem("adapter", f"there is no {name!r}", allowed=tuple(sorted(entries)))
    return ConfigurationError("connect", problems=[problem], hint=hint)


def open_state(where: str) -> StateStore:
    """The state store at a path or URL, by the plugin that is installed for it; raises `ConfigurationError`."""
    found = {entry.value: entry for entry in entry_points(group=STATE_GROUP)}
    if len(found) != 1:
        problem = "two plugins keep state" if found else "nothing is installed that keeps state"
        hint = f"Uninstall one of {', '.join(found)}." if found else 'pip install "anypsa[automation]"'
        raise ConfigurationError("open the state store", problems=[Problem("state", problem)], hint=hint)
    (entry,) = found.values()
    try:
        kind: Callable[[str], StateStore] = entry.load()
    except Exception as error:  # whatever a plugin's import raises, we name the plugin
        said = [f"{entry.value} is installed but broken: {type(error).__name__}: {error}"]
        raise ConfigurationError("open the state store", said=said) from error
    return kind(where)
