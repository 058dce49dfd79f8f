"""The ports that no panel listens on."""

from __future__ import annotations

import pytest

from server.security.ports import is_bad


@pytest.mark.parametrize("port", [1, 22, 23, 25, 53, 110, 143, 389, 445 + 20, 587, 993, 2049, 6000, 6667, 10080])
def test_ports_of_other_protocols_are_bad(port: int) -> None:
    assert is_bad(port)


@pytest.mark.parametrize("port", [80, 443, 8000, 8080, 8081, 8443, 18000, 49152, 65535])
def test_ports_that_a_panel_or_its_emulator_may_have_are_not(port: int) -> None:
    assert not is_bad(port)


def test_they_are_those_of_the_fetch_standard_and_no_more() -> None:
    assert sum(map(is_bad, range(65_536))) == 83
