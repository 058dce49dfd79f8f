"""`busbar token` as a user runs it, on a real file."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from server.cli.configured import configured
from server.cli.group import busbar
from server.run import refuse_open_door
from server.security.keys import KEY_FILE
from server.security.tokens import hashed
from server.stores.sqlite import migrations
from server.stores.sqlite.file import is_up_to_date, make_ready
from server.stores.sqlite.tokens.file import tokens_in


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("BUSBAR_CONFIG", "BUSBAR_TOKENS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BUSBAR_SERVER__DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(busbar, ["token", *arguments])


def done(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def refusal(*arguments: str) -> str:
    """Its one line; nothing on standard output."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    return result.stderr.strip().splitlines()[-1]


def as_json(*arguments: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(done(*arguments, "--json"))
    return told


def test_a_token_is_shown_alone_and_once(data: Path) -> None:
    result = run("create", "grafana", "--scope", "read")
    assert re.fullmatch(r"busbar_[A-Za-z0-9_-]{43}\n", result.stdout)
    assert "shown once" in result.stderr
    (kept,) = tokens_in(data / "busbar.db")
    assert kept.sha256 == hashed(result.stdout.strip())
    for shown in (done("list"), done("list", "--json"), done("revoke", "grafana")):
        assert result.stdout.strip() not in shown
        assert "grafana" in shown


def test_every_token_is_another() -> None:
    assert len({as_json("create", f"t{number}", "--scope", "read")["token"] for number in range(10)}) == 10


def test_what_was_asked_for_is_kept_and_listed(data: Path) -> None:
    made = as_json("create", "lab", "--scope", "control", "--expires", "30d", "--panel", "sp-2", "--panel", "sp-1")
    (kept,) = tokens_in(data / "busbar.db")
    assert (kept.id, kept.name, kept.viewer.scope.word) == (made["id"], "lab", "control")
    assert kept.viewer.panels == frozenset({"sp-1", "sp-2"})
    assert kept.expires_at is not None
    assert (kept.expires_at - kept.created_at).days == 30
    listed = as_json("list")
    assert listed == {key: value for key, value in made.items() if key != "token"}
    assert listed["panels"] == ["sp-1", "sp-2"]
    assert not listed["expired"]
    assert re.search(r"lab +control +sp-1, sp-2", done("list"))


def test_all_panels_are_none_in_particular() -> None:
    assert as_json("create", "lab", "--scope", "admin")["panels"] is None


def test_revoke_takes_a_name_or_an_id_and_says_when_it_was_the_last() -> None:
    first = as_json("create", "one", "--scope", "read")
    done("create", "two", "--scope", "read")
    assert "No token is left" not in done("revoke", first["id"])
    assert "No token is left" in done("revoke", "two")
    assert "no token has the id or name 'two'" in refusal("revoke", "two")


def test_the_last_one_is_not_when_there_are_configured_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    done("create", "one", "--scope", "read")
    monkeypatch.setenv("BUSBAR_TOKENS", "another")
    assert "No token is left" not in done("revoke", "one")


def test_data_and_config_say_whose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BUSBAR_SERVER__DATA")
    path = tmp_path / "busbar.toml"
    path.write_text(f"[server]\ndata = '{tmp_path / 'b'}'\n[security]\nmax_tokens = 1\n")
    done("create", "here", "--scope", "read", "--data", str(tmp_path / "a"))
    done("create", "there", "--scope", "read", "--config", str(path))
    assert [each.name for each in tokens_in(tmp_path / "a" / "busbar.db")] == ["here"]
    assert [each.name for each in tokens_in(tmp_path / "b" / "busbar.db")] == ["there"]
    assert "security.max_tokens" in refusal("create", "two", "--scope", "read", "--config", str(path))


def test_no_more_are_made_than_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUSBAR_SECURITY__MAX_TOKENS", "2")
    for name in ("one", "two"):
        done("create", name, "--scope", "read")
    assert "security.max_tokens" in refusal("create", "three", "--scope", "read")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["create", "one", "--scope", "root"], "'root' is not one of 'read', 'control', 'admin'"),
        (["create", "", "--scope", "read"], "1 to 100 visible"),
        (["create", " a", "--scope", "read"], "no space at its ends"),
        (["create", "a\nb", "--scope", "read"], "visible"),
        (["create", "a" * 101, "--scope", "read"], "1 to 100"),
        (["create", "tok_1", "--scope", "read"], "tok_"),
        (["create", "a", "--scope", "read", "--expires", "0"], "is not a time"),
        (["create", "a", "--scope", "read", "--expires", "-1d"], "is not a time"),
        (["create", "a", "--scope", "read", "--expires", "nan"], "is not a time"),
        (["create", "a", "--scope", "read", "--expires", "99999d"], "is not a time"),
        (["create", "a", "--scope", "read", "--panel", ""], "is no panel's serial"),
        (["create", "a", "--scope", "read", "--panel", "a b"], "is no panel's serial"),
        (["create", "a", "--scope", "read", "--config", "/no/such"], "/no/such: cannot be read"),
        (["create", "a", "--scope", "read", "--data", "/proc/no"], "cannot be made"),
        (["revoke", "one"], "is not there"),
        (["list"], "is not there"),
    ],
)
def test_a_mistake_is_one_line_and_makes_nothing(data: Path, arguments: list[str], says: str) -> None:
    assert says in refusal(*arguments)
    assert tokens_in(data / "busbar.db") == []


def made(data: Path, steps: int, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file as a version with so many steps left it."""
    data.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr("server.stores.sqlite.file.STEPS", migrations.STEPS[:steps])
        patch.setattr(migrations, "STEPS", migrations.STEPS[:steps])
        make_ready(data / "busbar.db", busy_timeout_s=1)
    return data / "busbar.db"


@pytest.mark.parametrize(
    ("arguments", "code"), [(["create", "one", "--scope", "read"], 0), (["list"], 0), (["revoke", "one"], 2)]
)
def test_an_older_file_is_brought_up_to_date_and_its_secrets_are_left_to_the_server(
    data: Path, arguments: list[str], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(data, migrations.STEPS.index(migrations.create_tokens), monkeypatch)
    assert run(*arguments).exit_code == code
    assert is_up_to_date(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM sealing").fetchone() == (0,)
    assert not (data / KEY_FILE).exists()


def test_a_server_for_others_starts_on_an_older_file_with_a_token(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUSBAR_SERVER__HOST", "0.0.0.0")
    path = made(data, migrations.STEPS.index(migrations.create_sealing), monkeypatch)
    values = "('tok_1', 'one', x'00', 'read', NULL, 0, NULL)"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"INSERT INTO api_token VALUES {values}")
    refuse_open_door(configured({}, None))


def test_a_newer_file_is_one_line_and_left_as_it_is(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(data, len(migrations.STEPS), monkeypatch)
    before = path.read_bytes()
    monkeypatch.setattr("server.stores.sqlite.file.STEPS", migrations.STEPS[:-1])
    for arguments in (["create", "one", "--scope", "read"], ["list"], ["revoke", "one"]):
        assert "written by a newer busbar" in refusal(*arguments)
    assert path.read_bytes() == before


def test_a_file_that_is_not_ours_is_one_line(data: Path) -> None:
    data.mkdir()
    (data / "busbar.db").write_bytes(b"not a database" * 100)
    for arguments in (["create", "one", "--scope", "read"], ["list"], ["revoke", "one"]):
        assert "is not a database" in refusal(*arguments)
