"""Settings, profiles and the environment: complete before anything is sent, all problems at once, no secret shown."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import anypsa
from anypsa import ConfigurationError, MemoryLedger, Policy
from anypsa.connecting import chosen
from anypsa.settings import Settings

GOOD = {"username": "api@acme.example", "secret": "canary-secret", "integration_code": "canary-code"}
Write = Callable[[str], None]


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty project folder, an empty user's folder, an environment that says nothing."""
    for name in ("project", "user"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setattr("platformdirs.user_config_path", lambda name: tmp_path / "user")
    for name in [name for name in __import__("os").environ if name.startswith(("ANYPSA_", "AUTOTASK_"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def project(tmp_path: Path) -> Write:
    return lambda text: void((tmp_path / "project" / "anypsa.toml").write_text(text, encoding="utf-8"))


@pytest.fixture
def user(tmp_path: Path) -> Write:
    return lambda text: void((tmp_path / "user" / "anypsa.toml").write_text(text, encoding="utf-8"))


def void(_: object) -> None:
    return None


def settings(adapter: Any = "autotask", profile: str | None = None, **given: Any) -> Any:
    return chosen(adapter, profile, given)[1]


def problems(**given: Any) -> set[str | None]:
    with pytest.raises(ConfigurationError) as caught:
        settings(**given)
    return {problem.field for problem in caught.value.problems}


def test_all_missing_settings_are_named_at_once() -> None:
    assert problems() == {"username", "secret", "integration_code"}


def test_all_wrong_settings_are_named_at_once() -> None:
    wrong = {
        "secret": "line\nbreak",
        "zone_url": "http://far.example/",
        "slots": 0,
        "deadline": -1,
        "policy": "whatever",
        "states": {"done": ["5"]},
        "visibility": {"secret": "5"},
        "nonsense": 1,
    }

    assert problems(**wrong) == {*wrong, "username", "integration_code"}


@pytest.mark.parametrize("bad", ["", "a\nb", "a\r", "a\x00b", "a\x7fb", "geheimß", "a\tb"])
@pytest.mark.parametrize("name", ["username", "secret", "integration_code"])
def test_what_cannot_stand_in_a_header_is_refused(name: str, bad: str) -> None:
    assert problems(**{**GOOD, name: bad}) == {name}


@pytest.mark.parametrize(
    "url",
    [
        "http://webservices.autotask.net/",
        "ftp://webservices.autotask.net/",
        "webservices.autotask.net",
        "https://",
        "https://user:pass@webservices.autotask.net/",
        "http://127.0.0.1.evil.example/",
        "http://localhost.evil.example/",
        "",
    ],
)
@pytest.mark.parametrize("name", ["zone_url", "discovery_url"])
def test_addresses_are_https_or_on_loopback_and_hold_no_credentials(name: str, url: str) -> None:
    assert problems(**{**GOOD, name: url}) == {name}


@pytest.mark.parametrize(
    "url", ["https://my.example/x", "http://127.0.0.1:8000/", "http://localhost:1/", "http://[::1]:2/"]
)
def test_the_users_own_address_may_be_any_safe_origin(url: str) -> None:
    assert settings(**GOOD, zone_url=url).zone_url == url


def test_no_secret_is_shown_by_settings_or_their_errors() -> None:
    good = settings(**GOOD, proxy="http://user:canary-proxy@proxy.example")
    with pytest.raises(ConfigurationError) as caught:
        settings(**{**GOOD, "slots": "canary-slots", "username": ""})

    shown = [repr(good), str(good), good.tenant_key(), str(caught.value), repr(caught.value.__dict__)]
    assert not [text for text in shown if "canary" in text]


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings(**GOOD).slots = 5


def test_arguments_come_before_the_environment_and_that_before_the_profile(
    project: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    project('[acme]\nadapter = "autotask"\nusername = "profile"\nsecret = "profile"\nintegration_code = "profile"\n')
    monkeypatch.setenv("ANYPSA_AUTOTASK_SECRET", "environment")
    monkeypatch.setenv("ANYPSA_AUTOTASK_USERNAME", "environment")

    got = settings(None, "acme", username="argument")

    assert got.username == "argument"
    assert got.secret.get_secret_value() == "environment"
    assert got.integration_code.get_secret_value() == "profile"


def test_the_customary_names_give_way_to_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOTASK_USERNAME", "customary")
    monkeypatch.setenv("AUTOTASK_SECRET", "customary")
    monkeypatch.setenv("AUTOTASK_INTEGRATION_CODE", "customary")
    monkeypatch.setenv("ANYPSA_AUTOTASK_USERNAME", "ours")

    got = settings()

    assert got.username == "ours"
    assert got.secret.get_secret_value() == "customary"


def test_names_may_come_from_the_environment_as_one_text_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANYPSA_AUTOTASK_PROMOTERS", "lead@msp.example, 17")

    with anypsa.connect("autotask", **GOOD, stoppers="ben@msp.example") as psa:
        settings = psa.context.settings

    assert (settings.promoters, settings.stoppers) == (("lead@msp.example", "17"), ("ben@msp.example",))


def test_numbers_from_the_environment_are_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANYPSA_AUTOTASK_SLOTS", "2")

    assert settings(**GOOD).slots == 2


def test_an_empty_variable_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANYPSA_AUTOTASK_SECRET", "")

    assert settings(**GOOD).secret.get_secret_value() == "canary-secret"


PROFILE = '[acme]\nadapter = "autotask"\nusername = "{}"\nsecret = "s"\nintegration_code = "c"\n'


def test_a_profile_in_the_project_comes_before_the_users(project: Write, user: Write) -> None:
    project(PROFILE.format("project"))
    user(PROFILE.format("user"))

    assert settings(None, "acme").username == "project"


def test_a_profile_may_stand_in_the_users_folder_beside_a_project_file(project: Write, user: Write) -> None:
    project(PROFILE.format("project").replace("acme", "other"))
    user(PROFILE.format("user"))

    assert settings(None, "acme").username == "user"


def test_a_profile_says_what_the_tenants_values_mean(project: Write) -> None:
    project(PROFILE.format("a") + '[acme.states]\nwaiting = ["7"]\n[acme.visibility]\ninternal = "2"\n')

    got = settings(None, "acme")

    assert got.states == {"waiting": ("7",)}
    assert got.visibility == {"internal": "2"}


def test_a_profile_may_name_a_policy(project: Write) -> None:
    project(PROFILE.format("a") + 'policy = "read_only"\n')

    assert settings(None, "acme").policy is Policy.read_only


def test_an_unknown_profile_is_refused_with_those_there_are(project: Write) -> None:
    project(PROFILE.format("a"))

    with pytest.raises(ConfigurationError) as caught:
        settings(None, "acne")

    assert caught.value.problems[0].allowed == ("acme",)


@pytest.mark.parametrize("text", ["not toml [", "[acme]\nusername = 'a'\n", "acme = 5\n", "[acme]\nadapter = 5\n"])
def test_a_profile_that_cannot_be_read_is_refused(project: Write, text: str) -> None:
    project(text)

    with pytest.raises(ConfigurationError):
        settings(None, "acme")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "project" / "anypsa.toml").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ConfigurationError):
        settings(None, "acme")


def test_a_profile_of_another_adapter_is_refused(project: Write) -> None:
    project(PROFILE.format("a"))

    with pytest.raises(ConfigurationError):
        settings("halopsa", "acme")


def keyring(monkeypatch: pytest.MonkeyPatch, get_password: Callable[[str, str], str | None]) -> None:
    module = types.ModuleType("keyring")
    module.get_password = get_password  # type: ignore[attr-defined]  # a stand-in for the optional package
    monkeypatch.setitem(sys.modules, "keyring", module)


IN_KEYRING = PROFILE.format("a").replace('"s"', '"keyring:anypsa/acme/api"')


def test_a_secret_may_live_in_the_keyring(project: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    project(IN_KEYRING)
    keyring(monkeypatch, lambda service, name: {("anypsa", "acme/api"): "from-keyring"}.get((service, name)))

    assert settings(None, "acme").secret.get_secret_value() == "from-keyring"


def no_desktop(service: str, name: str) -> str | None:
    raise RuntimeError("no desktop session")


@pytest.mark.parametrize("get_password", [lambda service, name: None, no_desktop])
def test_a_keyring_that_gives_nothing_is_told(
    project: Write, monkeypatch: pytest.MonkeyPatch, get_password: Any
) -> None:
    project(IN_KEYRING)
    keyring(monkeypatch, get_password)

    with pytest.raises(ConfigurationError):
        settings(None, "acme")


def test_a_missing_keyring_package_is_told_with_what_to_install(
    project: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(IN_KEYRING)
    monkeypatch.setitem(sys.modules, "keyring", None)

    with pytest.raises(ConfigurationError) as caught:
        settings(None, "acme")

    assert "anypsa[keyring]" in str(caught.value.hint)


def test_a_settings_object_is_complete() -> None:
    whole: Settings = settings(**GOOD)

    assert chosen(whole, None, {})[1] is whole
    with pytest.raises(ConfigurationError):
        chosen(whole, None, {"slots": 2})


def test_connecting_to_nothing_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        anypsa.connect()


def test_tenants_are_told_apart_by_who_signs_in_and_where() -> None:
    keys = [
        settings(**GOOD),
        settings(**{**GOOD, "username": "other@acme.example"}),
        settings(**GOOD, zone_url="https://my.example"),
    ]

    assert len({one.tenant_key() for one in keys}) == 3
    assert settings(**{**GOOD, "username": "API@ACME.example"}).tenant_key() == keys[0].tenant_key()


def test_a_given_ledger_outlives_the_connection() -> None:
    class Told(MemoryLedger):
        closed = False

        def close(self) -> None:
            self.closed = True

    ledger = Told()
    with anypsa.connect("autotask", **GOOD, ledger=ledger):
        pass

    assert not ledger.closed
