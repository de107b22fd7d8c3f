"""Ids, values, headers and filters stay what they are: encoded, or refused before anything is sent."""

from __future__ import annotations

import unicodedata
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from answering import ROOTS, SETTINGS, body, connected, everything_sent, sent
from hypothesis import given, settings
from hypothesis import strategies as st

from anypsa import ConfigurationError, Invalid, Psa, PSAError, q
from anypsa.plugins import load
from anypsa.session.session import outgoing_of
from anypsa.spi import Authorization, Request, reading

VENDORS = ("autotask", "halopsa")
ATTACKS = [
    "1/../../Admin",
    "../Admin",
    "..",
    ".",
    "1?x=1",
    "1#x",
    "1;x",
    "%2e%2e",
    "%2e%2e%2fAdmin",
    "1%00",
    "1\\..\\Admin",
    "1\r\nHost: evil.example",
    "1\x00",
    "1 ",
    "１",
    "1\u202e",
    "*",
    "{id}",
    "entityInformation",
    "",
]
CONTROLS = ["\r\n", "\n", "\r", "\x00", "\x7f", "\x1b", "\x85", "\u2028", "é", "\u202e", ""]
TEXTS = st.text(max_size=40)
PIECES = st.lists(st.sampled_from([*ATTACKS, *'/\\.%&=#?;"{}[]', "a", " "]), max_size=5).map("".join)


@pytest.fixture(scope="module", params=VENDORS)
def psa(request: pytest.FixtureRequest) -> Psa:
    return connected(request.param)


@pytest.fixture(scope="module")
def autotask() -> Psa:
    return connected("autotask")


def fresh(psa: Psa) -> None:
    wire: Any = psa.context.session.wire
    wire.script.requests.clear()


def tried(call: Any) -> PSAError | None:
    try:
        call()
    except PSAError as error:
        return error
    return None


def below(psa: Psa) -> list[str]:
    """The paths that were asked for, below the tenant's root; each request must have gone there."""
    root = ROOTS[psa.context.adapter.name]
    assert all(one.url.startswith(root) for one in sent(psa))
    return [urlsplit(one.url).path.removeprefix(urlsplit(root).path) for one in sent(psa)]


@pytest.mark.trust("A3")
@settings(deadline=None)
@given(st.one_of(st.sampled_from(ATTACKS), PIECES, TEXTS))
def test_an_id_stays_in_its_place_or_is_refused(psa: Psa, id: str) -> None:
    for call in (
        lambda: psa.tickets.get(id),
        lambda: psa.tickets.update(id, title="x"),
        lambda: psa.notes.list(ticket=id).all(),
        lambda: psa.notes.create(ticket=id, body="x", visibility="internal"),
    ):
        fresh(psa)
        tried(call)
        for path in below(psa):
            parts = path.split("/")
            assert len(parts) <= 3
            assert ".." not in unquote(path).split("/")
            assert all(part.isascii() and part.isprintable() for part in parts)
            assert (
                len(parts) == 1
                or parts[1].lower() in ("query", "entityinformation")
                or unquote(parts[1]) in (id, id.partition(":")[2], id.strip())
            )


@pytest.mark.trust("A3")
@pytest.mark.parametrize("id", ATTACKS)
def test_an_id_that_is_an_attack_reads_nothing_else(psa: Psa, id: str) -> None:
    fresh(psa)

    assert isinstance(tried(lambda: psa.tickets.get(id)), PSAError)
    assert [path for path in below(psa) if unquote(path) != f"Tickets/{id}" or "/.." in unquote(path)] == []


@pytest.mark.trust("A3")
@settings(deadline=None)
@given(PIECES)
def test_a_raw_path_stays_below_the_tenants_root(psa: Psa, path: str) -> None:
    fresh(psa)
    tried(lambda: psa.request("GET", f"Tickets/{path}"))

    for one in below(psa):
        assert not {".", ".."} & set(unquote(one).split("/"))


@pytest.mark.trust("A4")
@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("control", CONTROLS)
def test_a_secret_that_would_end_its_header_is_refused_by_name_alone(vendor: str, control: str) -> None:
    kind: Any = load(vendor).settings_type
    secrets = [name for name in SETTINGS[vendor] if name not in ("resource_url", "discovery_url")]
    for name in secrets:
        value = f"canary{control}x: y" if control else ""
        with pytest.raises(ConfigurationError) as refused:
            kind.gather({**SETTINGS[vendor], name: value}, {})

        assert [problem.field for problem in refused.value.problems] == [name]
        assert "canary" not in str(refused.value)


@pytest.mark.trust("A4")
@settings(deadline=None)
@given(TEXTS)
def test_no_header_of_any_adapter_holds_what_would_end_it(value: str) -> None:
    request = Request.read("GET", "Tickets", reading("ticket"), headers={"X-Name": value})
    authorization = Authorization("https://acme.example", "scope", {"X-Key": f"canary{value}"})
    try:
        outgoing = outgoing_of(request, b"", authorization)
    except Invalid as refused:
        assert {problem.field for problem in refused.problems} == {"X-Name", "X-Key"}
        assert "canary" not in str(refused)
        return

    assert (outgoing.headers["X-Name"], outgoing.headers["X-Key"]) == (value, f"canary{value}")
    assert value.isascii() and (value.isprintable())


@pytest.mark.trust("A5")
@settings(deadline=None)
@given(
    st.one_of(
        TEXTS, PIECES, st.sampled_from(['"}],"filter":[', "' OR 1=1 --", "%", "_", "*", "&open_only=false", "\u0000"])
    )
)
def test_the_value_of_a_filter_is_a_value(autotask: Psa, value: str) -> None:
    psa = autotask
    fresh(psa)
    error = tried(lambda: psa.tickets.list(q.number == value).all())
    if error is not None:
        assert isinstance(error, Invalid)
        assert sent(psa) == []
        return

    for one in sent(psa):
        assert urlsplit(one.url).query == ""
        assert set(body(one)) == {"filter", "maxRecords"}
        # Of what the vendor might read as a wildcard only the harmless part is sent; every row is filtered here.
        (clause,) = body(one)["filter"]
        assert (clause["field"], clause["value"]) == ("id", 0) or (
            clause["field"] == "ticketNumber" and clause["value"] in value
        )
        assert set(clause) == {"op", "field", "value"}


@pytest.mark.trust("A5")
@settings(max_examples=40, deadline=None)
@given(st.one_of(PIECES, st.text(min_size=1, max_size=20)))
def test_the_value_of_a_parameter_adds_no_other(value: str) -> None:
    def names(company: str) -> list[list[str]]:
        psa = connected("halopsa")
        tried(lambda: psa.tickets.list(q.company == company).all())
        queries = [urlsplit(one.url).query for one in sent(psa)]
        return [[name for name, _ in parse_qsl(query, keep_blank_values=True)] for query in queries]

    known = {name for request in names("1177") for name in request}
    for request in names(value):
        assert set(request) <= known
        assert len(set(request)) == len(request)


@pytest.mark.trust("A5")
@pytest.mark.parametrize("vendor", VENDORS)
def test_only_fields_that_there_are_can_be_filtered_by(vendor: str) -> None:
    psa = connected(vendor)
    for where in (
        {"field": 'title","op":"eq', "op": "eq", "value": "x"},
        {"field": "__class__", "op": "eq", "value": "x"},
    ):
        assert isinstance(tried(lambda where=where: psa.tickets.list(where)), Invalid)
    assert everything_sent(psa) == []


@pytest.mark.trust("I4", "A5")
@pytest.mark.parametrize("char", ["\x00", "\x01", "\x08", "\x0b", "\x1b", "\x7f", "\ud800"])
@pytest.mark.parametrize("vendor", VENDORS)
def test_no_text_with_a_control_character_is_sent(vendor: str, char: str) -> None:
    psa = connected(vendor)
    text = f"VPN{char}down"
    for call in (
        lambda: psa.tickets.create(company=5, title=text),
        lambda: psa.tickets.update(7, title=text),
        lambda: psa.notes.create(ticket=7, body=text, visibility="internal"),
        lambda: psa.tickets.list(q.title.contains(text)).all(),
    ):
        assert isinstance(tried(call), Invalid)
    assert everything_sent(psa) == []


ODD = {
    "control": "a\x00b\x01c\x1b[31mred\x07",
    "line ends": "forged\r\n2026-01-01 ERROR all is lost",
    "direction": "in\u202evoice\u202c \u2066x\u2069",
    "composed": unicodedata.normalize("NFC", "café"),
    "decomposed": unicodedata.normalize("NFD", "café"),
    "emoji": "👩‍👩‍👧 🇩🇪 \U0001f44d\U0001f3fd",
    "a megabyte": "x" * 1_000_000,
    "format characters": "a\u200bb\ufeffc\u00ad",
}


@pytest.mark.trust("I4")
@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
@pytest.mark.parametrize("vendor", VENDORS)
def test_what_the_vendor_stores_is_read_as_it_is(vendor: str, text: str) -> None:
    rows: dict[str, Any] = {
        "autotask": {"item": {"id": 7, "title": text, "status": 1, "companyID": 5}},
        "halopsa": {"id": 7, "summary": text, "status_id": 1, "client_id": 5},
    }
    psa = connected(vendor, lambda one: rows[vendor] if urlsplit(one.url).path.endswith("/Tickets/7") else None)

    assert psa.tickets.get(7).title == text
    assert text in psa.tickets.get(7).raw.values()


@pytest.mark.trust("I4")
@pytest.mark.parametrize("name", ["composed", "decomposed", "emoji", "format characters", "direction"])
@pytest.mark.parametrize("vendor", VENDORS)
def test_what_is_written_is_sent_as_it_is(vendor: str, name: str) -> None:
    psa = connected(vendor)
    tried(lambda: psa.tickets.update(7, title=ODD[name]))

    written = [one for one in sent(psa) if one.method != "GET"]
    assert written
    assert all(ODD[name] in one.content.decode() for one in written)


@pytest.mark.trust("I4")
@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("status", [400, 403, 409, 500])
def test_the_vendors_words_forge_no_line_of_a_log(vendor: str, status: int) -> None:
    words = f"no{ODD['control']}{ODD['line ends']}{ODD['direction']}\x9b31m\u2028end"
    answer = (status, {"errors": [words], "message": words})
    psa = connected(vendor, lambda one: answer if "Tickets/7" in one.url else None)

    error = tried(lambda: psa.tickets.get(7))

    assert error is not None
    assert str(error).isprintable()
    assert all(str(problem).isprintable() for problem in error.problems)
    assert "forged" in str(error)
