"""What `busbar plant run` shows: a live table on a terminal, plain lines in a pipe, JSON when asked."""

from __future__ import annotations

import json
from dataclasses import asdict
from types import TracebackType
from typing import Any, Protocol, Self

import click
from rich.console import Console
from rich.live import Live
from rich.table import Table

from clients.plant.models import MACHINES
from server.cli.plant_run import PlantRun, word_of
from server.plant.batch import VisitState
from server.plant.kpi_figures import MachineFigures, PlantFigures
from server.plant.machine import Machine

DAY_S = 86_400
SHOWN_INSIDE = 3
"""Batches named in a pool's row."""
STYLES = {"working": "green", "setup": "cyan", "blocked": "yellow", "down": "red", "starved": "dim"}


class PlantScreen(Protocol):
    """Shows a run on its way, and its key figures."""

    def __enter__(self) -> Self:
        """Take the terminal."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the terminal back."""

    def look(self) -> None:
        """Show how things stand."""

    def tell(self, figures: PlantFigures) -> None:
        """Show the key figures."""


def screen_for(making: PlantRun, *, as_json: bool) -> PlantScreen:
    """The one that fits where the output goes."""
    console = Console()
    if as_json:
        return JsonAtTheEnd()
    return LivePlant(making, console) if console.is_terminal else BatchLines(making)


class JsonAtTheEnd:
    """One JSON object, at the end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def look(self) -> None:
        """Nothing to show yet."""

    def tell(self, figures: PlantFigures) -> None:
        """The whole object; units are in the names."""
        click.echo(json.dumps(document(figures)))


class BatchLines(JsonAtTheEnd):
    """A line for each batch that ended, and one for each key figure."""

    def __init__(self, making: PlantRun) -> None:
        self._making = making

    def look(self) -> None:
        """The batches that ended since the last look."""
        for event in self._making.take_news():
            click.echo(f"day {event.time_s / DAY_S:.3f}  {event.batch_id}  {word_of(event.kind)}")

    def tell(self, figures: PlantFigures) -> None:
        """A line for each figure, then one for each machine."""
        self.look()
        for name, value in summary(figures):
            click.echo(f"{name}: {value}")
        for machine in figures.machines:
            click.echo("  ".join(cells_of(machine)))


class LivePlant:
    """The sixteen machines, redrawn in place."""

    def __init__(self, making: PlantRun, console: Console) -> None:
        self._making, self._console = making, console
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def look(self) -> None:
        """What each machine does."""
        simulation = self._making.simulation
        title = f"day {simulation.now_s / DAY_S:.2f}   {self._making.ended} of {self._making.batches} batches made"
        table = Table(title=title, title_justify="left")
        for heading in ("machine", "state", "batches", "progress"):
            table.add_column(heading)
        for key in MACHINES:
            table.add_row(f"{key.line} {key.stage}", *_now(simulation.machine(key), simulation.now_s))
        self._live.update(table, refresh=True)

    def tell(self, figures: PlantFigures) -> None:
        """Two tables."""
        plant = Table(show_header=False, title="The plant", title_justify="left")
        for name, value in summary(figures):
            plant.add_row(name, value)
        machines = Table(title="Its machines", title_justify="left")
        for heading in ("machine", "working", "set-up", "down", "blocked", "starved", "OEE", "yield", "kWh"):
            machines.add_column(heading, justify="left" if heading == "machine" else "right")
        for machine in figures.machines:
            machines.add_row(
                *(cell.rpartition(" ")[2] if index else cell for index, cell in enumerate(cells_of(machine)))
            )
        self._console.print(plant, machines)


def _now(machine: Machine, now_s: float) -> tuple[str, str, str]:
    inside = [(batch.id, visit) for batch in machine.inside if (visit := batch.visits[machine.index]) is not None]
    if not inside:
        return f"[{STYLES['starved']}]starved", "", ""
    state = VisitState.WORKING if any(visit.state is VisitState.WORKING for _, visit in inside) else inside[0][1].state
    more = f" +{len(inside) - SHOWN_INSIDE}" if len(inside) > SHOWN_INSIDE else ""
    names = ", ".join(batch_id for batch_id, _ in inside[:SHOWN_INSIDE]) + more
    return f"[{STYLES.get(state, '')}]{state}", names, f"{inside[0][1].progress(now_s):.0%}"


def summary(figures: PlantFigures) -> list[tuple[str, str]]:
    """The plant's figures for people."""
    lead, bottleneck = figures.lead_time, figures.bottleneck
    of_kwh = (
        "none, for want of cells" if figures.kwh_per_kwh is None else f"{figures.kwh_per_kwh:.1f} kWh per kWh of cells"
    )
    return [
        ("simulated", f"{figures.simulated_s / DAY_S:.2f} days"),
        ("batches", ", ".join(f"{count} {word}" for word, count in figures.batches.items())),
        ("good cells", f"{figures.cells} holding {figures.cells_kwh:.1f} kWh"),
        (
            "throughput",
            f"{figures.batches_per_h:.3f} batches/h, {figures.cells_per_h:.1f} cells/h, {figures.kwh_per_d:.1f} kWh/d",
        ),
        ("work in progress", f"{figures.wip:.1f} batches in the mean"),
        (
            "lead time",
            "none" if lead is None else f"{lead.mean_s / DAY_S:.2f} days, 95 % under {lead.p95_s / DAY_S:.2f}",
        ),
        (
            "bottleneck",
            "none" if bottleneck is None else f"{bottleneck.line} {bottleneck.stage}, OEE {figures.oee:.1%}",
        ),
        ("rolled yield", f"{figures.rolled_yield:.1%}"),
        ("scrap", f"{figures.scrap_kg:.2f} kg of solids"),
        ("energy", f"{figures.energy_kwh:.1f} kWh, {of_kwh}"),
    ]


def cells_of(machine: MachineFigures) -> tuple[str, ...]:
    """A machine's figures for people, each with its name."""
    key = machine.machine
    return (
        f"{key.line} {key.stage}",
        f"working {machine.working:.1%}",
        f"set-up {machine.setup:.1%}",
        f"down {machine.down:.1%}",
        f"blocked {machine.blocked:.1%}",
        f"starved {machine.starved:.1%}",
        f"OEE {machine.oee:.1%}",
        f"yield {machine.quality:.1%}",
        f"kWh {machine.energy_kwh:.1f}",
    )


def document(figures: PlantFigures) -> dict[str, Any]:
    """All figures for programs."""
    machines = [
        {**asdict(machine), "machine": f"{machine.machine.line}/{machine.machine.stage}", "oee": machine.oee}
        for machine in figures.machines
    ]
    bottleneck = figures.bottleneck and f"{figures.bottleneck.line}/{figures.bottleneck.stage}"
    totals = {"scrap_kg": figures.scrap_kg, "energy_kwh": figures.energy_kwh, "bottleneck": bottleneck}
    return {**asdict(figures), **totals, "machines": machines}
