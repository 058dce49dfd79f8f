"""What an answer says went wrong, and what it keeps to itself."""

from __future__ import annotations

import pytest
import structlog

from schema.ports import StoppingError

SECRET = "token=hunter2"


async def test_an_unexpected_error_is_masked_and_logged_under_its_id(ask, world, monkeypatch):
    def broken(serial):
        raise RuntimeError(SECRET)

    monkeypatch.setattr(world.panels, "get", broken)
    with structlog.testing.capture_logs() as logs:
        answer = await ask('{ panel(serial: "x") { name } }')

    (error,) = answer["errors"]
    assert error["message"] == "something went wrong inside busbar; its log has the details under error-1"
    assert error["extensions"] == {"code": "INTERNAL", "errorId": "error-1"}
    assert (error["path"], error["locations"]) == (["panel"], [{"line": 1, "column": 3}])
    assert SECRET not in str(answer)
    assert [(entry["error_id"], entry["log_level"], str(entry["exc_info"])) for entry in logs] == [
        ("error-1", "error", SECRET)
    ]


@pytest.mark.parametrize("error", [StoppingError(), ExceptionGroup("of a task group", [StoppingError()])])
async def test_a_server_that_stops_says_so_and_logs_no_mistake_of_ours(ask, world, monkeypatch, error):
    def stopped(serial):
        raise error

    monkeypatch.setattr(world.panels, "get", stopped)
    with structlog.testing.capture_logs() as logs:
        answer = await ask('{ panel(serial: "x") { name } }')

    (said,) = answer["errors"]
    assert said["extensions"] == {"code": "STOPPING"}
    assert said["message"].startswith("the server is stopping")
    assert logs == []


async def test_a_null_where_none_may_be_is_our_fault_and_masked(ask, world, monkeypatch):
    async def nowhere():
        return None

    monkeypatch.setattr(world.events, "position", nowhere)
    with structlog.testing.capture_logs() as logs:
        answer = await ask("{ eventCursor }")

    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert len(logs) == 1


async def test_a_document_that_does_not_parse_says_where(ask):
    answer = await ask("{ panels { ")

    assert answer["errors"][0]["extensions"] == {"code": "GRAPHQL_PARSE_FAILED"}
    assert "Syntax Error" in answer["errors"][0]["message"]


async def test_a_document_that_does_not_fit_the_schema_says_why(ask):
    answer = await ask("{ panels { nodes { volts } } }")

    assert answer["errors"][0]["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert "Cannot query field 'volts' on type 'Panel'." in answer["errors"][0]["message"]


async def test_a_variable_of_the_wrong_type_says_which(ask):
    answer = await ask("query($first: Int) { panels(first: $first) { nodes { name } } }", first="many")

    assert answer["errors"][0]["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert "'$first'" in answer["errors"][0]["message"]


async def test_expected_errors_are_not_logged(ask):
    with structlog.testing.capture_logs() as logs:
        await ask("{ panels(first: 501) { nodes { name } } }")
        await ask("{ nope }")

    assert logs == []
