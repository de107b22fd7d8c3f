"""Zones and links: credentials go to the database's own zone and nowhere else, also after it moved."""

from __future__ import annotations

import anyio
import pytest
import trio
from autotask_vendor import CODE, SECRET, Vendor, connect, connect_async, page

from anypsa import (
    AuthenticationFailed,
    Incomplete,
    PSAError,
)

MOVED = "https://webservices14.autotask.net/ATServicesRest/"
ATTACKS = [
    "https://evil.example/ATServicesRest/",
    "https://webservices5.autotask.net.evil.example/",
    "https://evilautotask.net/",
    "https://autotask.net.evil.example/",
    "https://good@evil.example/",
    "https://webservices5.autotask.net@evil.example/",
    "https://user:pass@webservices5.autotask.net/",
    "https://@webservices5.autotask.net/",
    "//evil.example/",
    "http://webservices5.autotask.net/",
    "ftp://webservices5.autotask.net/",
    "https://webservices5.autotask.net:8443/",
    "https://webservices5.autotask.net:port/",
    "https://127.0.0.1/",
    "http://127.0.0.1:8000/",
    "http://localhost/",
    "https://[::1]/",
    "https://[::1].autotask.net/",
    "https://169.254.169.254/latest/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://evil.example%2F.autotask.net/",
    "https://evil.example%23.autotask.net/",
    "https://evil.example#.autotask.net/",
    "https://evil.example?.autotask.net/",
    "https://evil.example;.autotask.net/",
    "https://evil.example\\.autotask.net/",
    "https://evil.example/\\@webservices5.autotask.net/",
    "https://webservices5.autotask.net.:443/",
    "https://evil\uff0eexample\u3002.autotask.net/",
    "https://\u0435vil.autotask.net/",
    "https://evil.example\n.autotask.net/",
    "https://.autotask.net/",
    "https://autotask.net/",
    "https:///webservices5.autotask.net/",
    "webservices5.autotask.net",
    "",
]
LINKS = [
    *(one for one in ATTACKS if "//" in one),
    "https://webservices14.autotask.net/ATServicesRest/v1.0/Tickets/query/next?paging=2",
    "https://webservices5.autotask.net/other/v1.0/Tickets/query/next?paging=2",
    "https://webservices5.autotask.net/ATServicesRest/v1.0/../../other",
    "https://webservices5.autotask.net:444/ATServicesRest/v1.0/Tickets/query/next",
    "http://webservices5.autotask.net/ATServicesRest/v1.0/Tickets/query/next",
    "javascript:alert(1)",
    "file:///etc/passwd",
]


@pytest.fixture
def vendor() -> Vendor:
    return Vendor(Tickets=3, Companies=1)


def leaks(vendor: Vendor) -> list[str]:
    """Where the secret went besides the database's own zones."""
    homes = ("https://webservices5.autotask.net/ATServicesRest/v1.0/", MOVED)
    return [one.url for one in vendor.told if "Secret" in one.headers and not one.url.startswith(homes)]


@pytest.mark.row("S3", call='anypsa.connect("autotask", username=...)')
def test_the_zone_is_asked_for_by_the_users_name_and_without_the_secret(vendor: Vendor) -> None:
    psa = connect(vendor, username="me+x@acme.example")
    psa.tickets.get(1)

    asked = vendor.told[0]
    assert asked.url.endswith("zoneInformation?user=me%2Bx%40acme.example")
    assert SECRET not in str(asked.headers)
    assert CODE not in str(asked.headers)


@pytest.mark.row("S4", call='anypsa.connect("autotask", username=...)')
def test_the_zone_is_asked_for_once(vendor: Vendor) -> None:
    psa = connect(vendor)
    for id in (1, 2, 3):
        psa.tickets.get(id)

    assert len(vendor.sent("GET", "zoneInformation")) == 1


@pytest.mark.row("S5", call='anypsa.connect("autotask", username=...)')
@pytest.mark.parametrize("host", ["webservices26", "webservices99", "prde"])
def test_a_zone_that_nobody_has_listed_works(vendor: Vendor, host: str) -> None:
    vendor.zone = f"https://{host}.autotask.net/ATServicesRest/"

    assert connect(vendor).tickets.get(1).id == "1"
    assert vendor.told[-1].url.startswith(vendor.zone)


def test_a_zone_of_the_users_own_is_not_asked_for() -> None:
    vendor = Vendor(Tickets=1)
    vendor.zone = "https://on.premise.example/ATServicesRest/"
    psa = connect(vendor, zone_url="https://on.premise.example/")

    assert psa.tickets.get(1).id == "1"
    assert vendor.sent("GET", "zoneInformation") == []


@pytest.mark.row("S5", call='anypsa.connect("autotask", username=...)')
@pytest.mark.parametrize("url", ATTACKS)
@pytest.mark.trust("F17", "A1")
def test_credentials_go_to_no_zone_off_the_vendors_domain(vendor: Vendor, url: str) -> None:
    vendor.fails("GET", "zoneInformation", {"url": url}, times=99)

    with pytest.raises(PSAError):
        connect(vendor).tickets.get(1)

    assert all("zoneInformation" in one.url for one in vendor.told)
    assert leaks(vendor) == []


@pytest.mark.parametrize("url", LINKS)
def test_credentials_follow_no_link_away_from_the_zone(vendor: Vendor, url: str) -> None:
    psa = connect(vendor, side_by_side=False)  # read side by side, lists follow no links at all
    vendor.fails("POST", "query", lambda _: page([vendor.tables["Tickets"][1]], url))

    with pytest.raises(Incomplete):
        psa.tickets.list().all()

    assert len(vendor.sent("POST")) == 1
    assert leaks(vendor) == []


def test_a_relative_link_is_followed_at_home(vendor: Vendor) -> None:
    vendor.page = 2
    relative = "/ATServicesRest/v1.0/Tickets/query/next?paging=2"
    rows = [vendor.tables["Tickets"][number] for number in (1, 2)]
    vendor.fails("POST", "query", lambda _: page(rows, relative))

    assert len(connect(vendor).tickets.list().all()) == 3


def test_a_user_on_loopback_may_be_sent_to_loopback(vendor: Vendor) -> None:
    vendor.zone = "http://127.0.0.1:9999/ATServicesRest/"
    psa = connect(vendor, discovery_url="http://127.0.0.1:8000/")

    assert psa.tickets.get(1).id == "1"


@pytest.mark.row("S4", call='anypsa.connect("autotask", username=...)')
@pytest.mark.trust("F17")
def test_a_moved_database_is_found_again_once(vendor: Vendor) -> None:
    psa = connect(vendor)
    psa.tickets.get(1)
    vendor.zone = MOVED

    assert psa.tickets.get(2).id == "2"
    asked = len(vendor.sent("GET", "zoneInformation"))
    assert psa.tickets.get(3).id == "3"
    assert asked <= 3
    assert len(vendor.sent("GET", "zoneInformation")) == asked
    assert len(vendor.sent("GET", "Tickets/2")) == 2


def test_a_create_on_a_moved_database_is_made_once(vendor: Vendor) -> None:
    psa = connect(vendor)
    psa.tickets.get(1)
    vendor.zone = MOVED

    psa.tickets.create(company=1, title="VPN down")

    assert len(vendor.tables["Tickets"]) == 4


@pytest.mark.trust("F17")
def test_of_many_who_find_the_database_moved_only_one_asks_where_to(vendor: Vendor) -> None:
    async def main() -> None:
        async with connect_async(vendor) as psa, anyio.create_task_group() as group:
            await psa.tickets.get(1)
            vendor.zone = MOVED
            for id in (1, 2, 3) * 10:
                group.start_soon(psa.tickets.get, id)

    trio.run(main)

    assert len(vendor.sent("GET", "zoneInformation")) <= 3


@pytest.mark.trust("F17")
def test_an_unknown_user_is_told_as_such(vendor: Vendor) -> None:
    vendor.fails("GET", "zoneInformation", (500, {"errors": ["Zone information could not be determined"]}), times=99)

    with pytest.raises(AuthenticationFailed):
        connect(vendor).tickets.get(1)

    assert len(vendor.told) == 1
