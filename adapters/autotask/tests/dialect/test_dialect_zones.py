"""Zones and credentials (wire/autotask.md 1, 2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from anypsa_sandbox import Sandbox

from .tenant import Tenant

PATHS = (
    "/atservicesrest/v1.0/zoneInformation",
    "/ATServicesRest/V1.0/ZoneInformation",
    "/ATSERVICESREST/v1.0/zoneinformation/",
)


@pytest.mark.parametrize("path", PATHS)
def test_the_zone_is_told_without_credentials_whatever_the_case(sandbox: Sandbox, path: str) -> None:
    answer = httpx2.get(sandbox.urls["discovery"] + path, params={"user": "API@Northwind.example"})

    assert answer.status_code == 200
    assert answer.json()["url"] == f"{sandbox.urls['zone']}/ATServicesRest/"
    assert {"zoneName", "webUrl", "ci"} <= answer.json().keys()


@pytest.mark.parametrize("user", ["nobody@example.com", ""])
def test_an_unknown_user_is_a_healthy_500(sandbox: Sandbox, user: str) -> None:
    answer = httpx2.get(sandbox.urls["discovery"] + PATHS[0], params={"user": user})

    assert (answer.status_code, answer.json()) == (500, {"errors": ["Zone information could not be determined"]})


def test_versions_are_told_without_credentials(sandbox: Sandbox) -> None:
    answer = httpx2.get(f"{sandbox.urls['discovery']}/atservicesrest/versioninformation")

    assert answer.json() == {"apiVersions": ["1.0"]}


@pytest.mark.parametrize(
    "headers",
    [{"Secret": "wrong"}, {"ApiIntegrationCode": "wrong"}, {"UserName": "nobody"}, {"UserName": "api@contoso.example"}],
)
def test_bad_credentials_get_the_same_empty_401(connect: Callable[..., Tenant], headers: dict[str, str]) -> None:
    answer = connect("northwind", **headers).client.get("Version")

    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (401, b"", "0")
    assert answer.headers["www-authenticate"].startswith("Basic Realm=")


@pytest.mark.parametrize("missing", ["UserName", "Secret", "ApiIntegrationCode"])
def test_a_missing_header_gets_it_too(northwind: Tenant, missing: str) -> None:
    del northwind.client.headers[missing]

    assert northwind.client.get("Version").status_code == 401


def test_good_credentials_are_proved_by_version(northwind: Tenant) -> None:
    assert {"majorVersion", "minorVersion", "build", "customerType"} <= northwind.client.get("Version").json().keys()


@pytest.mark.parametrize("door", ["discovery", "other"])
def test_the_wrong_zone_looks_like_bad_credentials(sandbox: Sandbox, northwind: Tenant, door: str) -> None:
    answer = northwind.client.get(f"{sandbox.urls[door]}/ATServicesRest/V1.0/Version")

    assert (answer.status_code, answer.content) == (401, b"")


def test_a_tenant_that_moved_is_found_by_asking_again(sandbox: Sandbox, northwind: Tenant) -> None:
    sandbox.control.dialect("move", tenant="northwind", door="other")

    stale = northwind.client.get("Version")
    told = httpx2.get(sandbox.urls["discovery"] + PATHS[0], params={"user": northwind.settings["username"]}).json()[
        "url"
    ]

    assert stale.status_code == 401
    assert northwind.client.get(f"{told}V1.0/Version").status_code == 200


def test_wrong_secrets_lock_the_account_until_somebody_unlocks_it(
    sandbox: Sandbox, northwind: Tenant, connect: Callable[..., Tenant]
) -> None:
    wrong = connect("northwind", Secret="wrong")  # noqa: S106  # the point of the test
    for _ in range(10):
        wrong.client.get("Version")

    assert northwind.client.get("Version").status_code == 401
    assert connect("contoso").client.get("Version").status_code == 200
    sandbox.control.dialect("unlock", tenant="northwind")
    assert northwind.client.get("Version").status_code == 200


def test_how_many_wrong_secrets_lock_an_account_can_be_set(
    sandbox: Sandbox, northwind: Tenant, connect: Callable[..., Tenant]
) -> None:
    sandbox.control.dialect("switch", locked_after=2)
    for _ in range(2):
        connect("northwind", Secret="wrong").client.get("Version")  # noqa: S106  # the point of the test

    assert northwind.client.get("Version").status_code == 401


def test_zone_information_may_be_stale_for_a_while(sandbox: Sandbox, northwind: Tenant) -> None:
    sandbox.control.dialect("move", door="other", stale=True)

    ask = f"{sandbox.urls['discovery']}{PATHS[0]}"
    old = httpx2.get(ask, params={"user": northwind.settings["username"]}).json()["url"]
    sandbox.control.dialect("move", door="other")
    new = httpx2.get(ask, params={"user": northwind.settings["username"]}).json()["url"]

    assert (old.startswith(sandbox.urls["zone"]), new.startswith(sandbox.urls["other"])) == (True, True)


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ({"action": "html"}, 200, "text/html"),
        ({"action": "reply", "status": 502, "body": "<html>Bad Gateway</html>"}, 502, "text/html"),
        ({"action": "empty"}, 200, ""),
    ],
)
def test_what_is_no_json_comes_when_it_is_told_to(
    sandbox: Sandbox, northwind: Tenant, fault: dict[str, Any], status: int, kind: str
) -> None:
    sandbox.control.fault(**fault, path="/Companies/0")

    answer = northwind.client.get("Companies/0")

    assert (answer.status_code, answer.headers.get("content-type", "")) == (status, kind)
    assert northwind.client.get("Companies/0").json()["item"]["id"] == 0


def test_the_modules_are_told(northwind: Tenant) -> None:
    assert northwind.client.get("Modules").json()["modules"][0].keys() == {"key", "value"}


def test_moving_a_tenant_that_there_is_not_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError):
        sandbox.control.dialect("move", tenant="nobody", door="other")


def test_a_reset_brings_tenants_back_to_their_zone(sandbox: Sandbox, northwind: Tenant) -> None:
    sandbox.control.dialect("move", tenant="northwind", door="other")

    sandbox.control.reset()

    assert northwind.client.get("Version").status_code == 200
