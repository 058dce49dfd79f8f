from __future__ import annotations

import pytest

from emulator.configuration.document import Place, Value
from emulator.configuration.section import Section
from emulator.errors import ConfigError
from emulator.faults.plain import value_of
from emulator.faults.route import Route, read_route


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*", "/api/v1/status", True),
        ("*", "/", True),
        ("/circuits", "/api/v1/circuits", True),
        ("/circuits", "/api/v1/circuits/7", False),
        ("/circuits/*", "/api/v1/circuits/7", True),
        ("/circuits/*", "/api/v1/circuits", False),
        ("/circuits*", "/api/v1/circuits", True),
        ("/circuits/a b", "/api/v1/circuits/a%20b", True),
        ("/panel/*", "/api/v1/panel/grid", True),
        ("/panel/*", "/api/v1/panels", False),
    ],
)
def test_a_pattern_is_a_whole_path_or_how_paths_begin(pattern, path, matches):
    assert Route(pattern).matches("GET", path) is matches


def test_a_method_leaves_the_others_alone():
    assert Route("/panel/grid", "POST").matches("POST", "/api/v1/panel/grid")
    assert not Route("/panel/grid", "POST").matches("GET", "/api/v1/panel/grid")


@pytest.mark.parametrize(
    "pattern",
    [
        "*",
        "/*",
        "/circuits",
        "/circuits/*",
        "/circuits/7",
        "/circ*",
        "/auth/clients/me",
        "/docs",
        "/api/v1/panel/power",
    ],
)
def test_a_pattern_that_some_request_can_match_is_taken(pattern):
    assert read_route(Section(value_of({"route": pattern}, "fault"))).pattern == pattern.removeprefix("/api/v1")


@pytest.mark.parametrize(
    "pattern", ["/circuit", "circuits", "/circuits/", "/circuits/7/8", "/**", "/*/*", "/circuits/{circuitId}", "/x*"]
)
def test_a_pattern_that_none_can_match_is_refused(pattern):
    section = Section(Value({"route": Value(pattern, Place("fault", 0, "route"))}, Place("fault", 0, "")))

    with pytest.raises(ConfigError, match="is no path of the panel"):
        read_route(section)
