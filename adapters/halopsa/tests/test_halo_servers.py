"""Servers and tokens: which addresses get a secret, and how long a token is used."""

from __future__ import annotations

import json
from typing import Any

import pytest

from anypsa.errors import ConfigurationError, Unintelligible
from anypsa.spi import Answer
from anypsa_halopsa import HaloPSA, servers


def halo(url: str, **settings: Any) -> HaloPSA:
    return HaloPSA.gather({"resource_url": url, "client_id": "id", "client_secret": "secret", **settings}, {})


def info(**body: Any) -> Answer:
    return Answer(200, {}, json.dumps(body).encode(), "GET authinfo")


@pytest.mark.parametrize(
    ("resource", "auth"),
    [
        ("https://acme.halopsa.com", "https://acme.halopsa.com/auth"),
        ("https://acme.halopsa.com", "https://auth.haloservicedesk.com"),
        ("https://halo.acme.example", "https://login.acme.example/auth"),
        ("https://helpdesk.acme.co.uk", "https://auth.acme.co.uk"),
        ("https://acme.example", "https://auth.acme.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:9000/auth"),
    ],
)
def test_the_own_domain_and_the_vendors_are_believed(resource: str, auth: str) -> None:
    assert servers.authority(info(auth_url=auth, tenant_id="acme"), halo(resource)) == (auth, "acme")


@pytest.mark.parametrize(
    "auth",
    [
        "https://evil.example/auth",
        "http://acme.halopsa.com/auth",
        "https://acme.halopsa.com.evil.example",
        "https://acme.halopsa.com@evil.example",
        "https://user:pw@acme.halopsa.com",
        "https://evilhalopsa.com",
        "http://127.0.0.1/auth",
        "http://169.254.169.254/auth",
        "https://acme.halopsa.com:8443/auth",
        "https://[::1].halopsa.com/",
        "https://acme.halopsa.com\\@evil.example",
        "file:///etc/passwd",
        "//evil.example",
    ],
)
def test_no_other_address_gets_the_secret(auth: str) -> None:
    with pytest.raises(Unintelligible):
        servers.authority(info(auth_url=auth), halo("https://acme.halopsa.com"))


def test_a_registry_is_nobodys_own_domain() -> None:
    with pytest.raises(Unintelligible):
        servers.authority(info(auth_url="https://evil.co.uk"), halo("https://acme.co.uk"))


def test_without_an_answer_the_same_host_signs_in() -> None:
    assert servers.authority(info(), halo("https://acme.halopsa.com/api")) == ("https://acme.halopsa.com/auth", None)


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("https://acme.halopsa.com", "https://acme.halopsa.com/api"),
        ("https://acme.halopsa.com/api/", "https://acme.halopsa.com/api"),
        ("https://help.acme.example/halo", "https://help.acme.example/halo/api"),
    ],
)
def test_the_root_of_the_api_is_found_on_premise_too(url: str, root: str) -> None:
    assert servers.api(halo(url)) == root


def test_the_token_request_is_a_form_with_the_tenant_in_the_query() -> None:
    request = servers.sign_in(halo("https://acme.halopsa.com"), "https://auth.haloservicedesk.com", "acme")

    assert request.link == "https://auth.haloservicedesk.com/token?tenant=acme"
    assert set((request.form or "").split("&")) == {
        "grant_type=client_credentials",
        "client_id=id",
        "client_secret=secret",
        "scope=all",
    }
    assert "secret" not in repr(request)


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [(3600, 3540), ("3600", 3540), (None, 3540), (0, 3540), (5, 5), (-1, 5), (1, 5), ("soon", 3540), (1e12, 86_340)],
)
@pytest.mark.trust("T5")
def test_a_token_is_used_for_a_sensible_time(expires_in: Any, seconds: float) -> None:
    assert servers.lifetime({"expires_in": expires_in}) == pytest.approx(seconds, abs=1)


def test_plain_http_is_for_loopback_only() -> None:
    with pytest.raises(ConfigurationError) as refused:
        halo("http://acme.halopsa.com")

    assert [problem.field for problem in refused.value.problems] == ["resource_url"]
