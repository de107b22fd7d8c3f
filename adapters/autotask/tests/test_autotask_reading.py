"""Reading: one, many, counts, relations, metadata; whatever shape the vendor's answers have."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from autotask_vendor import PICKLISTS, USER, ZONE, Vendor, connect, link, page, value

from anypsa import Choice, FilterIgnored, Incomplete, Invalid, NotFound, Psa, PSAError, Unintelligible, q
from anypsa.wire import Outgoing


@pytest.fixture
def vendor() -> Vendor:
    made = Vendor(Tickets=6, Companies=3, Contacts=2, Resources=1)
    for number, ticket in made.tables["Tickets"].items():
        ticket["companyID"] = 1 + number % 2
    return made


@pytest.fixture
def psa(vendor: Vendor) -> Psa:
    return connect(vendor)


@pytest.mark.parametrize(
    "answer", [{"item": None}, (404, {"Message": "No HTTP resource was found"})], ids=["200", "404"]
)
def test_a_missing_record_is_not_found_however_the_vendor_says_it(psa: Psa, vendor: Vendor, answer: Any) -> None:
    vendor.fails("GET", "Tickets/2", answer, times=9)

    with pytest.raises(NotFound):
        psa.tickets.get(2)

    assert len(vendor.sent("GET", "Tickets/2")) == 1


@pytest.mark.parametrize("body", [{}, {"item": 5}, {"item": []}, {"item": {"title": "a"}}, {"item": {"id": [1]}}])
def test_a_record_of_another_shape_is_unintelligible(psa: Psa, vendor: Vendor, body: Any) -> None:
    vendor.fails("GET", "Tickets/2", body, times=9)

    with pytest.raises(Unintelligible):
        psa.tickets.get(2)


def test_a_value_that_metadata_does_not_know_keeps_its_id(psa: Psa, vendor: Vendor) -> None:
    vendor.tables["Tickets"][1]["status"] = 777

    assert psa.tickets.get(1).status == Choice(id="777")


def test_an_inactive_value_keeps_its_label(psa: Psa, vendor: Vendor) -> None:
    vendor.tables["Tickets"][1]["status"] = 12

    assert psa.tickets.get(1).status == Choice(id="12", label="Old")


@pytest.mark.parametrize("key", [1, "1"])
def test_labels_are_found_whichever_case_metadata_writes_names_in(vendor: Vendor, key: Any) -> None:
    vendor.picklists["Tickets"]["Status"] = [value(key, "Erfasst")]
    del vendor.picklists["Tickets"]["status"]

    assert connect(vendor).tickets.get(1).status.label == "Erfasst"


def test_many_are_returned_in_the_order_asked_for_by_one_request(psa: Psa, vendor: Vendor) -> None:
    got = psa.tickets.get_many([5, "2", 5, psa.tickets.get(1)])

    assert [one.id for one in got] == ["5", "2", "5", "1"]
    assert len(vendor.sent("POST", "query")) == 1


def test_no_records_are_asked_for_by_no_request(psa: Psa, vendor: Vendor) -> None:
    assert psa.tickets.get_many([]) == []
    assert vendor.told == []


def test_all_missing_records_are_named(psa: Psa) -> None:
    with pytest.raises(NotFound) as caught:
        psa.tickets.get_many([1, 77, "abc", "006", 78])

    assert len(caught.value.problems) == 4
    assert not isinstance(caught.value, FilterIgnored)


@pytest.mark.row("S56", call="psa.tickets.get_many(ids)")
def test_many_are_asked_for_in_batches_within_the_vendors_budget(vendor: Vendor) -> None:
    vendor = Vendor(Tickets=1001)

    got = connect(vendor).tickets.get_many(range(1, 1002))

    assert [one.id for one in got] == [str(number) for number in range(1, 1002)]
    sizes = [len(body["filter"][0]["value"]) for body in vendor.bodies("POST", "query")]
    assert sum(sizes) == 1001
    assert max(sizes) <= 500


def test_records_that_nobody_asked_for_are_caught(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "query", page([vendor.tables["Tickets"][1], vendor.tables["Tickets"][2]]))

    with pytest.raises(FilterIgnored):
        psa.tickets.get_many([1])


@pytest.mark.row("S32", call='psa.tickets.list(expand=["company"])')
def test_relations_are_read_by_one_request_each(psa: Psa, vendor: Vendor) -> None:
    for ticket in vendor.tables["Tickets"].values():
        ticket["contactID"], ticket["assignedResourceID"] = 1, 1

    got = psa.tickets.list(expand=["company", "contact", "assignee"]).all()

    assert {one.company.record.name for one in got if one.company.record} == {"Acme"}
    assert {one.contact.name for one in got if one.contact} == {"Ada Byron"}
    paths = [one.url.partition("/v1.0/")[2] for one in vendor.sent("POST", "query")]
    assert sorted(paths) == ["Companies/query", "Contacts/query", "Resources/query", "Tickets/query"]


def test_related_records_are_remembered_from_page_to_page(psa: Psa, vendor: Vendor) -> None:
    vendor.page = 2

    psa.tickets.list(expand="company").all()

    assert len(vendor.sent("POST", "Companies/query")) == 1


def test_a_related_record_that_is_missing_stays_a_reference(psa: Psa, vendor: Vendor) -> None:
    vendor.tables["Tickets"][1]["companyID"] = 99

    (got,) = psa.tickets.list(q.id == "1", expand=["company"])

    assert (got.company.id, got.company.record) == ("99", None)


def test_an_unknown_relation_is_refused_with_those_there_are(psa: Psa, vendor: Vendor) -> None:
    with pytest.raises(Invalid) as caught:
        psa.tickets.list(expand=["compnay", "title"])

    assert [problem.field for problem in caught.value.problems] == ["compnay", "title"]
    assert "company" in caught.value.problems[0].allowed
    assert vendor.told == []


def counts(vendor: Vendor) -> int:
    return len(vendor.sent("POST", "query/count"))


def test_everything_is_counted_by_the_vendor(psa: Psa, vendor: Vendor) -> None:
    assert psa.tickets.count() == 6
    assert vendor.sent("POST", "query") == []


def test_a_count_is_proved_by_the_count_of_the_rest(psa: Psa, vendor: Vendor) -> None:
    assert psa.tickets.count(q.company == 1) == 3
    assert counts(vendor) == 3
    assert vendor.sent("POST", "query") == []


def test_a_count_that_cannot_be_proved_is_counted_from_rows(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "query/count", {"queryCount": 6}, times=3)

    assert psa.tickets.count(q.company == 1) == 3
    assert len(vendor.sent("POST", "query")) == 1


def test_a_filter_that_the_vendor_has_only_roughly_is_counted_from_rows(psa: Psa, vendor: Vendor) -> None:
    vendor.tables["Tickets"][2]["title"] = "été"

    assert psa.tickets.count(q.title == "ÉTÉ") == 1
    assert counts(vendor) == 0


@pytest.mark.parametrize("body", [{}, {"queryCount": None}, {"queryCount": "six"}])
def test_a_count_of_another_shape_is_unintelligible(psa: Psa, vendor: Vendor, body: Any) -> None:
    vendor.fails("POST", "query/count", body, times=9)

    with pytest.raises(Unintelligible):
        psa.tickets.count()


@pytest.mark.parametrize("status", [404, 405])
def test_what_cannot_be_counted_by_the_vendor_is_counted_here(psa: Psa, vendor: Vendor, status: int) -> None:
    vendor.fails("POST", "query/count", (status, {"Message": "No HTTP resource was found."}), times=9)

    assert psa.tickets.count() == len(vendor.tables["Tickets"])


@pytest.mark.parametrize("told", [6, "6", 6.0])
def test_a_count_is_a_whole_number_however_it_is_written(psa: Psa, vendor: Vendor, told: Any) -> None:
    vendor.fails("POST", "query/count", {"queryCount": told})

    assert psa.tickets.count() == 6


def renamed(row: dict[str, Any], rename: Callable[[str], str]) -> dict[str, Any]:
    return {rename(name): value for name, value in row.items()}


@pytest.mark.parametrize(
    "rename",
    [lambda name: name[0].upper() + name[1:], lambda name: name.replace("ID", "Id"), str.upper],
    ids=["Pascal", "companyId", "UPPER"],
)
def test_a_row_is_read_whatever_the_case_of_its_names(psa: Psa, vendor: Vendor, rename: Callable[[str], str]) -> None:
    row = vendor.tables["Tickets"][1]
    row |= {"queueID": 9, "userDefinedFields": [{"name": "Site Code", "value": "A"}]}
    usual = psa.tickets.get(1)
    vendor.fails("GET", "Tickets/1", {"item": renamed(row, rename)})
    vendor.fails("POST", "query", page([renamed(row, rename)]))

    assert psa.tickets.get(1) == psa.tickets.list().all()[0] == usual


class Spelling(Vendor):
    """A vendor that writes every name of every answer in another case."""

    def __init__(self, rename: Callable[[str], str]) -> None:
        super().__init__(Tickets=7, Companies=8, Resources=1)
        self.rename, self.page = rename, 3

    def __call__(self, outgoing: Outgoing) -> Any:
        return self.renamed(super().__call__(outgoing))

    def renamed(self, told: Any) -> Any:
        match told:
            case dict():
                return {self.rename(name): self.renamed(value) for name, value in told.items()}
            case list():
                return [self.renamed(one) for one in told]
        return told


@pytest.mark.parametrize("rename", [lambda name: name[0].upper() + name[1:], str.upper], ids=["Pascal", "UPPER"])
def test_every_answer_is_read_whatever_the_case_of_its_names(rename: Callable[[str], str]) -> None:
    vendor = Spelling(rename)
    with connect(vendor) as psa:
        made = psa.tickets.create(company=7, title="new", queue="Service Desk", priority="High", assignee=1)
        psa.tickets.update(made, status="In Progress", custom_fields={"Site Code": "A"})
        listed = psa.tickets.list(expand=["company"]).all()

        assert [int(one.id) for one in listed] == list(range(1, 9))
        assert (listed[-1].status.label, listed[-1].company.name) == ("In Progress", "Acme")
        assert psa.tickets.count() == 8
        assert [one.id for one in psa.tickets.get_many([8, 1])] == ["8", "1"]
        assert psa.whoami().username == USER


def test_the_last_page_may_leave_its_link_out_if_it_is_not_full(psa: Psa, vendor: Vendor) -> None:
    row = vendor.tables["Tickets"][1]
    short = {"items": [row], "pageDetails": {"count": 1, "requestCount": 500}}
    vendor.fails("POST", "query", short)
    vendor.fails("POST", "query", {**short, "pageDetails": {"count": 1, "requestCount": 1}}, times=9)

    assert [one.id for one in psa.tickets.list()] == ["1"]
    with pytest.raises(PSAError):
        psa.tickets.list().all()


def test_articles_are_found_by_name_where_their_texts_cannot_be_searched(psa: Psa, vendor: Vendor) -> None:
    vendor.add("KnowledgeBaseArticles", title="VPN for beginners", keywords=None)
    refused = (500, {"errors": ["Unable to find contentData in the ArticlePlainTextContent Entity"]})
    vendor.fails("POST", "ArticlePlainTextContent/query", refused)

    assert [one.title for one in psa.articles.search("vpn")] == ["VPN for beginners"]


def test_a_server_that_counts_pages_is_told_the_number_in_the_body(psa: Psa, vendor: Vendor) -> None:
    def counted(outgoing: Outgoing) -> Any:
        number = json.loads(outgoing.content).get("pageNumber", 1)
        rows = [vendor.tables["Tickets"][2 * number - 1], vendor.tables["Tickets"][2 * number]]
        return page(rows, f"{ZONE}v1.0/Tickets/query?pageNumber={number + 1}" if number < 3 else None)

    vendor.fails("POST", "Tickets/query", counted, times=3)

    assert [one.id for one in psa.tickets.get_many(range(1, 7))] == list("123456")


@pytest.mark.parametrize("digits", range(8))
def test_a_time_may_have_any_number_of_fraction_digits(psa: Psa, vendor: Vendor, digits: int) -> None:
    vendor.tables["Tickets"][1]["createDate"] = "2026-03-01T12:00:00" + ".1234567"[: digits + 1 if digits else 0] + "Z"

    created = psa.tickets.get(1).created

    assert created is not None
    assert created.replace(microsecond=0) == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert created.microsecond == int("1234567"[:digits][:6].ljust(6, "0"))


@pytest.mark.parametrize("listed", [None, []])
def test_custom_fields_may_be_null_or_none_or_not_sent(psa: Psa, vendor: Vendor, listed: Any) -> None:
    vendor.tables["Tickets"][1]["userDefinedFields"] = listed
    del vendor.tables["Tickets"][2]["userDefinedFields"]

    assert [psa.tickets.get(id).custom_fields for id in (1, 2)] == [{}, {}]


def test_a_row_of_numbers_beyond_32_bits_as_text_is_read(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("GET", "Tickets/3000000009", {"item": {"id": "3000000009", "status": "5", "companyID": "0"}})

    got = psa.tickets.get(3000000009)

    assert (got.id, got.status.label, got.company.id) == ("3000000009", "Complete", "0")


def test_pages_of_many_that_go_in_circles_are_an_error_at_once(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "query", page([vendor.tables["Tickets"][1]], link("Tickets", 1)))
    vendor.fails("POST", "next", page([], link("Tickets", 1)), times=99)

    with pytest.raises(Incomplete):
        psa.tickets.get_many([1, 2])

    assert len(vendor.sent("POST", "next")) == 1


@pytest.mark.row("S7", call="psa.check()")
def test_credentials_that_may_not_see_technicians_are_good_credentials(psa: Psa, vendor: Vendor) -> None:
    text = "The logged in Resource does not have the adequate permissions to query this entity type."
    vendor.fails("POST", "Resources/query", (500, {"errors": [text]}))

    assert psa.check().technician_id is None


def hidden(vendor: Vendor) -> None:
    """From now on metadata calls nothing a picklist, as in some tenants (7)."""
    for entity, lists in PICKLISTS.items():
        fields = [{"name": name, "isPickList": False, "picklistValues": None} for name in lists]
        vendor.fails("GET", f"{entity}/entityInformation/fields", {"fields": fields}, times=99)


def test_a_tenant_whose_statuses_are_no_picklist_has_ids(psa: Psa, vendor: Vendor) -> None:
    hidden(vendor)

    assert psa.tickets.get(1).status == Choice(id="1")
    assert psa.tickets.update(1, status="5").status.id == "5"


def test_a_tenant_whose_queues_are_no_picklist_is_not_said_to_have_none(psa: Psa, vendor: Vendor) -> None:
    hidden(vendor)

    with pytest.raises(Unintelligible):
        psa.queues.list().all()


def test_fields_tell_the_tenants_values_and_own_fields(psa: Psa) -> None:
    by_name = {one.name: one for one in psa.fields("ticket")}

    assert [one.label for one in by_name["priority"].options] == ["High", "Medium", "Critical"]
    assert by_name["title"].required
    assert not by_name["number"].writable
    assert by_name["Site Code"].custom


@pytest.mark.parametrize("word", ["ticket", "tickets"])
def test_an_entity_is_known_by_both_its_words(psa: Psa, word: str) -> None:
    assert psa.fields(word)


def test_an_unknown_entity_is_refused_with_those_there_are(psa: Psa, vendor: Vendor) -> None:
    with pytest.raises(Invalid) as caught:
        psa.fields("tikcet")

    assert "ticket" in caught.value.problems[0].allowed
    assert vendor.told == []


@pytest.mark.row("S57", "S68", call='psa.fields("ticket")')
def test_metadata_is_asked_for_once(psa: Psa, vendor: Vendor) -> None:
    for number in (1, 2, 3):
        psa.tickets.get(number)

    assert len(vendor.sent("GET", "entityInformation/fields")) == 1


def test_capabilities_are_what_the_adapter_declares(psa: Psa) -> None:
    assert "tickets.create" in psa.capabilities
    assert "queues" in psa.capabilities
    assert "tickets.delete" not in psa.capabilities
    assert "invoices.create" not in psa.capabilities


JUNK = [b"", b"<html>", b"null", b"5", b'"text"', b"[1]", b"{}", b'{"errors": 5}', b'{"errors": [5, {}]}', b"[" * 10**5]
JUNK += [b'{"fields": [{"name": "a", "picklistValues": 5}]}', b'{"fields": [{"name": "a", "picklistValues": [5]}]}']
JUNK += [
    b'{"fields": 5}',
    b'{"fields": [5]}',
    b'{"item": {"id": 1, "userDefinedFields": 5}}',
    b'{"item": {"id": true}}',
]
JUNK += [b'{"item": {"id": 1, "status": 1, "companyID": 1, "createDate": "0001-01-01T00:00:00+14:00"}}']
JUNK += [b'{"items": {}, "pageDetails": {"nextPageUrl": null}}', b'{"items": [], "pageDetails": null}']
JUNK += [b'{"items": [], "pageDetails": {"nextPageUrl": 5}}', b'{"url": 5}', b'{"url": null}', b'{"errors": "text"}']


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
@pytest.mark.parametrize("status", [200, 429, 500])
@pytest.mark.parametrize("path", ["Tickets/1", "query", "entityInformation/fields", "zoneInformation", "Version"])
def test_whatever_the_vendor_answers_only_our_errors_come_out(status: int, junk: bytes, path: str) -> None:
    vendor = Vendor(Tickets=1)
    vendor.fails("", path, (status, junk), times=10_000)
    psa = connect(vendor, deadline=5, bulk_deadline=5, attempts=2)
    calls: list[Any] = [lambda: psa.tickets.get(1), lambda: psa.tickets.list().all(), psa.check]

    for call in calls:
        try:
            call()
        except PSAError as error:
            assert str(error).isprintable()
