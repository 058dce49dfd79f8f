"""Commands that ask a server which wants a token: with one, with one of another scope, with none."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server.cells.formats.files import as_bdf, measured
from tests.together.process import Busbar, answer_of, free_port


class Door:
    """A running server, and a token of each scope for it."""

    def __init__(self, url: str, tokens: dict[str, str]) -> None:
        self.url, self.tokens = url, tokens

    def run(self, *arguments: str | Path, scope: str | None = None) -> subprocess.CompletedProcess[str]:
        given = [] if scope is None else ["--token", self.tokens.get(scope, scope)]
        return answer_of(*arguments, *given)

    def bring(self, path: Path, scope: str | None = None) -> subprocess.CompletedProcess[str]:
        return self.run("import", path, "--url", self.url, "--spec", "s", "--instance", "i", "--json", scope=scope)

    def watch(self, scope: str | None = None) -> subprocess.CompletedProcess[str]:
        return self.run("watch", "--url", f"{self.url}/graphql", "--once", scope=scope)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    port, data = free_port(), tmp_path_factory.mktemp("data")
    tokens = {
        scope: answer_of("token", "create", scope, "--scope", scope, "--data", data).stdout.strip()
        for scope in ("read", "control")
    }
    with Busbar("serve", "--port", str(port), "--data", data, ready="busbar serves"):
        yield Door(f"http://127.0.0.1:{port}", tokens)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    as_bdf(measured()).write_csv(tmp_path / "a.bdf.csv")
    return tmp_path / "a.bdf.csv"


def refused(answer: subprocess.CompletedProcess[str], says: str) -> None:
    assert answer.returncode == 2
    assert says in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("scope", [None, "wrong"])
def test_without_a_good_token_each_says_where_it_comes_from(
    door: Door, path: Path, tmp_path: Path, scope: str | None
) -> None:
    exported = door.run("export", "1", "--url", door.url, "--to", tmp_path / "x.csv", scope=scope)
    for answer in (door.bring(path, scope), door.watch(scope), exported):
        refused(answer, "BUSBAR_TOKEN")


def test_to_bring_something_in_needs_control(door: Door, path: Path) -> None:
    refused(door.bring(path, "read"), "needs scope control")
    assert door.bring(path, "control").returncode == 0


def test_to_look_needs_read(door: Door) -> None:
    refused(door.watch("read"), "has no panels yet")


def test_a_guesser_cannot_give_himself_another_address(door: Door) -> None:
    with httpx.Client(base_url=door.url, trust_env=False) as http:
        guesses = [
            http.get("/factory/status", headers={"x-api-key": f"wrong-{number}", "x-forwarded-for": f"10.0.0.{number}"})
            for number in range(10)
        ]
    assert guesses[-1].status_code == 429
    assert int(guesses[-1].headers["retry-after"]) >= 1
