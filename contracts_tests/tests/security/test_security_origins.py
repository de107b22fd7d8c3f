"""Credentials go to the vendor's own origin and nowhere else, whatever zones, links, sign-in addresses and redirects say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from answering import HALO, ROOTS, ZONE, connected, everything_sent
from hypothesis import given, settings
from hypothesis import strategies as st
from stranger import Stranger, listening
from vendors import AUTOTASK, HALOPSA

from anypsa import PSAError
from anypsa.origins import Address, of_family, of_vendor, registrable, within
from anypsa_conformance import Probe
from anypsa_sandbox import Sandbox

ASKED = "https://webservices.autotask.net/"
DOMAINS = ("autotask.net",)
# Where `{port}` stands, a stranger listens on loopback.
DISGUISES = [
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://127.0.0.01:{port}/",
    "http://0.0.0.0:{port}/",
    "http://0:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://localhost.:{port}/",
    "http://LOCALHOST%00.autotask.net:{port}/",
    "http://webservices5.autotask.net@127.0.0.1:{port}/",
    "http://webservices5.autotask.net:443@127.0.0.1:{port}/",
    "http://@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "\\\\127.0.0.1:{port}\\",
    "http:\\\\127.0.0.1:{port}/",
    "http:/\\127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\.autotask.net/",
    "http://127.0.0.1:{port}#.autotask.net/",
    "http://127.0.0.1:{port}?.autotask.net/",
    "http://127.0.0.1\t:{port}/",
    "\x00http://127.0.0.1:{port}/",
    " http://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}/\r\nHost: evil",
    "http://\uff11\uff12\uff17.0.0.1:{port}/",
    "http://127\u30020.0.1:{port}/",
    "http://\u2460\u2461\u2466.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "javascript:alert(1)",
]
OTHERS = [
    "https://evil.example/",
    "https://169.254.169.254/latest/meta-data/",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://2852039166/",
    "https://0xa9fea9fe/",
    "https://autotask.net.evil.example/",
    "https://evilautotask.net/",
    "https://autotask.net/",
    "https://webservices5.autotask.net./",
    "https://webservices5.autotask.net.evil.example./",
    "https://user:pw@webservices5.autotask.net/",
    "https://webservices5.autotask.net@evil.example/",
    "https://webservices5.autotask.net:8443/",
    "https://webservices5.autotask.net:0/",
    "https://webservices5.autotask.net:/",
    "https://webservices5.autotask.net:443443/",
    "http://webservices5.autotask.net/",
    "https://evil.example%2f.autotask.net/",
    "https://evil.example%23.autotask.net/",
    "https://evil.example/.autotask.net/",
    "https://xn--\u0435vil.autotask.net/",
    "https://\u0430utotask.net/",
    "https://xn--utotask-3nf.net/",
    "https://..autotask.net/",
    "https://-.autotask.net/",
    "https://[v1.autotask.net]/",
    "https://[::1%25.autotask.net]/",
    "https:///webservices5.autotask.net/",
    "https:webservices5.autotask.net",
    "",
]


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    with listening() as one:
        yield one


@pytest.mark.trust("A1")
@pytest.mark.parametrize("url", [*OTHERS, *(one.format(port=8000) for one in DISGUISES)])
def test_only_https_on_the_vendors_domain_is_the_vendors(url: str) -> None:
    assert not of_vendor(url, asked=ASKED, domains=DOMAINS)
    assert not of_family(url, asked="https://halo.acme.example/")
    assert not within(f"{url}v1.0/Tickets", ZONE)


@pytest.mark.trust("A1")
@pytest.mark.parametrize("vendor", ["autotask", "halopsa"])
@pytest.mark.parametrize("url", OTHERS)
def test_an_address_that_the_vendor_names_gets_nothing_unless_it_is_the_vendors(vendor: str, url: str) -> None:
    names = {"url": url, "auth_url": url}
    url_of_look_up = ("zoneInformation", "/authinfo")
    psa = connected(vendor, lambda one: names if urlsplit(one.url).path.endswith(url_of_look_up) else None)

    if url:
        with pytest.raises(PSAError):
            psa.tickets.get(1)

    homes = ("https://webservices.autotask.net/", f"{HALO}/")
    assert [one.url for one in everything_sent(psa) if not one.url.startswith(homes)] == []


@pytest.mark.trust("A1")
def test_the_answer_to_a_question_on_loopback_may_be_on_loopback_by_http_and_nothing_else_may() -> None:
    local = "http://127.0.0.1:8000/"

    assert of_vendor("http://127.0.0.1:9/x", asked=local, domains=DOMAINS)
    assert of_vendor("http://[::1]:9/x", asked=local, domains=DOMAINS)
    assert not of_vendor("http://127.0.0.1:9/x", asked=ASKED, domains=DOMAINS)
    assert not of_vendor("http://10.0.0.1:9/x", asked=local, domains=DOMAINS)


@pytest.mark.trust("A1")
@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("help.acme.example", "acme.example"),
        ("a.b.acme.co.uk", "acme.co.uk"),
        ("co.uk", None),
        ("acme.com.au", "acme.com.au"),
        ("halo.acme.github.io", "acme.github.io"),
        ("halo.acme.local", "acme.local"),
        ("halo", None),
        ("10.0.0.1", None),
        ("::1", None),
    ],
)
def test_the_registrable_domain_is_what_somebody_registered(host: str, domain: str | None) -> None:
    assert registrable(host) == domain


@pytest.mark.trust("A1")
@pytest.mark.parametrize(
    ("asked", "url", "believed"),
    [
        ("https://halo.acme.co.uk", "https://login.acme.co.uk/auth", True),
        ("https://acme.co.uk", "https://evil.co.uk/auth", False),
        ("https://acme.github.io", "https://evil.github.io/auth", False),
        ("https://acme.com.au", "https://evil.com.au/auth", False),
        ("https://halo.acme.example:8443", "https://login.acme.example:8443/auth", True),
        ("https://halo.acme.example:8443", "https://login.acme.example:9443/auth", False),
        ("https://halo.acme.example", "http://login.acme.example/auth", False),
        ("https://10.0.0.5", "https://10.0.0.5/auth", True),
        ("https://10.0.0.5", "https://10.0.0.6/auth", False),
        ("https://halo", "https://other/auth", False),
        ("https://halo.acme.example", "https://login.acme.example/auth?next=x", False),
    ],
)
def test_a_sign_in_address_belongs_to_whoever_owns_the_api(asked: str, url: str, believed: bool) -> None:
    assert of_family(url, asked=asked) is believed


@pytest.mark.trust("A1")
@pytest.mark.parametrize(
    "path",
    [
        "../other",
        "v1.0/../../other",
        "..%2fother",
        "%2e%2e/other",
        "v1.0/%2e%2e%2f%2e%2e%2fother",
        "%252e%252e%252fother",
        "v1.0/..\\other",
        "v1.0/%5c..%5cother",
        "v1.0/%00",
        "v1.0/%0d%0aHost:%20evil",
    ],
)
def test_a_link_stays_under_the_path_of_the_request_however_it_is_decoded(path: str) -> None:
    assert within(f"{ZONE}v1.0/Tickets/query/next?paging=2&x=%2e%2e%2f", ZONE)
    assert not within(f"{ZONE}{path}", ZONE)


HOSTS = st.sampled_from(
    [
        "webservices5.autotask.net",
        "evil.example",
        "127.0.0.1",
        "[::1]",
        "autotask.net",
        "0x7f.1",
        "evil.example\u3002net",
    ]
)
PIECES = st.lists(
    st.one_of(
        HOSTS,
        st.sampled_from(
            ["https:", "http:", "//", "/", "\\", "@", ":", "443", "8443", "?", "#", "%2f", "%40", "..", "."]
        ),
        st.sampled_from(
            ["\t", "\n", "\x00", " ", ";", "&", "=", "ATServicesRest", "v1.0", "\u2044", "\uff20", "\ufe55"]
        ),
        st.text(max_size=3),
    ),
    max_size=8,
)
URLS = st.tuples(st.sampled_from(["https://", "https://webservices5.autotask.net", ZONE, "http://", ""]), PIECES).map(
    lambda parts: parts[0] + "".join(parts[1])
)


@pytest.mark.trust("A1")
@settings(deadline=None)
@given(URLS)
def test_what_is_believed_is_read_alike_by_the_client_that_connects(url: str) -> None:
    believed = of_vendor(url, asked=ASKED, domains=DOMAINS)
    linked = within(url, ZONE)
    if not believed and not linked:
        return

    read = httpx2.URL(url)
    assert (read.scheme, read.port, read.userinfo) == ("https", None, b"")
    assert read.host == Address.of(url).host
    assert read.host.endswith(".autotask.net")
    if linked:
        assert read.host == "webservices5.autotask.net"
        assert str(read.join(".")).lower().startswith(ZONE.lower())


@pytest.mark.trust("A1")
@pytest.mark.parametrize("facts", [AUTOTASK], indirect=True, ids=["autotask"])
def test_no_link_to_a_next_page_leads_to_another_server(
    sandbox: Sandbox, on: Callable[..., Any], stranger: Stranger
) -> None:
    forms = [*DISGUISES, "http://127.0.0.1:{port}/", "http://localhost:{port}/", "//localhost:{port}/x"]
    for form in forms:
        page = {"items": [], "pageDetails": {"count": 0, "nextPageUrl": form.format(port=stranger.port)}}
        sandbox.control.fault("reply", path="/Tickets/query$", status=200, body=page)

    async def check(psa: Probe) -> None:
        for _ in forms:
            with pytest.raises(PSAError):
                await psa.tickets.list().all()

    on(check)

    assert stranger.received == []


@pytest.mark.trust("A1")
def test_no_zone_and_no_sign_in_address_in_disguise_is_connected_to(
    sandbox: Sandbox, on: Callable[..., Any], stranger: Stranger, vendor: str
) -> None:
    path = {"autotask": "zoneInformation$", "halopsa": "/authinfo$"}[vendor]

    async def check(psa: Probe) -> None:
        with pytest.raises(PSAError):
            await psa.tickets.first()

    # With blanks around it, it is no disguise: loopback may name loopback.
    for form in (one for one in DISGUISES if one == one.strip()):
        url = form.format(port=stranger.port)
        sandbox.control.fault("reply", path=path, status=200, body={"url": url, "auth_url": url})
        on(check)

    assert stranger.received == []


@pytest.mark.trust("A1", "A2")
@pytest.mark.parametrize("status", [302, 307, 308])
def test_no_redirect_is_followed_with_or_without_credentials(
    sandbox: Sandbox, on: Callable[..., Any], stranger: Stranger, facts: Any, status: int
) -> None:
    look_up = {"autotask": "zoneInformation$", "halopsa": "/authinfo$"}[facts.name]
    paths = [look_up, facts.list_path, facts.ticket_path, *(["/auth/token$"] if facts is HALOPSA else [])]

    async def check(psa: Probe) -> int:
        failed = 0
        for call in (
            lambda: psa.tickets.list(limit=1).all(),
            lambda: psa.tickets.create(company=1000, title="x", **facts.new_ticket),
        ):
            try:
                await call()
            except PSAError:
                failed += 1
        return failed

    for path in paths:
        sandbox.control.reset()
        headers = {"location": f"{stranger.url}/api"}
        sandbox.control.fault("reply", path=path, status=status, headers=headers, times=None)
        failed = on(check, attempts=1)
        # Where a look-up says nothing useful, the API's own server may be signed in at instead.
        assert failed > 0 or path == look_up

    assert stranger.received == []


@pytest.mark.trust("A1")
@pytest.mark.parametrize("vendor", ["autotask", "halopsa"])
@pytest.mark.parametrize(
    "path", ["https://evil.example/x", "//evil.example/x", "/\\evil.example", "@evil.example/x", "Tickets@evil.example"]
)
def test_a_raw_request_cannot_name_another_server(vendor: str, path: str) -> None:
    psa = connected(vendor)
    try:
        psa.request("GET", path)
    except PSAError:
        pass

    hosts = {urlsplit(one.url).hostname for one in everything_sent(psa)}
    assert hosts <= {"webservices.autotask.net", *(urlsplit(root).hostname for root in ROOTS.values())}
