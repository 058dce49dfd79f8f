"""The fixtures `span_panel` and `span_panel_factory`: installed with busbar, found by pytest by itself.

Nothing of the emulator is imported before a test asks for a panel, so that other tests start as fast as ever.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from emulator.device import Fidelity
    from emulator.testing.panel import SpanPanel
    from emulator.testing.thread import LoopThread

MARKER = "span_panel"
DEFAULT_PANEL = "house-32"
FROZEN = 0.0


class SpanPanelFactory(Protocol):
    """Makes panels for one test; they are closed when it ends."""

    def __call__(
        self,
        config: str | Path = DEFAULT_PANEL,
        *,
        seed: int = ...,
        start: datetime | int = ...,
        speed: float = FROZEN,
        fidelity: Fidelity = ...,
        firmware: str = ...,
        unlocked: bool = ...,
        journal_limit: int = ...,
    ) -> SpanPanel:
        """A panel from a shipped one's name or a YAML file, at noon of midsummer; its clock stands still.

        EmulatorError says in one line what it cannot be made of.
        """


OPTIONS = tuple(inspect.signature(SpanPanelFactory.__call__).parameters)[1:]


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", f"{MARKER}({', '.join(OPTIONS)}): what this test's span_panel is made of")


@pytest.fixture(scope="session")
def span_panel_thread() -> Iterator[LoopThread]:
    """The thread that all panels of this process answer in."""
    from emulator.testing.thread import LoopThread  # noqa: PLC0415  # lazily, as the module says

    with closing(LoopThread("span-panels")) as thread:
        yield thread


@pytest.fixture
def span_panel_factory(span_panel_thread: LoopThread) -> Iterator[SpanPanelFactory]:
    """Make as many panels as the test needs: `span_panel_factory("workshop-8", seed=3)`."""
    from emulator.panel import EmulatedPanel  # noqa: PLC0415  # lazily, as the module says
    from emulator.testing.panel import SpanPanel  # noqa: PLC0415

    with ExitStack() as opened:

        def make(config: str | Path = DEFAULT_PANEL, *, speed: float = FROZEN, **options: Any) -> SpanPanel:  # noqa: ANN401  # as the protocol says
            panel = EmulatedPanel.create(config, speed=speed, **options)
            return opened.enter_context(closing(SpanPanel(panel, span_panel_thread)))

        yield make


@pytest.fixture
def span_panel(request: pytest.FixtureRequest, span_panel_factory: SpanPanelFactory) -> SpanPanel:
    """A whole house's panel on a free port of this machine, its clock standing still until `step`."""
    marker = request.node.get_closest_marker(MARKER)
    if marker is None:
        return span_panel_factory()
    strangers = [name for name in marker.kwargs if name not in OPTIONS]
    if strangers or len(marker.args) > 1:
        raise pytest.UsageError(f"{MARKER} takes a config and {', '.join(OPTIONS[1:])}; not {strangers or marker.args}")
    return span_panel_factory(*marker.args, **marker.kwargs)
