from __future__ import annotations

import math
import statistics

import httpx
import pytest

from emulator.faults.waiting import LONGEST_WAIT_S


async def test_a_fixed_latency_holds_each_answer_back(http, panel, naps):
    panel.faults.add({"kind": "latency", "seconds": 1.5, "route": "/status"})

    await http.get("/status")
    await http.get("/panel")

    assert naps.seconds == [1.5]


async def test_a_log_normal_latency_has_its_median_and_its_spread(panel, http, naps):
    panel.faults.add({"kind": "latency", "median_s": 0.2, "sigma": 0.5})
    for _ in range(400):
        await http.get("/status")

    logarithms = [math.log(seconds) for seconds in naps.seconds]

    assert statistics.median(logarithms) == pytest.approx(math.log(0.2), abs=0.1)
    assert statistics.stdev(logarithms) == pytest.approx(0.5, abs=0.07)


async def test_latencies_add_up_to_ten_minutes_at_most(http, panel, naps):
    http.timeout = None
    for seconds in (1, 2.5):
        panel.faults.add({"kind": "latency", "seconds": seconds})
    await http.get("/status")
    for _ in range(3):
        panel.faults.add({"kind": "latency", "seconds": LONGEST_WAIT_S})
    await http.get("/status")

    assert naps.seconds == [3.5, LONGEST_WAIT_S]


async def test_a_client_that_is_less_patient_times_out(http, panel, naps):
    panel.faults.add({"kind": "latency", "seconds": 60})

    with pytest.raises(httpx.ReadTimeout):
        await http.get("/status")

    assert naps.seconds == [5]


async def test_a_write_is_done_before_its_late_answer_is_given_up(http, panel):
    panel.faults.add({"kind": "latency", "seconds": 60})

    with pytest.raises(httpx.ReadTimeout):
        await http.post("/panel/grid", json={"relayState": "OPEN"})

    assert not panel.reading().main_relay_closed


async def test_a_drip_brings_the_whole_body_at_its_pace(http, panel, naps):
    whole = (await http.get("/circuits")).content
    panel.faults.add({"kind": "drip", "bytes_per_s": 500})

    dripped = await http.get("/circuits")

    assert dripped.content == whole
    assert sum(naps.seconds) == pytest.approx(len(whole) / 500)
    assert set(naps.seconds[:-1]) == {0.1}


async def test_the_slowest_drip_is_a_byte_at_a_time(http, panel, naps):
    panel.faults.add({"kind": "drip", "bytes_per_s": 1})

    body = (await http.get("/panel/grid")).content

    assert naps.seconds == [1.0] * len(body)
