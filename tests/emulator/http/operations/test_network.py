from __future__ import annotations

import pytest


async def test_the_same_networks_are_always_in_reach(http):
    points = (await http.get("/wifi/scan")).json()["accessPoints"]

    assert [point["ssid"] for point in points if point["connected"]] == ["Busbar House"]
    assert all(isinstance(point["signal"], int) and isinstance(point["frequency"], str) for point in points)
    assert (await http.get("/wifi/scan")).json()["accessPoints"] == points


async def test_a_network_in_reach_can_be_joined(http):
    answer = await http.post("/wifi/connect", json={"ssid": "Workshop", "psk": "secret"})

    assert (answer.json()["connected"], answer.json()["error"]) == (True, "")
    assert "secret" not in answer.text


async def test_a_network_out_of_reach_cannot(http):
    answer = await http.post("/wifi/connect", json={"ssid": "Mars", "psk": "secret"})

    assert (answer.json()["connected"], answer.json()["error"]) == (False, "no such network in reach")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/spaces"), ("GET", "/spaces?spaces_id=1"), ("GET", "/spaces/1"), ("POST", "/spaces/1")],
)
async def test_the_deprecated_spaces_answer_an_empty_object(http, method, path):
    answer = await http.request(method, path)

    assert (answer.status_code, answer.json()) == (200, {})
