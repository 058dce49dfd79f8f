"""`busbar serve` as an operator meets it: one line when it cannot start, clean ends, nothing lost over a kill."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import httpx
import pytest

from tests.together.process import Busbar, answer_of, free_port


def one_line(*arguments: str | Path) -> str:
    """The command's only line on standard error; it must have ended with code 2."""
    answer = answer_of(*arguments)
    assert answer.returncode == 2, answer.stderr
    lines = answer.stderr.strip().splitlines()
    assert len(lines) == 1, answer.stderr
    return lines[0]


@pytest.fixture
def server(tmp_path: Path):
    port = free_port()
    with Busbar("serve", "--port", str(port), "--data", tmp_path / "data", ready="busbar serves") as running:
        yield running, f"http://127.0.0.1:{port}"


def test_it_answers_while_it_lives(server) -> None:
    _, url = server
    assert httpx.get(f"{url}/healthz").json() == {"status": "alive"}
    assert httpx.get(f"{url}/readyz").json() == {"status": "ready"}
    assert httpx.get(f"{url}/schema.graphql").text.startswith('"""')
    assert httpx.get(url).headers["location"] == "/graphql"
    assert "GraphiQL" in httpx.get(f"{url}/graphql", headers={"Accept": "text/html"}).text


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_code_0_and_without_a_word(server, stop: signal.Signals) -> None:
    running, _ = server
    assert running.stop(stop) == 0
    assert len(running.lines) == 1


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = one_line("serve", "--port", str(port), "--data", tmp_path)
    assert said.startswith(f"Error: cannot listen on 127.0.0.1 port {port}: Address already in use; stop what uses it")


def test_a_wrong_setting_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "busbar.toml"
    path.write_text("[polling]\npol_s = 3\n")
    assert "polling.pol_s (" in one_line("serve", "--config", path)


def test_a_file_of_trusted_documents_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    trusted, path = tmp_path / "trusted.json", tmp_path / "busbar.toml"
    trusted.write_text('{"first-look": "{ serverInfo { nme } }"}')
    path.write_text(f"[documents]\ntrusted = '{trusted}'\n")
    said = one_line("serve", "--config", path, "--port", str(free_port()), "--data", tmp_path / "data")
    reason = "document 'first-look': Cannot query field 'nme' on type 'ServerInfo'."
    assert said == f"Error: documents.trusted = '{trusted}': {reason}"


def test_another_address_than_this_machines_is_refused_while_there_is_no_token(tmp_path: Path) -> None:
    said = one_line("serve", "--host", "0.0.0.0", "--port", str(free_port()), "--data", tmp_path / "data")
    assert "busbar token create" in said
    assert not (tmp_path / "data").exists()


def test_a_damaged_database_is_one_line_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "busbar.db"
    path.write_bytes(b"not a database" * 1000)

    said = one_line("serve", "--port", str(free_port()), "--data", tmp_path)

    assert str(path) in said
    assert path.read_bytes() == b"not a database" * 1000


def test_a_second_server_on_the_same_data_is_one_line(server, tmp_path: Path) -> None:
    assert "busbar.db" in one_line("serve", "--port", str(free_port()), "--data", tmp_path / "data")
