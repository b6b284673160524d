"""description - portal/openapi.yaml, and every answer of the API that the tests
of this process have got: held against it, and kept in SEEN
(koshin_tests.every_answer)."""

import functools
import json

import jsonschema
import yaml

from koshin_tests.place import ROOT

API = "/api/v1"
METHODS = ("get", "post", "put", "patch", "delete")
# Of what is refused before it is an operation.
UNREAD = (405, 408, 411, 413, 414, 417, 431, 501, 505)
JSON, PROBLEM = "application/json", "application/problem+json"

# The listeners.
PORTAL, MEMBERS, OPERATORS = "portal", "members", "operators"

with open(ROOT / "portal" / "openapi.yaml", encoding="utf-8") as _file:
    DESCRIBED = yaml.safe_load(_file)

# (method, path, status), as they stand there.
SEEN = set()
_faults = []


def areas(path):
    """The listeners that have what is there. The member area has all that no
    other one has."""
    if path == "/session":
        return {PORTAL, MEMBERS, OPERATORS}
    if path == "/login":
        return {MEMBERS, OPERATORS}
    if path.startswith("/operator"):
        return {OPERATORS}
    of_everybody = path.startswith(("/issue", "/register", "/keep"))
    return {PORTAL if of_everybody else MEMBERS}


def operations():
    """(method, path, what stands there) of each."""
    for path, known in DESCRIBED["paths"].items():
        for method, told in known.items():
            if method in METHODS:
                yield method.upper(), path, told


def answers():
    """All that stand there, as SEEN has them."""
    return {
        (method, path, status)
        for method, path, told in operations()
        for status in told["responses"]
    }


# ---------------------------------------------------------------- one answer


@functools.cache
def _validator(method, path, status, kind):
    """None: there is no answer of that type."""
    response = DESCRIBED["components"]["responses"]["Problem"]
    if method is not None:
        response = DESCRIBED["paths"][path][method.lower()]["responses"][status]
        if "$ref" in response:
            name = response["$ref"].rpartition("/")[2]
            response = DESCRIBED["components"]["responses"][name]
    if kind not in response["content"]:
        return None
    schema = response["content"][kind]["schema"]
    return jsonschema.Draft202012Validator(
        {**schema, "components": DESCRIBED["components"]}
    )


def _validate(validator, what, status, kind, body):
    assert validator is not None, f"{what} is of the type {kind}"
    found = json.loads(body)
    fault = jsonschema.exceptions.best_match(validator.iter_errors(found))
    assert fault is None, f"{what}: {fault.json_path} {fault.message}: {found}"
    assert kind == JSON or found["status"] == status, f"{what}: {found}"


def see_problem(status, kind, body):
    """Of what was refused before it was an operation."""
    validator = _validator(None, None, None, kind)
    _validate(validator, f"a refusal {status}", status, kind, body)


def see(area, method, path, status, kind, body):
    """Is this answer one that the description knows? A test fails where it is
    not, or where its content is another."""
    path = path.partition("?")[0].removeprefix(API)
    known = DESCRIBED["paths"].get(path) if area in areas(path) else None
    if known is None or method.lower() not in known:
        assert status in (404 if known is None else 405, *UNREAD), (
            f"{method} {path} is answered {status}, and is not in"
            " portal/openapi.yaml")  # fmt: skip
        see_problem(status, kind, body)
        SEEN.update((m.upper(), path, "default") for m in known or ()
                    if m in METHODS)  # fmt: skip
        return
    key = "default" if status in UNREAD else str(status)
    what = f"{method} {path} {status}"
    assert key in known[method.lower()]["responses"], (
        f"portal/openapi.yaml lacks this answer: {what} {body!r}")
    _validate(_validator(method, path, key, kind), what, status, kind, body)
    SEEN.add((method, path, key))


def hear(*answer):
    """As see(), of one that no test looks at: take_faults() has what is wrong
    with it."""
    try:
        see(*answer)
    except (AssertionError, ValueError) as fault:
        _faults.append(str(fault))


def take_faults():
    found = list(_faults)
    _faults.clear()
    return found
