"""R35: tokens and keys are in no error, representation or log line."""

from __future__ import annotations

import logging
import traceback

import httpx
import pytest
import respx

from clients.panel import SpanPanelClient
from clients.panel.exceptions import SpanPanelError
from tests.clients.panel import answers


@pytest.mark.parametrize(
    "fault",
    [
        httpx.Response(401, json={"detail": f"token {answers.TOKEN} is unknown"}),
        httpx.Response(422, json={"detail": [{"loc": ["header"], "msg": answers.TOKEN}]}),
        httpx.Response(200, json={"circuits": {answers.TOKEN: answers.TOKEN}}),
        httpx.ReadTimeout("slow"),
    ],
)
async def test_r35_no_error_or_log_shows_the_token(panel: respx.MockRouter, client, caplog, fault) -> None:
    caplog.set_level(logging.DEBUG)
    panel.get("/panel").mock(side_effect=[fault])

    with pytest.raises(SpanPanelError) as caught:
        await client.get_panel_state()

    told = "".join(traceback.format_exception(caught.value))
    assert answers.TOKEN not in told + caplog.text + repr(client) + repr(caught.value)


async def test_r35_a_registration_does_not_show_its_token(panel: respx.MockRouter, client, caplog) -> None:
    caplog.set_level(logging.DEBUG)

    registration = await client.authenticate("my-script")

    assert registration.access_token == answers.TOKEN
    assert answers.TOKEN not in repr(registration) + str(registration) + caplog.text


async def test_r35_a_network_key_is_not_told(panel: respx.MockRouter, client) -> None:
    panel.post("/wifi/connect").respond(400, json={"detail": "hunter2222 does not open House"})

    with pytest.raises(SpanPanelError, match=r"\[hidden\] does not open House") as caught:
        await client.connect_wifi("House", "hunter2222")

    assert "hunter2222" not in str(caught.value)


@pytest.mark.parametrize("token", ["", "two words", "line\r\nbreak", "tökén", None])
def test_r35_what_cannot_be_a_token_is_refused_unseen(token: object) -> None:
    with pytest.raises(ValueError, match="visible ASCII") as caught:
        SpanPanelClient("panel").set_access_token(token)  # type: ignore[arg-type]

    assert not token or str(token) not in str(caught.value)


async def test_r35_a_token_that_breaks_the_header_is_refused(panel: respx.MockRouter, client) -> None:
    panel.post("/auth/register").respond(json=answers.token() | {"accessToken": "a\r\nx-evil: 1"})

    with pytest.raises(SpanPanelError, match="accessToken should be visible ASCII") as caught:
        await client.authenticate("my-script")

    assert "x-evil" not in str(caught.value)


async def test_proxies_and_netrc_of_the_environment_are_not_read(panel: respx.MockRouter, client, monkeypatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://evil.example:3128")
    monkeypatch.setenv("ALL_PROXY", "http://evil.example:3128")

    await client.get_status()

    assert client._link._http._mounts == {}
