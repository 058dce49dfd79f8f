from __future__ import annotations

import base64
import json

import pytest

from emulator.auth import Clients
from emulator.errors import ClientNameTakenError, TooManyClientsError


@pytest.fixture
def clients():
    return Clients(seed=0, serial="sp-1")


def bearer(token: str, scheme: str = "Bearer") -> bytes:
    return f"{scheme} {token}".encode()


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_token_speaks_for_its_client_whatever_the_case_of_the_scheme(clients, scheme):
    client = clients.register("ha", "Home Assistant", 5)

    assert clients.authorized(bearer(client.token, scheme)) is client


@pytest.mark.parametrize("header", [b"", b"Bearer", b"Bearer ", b"Basic abc", b"Bearer eyJ.no.no", b"\xff\xfe"])
def test_any_other_header_speaks_for_nobody(clients, header):
    clients.register("ha", None, 0)

    assert clients.authorized(header) is None


def test_a_token_is_made_of_three_parts_that_decode_as_a_jwt(clients):
    head, claims, _ = clients.register("ha", None, 0).token.split(".")

    assert json.loads(base64.urlsafe_b64decode(head + "==")) == {"alg": "HS256", "typ": "JWT"}
    assert json.loads(base64.urlsafe_b64decode(claims + "==")) == {"iss": "sp-1", "jti": 1}


def test_tokens_follow_from_the_seed_the_serial_and_the_count():
    def tokens(seed: int, serial: str) -> list[str]:
        clients = Clients(seed=seed, serial=serial)
        return [clients.register(name, None, 0).token for name in ("a", "b")]

    assert tokens(7, "sp-1") == tokens(7, "sp-1")
    assert len({*tokens(7, "sp-1"), *tokens(8, "sp-1"), *tokens(7, "sp-2")}) == 6


def test_a_name_is_registered_once(clients):
    clients.register("ha", None, 0)

    with pytest.raises(ClientNameTakenError, match="'ha'"):
        clients.register("ha", None, 1)


def test_deleting_a_client_revokes_its_token_and_frees_its_name(clients):
    old = clients.register("ha", None, 0)

    assert clients.delete("ha") is old
    assert clients.authorized(bearer(old.token)) is None
    assert clients.register("ha", None, 1).token != old.token


def test_deleting_a_stranger_does_nothing(clients):
    assert clients.delete("nobody") is None


def test_the_register_is_bounded():
    clients = Clients(seed=0, serial="sp-1", limit=1)
    clients.register("a", None, 0)

    with pytest.raises(TooManyClientsError, match="delete one"):
        clients.register("b", None, 0)


def test_r35_a_token_does_not_show_in_a_clients_repr(clients):
    client = clients.register("ha", None, 0)

    assert client.token not in repr(client)


def test_comings_and_goings_are_remembered_without_tokens(clients):
    token = clients.register("ha", "Home", 3).token
    clients.delete("ha", 4)
    clients.delete("ha", 5)

    assert [(change.tick, change.name, change.is_registered) for change in clients.changes] == [
        (3, "ha", True),
        (4, "ha", False),
    ]
    assert clients.changed == 2
    assert token not in repr(clients.changes)
