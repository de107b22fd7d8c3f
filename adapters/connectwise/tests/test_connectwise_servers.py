"""Where the API is, what signs, and what an upgrade of the server changes."""

from __future__ import annotations

from base64 import b64decode
from typing import Any
from urllib.parse import urlsplit

import pytest
from connectwise_wire import BASE, COMPANYINFO, TICKET, asked, connected, told

from anypsa import AuthenticationFailed, ConfigurationError, NotFound, Unintelligible
from anypsa_connectwise import ConnectWise

ONE = "GET /service/tickets/69"


def test_the_codebase_is_asked_once_without_keys_and_stands_in_every_path() -> None:
    psa = connected({ONE: TICKET})
    psa.tickets.get("69")
    psa.tickets.get("69")

    first, *others = asked(psa)
    assert (told(first)[0], "Authorization" in first.headers) == (COMPANYINFO, False)
    assert [urlsplit(one.url).path for one in others] == [f"{BASE}/service/tickets/69"] * 2


def test_requests_are_signed_by_company_keys_and_partner() -> None:
    psa = connected({ONE: TICKET}, version="2026.1")
    psa.tickets.get("69")

    headers = asked(psa)[-1].headers
    assert b64decode(headers["Authorization"].removeprefix("Basic ")) == b"acme+public-key:private-key"
    assert headers["clientId"] == "partner-id"
    assert headers["Accept"] == "application/vnd.connectwise.com+json; version=2026.1"


def test_the_address_that_people_open_leads_to_that_of_the_api() -> None:
    psa = connected({ONE: TICKET}, url="https://eu.myconnectwise.net")
    psa.tickets.get("69")

    assert {urlsplit(one.url).netloc for one in asked(psa)} == {"api-eu.myconnectwise.net"}


def test_an_unknown_company_gets_no_keys() -> None:
    psa = connected({COMPANYINFO: None})

    with pytest.raises(AuthenticationFailed):
        psa.tickets.get("69")
    assert not any("Authorization" in one.headers for one in asked(psa))


@pytest.mark.parametrize("named", ["../elsewhere/", "v2026_1/../..", "", 7, None])
def test_a_codebase_that_is_none_is_not_believed(named: Any) -> None:
    psa = connected({COMPANYINFO: {"Codebase": named}}, attempts=1)

    with pytest.raises(Unintelligible):
        psa.tickets.get("69")
    assert not any("Authorization" in one.headers for one in asked(psa))


def test_a_server_that_tells_no_codebase_has_the_old_one() -> None:
    psa = connected({COMPANYINFO: (404, {}), "GET /v4_6_release/apis/3.0/service/tickets/69": TICKET})

    assert psa.tickets.get("69").title == "VPN down"


def test_after_an_upgrade_a_request_goes_to_the_new_codebase() -> None:
    bases = iter(["v2026_1/", "v2026_2/", "v2026_2/"])
    moved = "/v2026_2/apis/3.0/service/tickets"
    answers = {COMPANYINFO: lambda request: {"Codebase": next(bases)}, f"GET {moved}/69": TICKET}
    psa = connected({**answers, f"POST {moved}": {"id": 69}})
    made = psa.tickets.create(title="VPN down", company="2")

    assert made.id == "69"
    assert sum(one.method == "POST" for one in asked(psa)) == 2


def test_what_is_missing_makes_it_ask_once_a_minute() -> None:
    psa = connected({})
    for _ in range(3):
        with pytest.raises(NotFound):
            psa.tickets.get("70")

    assert [told(one)[0] for one in asked(psa)].count(COMPANYINFO) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://psa.example"},
        {"url": "https://psa.example/v4_6_release"},
        {"company": "a/b"},
        {"codebase": "../x"},
        {"version": "newest"},
        {"private_key": "two\nlines"},
    ],
    ids=str,
)
def test_settings_that_cannot_be_are_refused_at_once(wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError):
        connected({}, **wrong)


def test_a_tenant_is_a_company_on_a_server_and_shows_no_key() -> None:
    one, other = (
        ConnectWise(url="https://psa.example", company=name, public_key="k-1", private_key="k-2", client_id="k-3")
        for name in ("acme", "contoso")
    )

    assert one.tenant_key() != other.tenant_key()
    assert "k-1" not in one.tenant_key() + repr(one)
