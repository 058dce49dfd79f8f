"""A mistake of ours that no face catches: a 500 in the shape of the face, and as strict as every other answer."""

from __future__ import annotations

import pytest

from server.security.headers import ALWAYS
from tests.server.security.whole import Server

STRICT = {name.decode(): value.decode() for name, value in ALWAYS}
MESSAGE = "something failed that should not have; the server's log has it"


def broken(*_: object) -> None:
    raise RuntimeError("a secret of ours")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/graphql?query={__typename}", {"errors": [{"message": MESSAGE, "extensions": {"code": "INTERNAL"}}]}),
        ("/metrics", {"error_code": "INTERNAL_ERROR", "message": MESSAGE, "detail": None}),
        ("/nowhere", {"error_code": "INTERNAL_ERROR", "message": MESSAGE, "detail": None}),
    ],
)
async def test_a_500_has_the_headers_of_all_answers_and_tells_nothing(
    tmp_path, monkeypatch, caplog, path: str, expected: object
) -> None:
    server = Server(tmp_path)
    async with server.running() as http:
        monkeypatch.setattr("server.security.doorkeeper.Doorkeeper.admit", broken)
        answer = await http.get(path)
    assert answer.status_code == 500
    assert answer.json() == expected
    assert answer.headers["content-type"] == "application/json"
    assert {name: answer.headers.get_list(name) for name in STRICT} == {name: [value] for name, value in STRICT.items()}
    assert "a secret of ours" not in answer.text
    assert "a secret of ours" in caplog.text
