"""Every bound of the panels' machinery, by name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds unless the name says otherwise. A panel has at most one poll under way, so `max_panels` bounds those."""

    poll_s: float = 1.0
    poll_jitter: float = 0.1
    """Share of `poll_s` by which one interval may be shorter or longer, so that panels do not fall into step."""
    request_timeout_s: float = 5.0
    poll_deadline_s: float = 10.0
    """For one whole poll or change, however slowly the answers drip in."""

    stale_after_s: float = 5.0
    offline_after_s: float = 60.0

    short_outage_s: float = 30.0
    """While an outage is no older, polls come within two intervals; later they back off."""
    backoff_cap_s: float = 60.0
    retry_after_cap_s: float = 600.0
    """However much longer a panel asks to be left alone."""
    refused_check_s: float = 60.0
    """How often a panel is tried that refused our token, or that is another panel than the one added."""
    registration_cap_s: float = 3_600.0
    """The longest pause between two registrations that busbar makes by itself; the shortest is `refused_check_s`."""

    keep_counters_s: float = 300.0
    """How often the energy counters are saved, so that a crash does not let them fall."""
    reset_after_s: float = 120.0
    reset_after_polls: int = 5
    """A counter that stays low for both this long and this many polls was reset; a reboot's glitch is over sooner."""
    max_power_w: float = 100_000.0
    """More than any circuit or main meter can carry (400 A at 250 V): a counter that grows faster is not believed."""
    counter_slack_s: float = 10.0
    """How much older than its time stamp a counter's value may be."""
    max_counters: int = 1_024

    readback_polls: int = 4
    readback_s: float = 0.5
    """After a change the panel is read up to so often, with this pause, until it shows the change."""
    max_waiting_changes: int = 16

    max_panels: int = 1_000
    max_joining: int = 8
    """How many panels may be under way of being added at once."""
    max_name_length: int = 100
    max_token_length: int = 4_096

    def __post_init__(self) -> None:
        if not 0 <= self.poll_jitter < 1:
            raise ValueError(f"poll_jitter is {self.poll_jitter:g}: a share of an interval is at least 0 and below 1")
        if self.offline_after_s < self.stale_after_s:
            raise ValueError(
                f"offline_after_s is {self.offline_after_s:g}: a panel is stale before it is offline,"
                f" so it must be at least stale_after_s ({self.stale_after_s:g})"
            )
