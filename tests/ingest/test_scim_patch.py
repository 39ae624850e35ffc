"""PATCH as the standard has it and as identity providers write it; what is kept of a User and what is not."""

import contextlib
import copy
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.scim import people
from services.ingest.scim.fault import ScimFault
from services.ingest.scim.filters import comparison
from services.ingest.scim.patch import patched
from services.ingest.scim.resource import keep, read

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PENUMBRA = "urn:ietf:params:scim:schemas:extension:penumbra:2.0:User"
ANA = {
    "userName": "ana@example.com",
    "active": True,
    "name": {"givenName": "Ana"},
    "emails": [
        {"value": "ana@example.com", "type": "work", "primary": True},
        {"value": "ana@home.example", "type": "home"},
    ],
    ENTERPRISE: {"department": "Finance", "manager": {"value": "m1"}},
}


def after(*operations, of=ANA):
    return patched(of, {"Operations": list(operations)})


def op(kind, path=None, value=None):
    return {"op": kind, **({"path": path} if path is not None else {}), "value": value}


def test_entra_s_requests_to_replace_several_attributes():
    """The two forms of its page on compliance: one operation each, and one without a path, with flat keys."""
    one = after(
        op("Replace", "displayName", "Pvlo"), op("Replace", 'emails[type eq "work"].value', "new@example.com"),
        op("Replace", "name.givenName", "Gtfd"), op("Replace", "externalId", "Eqpj"),
        op("Replace", f"{ENTERPRISE}:employeeNumber", "Eqpj"),
    )  # fmt: skip
    assert (one["displayName"], one["name"], one["externalId"]) == ("Pvlo", {"givenName": "Gtfd"}, "Eqpj")
    assert one["emails"][0] == {"value": "new@example.com", "type": "work", "primary": True}
    assert one[ENTERPRISE] == {"employeeNumber": "Eqpj", "department": "Finance", "manager": {"value": "m1"}}
    flat = {"displayName": "B", "name.givenName": "K", "name.familyName": "U", f"{ENTERPRISE}:employeeNumber": "A"}
    two = after(op("replace", value=flat))
    assert (two["displayName"], two["name"]) == ("B", {"givenName": "K", "familyName": "U"})
    assert two[ENTERPRISE]["employeeNumber"] == "A"


@pytest.mark.parametrize("said", ["False", "false", "FALSE", False])
@pytest.mark.parametrize("form", ["path", "no path", "no path, other case"])
def test_a_leaver_is_switched_off_however_it_is_said(said, form):
    operation = {
        "path": op("Replace", "active", said), "no path": op("replace", value={"active": said}),
        "no path, other case": op("REPLACE", value={"Active": said}),
    }[form]  # fmt: skip
    assert after(operation)["active"] is False


@pytest.mark.parametrize(
    ("operation", "attribute", "expected"),
    [
        (op("add", "emails", [{"value": "x@example.com"}]), "emails", 3),
        (op("replace", "emails", [{"value": "x@example.com"}]), "emails", 1),
        (op("remove", "emails"), "emails", None),
        (op("remove", 'emails[type eq "home"]'), "emails", 1),
        (op("Remove", "emails", [{"value": "ana@home.example"}]), "emails", 1),
        (op("Add", 'emails[type eq "other"].value', "o@example.com"), "emails", 3),
        (op("add", "emails", {"value": "ANA@example.com", "type": "work"}), "emails", 2),
        (op("remove", "name"), "name", None),
        (op("replace", "name", {"familyName": "Li"}), "name", {"givenName": "Ana", "familyName": "Li"}),
        (op("remove", f"{ENTERPRISE}:manager"), ENTERPRISE, {"department": "Finance"}),
        (op("replace", f"{ENTERPRISE}:manager.value", "m2"), ENTERPRISE,
         {"department": "Finance", "manager": {"value": "m2"}}),
        (op("Add", f"{ENTERPRISE}:manager", "m2"), ENTERPRISE, {"department": "Finance", "manager": {"value": "m2"}}),
        (op("remove", ENTERPRISE), ENTERPRISE, None),
        (op("add", ENTERPRISE, {"division": "D"}), ENTERPRISE,
         {"department": "Finance", "division": "D", "manager": {"value": "m1"}}),
        (op("add", value={ENTERPRISE: {"division": "D"}}), ENTERPRISE,
         {"department": "Finance", "division": "D", "manager": {"value": "m1"}}),
        (op("add", f"{PENUMBRA}:leftOn", "2026-12-31"), PENUMBRA, {"leftOn": "2026-12-31"}),
        (op("add", 'phoneNumbers[type eq "work"].value', "1"), "phoneNumbers", None),
        (op("add", "urn:example:custom:2.0:User:colour", "red"), "urn:example:custom:2.0:User", None),
        (op("replace", "displayName", ""), "displayName", None),
    ],
)  # fmt: skip
def test_operations(operation, attribute, expected):
    found = after(operation).get(attribute)
    assert (len(found) if isinstance(expected, int) else found) == expected


def test_one_address_is_the_primary_one():
    mails = after(op("replace", 'emails[type eq "home"].primary', "True"))["emails"]
    assert [mail.get("primary") for mail in mails] == [None, True]


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        (op("move", "active", True), "invalidSyntax"),
        (op("remove"), "noTarget"),
        (op("replace", value="x"), "invalidValue"),
        (op("replace", "active", "perhaps"), "invalidValue"),
        (op("replace", "id", "x"), "mutability"),
        (op("replace", "emails[", "x"), "invalidPath"),
        (op("replace", 7, "x"), "invalidPath"),
        (op("replace", 'emails[type co "work"].value', "x"), "invalidFilter"),
        (op("remove", "userName"), "invalidValue"),
        (op("replace", "name", "Ana"), "invalidValue"),
    ],
)
def test_what_can_t_be_applied_is_named_and_changes_nothing(operation, kind):
    before = copy.deepcopy(ANA)
    with pytest.raises(ScimFault) as caught:
        after(op("replace", "displayName", "changed"), operation)
    assert (caught.value.status, caught.value.kind) == (400, kind)
    assert before == ANA


def test_only_what_says_who_somebody_is_is_kept():
    kept = read({
        "USERNAME": "ana", "password": "x", "phoneNumbers": [{"value": "1"}], "addresses": [], "photos": [], "id": "z",
        "meta": {}, "groups": [], "roles": ["r"], "displayName": None, "title": "  ",
    })  # fmt: skip
    assert kept == {"userName": "ana"}


def test_a_filter_is_one_comparison():
    assert comparison('userName Eq "a \\"b\\""') == ("username", 'a "b"')
    assert comparison("primary eq True") == ("primary", True)
    for wrong in ("userName", 'userName eq "a" and active eq true', "userName eq a b", 'x eq "' + "y" * 2000 + '"', ""):
        with pytest.raises(ScimFault):
            comparison(wrong)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(["True", "a@b", ENTERPRISE]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["value", "type", "primary", "manager", "givenName", "Active", ENTERPRISE, "emails", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
PATHS = st.sampled_from([
    None, "", "active", "userName", "name", "name.givenName", "emails", 'emails[type eq "work"]', "emails.value",
    "emails[primary eq true].value", 'emails[value eq "ana@example.com"].primary', ENTERPRISE, f"{ENTERPRISE}:manager",
    f"{ENTERPRISE}:manager.value", f"{ENTERPRISE}:department", PENUMBRA, f"{PENUMBRA}:leftOn", "meta.x", "a b", "]",
])  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(["add", "Replace", "remove", "x"]), PATHS, JSON), max_size=5))
def test_any_operations_are_applied_whole_or_refused_in_words(given_operations):
    before, kept, made = copy.deepcopy(ANA), None, None
    with contextlib.suppress(ScimFault):
        made = after(*(op(*each) for each in given_operations))
        kept = people.kept(made, None, date(2026, 11, 20))
    assert before == ANA
    if kept is not None:
        assert keep(made) == made, "what is kept reads as itself"
        assert people.person(kept, None).employee_id
