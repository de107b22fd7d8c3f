"""`anypsa connect`: a profile is proved before it is written, and no secret stands in its file."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import anypsa
from anypsa_apps.cli import app
from anypsa_sandbox import Sandbox

SECRETS = ("secret", "integration_code")


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], str]:
    kept: dict[tuple[str, str], str] = {}
    module = types.ModuleType("keyring")
    module.set_password = lambda service, user, secret: kept.update({(service, user): secret})  # type: ignore[attr-defined]  # a stand-in for the optional package
    module.get_password = lambda service, user: kept.get((service, user))  # type: ignore[attr-defined]  # the same
    monkeypatch.setitem(sys.modules, "keyring", module)
    return kept


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANYPSA_AUTOTASK_LEDGER", "memory")
    return tmp_path


@pytest.fixture
def connect(start_sandbox: Callable[..., Sandbox], folder: Path, keyring: Any) -> Callable[..., Result]:
    settings = start_sandbox("autotask", tickets=60).settings

    def run(*words: str, **wrong: str) -> Result:
        answers = {**settings, **wrong}
        typed = "\n".join(answers[name] for name in ("username", *SECRETS)) + "\n"
        where = f"discovery_url={settings['discovery_url']}"
        return CliRunner().invoke(app, ["connect", "acme", where, "-a", "autotask", "--here", *words], input=typed)

    return run


def test_what_is_missing_is_asked_for_and_the_profile_connects(connect: Callable[..., Result], folder: Path) -> None:
    done = connect()

    assert done.exit_code == 0, done.output
    with anypsa.connect(profile="acme") as psa:
        assert psa.check().username == "api@northwind.example"


def test_the_secrets_are_in_the_keyring_and_nowhere_else(
    connect: Callable[..., Result], folder: Path, keyring: dict[tuple[str, str], str]
) -> None:
    printed = connect().output

    assert {user for _, user in keyring} == {"acme/secret", "acme/integration_code"}
    written = (folder / "anypsa.toml").read_text() + printed
    assert [secret for secret in keyring.values() if secret in written] == []
    assert (folder / "anypsa.toml").stat().st_mode & 0o077 == 0


def test_without_a_keyring_it_says_which_variables_to_set(connect: Callable[..., Result], folder: Path) -> None:
    done = connect("--secrets", "environment")

    assert all(f"ANYPSA_AUTOTASK_{name.upper()}" in done.output for name in SECRETS)
    assert not any(name in (folder / "anypsa.toml").read_text() for name in SECRETS)


def test_credentials_that_are_refused_leave_nothing_behind(
    connect: Callable[..., Result], folder: Path, keyring: dict[tuple[str, str], str]
) -> None:
    done = connect(secret="wrong")  # noqa: S106  # it is meant to be

    assert isinstance(done.exception, anypsa.AuthenticationFailed)
    assert not (folder / "anypsa.toml").exists() and keyring == {}


def test_a_profile_is_never_replaced(connect: Callable[..., Result], folder: Path) -> None:
    connect()
    before = (folder / "anypsa.toml").read_text()

    assert isinstance(connect().exception, anypsa.ConfigurationError)
    assert (folder / "anypsa.toml").read_text() == before


def test_a_secret_on_the_command_line_is_refused_unread(connect: Callable[..., Result], folder: Path) -> None:
    done = connect("secret=hunter2")

    assert isinstance(done.exception, anypsa.ConfigurationError) and "hunter2" not in str(done.exception)


def test_a_profile_of_any_text_is_read_back_as_it_was(folder: Path) -> None:
    values = {"username": 'a"b\\c\u007f\u2028é', "zone_url": "\t\n"}
    anypsa.profiles.add(folder / "anypsa.toml", 'my "own"', "autotask", values)

    assert anypsa.profiles.profile('my "own"')[:2] == ("autotask", values)
