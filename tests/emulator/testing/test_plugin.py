"""The plugin as a user of the installed package meets it: pytest in a process of its own, found by entry point."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

SIX_LINES = """
import httpx

def test_my_client_survives_a_busy_panel(span_panel):
    span_panel.fault("status", "/circuits", status=503, count=2)
    url = f"{span_panel.url}/api/v1/circuits"
    assert [httpx.get(url, headers=span_panel.headers).status_code for _ in range(3)] == [503, 503, 200]
    assert len(span_panel.requests("/circuits", status=503)) == 2
"""

NOT_ASKED_FOR = """
import sys

def test_nothing_heavy_is_loaded():
    loaded = {name for name in sys.modules if name.split(".")[0] in ("emulator", "clients", "schema", "server")}
    assert loaded == {"emulator", "emulator.pytest_plugin"}
"""

BOTH_KINDS = """
import anyio
import pytest
import urllib.request

@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_async(span_panel):
    stream = await anyio.connect_tcp(span_panel.host, span_panel.port)
    await stream.send(b"GET /api/v1/status HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
    assert (await stream.receive()).startswith(b"HTTP/1.1 200")
    await stream.aclose()
    span_panel.step(10)

@pytest.mark.parametrize("number", range(6))
def test_sync(span_panel, number):
    with urllib.request.urlopen(f"{span_panel.url}/api/v1/status") as answer:
        assert answer.status == 200
    assert len(span_panel.requests()) == 1
"""

WRONG_MARKER = """
import pytest

@pytest.mark.span_panel(sed=3)
def test_it(span_panel): ...
"""

STRICT = ("-W", "error", "--strict-markers", "-p", "no:cacheprovider")


@pytest.fixture
def run(pytester: pytest.Pytester):
    def run(text: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(text)
        return pytester.runpytest_subprocess(*STRICT, *options)

    return run


def test_the_example_of_the_readme_passes(run):
    run(SIX_LINES).assert_outcomes(passed=1)


def test_tests_without_a_panel_load_nothing_heavy(run):
    run(NOT_ASKED_FOR).assert_outcomes(passed=1)


def test_sync_and_async_tests_share_one_session(run):
    run(BOTH_KINDS).assert_outcomes(passed=7)


def test_workers_run_in_parallel(run):
    run(BOTH_KINDS, "-n", "2").assert_outcomes(passed=7)


def test_a_wrong_marker_is_told_by_what_is_possible(run):
    result = run(WRONG_MARKER)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*span_panel takes a config and seed, start, speed, *not ?'sed'?*"])


def test_the_marker_and_the_fixtures_are_listed(run):
    run(NOT_ASKED_FOR, "--markers").stdout.fnmatch_lines(["@pytest.mark.span_panel(config, seed, start, *"])
    run(NOT_ASKED_FOR, "--fixtures").stdout.fnmatch_lines(["span_panel_factory -- *", "span_panel -- *"])
