from __future__ import annotations

import pytest

from emulator.door import UNLOCKED_S


def unlock(panel) -> None:
    for _ in range(3):
        panel.press_door()


async def test_a_locked_panel_registers_nobody(stranger, panel):
    answer = await stranger.post("/auth/register", json={"name": "ha"})

    assert answer.status_code == 403
    assert "press the button in its door three times" in answer.json()["detail"]
    assert len(panel.clients) == 0


async def test_after_three_presses_a_client_registers_and_its_token_opens_the_panel(stranger, panel):
    unlock(panel)

    answer = await stranger.post("/auth/register", json={"name": "ha", "description": "Home Assistant"})

    assert answer.json()["tokenType"] == "bearer"
    assert answer.json()["iatMs"] == panel.clock.tick() * 1000
    token = {"Authorization": f"Bearer {answer.json()['accessToken']}"}
    assert (await stranger.get("/circuits", headers=token)).status_code == 200


async def test_the_panel_locks_again_after_fifteen_minutes_of_its_own_time(stranger, panel, wall):
    unlock(panel)
    wall.now_s += UNLOCKED_S

    assert (await stranger.post("/auth/register", json={"name": "ha"})).status_code == 403


async def test_a_name_that_is_taken_is_refused(http, panel):
    unlock(panel)

    answer = await http.post("/auth/register", json={"name": "tests"})

    assert answer.status_code == 409
    assert "'tests'" in answer.json()["detail"]


@pytest.mark.parametrize("name", ["", " ", "a" * 129, "a\u0000b", "a\nb", 5, None])
async def test_an_impossible_name_is_refused_by_its_field(stranger, panel, name):
    unlock(panel)

    answer = await stranger.post("/auth/register", json={"name": name})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "name"]


async def test_clients_are_listed_by_name_without_their_tokens(http, token):
    answer = await http.get("/auth/clients")

    assert list(answer.json()["clients"]) == ["tests"]
    assert token not in answer.text


async def test_one_client_can_be_read(http, panel):
    answer = await http.get("/auth/clients/tests")

    assert answer.json()["issued_at"] == panel.clock.tick()
    assert set(answer.json()["allowed_endpoint_groups"]) == {"delete", "get", "post", "push"}


async def test_a_name_with_a_slash_is_one_name(http, panel):
    panel.clients.register("a/b c", None, 0)

    assert (await http.get("/auth/clients/a%2Fb%20c")).status_code == 200


async def test_an_unknown_client_is_not_found(http):
    assert (await http.get("/auth/clients/nobody")).status_code == 404
    assert (await http.delete("/auth/clients/nobody")).status_code == 404


async def test_deleting_a_client_revokes_its_token(http):
    assert (await http.delete("/auth/clients/tests")).status_code == 200

    answer = await http.get("/circuits")

    assert answer.status_code == 401
    assert "register the client again" in answer.json()["detail"]
