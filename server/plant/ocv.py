"""The open-circuit voltage of an NMC 622 / graphite cell against its state of charge, both ways."""

from __future__ import annotations

from bisect import bisect_right

SOC = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.15)
VOLTAGE_V = (3.0, 3.33, 3.45, 3.55, 3.61, 3.66, 3.73, 3.83, 3.93, 4.02, 4.1, 4.2, 4.5)
"""Volt at each `SOC` at 25 degrees C, rounded: our reading of the usual shape, good to about 30 mV. Full is 4.2 V,
empty 3.0 V. Above 1 the cathode gives up more lithium than it was designed for; 4.5 V is as far as the curve goes."""


def voltage_v(soc: float) -> float:
    """At rest; straight lines between the points, the ends beyond them."""
    return _between(SOC, VOLTAGE_V, soc)


def soc_at(voltage: float) -> float:
    """The state of charge that rests at this voltage, 0 to 1.15; `voltage_v` backwards."""
    return _between(VOLTAGE_V, SOC, voltage)


def _between(xs: tuple[float, ...], ys: tuple[float, ...], x: float) -> float:
    if x <= xs[0]:
        return ys[0]
    if x >= xs[-1]:
        return ys[-1]
    right = bisect_right(xs, x)
    left = right - 1
    return ys[left] + (ys[right] - ys[left]) * (x - xs[left]) / (xs[right] - xs[left])
