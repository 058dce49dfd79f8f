"""Where the panel is and how patient the client is: refused with one clear sentence when impossible."""

from __future__ import annotations

import subprocess
import sys

import pytest

from clients.panel import SpanPanelClient
from clients.panel.address import Address
from clients.panel.patience import Patience


@pytest.mark.parametrize(
    ("host", "port", "use_ssl", "url", "name"),
    [
        ("192.168.1.100", 80, False, "http://192.168.1.100:80", "192.168.1.100"),
        ("192.168.1.100", 8180, False, "http://192.168.1.100:8180", "192.168.1.100:8180"),
        ("span-panel.local", 443, True, "https://span-panel.local:443", "span-panel.local"),
        ("fe80::1", 80, False, "http://[fe80::1]:80", "[fe80::1]"),
        ("[::1]", 8180, False, "http://[::1]:8180", "[::1]:8180"),
        ("sp_0042.lan.", 80, False, "http://sp_0042.lan.:80", "sp_0042.lan."),
    ],
)
def test_a_host_is_a_name_or_an_address(host: str, port: int, use_ssl: bool, url: str, name: str) -> None:
    address = Address(host, port, use_ssl)

    assert (address.url, str(address)) == (url, name)


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        "http://192.168.1.100",
        "192.168.1.100:80",
        "192.168.1.100/api",
        "user@192.168.1.100",
        "a\r\nHost: b",
        "a\n",
        "::1%eth0",
        "[::1",
        "a..b",
        "höst",
        "a" * 64,
        "a." * 200,
        "-a",
        None,
        7,
    ],
)
def test_anything_more_than_a_host_is_refused(host: object) -> None:
    with pytest.raises(ValueError, match="is not a host name or IP address; give it alone"):
        SpanPanelClient(host)  # type: ignore[arg-type]


@pytest.mark.parametrize("port", [0, 65_536, -1, True, "80", 80.0])
def test_a_port_is_a_whole_number(port: object) -> None:
    with pytest.raises(ValueError, match="whole number from 1 to 65535"):
        SpanPanelClient("panel", port)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timeout", 0),
        ("timeout", -1.0),
        ("timeout", float("nan")),
        ("timeout", float("inf")),
        ("timeout", True),
        ("timeout", "30"),
        ("retries", -1),
        ("retries", 1.5),
        ("retries", True),
        ("retry_timeout", -0.1),
        ("retry_backoff_multiplier", 0.9),
        ("cache_window", -1),
    ],
)
def test_an_impossible_setting_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"{'window_s' if name == 'cache_window' else name} .* is not a"):
        SpanPanelClient("panel", **{name: value})  # type: ignore[arg-type]


def test_settings_can_be_read_and_changed_but_not_to_nonsense() -> None:
    client = SpanPanelClient("panel", timeout=10.0)
    assert (client.timeout, client.retries, client.retry_timeout, client.retry_backoff_multiplier) == (
        10.0,
        0,
        0.5,
        2.0,
    )

    client.timeout = 60.0
    with pytest.raises(ValueError, match="retries"):
        client.retries = -1

    assert (client.timeout, client.retries) == (60.0, 0)


def test_a_wait_that_overflows_is_for_ever_not_a_traceback() -> None:
    assert Patience(retry_timeout=0.0, retry_backoff_multiplier=1_000).wait_s(999) == 0.0
    assert Patience(retry_timeout=0.5, retry_backoff_multiplier=1_000).wait_s(999) == float("inf")


def test_the_nouns_alone_do_not_import_httpx() -> None:
    program = "import sys, clients.panel.models; sys.exit('httpx' in sys.modules or 'pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_client_needs_nothing_heavy_beyond_httpx() -> None:
    heavy = "{'pydantic', 'numpy', 'yaml', 'emulator', 'strawberry'}"
    program = f"import sys, clients.panel.client; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
