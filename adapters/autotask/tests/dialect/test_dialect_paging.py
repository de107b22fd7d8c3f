"""Paging (4.3): by keyset, ids ascending, with links that must be opened by the verb of the query."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from .tenant import Tenant

ALL_ROWS = {"op": "gte", "field": "id", "value": 0}
MODEL = {"filter": [ALL_ROWS], "maxRecords": 130}


def first(tenant: Tenant, **more: Any) -> dict[str, Any]:
    """The details of a first page."""
    answer: dict[str, Any] = tenant.client.post("Tickets/query", json={**MODEL, **more}).json()
    return answer


def test_every_ticket_once_in_order_of_id(northwind: Tenant) -> None:
    url: str | None = "Tickets/query"
    seen: list[int] = []
    while url is not None:
        page = northwind.client.post(url, json=MODEL).json()
        seen.extend(item["id"] for item in page["items"])
        url = page["pageDetails"]["nextPageUrl"]

    assert seen == [row["id"] for row in northwind.world.rows("tickets")]


def test_the_link_is_absolute_and_its_token_is_a_keyset(northwind: Tenant) -> None:
    page = first(northwind)
    link = urlsplit(page["pageDetails"]["nextPageUrl"])

    assert link.path == "/ATServicesRest/V1.0/Tickets/query/next"
    assert f"{link.scheme}://{link.netloc}" == str(northwind.client.base_url).partition("/ATS")[0]
    token = json.loads(parse_qs(link.query)["paging"][0])
    assert token == {"pageSize": 130, "previousIds": [-1], "nextIds": [page["items"][-1]["id"]]}


def test_request_count_is_the_page_size_and_no_total(northwind: Tenant) -> None:
    details = first(northwind)["pageDetails"]

    assert (details["count"], details["requestCount"]) == (130, 130)
    assert first(northwind, filter=[{"op": "eq", "field": "id", "value": 1}])["pageDetails"]["requestCount"] == 130


def test_a_full_last_page_has_no_link(northwind: Tenant) -> None:
    assert first(northwind, maxRecords=300)["pageDetails"]["nextPageUrl"] is None


def test_a_post_querys_link_is_not_opened_by_get(northwind: Tenant) -> None:
    answer = northwind.client.get(first(northwind)["pageDetails"]["nextPageUrl"])

    assert answer.status_code == 405
    assert answer.json() == {"Message": "The requested resource does not support http method 'GET'."}


def test_a_post_querys_link_needs_the_body_again(northwind: Tenant) -> None:
    answer = northwind.client.post(first(northwind)["pageDetails"]["nextPageUrl"])

    assert answer.status_code == 500
    assert "Parameter name: queryModel" in answer.json()["errors"][0]


def test_a_get_querys_link_carries_its_search_and_is_opened_by_get(northwind: Tenant) -> None:
    search = {"search": json.dumps({**MODEL, "includeFields": ["id"]})}
    link = northwind.client.get("Tickets/query", params=search).json()["pageDetails"]["nextPageUrl"]

    page = northwind.client.get(link).json()

    assert "search" in parse_qs(urlsplit(link).query)
    assert [item["id"] for item in page["items"]] == [row["id"] for row in northwind.world.rows("tickets")[130:260]]
    assert all(item.keys() == {"id", "userDefinedFields"} for item in page["items"])


@pytest.mark.parametrize("size", [501, -1, "5", True])
def test_a_page_size_outside_1_to_500_is_refused(northwind: Tenant, size: Any) -> None:
    answer = northwind.query("Tickets", ALL_ROWS, maxRecords=size)

    assert (answer.status_code, answer.json()) == (
        500,
        {"errors": ["maxCountOfRecordsToReturn must be between 1 and 500"]},
    )


def test_a_page_size_of_0_is_refused(northwind: Tenant) -> None:
    assert northwind.query("Tickets", ALL_ROWS, maxRecords=0).status_code == 500


@pytest.mark.parametrize("ignored", ["pageNumber", "page"])
def test_a_page_number_is_ignored_and_page_1_comes_again(northwind: Tenant, ignored: str) -> None:
    again = first(northwind, **{ignored: 2})

    assert again["items"] == first(northwind)["items"]
    assert again["pageDetails"]["nextPageUrl"] is not None


def test_a_token_of_ones_own_is_refused(northwind: Tenant) -> None:
    assert northwind.client.post("Tickets/query/next", params={"paging": "{}"}, json=MODEL).status_code == 500


def test_what_is_created_behind_the_cursor_comes_up(northwind: Tenant) -> None:
    page = first(northwind, maxRecords=299)
    created = northwind.ticket().json()["itemId"]

    following = northwind.client.post(page["pageDetails"]["nextPageUrl"], json={**MODEL, "maxRecords": 299}).json()

    assert following["items"][-1]["id"] == created
