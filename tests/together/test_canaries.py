"""R35: a whole session with a secret planted wherever one belongs; it comes out nowhere else."""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from server.security.keys import Key
from server.security.vault import AesVault
from server.settings import load
from tests.together.canaries import LOUD, SCHEMA, Asker, Canaries, of_a_database
from tests.together.process import READY_S, Busbar, answer_of, free_port

pytestmark = pytest.mark.timeout(300)

API = "canary-api-token-9f31c07e22"
CONTROL = "canary-control-token-4b18d9"
KEY = bytes(range(100, 132))
WRONG = "canary-wrong-token-77aa01ce"
PASSWORD = "canary-password-in-a-url-5d"
FEED = "subscription { heartbeat(everyMs: 100, count: 1) { seq at } }"


@dataclass
class Session:
    """What a server and its panel said while everything was asked of them."""

    folder: Path
    canaries: Canaries
    places: dict[str, bytes]


class Loud(Busbar):
    """The same with everything logged, and with a planted line of Python."""

    def __init__(self, *arguments: str | Path, log: Path, planted: str = "") -> None:
        environ = {"BUSBAR_SECRETS__KEY": base64.b64encode(KEY).decode(), "CANARY_LOG": str(log)}
        super().__init__(*arguments, ready="busbar serves", environ=environ)
        self._command[3:5] = ["-c", LOUD.format(planted)]


@contextmanager
def panel() -> Iterator[dict[str, object]]:
    """An emulated panel, its control behind a token, and a client that it knows."""
    port = free_port(-1)
    command = ("emulate", "--config", "workshop-8", "--port", str(port), "--unlocked", "--json")
    with Busbar(*command, ready="control", environ={"BUSBAR_EMULATOR_TOKEN": CONTROL}) as running:
        told = json.loads(running.lines[-1])
        body = {"name": "canary", "description": ""}
        answer = httpx.post(f"http://127.0.0.1:{port}/api/v1/auth/register", json=body)
        yield {**told, "token": answer.json()["accessToken"], "running": running}


def configuration(folder: Path, told: dict[str, object]) -> Path:
    path = folder / "busbar.toml"
    path.write_text(f"""
tokens = ["{API}"]
[graphql]
max_aliases = 1000
max_tokens = 10000
max_document_bytes = 1000000
max_cost = 1000000
[panels]
allow_loopback = true
[[panels.at_start]]
host = "{told["host"]}"
port = {told["port"]}
access_token = "{told["token"]}"
control = "{told["control"]}"
control_token = "{CONTROL}"
[[panels.at_start]]
host = "{told["host"]}"
port = {told["port"]}
access_token = "{WRONG}"
name = "wrong"
""")
    return path


def signing_secret(data: Path) -> bytes:
    with closing(sqlite3.connect(data / "busbar.db")) as connection:
        (sealed,) = connection.execute("SELECT value FROM secret WHERE name = 'signing'").fetchone()
    return AesVault(Key("", KEY)).open(sealed, "secret/signing")


def asked(asker: Asker, host: object, port: object) -> None:
    """All that a client can do: right, wrong, and with secrets where they do not belong."""
    add = "mutation($h: String!, $p: Int!, $t: String) { addPanel(host: $h, port: $p, accessToken: $t) {"
    add += " __typename ... on PanelRefusal { message serial } } }"
    asker.post("a wrong panel token", add, h=host, p=port, t=WRONG)
    asker.post("a token that is none", add, h=host, p=port, t=f"{WRONG} {WRONG}")
    for number, value in enumerate(([WRONG], {"accessToken": WRONG}, {WRONG: [0]})):
        asker.post(f"a token of a wrong type {number}", add, h=host, p=port, t=value)
        asker.post(f"a token for a port {number}", add, h=host, p=value, t=None)
    for number, written in enumerate((f'["{WRONG}"]', WRONG.replace("-", "_"), f'{{a: "{WRONG}"}}', f'1 "{WRONG}"')):
        literal = f'mutation {{ addPanel(host: "h", accessToken: {written}) {{ __typename }} }}'
        asker.post(f"a literal token of a wrong type {number}", literal)
        asker.socket(f"a literal token on a socket {number}", {"authorization": f"Bearer {asker.token}"}, {}, literal)
    asker.post("a host with a login", add, h=f"http://u:{PASSWORD}@{host}", p=port, t=WRONG)
    asker.post("a wrong API token", "{ panels { totalCount } }", token=WRONG)
    asker.post("a document that is none", f'{{ panel(serial: 1 "{WRONG[:3]}"')
    bearer = {"authorization": f"Bearer {asker.token}"}
    asker.socket("a socket by its headers", {}, bearer, FEED)
    asker.socket("a socket by its payload", bearer, {}, FEED)
    asker.socket("a socket that is refused", {"authorization": f"Bearer {WRONG}"}, {}, FEED)
    asker.socket("a socket with a bad document", bearer, {}, "subscription { nothing }")
    for path in ("/health", "/healthz", "/readyz", "/metrics", "/schema.graphql", "/graphql", "/cell_specifications",
                 "/cell_instances/none", "/factory/status", "/nowhere", f"/export/panels/{asker.serial}.csv",
                 f"/export/series?panel={asker.serial}", "/storage/uploads/none?expires=1&signature=x"):  # fmt: skip
        asker.get(f"GET {path}", path)
        asker.get(f"POST {path}", path, method="POST", content=b"{")
        asker.get(f"GET {path} with a wrong token", path, token=WRONG)
    asker.ask_all()


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    folder = tmp_path_factory.mktemp("canaries")
    data = folder / "data"
    places: dict[str, bytes] = {}
    with panel() as told:
        path, port = configuration(folder, told), free_port()
        command = ("serve", "--data", data, "--config", path, "--port", str(port), "--dev")
        with Loud(*command, log=folder / "log") as server:
            made = answer_of("token", "create", "canary", "--scope", "admin", "--data", data, "--config", path)
            assert made.returncode == 0, made.stderr
            token = made.stdout.strip()
            with Asker(f"http://127.0.0.1:{port}", token, str(told["serial"]), places) as asker:
                until_known(asker)
                asked(asker, told["host"], told["port"])
            listed = answer_of("token", "list", "--data", data, "--config", path)
            places["busbar token list"] = (listed.stdout + listed.stderr).encode()
            places.update({f"running, {name}": said for name, said in of_a_database(data).items()})
            assert server.stop() == 0, server.lines
        places["log"] = (folder / "log").read_bytes() + "\n".join(server.lines).encode()
        places["capture"] = captured(folder, told)
        with httpx.Client(headers={"authorization": f"Bearer {CONTROL}"}) as http:
            for verb in ("journal", "log", "truth"):
                places[f"emulator {verb}"] = http.get(f"{told['control']}/panels/*/{verb}").content
        running = told["running"]
        assert isinstance(running, Busbar)
        running.stop()
        places["emulator said"] = "\n".join(running.lines).encode()
    places.update({f"stopped, {name}": said for name, said in of_a_database(data).items()})
    secrets: dict[str, str | bytes] = {"API token": API, "control": CONTROL, "key": KEY, "wrong token": WRONG}
    secrets |= {
        "misspelt token": WRONG.replace("-", "_"),
        "made token": token,
        "panel token": str(told["token"]),
        "password": PASSWORD,
    }
    return Session(folder, Canaries({**secrets, "signing secret": signing_secret(data)}), places)


def until_known(asker: Asker) -> None:
    """Until the token is known and the panel was polled."""
    for _ in range(300):
        asker.post("panels", "{ panels { edges { node { serial availability } } } }")
        if b'"ONLINE"' in asker.said["panels"]:
            return
        asker.get("health", "/health")
    raise AssertionError(asker.said["panels"])


def captured(folder: Path, told: dict[str, object]) -> bytes:
    path = folder / "capture.jsonl"
    where = ("--host", str(told["host"]), "--port", str(told["port"]), "--token", str(told["token"]))
    done = answer_of("record", *where, "--out", path, "--polls", "2", "--every", "1s")
    assert done.returncode == 0, done.stderr
    return path.read_bytes() + (done.stdout + done.stderr).encode()


def test_r35_no_secret_comes_out_anywhere(session: Session) -> None:
    assert session.canaries.found(session.places) == []


def test_the_session_was_a_whole_one(session: Session) -> None:
    """What was looked through is really there: answers of every field, a log, the journal with our polls."""
    places = session.places
    for kind, word in ((SCHEMA.query_type, "query"), (SCHEMA.mutation_type, "mutation")):
        assert kind is not None
        assert {f"{word} {name}" for name in kind.fields} - {"mutation removePanel"} <= places.keys()
    answered = [name for name, said in places.items() if name.startswith("query ") and b'"errors"' not in said]
    assert len(answered) > len(SCHEMA.query_type.fields) / 2 if SCHEMA.query_type else False
    assert b"__schema" in places["introspection"]
    assert b"/api/v1/circuits" in places["emulator journal"]
    assert b"panel.added" in places["log"]
    assert b'"level": "debug"' in places["log"]
    assert b"PanelUnauthorized" in places["a wrong panel token"]
    assert b"has invalid value" in places["a token of a wrong type 0"]
    assert b"Syntax Error" in places["a literal token on a socket 3"]
    assert b'"seq"' in places["a socket by its headers"].replace(b'\\"', b'"')
    assert b"/api/v1/status" in places["capture"]
    assert len(places["running, file busbar.db-wal"]) > 0
    assert b"busbar_" in places["GET /metrics"]


PLANTED = """
import structlog
from server.security.vault import AesVault
from server.stores.sqlite.panels import SqlitePanelStore
save = SqlitePanelStore.save
async def leaky(self, record, events=()):
    structlog.get_logger().debug("saving", record=str(record.access_token))
    await save(self, record, events)
SqlitePanelStore.save = leaky
AesVault.seal = lambda self, secret, owner: secret
AesVault.open = lambda self, sealed, owner: sealed
"""


def test_a_planted_leak_is_found(tmp_path: Path) -> None:
    data, log, port = tmp_path / "data", tmp_path / "log", free_port()
    with panel() as told:
        command = ("serve", "--data", data, "--config", configuration(tmp_path, told), "--port", str(port))
        with (
            Loud(*command, log=log, planted=PLANTED) as server,
            Asker(f"http://127.0.0.1:{port}", API, "") as asker,
        ):
            until_known(asker)
            server.stop()
    found = Canaries({"panel token": str(told["token"])}).found({"log": log.read_bytes(), **of_a_database(data)})
    assert {place for _, place in found} == {"log", "file busbar.db", "backup"}


CRASHES = {
    "while tokens are opened": "from server.security.vault import AesVault as V\ndef crash(self, sealed, owner):\n"
    "    secret = self._ciphers[0].decrypt(sealed[1:13], sealed[13:], owner.encode())\n    raise RuntimeError(owner)\n"
    "V.open = crash",
    "while a panel is polled": "import sys\nsys.stderr.isatty = lambda: True\nimport server.panel.gateway as g\n"
    "async def crash(self, client):\n    record, token = self.record, self.record.access_token\n"
    "    raise RuntimeError('a bug')\ng.Gateway._snapshot_of = crash",
}


@pytest.mark.parametrize("where", CRASHES)
def test_r35_a_crash_shows_no_secret(session: Session, tmp_path: Path, where: str) -> None:
    data, log = shutil.copytree(session.folder / "data", tmp_path / "data"), tmp_path / "log"
    command = ("serve", "--data", data, "--config", session.folder / "busbar.toml", "--port", str(free_port()))
    with suppress(AssertionError), Loud(*command, log=log, planted=CRASHES[where]):
        until_it_is_said(log, b"RuntimeError")
    assert b"RuntimeError" in log.read_bytes()
    assert session.canaries.found({"log": log.read_bytes()}) == []


def until_it_is_said(log: Path, words: bytes) -> None:
    deadline_s = time.monotonic() + READY_S
    while words not in log.read_bytes() and time.monotonic() < deadline_s:
        time.sleep(0.05)


def test_r35_no_secret_is_in_a_repr(tmp_path: Path) -> None:
    path = configuration(tmp_path, {"host": "h", "port": 1, "token": API[::-1], "control": "http://127.0.0.1:1"})
    config = load({}, {"BUSBAR_SECRETS__KEY": base64.b64encode(KEY).decode()}, path)
    said = repr(config) + str(config) + config.model_dump_json() + repr(config.model_dump())
    assert Canaries({"1": API, "2": API[::-1], "3": CONTROL, "4": KEY, "5": WRONG}).found({"": said.encode()}) == []
