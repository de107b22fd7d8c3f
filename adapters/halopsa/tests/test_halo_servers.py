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
        ("https://psa.ops.acme.co.uk/halo", "https://login.acme.co.uk/auth"),
        ("https://helpdesk.ibm.com", "https://auth.ibm.com"),
        ("https://10.0.0.5", "https://10.0.0.5/auth"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:9000/auth"),
    ],
)
def test_the_own_domain_and_the_vendors_are_believed(resource: str, auth: str) -> None:
    found = servers.authority(info(auth_url=auth, tenant_id="acme"), halo(resource))

    assert (found.url, found.tenant) == (auth, "acme")


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


@pytest.mark.parametrize(
    ("resource", "auth"),
    [
        ("https://acme.co.uk", "https://evil.co.uk"),
        ("https://halo.acme.co.uk", "https://halo.evil.co.uk"),
        ("https://acme.azurewebsites.net", "https://evil.azurewebsites.net"),
        ("https://acme.github.io", "https://evil.github.io"),
        ("https://192.168.1.10", "https://10.168.1.10"),
        ("https://halo", "https://evil.halo"),
    ],
)
def test_a_domain_where_anybody_can_have_a_name_is_nobodys_own(resource: str, auth: str) -> None:
    with pytest.raises(Unintelligible):
        servers.authority(info(auth_url=auth), halo(resource))


@pytest.mark.parametrize("body", [b"{}", b'{"auth_url": ""}', b'{"auth_url": null}', b"[]", b"<html>Halo</html>", b""])
def test_without_an_answer_the_same_host_signs_in(body: bytes) -> None:
    found = servers.authority(Answer(200, {}, body, ""), halo("https://acme.halopsa.com/api"))

    assert (found.url, found.tenant, found.known) == ("https://acme.halopsa.com/auth", None, False)


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.halopsa.com/auth",
        "https://acme.halopsa.com/auth/",
        "https://acme.halopsa.com/auth/token",
        "https://acme.halopsa.com",
        "https://acme.halopsa.com/",
    ],
)
def test_the_authorisation_server_may_be_named_in_every_way(url: str) -> None:
    named = servers.given(halo("https://acme.halopsa.com"), url)
    told = servers.authority(info(AUTH_URL=url, tenant_id=5, more="keys"), halo("https://acme.halopsa.com"))

    assert "https://acme.halopsa.com/auth" in (named.url, *named.others)
    assert (told.url, told.others, told.tenant) == (named.url, named.others, "5")


@pytest.mark.row("S14", call='anypsa.connect("halopsa", resource_url=..., auth_url=..., requests_per_window=...)')
def test_on_premise_tokens_may_be_beside_the_api() -> None:
    found = servers.fallback(halo("https://help.acme.example/halo/api"))

    assert (found.url, found.others) == ("https://help.acme.example/auth", ("https://help.acme.example/halo/auth",))


@pytest.mark.row("S14", call='anypsa.connect("halopsa", resource_url=..., auth_url=..., requests_per_window=...)')
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
