"""The metrics, part by part. Every label's values come from a closed set, so their number never grows.

Panels are counted, not named: with a serial in a label each of 1,000 panels would be a series of its own for ever.
"""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from schema.ports import Availability, MachineState, PlantState, PlantView
from server.graphql.meters import Meters
from server.metrics.observed import Observed
from server.stores.sqlite.events import Extent
from server.turned_away import Reason

Word = TypeVar("Word", bound=str)
KINDS = ("query", "mutation", "subscription")


class Families(Collector):
    """All of them, at one moment."""

    def __init__(self, seen: Observed) -> None:
        self._seen = seen

    def collect(self) -> Iterator[Metric]:
        """As a registry asks for them."""
        return families(self._seen)


def families(seen: Observed) -> Iterator[Metric]:
    """All of them; those of the plant and of the event log are missing while the store cannot be read.

    Of a viewer who may not see all panels, those are missing to which every panel adds: what one knows of its own,
    taken from the sum, tells of the others.
    """
    build = {"version": seen.version, "python": platform.python_version()}
    yield _labelled("busbar_build_info", "Always 1; its labels name the release and the Python that runs it.", build)
    yield GaugeMetricFamily(
        "busbar_start_time_seconds", "When this process began to serve, in s since 1970.", seen.started_at.timestamp()
    )
    turned_away = {reason.value: seen.meters.turned_away[reason] for reason in Reason}
    told = "Connections and requests that were turned away before any face saw them."
    yield _counts("busbar_turned_away", told, "reason", turned_away)
    yield from _requests(seen.meters)
    yield from _live(seen.meters)
    if seen.is_whole:
        yield from _fed(seen.meters)
    yield _each(
        "busbar_panels", "Panels, by how much their last values are worth.", "availability", Availability, seen.panels
    )
    if seen.plant:
        yield from _plant(seen.plant)
    yield GaugeMetricFamily(
        "busbar_store_readable", "1 while the database can be read, else 0.", seen.events is not None
    )
    if seen.is_whole:
        yield from _store(seen)
    if seen.events:
        yield from _events(seen.events)


def _requests(meters: Meters) -> Iterator[Metric]:
    asked = {**dict.fromkeys(KINDS, 0), **meters.requests}
    yield _counts("busbar_graphql_requests", "Operations of the graph that were run.", "kind", asked)
    yield _counts("busbar_graphql_refused", "Requests of the graph that were not run.", "code", meters.refused)
    yield _counts(
        "busbar_graphql_over_limit", "Requests over a limit of the configuration.", "limit", meters.over_limit
    )
    yield _count("busbar_graphql_failed", "Answers of the graph with an error that nobody expected.", meters.failed)
    yield _count("busbar_graphql_documents_known", "Documents that were parsed before.", meters.documents_known)
    yield _count("busbar_graphql_documents_new", "Documents that had to be parsed and checked.", meters.documents_new)


def _live(meters: Meters) -> Iterator[Metric]:
    yield GaugeMetricFamily("busbar_live_sockets", "WebSockets and event streams that are open.", meters.sockets)
    yield GaugeMetricFamily("busbar_live_operations", "Subscriptions that somebody listens to.", meters.operations)
    yield GaugeMetricFamily("busbar_live_sources", "Feeds that they are served from.", meters.sources)


def _fed(meters: Meters) -> Iterator[Metric]:
    yield _count("busbar_feed_events_delivered", "Events that were sent, each to one reader.", meters.events_delivered)
    yield _count("busbar_feed_events_dropped", "Events that a slow reader missed.", meters.events_dropped)
    yield _count("busbar_feed_slow_readers", "Readers that were cut off for their slowness.", meters.slow_readers)


def _plant(plant: PlantView) -> Iterator[Metric]:
    yield _each("busbar_plant_state", "1 for what the plant does now.", "state", PlantState, {plant.state: 1})
    # Its rate is the speed that the plant really runs at, whatever it was told.
    yield _count(
        "busbar_plant_simulated_seconds", "Simulated time since the plant's beginning, in s.", plant.simulated_s
    )
    batches = {"queued": len(plant.queue), "running": len(plant.running)}
    yield _gauges("busbar_plant_batches", "Batches that are not through yet.", "state", batches)
    machines = Counter(machine.state for machine in plant.machines)
    yield _each("busbar_plant_machines", "Machines, by what they do.", "state", MachineState, machines)
    power_w = sum(machine.power_w for machine in plant.machines)
    yield GaugeMetricFamily("busbar_plant_power_watts", "Electrical power that all machines draw, in W.", power_w)


def _store(seen: Observed) -> Iterator[Metric]:
    store = seen.store
    yield GaugeMetricFamily("busbar_store_queued_writes", "Writes that wait for the disk.", seen.queued_writes)
    yield _count("busbar_store_writes", "Writes that were taken up.", store.commands)
    yield _count("busbar_store_failed_commits", "Commits that failed, with all that was in them.", store.failed_commits)
    took = SummaryMetricFamily("busbar_store_commit_seconds", "Commits, and the time they took, in s.")
    took.add_metric([], store.commits, store.commit_s)
    yield took
    longest = "The longest commit of this process, in s."
    yield GaugeMetricFamily("busbar_store_longest_commit_seconds", longest, store.longest_commit_s)
    files = {"database": seen.database, "wal": seen.database.with_name(f"{seen.database.name}-wal")}
    sizes = {name: path.stat().st_size for name, path in files.items() if path.exists()}
    yield _gauges("busbar_store_file_bytes", "Size of the database's files.", "file", sizes)


def _events(kept: Mapping[str, Extent]) -> Iterator[Metric]:
    told = {topic: extent.seq for topic, extent in kept.items()}
    yield _counts("busbar_events", "Events that the log was given.", "topic", told)
    still = {topic: extent.seq - extent.pruned for topic, extent in kept.items()}
    yield _gauges("busbar_events_kept", "Events that the log still has, for feeds to resume from.", "topic", still)


def _count(name: str, told: str, value: float) -> Metric:
    return CounterMetricFamily(name, told, value)


def _counts(name: str, told: str, label: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, told, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family


def _gauges(name: str, told: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _each(name: str, told: str, label: str, all_of: Iterable[Word], values: Mapping[Word, int]) -> Metric:
    """With a 0 for each that is not there, so that an alert can tell none from unknown."""
    return _gauges(name, told, label, {each.lower(): values.get(each, 0) for each in all_of})


def _labelled(name: str, told: str, labels: Mapping[str, str]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=list(labels))
    family.add_metric(list(labels.values()), 1)
    return family
