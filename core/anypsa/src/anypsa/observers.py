"""Observers: plugins that watch requests go by. They get frozen facts, return nothing and decide nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from typing import Any, Final

import pluggy

from .effects import Effect
from .errors import ConfigurationError

PROJECT: Final = "anypsa"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
log = logging.getLogger("anypsa")


class ObserverSpec:
    """The hooks of an observer. No headers, no bodies, no queries: nothing of the customer's and nothing secret."""

    @hookspec
    def anypsa_sent(self, tenant: str, route: str, effect: Effect, attempt: int) -> None:
        """A request goes out; `route` is its method and path template."""

    @hookspec
    def anypsa_answered(self, tenant: str, route: str, effect: Effect, status: int, seconds: float) -> None:
        """An answer came in, good or bad."""

    @hookspec
    def anypsa_retrying(self, tenant: str, route: str, attempt: int, wait: float, cause: str, budget: int) -> None:
        """The request will be sent again after `wait` seconds; `cause` is the name of the error, `budget` how many
        more repetitions all calls of this connection together may make until some succeed."""


class Observers:
    """All observers of one connection. One that raises is told of once and then left out."""

    def __init__(self, plugins: Iterable[object] = ()) -> None:
        self._hooks = pluggy.PluginManager(PROJECT)
        self._hooks.add_hookspecs(ObserverSpec)
        try:
            for plugin in plugins:
                self._hooks.register(plugin)
            self._hooks.check_pending()
        except pluggy.PluginValidationError as error:
            raise ConfigurationError("register an observer", said=[str(error)]) from None
        self._leaving = threading.Lock()

    def sent(self, **facts: Any) -> None:
        """Tells of a request."""
        self._tell("anypsa_sent", facts)

    def answered(self, **facts: Any) -> None:
        """Tells of an answer."""
        self._tell("anypsa_answered", facts)

    def retrying(self, **facts: Any) -> None:
        """Tells of a repetition."""
        self._tell("anypsa_retrying", facts)

    def _tell(self, hook: str, facts: dict[str, Any]) -> None:
        for implementation in getattr(self._hooks.hook, hook).get_hookimpls():
            named = {name: facts[name] for name in implementation.argnames}
            try:
                implementation.function(**named)
            except Exception as error:  # noqa: BLE001  # whatever an observer does wrong must not stop a ticket
                self._leave_out(implementation.plugin, implementation.plugin_name, error)

    def _leave_out(self, plugin: object, name: str, error: Exception) -> None:
        with self._leaving:  # it may fail in two threads at once
            if self._hooks.is_registered(plugin):
                log.warning("observer %s failed (%s) and is left out", name, type(error).__name__)
                self._hooks.unregister(plugin)
