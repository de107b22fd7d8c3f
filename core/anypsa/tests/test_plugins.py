"""Plugins: adapters by name, loaded when asked for; a broken one is named; observers decide and see nothing."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

import pytest
from wires import PATIENCE

from anypsa import ConfigurationError, hookimpl, plugins
from anypsa.observers import Observers
from anypsa.spi import VERSION, Adapter, reading

FACTS: dict[str, Any] = {"tenant": "here", "route": "GET x", "effect": reading("ticket"), "attempt": 1}


class Vendor(Adapter):
    """An adapter that is only looked at."""

    name = "vendor"


class Future(Vendor):
    """An adapter for a version of the contract that we do not speak."""

    spi_version = VERSION + 1


def plugin(*adapters: type[Adapter]) -> ModuleType:
    module = ModuleType("vendor_plugin")
    module.anypsa_adapters = hookimpl(lambda: list(adapters))  # type: ignore[attr-defined]  # a plugin made here
    return module


@pytest.fixture(autouse=True)
def nothing_loaded_before() -> Iterator[None]:
    """What these tests pretend to be installed is not what others find."""
    plugins.load.cache_clear()
    yield
    plugins.load.cache_clear()


def entries(monkeypatch: pytest.MonkeyPatch, **modules: Any) -> None:
    """Pretends that these plugins are installed; an exception is what importing one raises."""
    found = [Entry(name, module) for name, module in modules.items()]
    monkeypatch.setattr(plugins, "entry_points", lambda group: found if group == plugins.GROUP else [])


class Entry:
    """An installed plugin."""

    def __init__(self, name: str, module: Any) -> None:
        self.name = name.removesuffix("_again")
        self.value = f"module_of_{name}"
        self._module = module

    def load(self) -> Any:
        if isinstance(self._module, BaseException):
            raise self._module
        return self._module


def refused(name: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        plugins.load(name)
    return caught.value


def test_an_installed_adapter_is_found_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    entries(monkeypatch, vendor=plugin(Vendor))

    assert plugins.load("vendor") is Vendor


def test_our_own_adapter_is_an_ordinary_plugin() -> None:
    assert isinstance(plugins.installed()["autotask"], EntryPoint)
    assert plugins.load("autotask").name == "autotask"


def test_an_unknown_adapter_is_refused_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    entries(monkeypatch, vendor=plugin(Vendor), other=plugin())

    error = refused("vendro")

    assert error.problems[0].allowed == ("other", "vendor")
    assert "vendor" in str(error.hint)


def test_an_adapter_of_ours_that_is_missing_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    entries(monkeypatch)

    assert "anypsa[autotask]" in str(refused("autotask").hint)


def test_nobody_s_adapter_is_refused_with_where_to_look(monkeypatch: pytest.MonkeyPatch) -> None:
    entries(monkeypatch)

    assert "anypsa-quorum" in str(refused("quorum").hint)


def broken_hook() -> Any:
    raise RuntimeError("it never worked")


def misdeclared() -> ModuleType:
    module = ModuleType("vendor_plugin")
    module.anypsa_adapters = hookimpl(lambda nonsense: [])  # type: ignore[attr-defined]  # a plugin made here
    return module


def raising() -> ModuleType:
    module = ModuleType("vendor_plugin")
    module.anypsa_adapters = hookimpl(broken_hook)  # type: ignore[attr-defined]  # a plugin made here
    return module


@pytest.mark.trust("A17")
@pytest.mark.parametrize("module", [ImportError("x"), SyntaxError("x"), RuntimeError("x"), misdeclared(), raising()])
def test_a_broken_plugin_is_named(monkeypatch: pytest.MonkeyPatch, module: Any) -> None:
    entries(monkeypatch, vendor=module)

    error = refused("vendor")

    assert "vendor" in error.tried
    assert error.__cause__ is not None


@pytest.mark.trust("A17")
def test_a_broken_plugin_does_not_keep_others_from_loading(monkeypatch: pytest.MonkeyPatch) -> None:
    entries(monkeypatch, broken=ImportError("x"), vendor=plugin(Vendor))

    assert plugins.load("vendor") is Vendor


@pytest.mark.trust("A17")
def test_an_adapter_for_another_contract_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    entries(monkeypatch, vendor=plugin(Future))

    error = refused("vendor")

    assert any(str(VERSION + 1) in word and str(VERSION) in word for word in error.said)


@pytest.mark.parametrize("module", [plugin(), ModuleType("empty")])
def test_a_plugin_that_brings_no_adapter_of_its_name_is_refused(monkeypatch: pytest.MonkeyPatch, module: Any) -> None:
    entries(monkeypatch, vendor=module)

    assert "vendor" in refused("vendor").tried


@pytest.mark.trust("A17")
def test_two_plugins_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    entries(monkeypatch, vendor=plugin(Vendor), vendor_again=plugin(Vendor))

    error = refused("vendor")

    assert "module_of_vendor_again" in str(error.hint)


def test_importing_the_library_imports_no_adapter() -> None:
    seen = subprocess.run(
        [sys.executable, "-c", "import sys, anypsa; print([m for m in sys.modules if m.startswith('anypsa_')])"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert seen.stdout.strip() == "[]"


class Watcher:
    """An observer that remembers what it is told."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    @hookimpl
    def anypsa_sent(self, route: str) -> None:
        self.seen.append(route)


class Broken:
    """An observer that fails whenever it is told anything."""

    def __init__(self, meeting: threading.Barrier | None = None) -> None:
        self.meeting = meeting
        self.told = 0

    @hookimpl
    def anypsa_sent(self) -> None:
        self.told += 1
        if self.meeting is not None:
            self.meeting.wait(PATIENCE)
        raise RuntimeError("canary in an observer")


def test_a_broken_observer_is_left_out_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    broken, watcher = Broken(), Watcher()
    observers = Observers([broken, watcher])

    with caplog.at_level(logging.DEBUG, "anypsa"):
        for _ in range(3):
            observers.sent(**FACTS)

    assert watcher.seen == ["GET x"] * 3
    assert broken.told == 1
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "canary" not in caplog.text


def test_an_observer_that_fails_in_two_threads_at_once_stops_neither() -> None:
    observers = Observers([Broken(threading.Barrier(2))])
    errors: list[Exception] = []

    def tell() -> None:
        try:
            observers.sent(**FACTS)
        except Exception as error:  # noqa: BLE001  # handed to the test
            errors.append(error)

    threads = [threading.Thread(target=tell) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert errors == []


def test_an_observer_with_a_hook_that_does_not_exist_is_refused() -> None:
    class Mistaken:
        @hookimpl
        def anypsa_snet(self) -> None:
            raise AssertionError("never called")

    with pytest.raises(ConfigurationError):
        Observers([Mistaken()])


def test_importing_the_library_loads_no_optional_part_and_no_http_client() -> None:
    heavy = {"redis", "sqlalchemy", "typer", "mcp", "keyring", "nh3", "httpx2", "httpcore2", "asyncio", "trio"}
    ask = f"import sys, anypsa; print({heavy} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True, timeout=PATIENCE * 3)

    assert told.stdout.strip() == "set()"
