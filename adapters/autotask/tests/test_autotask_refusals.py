"""Refusals and routes: what an answer means by its text, and what a path does by the tables."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anypsa import (
    AuthenticationFailed,
    Conflict,
    Invalid,
    NotFound,
    PermissionDenied,
    PSAError,
    RateLimited,
    Unintelligible,
    VendorFailure,
)
from anypsa.spi import Action, Answer, Request, reading
from anypsa_autotask import routes
from anypsa_autotask.refusals import refusal
from anypsa_autotask.zones import lookup_url, versioned

ASKED = Request.read("GET", "Tickets/{id}", reading("ticket", "1"), parts={"id": "1"})


def meant(status: int, body: Any, **headers: str) -> PSAError | None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return refusal(ASKED, Answer(status, headers, content, ASKED.route))


TEXTS = [
    ("The logged in Resource does not have the adequate permissions to query this entity", PermissionDenied),
    ("No message. No matching records found. The logged in Resource may not have the required permissions", NotFound),
    ("Zone information could not be determined", AuthenticationFailed),
    ("IntegrationCode is invalid", AuthenticationFailed),
    ("The user account has been locked", AuthenticationFailed),
    ("thread threshold of 3 threads has been exceeded", RateLimited),
    ("Itgenatr005", RateLimited),
    ("Data violation: When assigning a Resource, you must assign both a assignedResourceID and assignedResourceRoleID.",
     Invalid),
    ("Ticket: Queue ID is required.", Invalid),
    ("Unable to find projectID in the TimeEntry Entity", Invalid),
    ("Reference value on field: contactID of type: Contact does not exist or is invalid.", Invalid),
    ("maxCountOfRecordsToReturn must be between 1 and 500", Invalid),
    ("Transaction (Process ID 5) was deadlocked on lock resources", VendorFailure),
    ("something new", Invalid),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind"), TEXTS)
@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_refusal_is_known_by_its_text_whatever_its_status(status: int, text: str, kind: type[PSAError]) -> None:
    assert type(meant(status, {"errors": [text]})) is kind


@pytest.mark.parametrize(("text", "kind"), TEXTS)
def test_errors_written_as_objects_mean_the_same(text: str, kind: type[PSAError]) -> None:
    assert type(meant(500, {"errors": [{"message": text, "field": "x"}]})) is kind


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, b"", AuthenticationFailed),
        (403, b"", PermissionDenied),
        (404, {"Message": "No HTTP resource was found"}, NotFound),
        (405, {"Message": "The requested resource does not support http method 'GET'."}, Invalid),
        (429, b"", RateLimited),
        (500, b"", VendorFailure),
        (500, {}, VendorFailure),
        (502, b"<html>", VendorFailure),
        (503, {"errors": ["something new"]}, VendorFailure),
        (200, b"<html>maintenance</html>", Unintelligible),
        (200, b"", Unintelligible),
        (302, b"", Invalid),
    ],
)
def test_without_a_text_the_status_speaks(status: int, body: Any, kind: type[PSAError]) -> None:
    error = meant(status, body)

    assert type(error) is kind
    assert error is not None
    assert error.status == status


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"errors": ["UserName: is required"]}, AuthenticationFailed),
        (401, {"errors": ["thread threshold"]}, AuthenticationFailed),
        (403, {"errors": ["something new"]}, PermissionDenied),
        (404, {"errors": ["something new"]}, NotFound),
        (409, {"errors": ["something new"]}, Conflict),
        (409, b"", Conflict),
        (500, {"Message": "An error has occurred."}, VendorFailure),
        (500, {"Message": "thread threshold of 3 threads has been exceeded"}, RateLimited),
    ],
)
def test_a_text_that_is_not_known_leaves_the_word_to_the_status(status: int, body: Any, kind: type[PSAError]) -> None:
    assert type(meant(status, body)) is kind


@pytest.mark.parametrize(
    "errors", ["something new", [{"Message": "something new"}], [{"code": 5}], [5], {"message": "something new"}]
)
def test_a_refusal_with_reasons_in_another_form_is_no_outage(errors: Any) -> None:
    assert type(meant(500, {"errors": errors})) is Invalid


@pytest.mark.parametrize("errors", [None, [], [""], [None], {}])
def test_a_list_without_reasons_gives_none(errors: Any) -> None:
    assert type(meant(500, {"errors": errors})) is VendorFailure
    assert meant(200, {"item": None, "errors": errors}) is None


def test_an_error_object_names_its_field_in_our_words_and_says_all_once() -> None:
    error = meant(500, {"errors": [{"Message": "is wrong", "Field": "companyID"}, "and more"]})

    assert error is not None
    assert [(problem.field, problem.message) for problem in error.problems] == [("company", "is wrong")]
    assert error.said == ("and more",)


def test_a_success_is_no_refusal() -> None:
    assert meant(200, {"item": {"id": 1}}) is None


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Ticket: Queue ID is required.", "queue"),
        ("Reference value on field: contactID of type: Contact does not exist", "contact"),
        ("Unable to find issueType in the Ticket Entity", "category"),
        ("Unable to find unheardOf in the Ticket Entity", "unheardOf"),
    ],
)
def test_a_field_is_told_in_our_words(text: str, field: str) -> None:
    error = meant(500, {"errors": [text]})

    assert error is not None
    assert [problem.field for problem in error.problems] == [field]


@pytest.mark.parametrize(("text", "everywhere"), [("thread threshold", False), ("request threshold exceeded", True)])
@pytest.mark.parametrize("body", [lambda text: {"errors": [text]}, lambda text: {"Message": text}])
def test_a_limit_of_threads_is_one_entitys_and_any_other_the_tenants(text: str, everywhere: bool, body: Any) -> None:
    error = meant(429, body(text))

    assert isinstance(error, RateLimited)
    assert error.everywhere is everywhere


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_header_makes_a_refusal_fail(hint: str, now: str) -> None:
    error = meant(429, b"", **{"retry-after": hint, "date": now})

    assert isinstance(error, RateLimited)
    assert error.wait is None or error.wait >= 0


@pytest.mark.parametrize(
    ("method", "path", "action", "entity", "record"),
    [
        ("GET", "Tickets/5", Action.READ, "ticket", "5"),
        ("GET", "Tickets/entityInformation/fields", Action.READ, "ticket", None),
        ("POST", "Tickets/query", Action.READ, "ticket", None),
        ("POST", "tickets/QUERY/count", Action.READ, "ticket", None),
        ("POST", "Tickets", Action.CREATE, "ticket", None),
        ("PATCH", "Tickets", Action.UPDATE, "ticket", "5"),
        ("PUT", "Tickets", Action.UPDATE, "ticket", "5"),
        ("POST", "Tickets/5/Notes", Action.CREATE, "note", None),
        ("GET", "Tickets/5/Notes", Action.READ, "note", None),
        ("DELETE", "Tickets/5/Charges/7", Action.DELETE, "Tickets/Charges", "7"),
        ("POST", "Tickets/5", Action.UNKNOWN, "ticket", "5"),
        ("POST", "Tickets/5/Notes/6/More", Action.UNKNOWN, "note", "6"),
        ("TRACE", "Tickets", Action.UNKNOWN, "ticket", None),
        ("POST", "", Action.UNKNOWN, "unknown", None),
    ],
)
def test_a_raw_path_is_classified_by_the_tables(
    method: str, path: str, action: Action, entity: str, record: str | None
) -> None:
    body = {"id": 5} if method in ("PATCH", "PUT") else None

    effect = routes.classify(method, path, body)

    assert (effect.action, effect.entity, effect.record) == (action, entity, record)


def test_the_fields_of_a_raw_body_are_told_in_our_words() -> None:
    effect = routes.classify("PATCH", "Tickets", {"id": 5, "queueID": 1, "TITLE": "a", "monitorID": 2})

    assert effect.fields == {"queue", "title", "monitorID"}


@given(st.sampled_from(["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD"]), st.text(max_size=40), st.none() | st.text())
def test_no_path_makes_classifying_fail_and_what_is_not_reading_writes(method: str, path: str, body: Any) -> None:
    effect = routes.classify(method, path, body)

    reads = method == "GET" or (method == "POST" and routes.READING & {one.casefold() for one in path.split("/")})
    assert effect.writes or reads


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("Tickets/{id}", {"tickets"}),
        ("Tickets/query", {"tickets"}),
        ("TICKETS/query/count", {"tickets"}),
        ("tickets", {"tickets"}),
        ("Tickets/entityInformation/fields", {"tickets"}),
        ("Tickets/{ticket}/Notes", {"tickets", "ticketnotes"}),
        ("TicketNotes/query", {"ticketnotes"}),
        ("Version", {"version"}),
    ],
)
def test_requests_of_one_entity_share_one_budget_however_it_is_spelled(path: str, keys: set[str]) -> None:
    assert set(routes.limit_keys(Request.read("GET", path, reading("x")))) == keys


@pytest.mark.parametrize(
    "url",
    [
        "https://webservices5.autotask.net",
        "https://webservices5.autotask.net/",
        "https://webservices5.autotask.net/ATServicesRest",
        "https://webservices5.autotask.net/ATServicesRest/",
        "https://webservices5.autotask.net/atservicesrest/V1.0",
        "https://webservices5.autotask.net/ATServicesRest/v1.0/",
    ],
)
def test_an_address_gets_exactly_one_root_and_one_version(url: str) -> None:
    assert versioned(url).casefold() == "https://webservices5.autotask.net/atservicesrest/v1.0"
    assert lookup_url(url).casefold() == "https://webservices5.autotask.net/atservicesrest/v1.0/zoneinformation"
    assert lookup_url(lookup_url(url)) == lookup_url(url)
