"""J-03, J-04: the body of every operation that takes one. A member that is there
twice, of another type, null, or without end, and one that nobody knows, is 400,
and named where it can be; before it is asked who it is, so that nothing of it
goes further."""

import json

import pytest

from koshin_tests.description import (
    DESCRIBED, JSON, MEMBERS, PORTAL, areas, operations,
)  # fmt: skip
from koshin_tests.operators import Desk, opened_to_operators
from koshin_tests.portal import Browser, Member

ENDLESS = "x" * 65000  # of no rule; all of it is still read
# Of each type what it is not.
OTHERS = {
    "string": ["1", "true", "null", "[]", "{}"],
    "integer": ['"1"', "true", "null", "1.5", "1e400", "[]",
                "99999999999999999999"],
    "boolean": ['"true"', "1", "null", "[]"],
}  # fmt: skip
# What would make somebody else of who sends it.
UNKNOWN = ["role", "contract", "operator", "__proto__", "constructor"]


def bodies():
    for method, path, told in operations():
        content = told.get("requestBody", {}).get("content", {})
        schema = content.get(JSON, {}).get("schema", {})
        if schema.get("properties"):
            yield method, path, schema


ALL = list(bodies())


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened_to_operators).start()


@pytest.fixture
def ask(server):
    """As a page of the listener that the operation is of."""

    def asked(operation, text):
        method, path, _ = operation
        at = areas(path)
        made = Browser if PORTAL in at else Member if MEMBERS in at else Desk
        browser = made(server)
        return browser.api(method, path, text.encode())

    return asked


def whole(schema):
    name = schema.get("$ref", "").rpartition("/")[2]
    return DESCRIBED["components"]["schemas"][name] if name else schema


def value(schema):
    if "enum" in schema:
        return json.dumps(schema["enum"][0])
    return {"string": '"a1"', "boolean": "true", "integer": "1"}[
        schema["type"]]  # fmt: skip


def object_of(members):
    return "{" + ",".join(f'"{n}":{v}' for n, v in members) + "}"


def wrong_bodies(schema):
    """(text, which member is at fault; None: it may have no name of ours)"""
    known = {n: whole(told) for n, told in schema["properties"].items()}
    good = {name: value(known[name]) for name in known}
    for name, told in known.items():
        rest = [(n, v) for n, v in good.items() if n != name]
        kind = told.get("type", "string")
        for other in OTHERS[kind]:
            yield object_of([*rest, (name, other)]), name
        yield object_of([*good.items(), (name, good[name])]), name
        if name in schema.get("required", ()):
            yield object_of(rest), name
        if kind == "string":
            yield object_of([*rest, (name, f'"{ENDLESS}"')]), name
            yield object_of([*rest, (name, '"\\ud800"')]), name
            yield object_of([*rest, (name, '"a\\u0000b"')]), name
    for name in UNKNOWN:
        if name not in known:
            yield object_of([*good.items(), (name, '"x"')]), None
    yield object_of(good.items()) + "x", None
    yield object_of(good.items())[:-1], None


@pytest.mark.parametrize("operation", ALL, ids=lambda o: f"{o[0]} {o[1]}")
def test_J_03_J_04_no_body_that_is_not_described_is_taken(ask, operation):
    for text, name in wrong_bodies(operation[2]):
        got = ask(operation, text)
        assert got.status == 400, (text[:100], got.body)
        assert got.code in ("bad_field", "bad_json"), text[:100]
        if name is not None:
            assert got.json["fields"] == [name], (text[:100], got.json)
