"""Queries: operators, fields, budgets (4.1, 4.2). What the vendor finds is checked against the world's neutral rows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .tenant import Tenant

ALL_ROWS = {"op": "gte", "field": "id", "value": 0}


def where(op: str, field: str, value: Any = None, **more: Any) -> dict[str, Any]:
    """One condition."""
    return {"op": op, "field": field, "value": value, **more}


def errors(tenant: Tenant, *conditions: dict[str, Any], **model: Any) -> str:
    """The text of a refused query."""
    answer = tenant.query("Tickets", *conditions, **model)
    assert answer.status_code == 500
    return str(answer.json()["errors"][0])


@pytest.mark.parametrize(
    ("condition", "matches"),
    [
        (where("eq", "companyID", 0), lambda row: row["company"] == 0),
        (where("noteq", "contactID", 1), lambda row: row["contact"] is not None),
        (where("eq", "status", 5), lambda row: row["status"] == "Complete"),
        (where("in", "status", [1, 5]), lambda row: row["status"] in ("New", "Complete")),
        (where("notIn", "status", [1, 5]), lambda row: row["status"] not in ("New", "Complete")),
        (where("exist", "contactID"), lambda row: row["contact"] is not None),
        (where("notExist", "externalID"), lambda row: row["external_id"] is None),
        (where("contains", "title", "VPN"), lambda row: "vpn" in row["title"].casefold()),
        (where("contains", "title", "CAFÉ"), lambda row: "café" in row["title"].casefold()),
        (where("contains", "title", "0%"), lambda row: "0%" in row["title"]),
        (where("contains", "title", "_"), lambda row: "_" in row["title"]),
        (where("contains", "title", "[job"), lambda row: "[job" in row["title"].casefold()),
        (where("beginsWith", "title", "vpn"), lambda row: row["title"].casefold().startswith("vpn")),
        (where("endsWith", "title", "OFFICE"), lambda row: row["title"].casefold().endswith("office")),
        (where("gt", "estimatedHours", 1), lambda row: (row["estimated_hours"] or 0) > 1),
        (where("lt", "createDate", "2026-06-01"), lambda row: f"{row['created']:%Y-%m-%d}" < "2026-06-01"),
        (where("eq", "Site Code", "MALMÖ 3", udf=True), lambda row: row["custom"]["Site Code"] == "Malmö 3"),
    ],
)
def test_an_operator_finds_what_it_says(northwind: Tenant, condition: dict[str, Any], matches: Any) -> None:
    assert northwind.ids("Tickets", condition) == [row["id"] for row in northwind.world.rows("tickets") if matches(row)]


def test_groups_nest(northwind: Tenant) -> None:
    either = {
        "op": "or",
        "items": [
            where("eq", "companyID", 0),
            {"op": "and", "items": [where("eq", "status", 1), where("exist", "contactID")]},
        ],
    }

    expected = [
        row["id"]
        for row in northwind.world.rows("tickets")
        if row["company"] == 0 or (row["status"] == "New" and row["contact"] is not None)
    ]
    assert northwind.ids("Tickets", either) == expected


@pytest.mark.parametrize("op", ["ne", "startsWith", "isNull", "isNotNull", "between", "nonsense"])
def test_an_unknown_operator_is_dropped_without_a_word(northwind: Tenant, op: str) -> None:
    assert northwind.ids("Tickets", where(op, "status", 5)) == northwind.ids("Tickets", ALL_ROWS)


def test_only_the_unknown_clause_is_dropped(northwind: Tenant) -> None:
    assert northwind.ids("Tickets", where("ne", "status", 1), where("eq", "status", 5)) == northwind.ids(
        "Tickets", where("eq", "status", 5)
    )


@pytest.mark.parametrize(
    "field", ["projectId2", "Company.companyName", "Site Code", "creatorType", "lastActivityPersonType"]
)
def test_an_unknown_field_is_loud(northwind: Tenant, field: str) -> None:
    assert errors(northwind, where("eq", field, 1)) == f"Unable to find {field} in the Ticket Entity"


def test_an_unknown_user_defined_field_is_loud(northwind: Tenant) -> None:
    errors(northwind, where("eq", "Sight Code", "x", udf=True))


def test_field_names_and_keys_ignore_case(northwind: Tenant) -> None:
    answer = northwind.client.post(
        "Tickets/query",
        json={"Filter": [{"Op": "eq", "Field": "STATUS", "Value": 5}], "MaxRecords": 1, "IncludeFields": ["Title"]},
    )

    assert answer.status_code == 200
    assert "title" in answer.json()["items"][0]


@pytest.mark.parametrize("value", ["Complete", "High", "x'; DROP TABLE tickets; --"])
def test_a_label_for_a_number_is_a_conversion_error(northwind: Tenant, value: str) -> None:
    expected = f"Conversion failed when converting the varchar value '{value}' to data type int."

    assert errors(northwind, where("eq", "status", value)) == expected


@pytest.mark.parametrize("op", ["contains", "beginsWith", "endsWith"])
def test_text_operators_on_a_picklist_are_a_conversion_error(northwind: Tenant, op: str) -> None:
    assert errors(northwind, where(op, "status", "Comp")).startswith("Conversion failed when converting")


@pytest.mark.parametrize("model", [{"filter": []}, {}, {"filter": None}, {"filter": {}}, []])
def test_a_query_needs_a_filter(northwind: Tenant, model: Any) -> None:
    answer = northwind.client.post("Tickets/query", json=model)

    assert answer.status_code == 500
    assert "Parameter name: queryModel" in answer.json()["errors"][0]


def test_five_hundred_ors_and_not_one_more(northwind: Tenant) -> None:
    assert northwind.query("Tickets", where("in", "id", list(range(500)))).status_code == 200
    assert "limited to 500 or fewer 'OR' conditions" in errors(northwind, where("in", "id", list(range(501))))
    half = where("in", "id", list(range(300)))
    assert "limited to 500" in errors(northwind, half, half)
    ors = {"op": "or", "items": [where("eq", "id", n) for n in range(501)]}
    assert "limited to 500" in errors(northwind, ors)


def test_one_user_defined_field_per_query(northwind: Tenant) -> None:
    udf = where("exist", "Site Code", udf=True)

    assert northwind.query("Tickets", udf).status_code == 200
    assert "UDF" in errors(northwind, udf, udf)


@pytest.mark.parametrize("value", [True, "true", "TRUE"])
def test_booleans_are_true_or_false_also_as_text(northwind: Tenant, value: Any) -> None:
    active = [row["id"] for row in northwind.world.rows("companies") if row["active"]]

    assert northwind.ids("Companies", where("eq", "isActive", value)) == active


def test_a_contacts_flag_is_a_number(northwind: Tenant) -> None:
    active = [row["id"] for row in northwind.world.rows("contacts") if row["active"]]

    assert northwind.ids("Contacts", where("eq", "isActive", 1)) == active
    assert northwind.query("Contacts", where("eq", "isActive", True)).status_code == 500


@pytest.mark.parametrize(
    "condition",
    [
        where("eq", "title", {"a": 1}),
        where("contains", "Site Code\0", "x", udf=True),
        where("eq", "title", ["a"]),
        where("eq", "id", 10**40),
        where("eq", "id", 1.5),
        where("eq", "estimatedHours", "NaN"),
        where("gt", "createDate", "yesterday"),
        where("gt", "createDate", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_values_of_the_wrong_shape_are_refused_in_the_vendors_words(
    northwind: Tenant, condition: dict[str, Any]
) -> None:
    assert errors(northwind, condition)


def test_text_that_is_none_is_refused_in_the_vendors_words(northwind: Tenant) -> None:
    half = b'{"filter":[{"op":"eq","field":"title","value":"\\ud83c"}]}'

    assert "errors" in northwind.client.post("Tickets/query", content=half).json()


def test_comparing_with_null_is_invalid(northwind: Tenant) -> None:
    errors(northwind, where("eq", "title", None))


def test_a_query_by_get(northwind: Tenant) -> None:
    search = json.dumps({"filter": [where("eq", "companyID", 0)]})

    by_get = northwind.client.get("Tickets/query", params={"search": search}).json()["items"]

    assert [item["id"] for item in by_get] == northwind.ids("Tickets", where("eq", "companyID", 0))


def test_a_query_by_get_takes_single_quotes(northwind: Tenant) -> None:
    search = "{'filter':[{'op':'gte','field':'id','value':0}]}"

    assert northwind.client.get("Tickets/query", params={"search": search}).status_code == 200


def test_a_query_by_get_is_limited_by_the_length_of_its_url(northwind: Tenant) -> None:
    search = json.dumps({"filter": [where("in", "id", list(range(450)))]})

    assert northwind.client.get("Tickets/query", params={"search": search}).status_code != 200


def test_include_fields_limits_what_comes_back(northwind: Tenant) -> None:
    items = northwind.query("Tickets", ALL_ROWS, includeFields=["id", "Title"]).json()["items"]

    assert all(
        item.keys() == {"id", "title", "userDefinedFields"} and item["userDefinedFields"] == [] for item in items
    )
    assert "Unable to find nothing" in errors(northwind, ALL_ROWS, includeFields=["nothing"])


def test_count_is_a_total(northwind: Tenant) -> None:
    answer = northwind.client.post("Tickets/query/count", json={"filter": [ALL_ROWS]})

    assert answer.json() == {"queryCount": northwind.world.counts()["tickets"]}


def test_a_fault_can_drop_an_operator(northwind: Tenant, sandbox: Any) -> None:
    sandbox.control.fault("ignore_operator", operator="in", path="query")

    assert len(northwind.ids("Tickets", where("in", "id", [7602]))) == 300
