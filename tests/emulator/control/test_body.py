from __future__ import annotations

import pytest

from emulator.control.body import MAX_BODY_BYTES

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    "body",
    [
        b'{"seconds": NaN}',
        b'{"seconds": Infinity}',
        b'{"seconds": 1, "seconds": 2}',
        b'{"seconds": 1',
        b"[1]",
        b'"step"',
        b"null",
        b'{"seconds": "\\ud800"}',
        b'{"a": ' + b"[" * 2000 + b"]" * 2000 + b"}",
        b"\xff",
        b"{'seconds': 1}",
    ],
)
async def test_what_is_no_json_object_is_refused(program, panels, body):
    answer = await program.post("/step", content=body, headers=JSON)

    assert answer.status_code == 400
    assert answer.json()["where"] == "body"
    assert answer.json()["possible"] == ["one JSON object"]
    assert not panels[0].control.log


async def test_a_body_that_is_too_long_is_refused(program, panels):
    answer = await program.post("/step", content=b" " * (MAX_BODY_BYTES + 1), headers=JSON)

    assert answer.status_code == 413
    assert not panels[0].control.log


async def test_a_log_may_be_longer_than_other_bodies(program):
    answer = await program.post("/panels/8180/replay", content=b" " * (MAX_BODY_BYTES + 1), headers=JSON)

    assert answer.status_code == 422
    assert answer.json()["where"] == "log"


async def test_a_verb_without_arguments_needs_no_body(program):
    assert (await program.post("/freeze", headers=JSON)).status_code == 200


@pytest.mark.parametrize(
    ("query", "status", "where"),
    [
        ("limit=1&limit=2", 400, "query"),
        ("limit", 400, "query"),
        ("limit=-1", 422, "limit"),
        ("limit=x", 422, "limit"),
        ("colour=red", 422, "colour"),
        ("path=%FF", 400, "query"),
        ("&".join(f"a{number}=1" for number in range(30)), 400, "query"),
    ],
)
async def test_a_query_is_checked_as_strictly(program, query, status, where):
    answer = await program.get(f"/journal?{query}")

    assert answer.status_code == status
    assert answer.json()["where"] == where


@pytest.mark.parametrize(
    ("method", "path", "status", "possible"),
    [
        ("GET", "/nothing", 404, "faults/add"),
        ("GET", "/panels/8180/nothing", 404, "panels"),
        ("POST", "/panels/9999/step", 404, "nj-2316-032ho (8180)"),
        ("GET", "/panels/9999", 404, "*"),
        ("GET", "/step", 405, "POST"),
        ("PUT", "/step", 405, "POST"),
        ("POST", "/state", 405, "GET"),
        ("POST", "/panels", 405, "GET"),
        ("POST", "/", 404, "step"),
    ],
)
async def test_an_address_that_leads_nowhere_is_answered_with_those_that_do(program, method, path, status, possible):
    answer = await program.request(method, path, headers=JSON)

    assert answer.status_code == status
    assert set(answer.json()) == {"detail", "where", "possible"}
    assert possible in answer.json()["possible"]
    assert possible in answer.json()["detail"]
