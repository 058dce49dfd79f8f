"""Thinning the samples of a chart."""

from __future__ import annotations

from server.cells.charts.points import Points
from server.thinning import chosen


def thinned(points: Points, most: int) -> Points:
    """At most `most` of them: see `server.thinning`."""
    return points if len(points) <= most else points.taken(chosen(points.columns or (points.time,), most))
