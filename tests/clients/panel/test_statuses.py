"""Every status of the README's table, on every kind of call, and the retries that belong to it."""

from __future__ import annotations

import httpx
import pytest
import respx

from clients.errors import ClientAnswerError, ClientAuthError, ClientConnectionError, ClientTimeoutError
from clients.panel.exceptions import (
    SpanPanelAPIError,
    SpanPanelAuthError,
    SpanPanelConnectionError,
    SpanPanelError,
    SpanPanelLockedError,
    SpanPanelNameTakenError,
    SpanPanelRetriableError,
    SpanPanelServerError,
    SpanPanelTimeoutError,
)
from tests.clients.panel import answers

TABLE = {
    400: SpanPanelAPIError,
    401: SpanPanelAuthError,
    403: SpanPanelAuthError,
    404: SpanPanelAPIError,
    409: SpanPanelAPIError,
    412: SpanPanelAuthError,
    422: SpanPanelAPIError,
    429: SpanPanelAPIError,
    500: SpanPanelServerError,
    502: SpanPanelRetriableError,
    503: SpanPanelRetriableError,
    504: SpanPanelRetriableError,
    505: SpanPanelAPIError,
}
READS = {
    "/status": lambda client: client.get_status(),
    "/panel": lambda client: client.get_panel_state(),
    "/circuits": lambda client: client.get_circuits(),
    "/storage/soe": lambda client: client.get_storage_soe(),
}
FAULTS = [
    (httpx.ConnectError("refused"), SpanPanelConnectionError),
    (httpx.ReadError("reset"), SpanPanelConnectionError),
    (httpx.RemoteProtocolError("Server disconnected without sending a response."), SpanPanelConnectionError),
    (httpx.ConnectTimeout("slow"), SpanPanelTimeoutError),
    (httpx.ReadTimeout("slow"), SpanPanelTimeoutError),
]


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize(("status", "kind"), TABLE.items())
async def test_r17_a_reading_raises_what_the_table_says(panel: respx.MockRouter, client, path, status, kind) -> None:
    panel.get(path).respond(status, text="<html>nginx</html>")

    with pytest.raises(SpanPanelError) as caught:
        await READS[path](client)

    assert type(caught.value) is kind
    assert caught.value.status_code == status
    assert f"panel {answers.HOST} " in str(caught.value)
    assert path in str(caught.value)
    assert str(status) in str(caught.value)
    assert not caught.value.outcome_unknown


@pytest.mark.parametrize(("status", "kind"), TABLE.items())
async def test_r17_a_write_raises_what_the_table_says(panel: respx.MockRouter, client, status, kind) -> None:
    panel.post("/circuits/1").respond(status, json={"detail": "no"})

    with pytest.raises(SpanPanelError, match=r"/circuits/1\b.*it says: no") as caught:
        await client.set_circuit_relay("1", "OPEN")

    assert type(caught.value) is kind
    assert caught.value.outcome_unknown == (status >= 500)


@pytest.mark.parametrize(("fault", "kind"), FAULTS)
async def test_a_broken_connection_names_panel_and_endpoint(panel: respx.MockRouter, client, fault, kind) -> None:
    panel.get("/panel").mock(side_effect=fault)

    with pytest.raises(kind, match=rf"panel {answers.HOST} .* at /panel .*; check power and network") as caught:
        await client.get_panel_state()

    assert caught.value.status_code is None


async def test_r17_retries_wait_exactly_their_powers(panel: respx.MockRouter, make_client, fake_time) -> None:
    panel.get("/status").respond(503)

    async with make_client(retries=4, retry_timeout=0.3, retry_backoff_multiplier=1.7) as client:
        with pytest.raises(SpanPanelRetriableError):
            await client.get_status()

    assert fake_time.slept == [0.3 * 1.7**attempt for attempt in range(4)]
    assert panel.calls.call_count == 5


@pytest.mark.parametrize("status", [400, 401, 403, 404, 412, 422, 429, 500])
async def test_r17_other_statuses_are_never_retried(panel: respx.MockRouter, make_client, fake_time, status) -> None:
    panel.get("/status").respond(status)

    async with make_client(retries=5) as client:
        with pytest.raises(SpanPanelError):
            await client.get_status()

    assert (panel.calls.call_count, fake_time.slept) == (1, [])


@pytest.mark.parametrize(("fault", "kind"), FAULTS)
async def test_r17_faults_of_the_network_are_retried(panel: respx.MockRouter, make_client, fault, kind) -> None:
    panel.get("/status").mock(side_effect=[fault, fault, httpx.Response(200, json=answers.status())])

    async with make_client(retries=2) as client:
        status = await client.get_status()

    assert status.serial == "sp-0042"


async def test_retries_can_be_changed_between_two_calls(panel: respx.MockRouter, client, fake_time) -> None:
    panel.get("/status").respond(502)
    client.retries, client.retry_timeout, client.retry_backoff_multiplier = 2, 2.0, 1.5

    with pytest.raises(SpanPanelRetriableError):
        await client.get_status()

    assert (client.retries, client.retry_timeout, client.retry_backoff_multiplier) == (2, 2.0, 1.5)
    assert fake_time.slept == [2.0, 3.0]


async def test_authenticate_is_retried_too(panel: respx.MockRouter, make_client, fake_time) -> None:
    register = panel.post("/auth/register")
    register.side_effect = [
        httpx.Response(503),
        httpx.ConnectError("refused"),
        httpx.Response(200, json=answers.token()),
    ]

    async with make_client(retries=2, access_token=None) as client:
        auth = await client.authenticate("my-script", "SPAN Control Script")

    assert auth.access_token == answers.TOKEN
    assert (auth.token_type, auth.iat_ms) == ("bearer", 1_752_430_935_123)
    assert fake_time.slept == [0.5, 1.0]


async def test_a_relay_is_set_again_after_a_lost_answer(panel: respx.MockRouter, make_client) -> None:
    lost = httpx.RemoteProtocolError("Server disconnected without sending a response.")
    answer = httpx.Response(200, json=answers.circuit() | {"relayState": "OPEN"})
    panel.post("/circuits/1").mock(side_effect=[lost, answer])

    async with make_client(retries=1) as client:
        circuit = await client.set_circuit_relay("1", "OPEN")

    assert circuit.relay_state == "OPEN"


@pytest.mark.parametrize(("fault", "attempts"), [(httpx.ReadTimeout("slow"), 1), (httpx.ConnectError("refused"), 4)])
async def test_r20_a_reconnect_is_sent_again_only_if_it_never_left(
    panel: respx.MockRouter, make_client, fault, attempts
) -> None:
    route = panel.post("/panel/emergency-reconnect").mock(side_effect=fault)

    async with make_client(retries=3) as client:
        with pytest.raises(SpanPanelError) as caught:
            await client.emergency_reconnect()

    assert route.call_count == attempts
    assert caught.value.outcome_unknown == (attempts == 1)


@pytest.mark.parametrize("second", [httpx.ConnectError("refused"), httpx.Response(404)])
async def test_r20_a_doubt_of_the_first_attempt_outlives_the_second(
    panel: respx.MockRouter, make_client, second
) -> None:
    panel.post("/circuits/1").mock(side_effect=[httpx.ReadTimeout("slow"), second])

    async with make_client(retries=1) as client:
        with pytest.raises(SpanPanelError) as caught:
            await client.set_circuit_relay("1", "OPEN")

    assert caught.value.outcome_unknown


async def test_r20_a_lost_answer_to_a_write_says_to_read_again(panel: respx.MockRouter, client) -> None:
    panel.post("/circuits/1").mock(side_effect=httpx.ReadTimeout("slow"))

    with pytest.raises(SpanPanelTimeoutError, match="took effect is unknown: read it again"):
        await client.set_circuit_relay("1", "OPEN")


@pytest.mark.parametrize("status", [401, 403, 412])
async def test_a_locked_panel_says_to_press_the_button(panel: respx.MockRouter, client, status) -> None:
    panel.post("/auth/register").respond(status, json={"detail": "locked"})

    with pytest.raises(SpanPanelLockedError, match="press the door button three times") as caught:
        await client.authenticate("my-script")

    assert isinstance(caught.value, SpanPanelAuthError)


@pytest.mark.parametrize(
    ("status", "detail"),
    [
        (409, None),
        (409, "registered already"),
        (400, "name already in use"),
        (422, [{"loc": ["body"], "msg": "already"}]),
    ],
)
async def test_a_taken_name_is_told_apart(panel: respx.MockRouter, client, status, detail) -> None:
    panel.post("/auth/register").respond(status, json={"detail": detail})

    with pytest.raises(SpanPanelNameTakenError, match="choose another name"):
        await client.authenticate("my-script")


async def test_a_full_register_is_not_a_taken_name(panel: respx.MockRouter, client) -> None:
    panel.post("/auth/register").respond(409, json={"detail": "the panel remembers 1000 clients; delete one first"})

    with pytest.raises(SpanPanelAPIError, match="delete one first") as caught:
        await client.authenticate("my-script")

    assert type(caught.value) is SpanPanelAPIError


async def test_a_422_says_which_field_is_wrong(panel: respx.MockRouter, client) -> None:
    detail = [{"loc": ["body", "name"], "msg": "too\nlong", "type": "x"}, "?"]
    panel.post("/auth/register").respond(422, json={"detail": detail})

    with pytest.raises(SpanPanelAPIError, match=r"\(it says: body.name: too long; \)"):
        await client.authenticate("my-script")


@pytest.mark.parametrize("path", [path for path in READS if path != "/status"])
async def test_without_a_token_nothing_is_sent(panel: respx.MockRouter, make_client, path) -> None:
    async with make_client(access_token=None) as client:
        with pytest.raises(SpanPanelAuthError, match="there is no token yet; authenticate first"):
            await READS[path](client)
        with pytest.raises(SpanPanelAuthError):
            await client.set_circuit_relay("1", "OPEN")

    assert panel.calls.call_count == 0


def test_the_errors_hang_where_the_drawing_says() -> None:
    assert issubclass(SpanPanelAuthError, ClientAuthError)
    assert issubclass(SpanPanelConnectionError, ClientConnectionError)
    assert issubclass(SpanPanelTimeoutError, ClientTimeoutError)
    assert issubclass(SpanPanelAPIError, ClientAnswerError)
    assert {kind.__mro__[1] for kind in (SpanPanelServerError, SpanPanelRetriableError)} == {SpanPanelAPIError}


async def test_r17_an_error_tells_how_long_the_panel_wants_to_be_left_alone(panel: respx.MockRouter, client) -> None:
    panel.get("/panel").respond(503, headers={"Retry-After": "40"})

    with pytest.raises(SpanPanelRetriableError) as caught:
        await client.get_panel_state()

    assert caught.value.retry_after_s == 40.0
