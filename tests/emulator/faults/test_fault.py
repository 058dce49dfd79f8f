from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.errors import FaultRefusedError
from emulator.faults import fault_of
from emulator.faults.kinds import KINDS
from emulator.faults.status import DETAILS

NAN, INF = float("nan"), float("inf")

REFUSED = [
    ({}, "kind: missing; one of status, latency"),
    ({"kind": "explode"}, "'explode' is unknown; one of status, latency, drip, hang, reset"),
    ({"kind": True}, "kind: must be text"),
    ({"kind": "status"}, "status: missing"),
    ({"kind": "status", "status": 418}, f"418 is none that a panel gives; one of {', '.join(map(str, DETAILS))}"),
    ({"kind": "status", "status": True}, "status: True is not a number"),
    ({"kind": "status", "status": NAN}, "status: nan is out of range"),
    ({"kind": "status", "status": "500"}, "status: '500' is not a number"),
    ({"kind": "status", "status": 500, "retry_after_s": 3}, "goes with 429 and 503 only"),
    ({"kind": "status", "status": 429, "retry_after_s": -1}, "retry_after_s: -1 is out of range"),
    ({"kind": "status", "status": 500, "page": "apache"}, "page: 'apache' is unknown; one of panel, nginx"),
    ({"kind": "latency"}, "give seconds, or median_s and sigma"),
    ({"kind": "latency", "seconds": 1, "median_s": 1}, "median_s: give seconds, or median_s and sigma, not both"),
    ({"kind": "latency", "seconds": INF}, "seconds: inf is out of range; a number from 0 to 600"),
    ({"kind": "latency", "seconds": -0.1}, "seconds: -0.1 is out of range"),
    ({"kind": "latency", "median_s": 1, "sigma": NAN}, "sigma: nan is out of range; a number from 0 to 4"),
    ({"kind": "drip"}, "bytes_per_s: missing"),
    ({"kind": "drip", "bytes_per_s": 0}, "bytes_per_s: 0 is out of range; a number from 1 to 1e+06"),
    ({"kind": "hang", "seconds": True}, "seconds: True is not a number"),
    ({"kind": "reset", "obeys": 1}, "obeys: 1 is not true or false"),
    ({"kind": "keep_alive", "idle_s": 0}, "idle_s: 0 is out of range; a number from 1 to 3600"),
    ({"kind": "keep_alive", "idle_s": 1.5}, "idle_s: 1.5 is not whole"),
    ({"kind": "truncated", "share": 1}, "share: 1 is out of range; a number from 0 to 0.999"),
    ({"kind": "wrong_types", "field": "colour"}, "field: 'colour' is unknown; one of accessPoints, accessToken"),
    ({"kind": "unknown_states", "states": ["window"]}, "states: must be a list of main_relay, relay, door"),
    ({"kind": "unknown_states", "states": []}, "states: must be a list of main_relay, relay, door"),
    ({"kind": "unknown_states", "states": "relay"}, "states: must be a list"),
    ({"kind": "energy_dip", "share": -1}, "share: -1 is out of range; a number from 0 to 1"),
    ({"kind": "offline", "route": "/circuits"}, "route: an offline panel is so for everyone"),
    (
        {"kind": "reset", "route": "/nothing"},
        "route: '/nothing' is no path of the panel; * is all, and there are /auth",
    ),
    ({"kind": "reset", "route": ""}, "route: must be text of 1 to 128 printable characters"),
    ({"kind": "reset", "route": "/*/power"}, "route: '/*/power' is no path of the panel"),
    ({"kind": "reset", "method": "BREW"}, "method: 'BREW' is unknown; one of DELETE, GET, POST, or * for all"),
    ({"kind": "reset", "route": "/status", "method": "POST"}, "nothing at /status takes POST; there are GET"),
    ({"kind": "reset", "count": 0}, "count: 0 is out of range; a number from 1 to 1e+06"),
    ({"kind": "reset", "count": True}, "count: True is not a number"),
    ({"kind": "reset", "probability": NAN}, "probability: nan is out of range; a number from 0 to 1"),
    ({"kind": "reset", "probability": 1.01}, "probability: 1.01 is out of range"),
    ({"kind": "reset", "from": -1}, "from: -1 is not a time; whole seconds or a text such as"),
    ({"kind": "reset", "from": NAN}, "from: nan is not a time"),
    ({"kind": "reset", "to": True}, "to: True is not a time"),
    ({"kind": "reset", "to": "tomorrow"}, "to: 'tomorrow' is not a time"),
    ({"kind": "reset", "from": "2026-13-01"}, "from: '2026-13-01' is not an instant such as 2026-06-21T18:00"),
    ({"kind": "reset", "from": "0001-01-01"}, "from: '0001-01-01' is not between 1971 and 2099"),
    ({"kind": "reset", "for": 0}, "for: lasts for no time"),
    ({"kind": "reset", "for": "11000d"}, "for: '11000d' is not a duration"),
    ({"kind": "reset", "to": 5, "for": 5}, "for: give to or for, not both"),
    ({"kind": "reset", "colour": "red"}, "colour: unknown key; known here: count, for, from, kind"),
    ({"kind": "reset", "cuont": 2}, "cuont: unknown key; did you mean count?"),
    ({"kind": "reset", 7: 2}, "the key 7 is not text"),
    ({"kind": b"reset"}, "kind: bytes is neither text, number"),
    ({"kind": "reset", "route": ["/status"]}, "route: must be text"),
    ({"kind": "reset", "a": {"b": {"c": {"d": {"e": 1}}}}}, "more than 100 entries or 4 levels"),
    ({"kind": "unknown_states", "states": ["relay"] * 101}, "more than 100 entries or 4 levels"),
]


@pytest.mark.parametrize(("mapping", "reason"), REFUSED, ids=lambda value: repr(value)[:50])
def test_what_is_no_fault_is_refused_with_what_is_possible(mapping, reason):
    with pytest.raises(FaultRefusedError) as refused:
        fault_of(mapping)

    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KEYS = ("status", "page", "seconds", "median_s", "bytes_per_s", "route", "method", "count", "probability", "from", "to")


@given(mapping=st.dictionaries(st.sampled_from(KEYS), JSON, max_size=4), kind=st.sampled_from(tuple(KINDS)))
@settings(deadline=None)
def test_r28_whatever_is_told_it_is_a_fault_or_refused_in_one_line(mapping, kind):
    refused = ""
    try:
        fault_of({"kind": kind, **mapping})
    except FaultRefusedError as error:
        refused = str(error)

    assert refused.isprintable()


def test_it_is_shown_as_it_was_told_with_its_times_and_counters(panel):
    fault = panel.faults.add(
        {"kind": "status", "status": 429, "retry_after_s": 7, "route": "/api/v1/circuits/*", "method": "get"}
        | {"count": 3, "probability": 0.5, "from": "1m", "for": "1h30m"}
    )

    assert fault.as_json() == {
        "id": "f1",
        "kind": "status",
        "route": "/circuits/*",
        "method": "GET",
        "status": 429,
        "page": "panel",
        "retry_after_s": 7,
        "probability": 0.5,
        "from": "2026-06-21T12:01:00Z",
        "to": "2026-06-21T13:31:00Z",
        "count": 3,
        "hits": 0,
        "left": 3,
    }


def test_pythons_own_words_are_told_with_an_underscore():
    assert fault_of({"kind": "reset", "from_": 5, "for_": 5}) == fault_of({"kind": "reset", "from": 5, "for": 5})
