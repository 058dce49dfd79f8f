"""A key that is missing, wrong or open to others stops the start in one line; put right, all is as before."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from emulator.testing.panel import SpanPanel
from tests.together.process import ROOT, Busbar, answer_of, free_port

pytestmark = pytest.mark.timeout(300)

ADD = """mutation($p: Int!, $t: String) { addPanel(host: "127.0.0.1", port: $p, accessToken: $t) {
    __typename ... on PanelRefusal { message } } }"""
SERIALS = "{ panels { edges { node { serial } } } }"


class Server:
    """One start after another on one folder."""

    def __init__(self, data: Path) -> None:
        self.data, self.port = data, free_port()
        self.key = data / "secrets.key"

    def running(self, *options: str) -> Busbar:
        command = ("serve", "--port", str(self.port), "--data", str(self.data), *options)
        return Busbar(*command, ready="busbar serves")

    def asked(self, document: str, **variables: object) -> object:
        body = {"query": document, "variables": variables}
        return httpx.post(f"http://127.0.0.1:{self.port}/graphql", json=body, timeout=30).json()["data"]

    def refusal(self) -> str:
        done = answer_of("serve", "--port", str(self.port), "--data", self.data)
        assert done.returncode == 2, done
        (line,) = done.stderr.splitlines()
        return line


def test_the_key_is_made_wanted_back_and_never_made_anew(span_panel: SpanPanel, tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    with server.running("--dev"):
        answer = server.asked(ADD, p=span_panel.port, t=span_panel.token)
        assert answer == {"addPanel": {"__typename": "Panel"}}
    assert server.key.stat().st_mode & 0o777 == 0o600

    key = server.key.read_bytes()
    server.key.chmod(0o644)
    assert server.refusal() == (
        f"Error: {server.key} is not its owner's alone (mode 0644), and it is a key: chmod 600 {server.key}"
    )
    server.key.unlink()
    assert "secrets.key is missing" in server.refusal()
    assert not server.key.exists()
    server.key.write_bytes(key[::-1].strip() + b"=")
    server.key.chmod(0o600)
    assert "openssl rand -base64 32" in server.refusal()
    server.key.write_bytes(bytes(reversed(key[:42])) + b"A=\n")
    assert "give back the key" in server.refusal()

    server.key.write_bytes(key)
    with server.running():
        assert server.asked(SERIALS) == {"panels": {"edges": [{"node": {"serial": span_panel.serial}}]}}


def test_a_lost_key_is_given_up_as_the_documentation_says(span_panel: SpanPanel, tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    with server.running("--dev"):
        server.asked(ADD, p=span_panel.port, t=span_panel.token)
    server.key.unlink()
    assert "secrets.key is missing" in server.refusal()

    (program,) = re.findall(r'^\$ python3 -c "(.*)"$', (ROOT / "docs/security.md").read_text(), re.MULTILINE)
    program = program.replace("var/busbar/busbar.db", str(server.data / "busbar.db"))
    subprocess.run([sys.executable, "-c", program], check=True)
    with server.running("--dev"):
        assert server.asked(SERIALS) == {"panels": {"edges": []}}
        answer = server.asked(ADD, p=span_panel.port, t=span_panel.token)
        assert answer == {"addPanel": {"__typename": "Panel"}}


def test_r33_loopback_wants_dev_or_its_key(span_panel: SpanPanel, tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    with server.running():
        (refusal,) = server.asked(ADD, p=span_panel.port, t=span_panel.token).values()  # type: ignore[attr-defined]
        assert refusal["__typename"] == "PanelAddressRefused"
        assert "`panels.allow_loopback = true`" in refusal["message"]
    config = tmp_path / "busbar.toml"
    config.write_text("panels.allow_loopback = true\n")
    with server.running("--config", str(config)):
        answer = server.asked(ADD, p=span_panel.port, t=span_panel.token)
        assert answer == {"addPanel": {"__typename": "Panel"}}
