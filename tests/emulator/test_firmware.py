from __future__ import annotations

import pytest

from emulator.errors import UnknownFirmwareError
from emulator.firmware import DEFAULT_FIRMWARE, FIRMWARES, firmware_named


def test_the_default_asks_for_a_token_with_401_and_refuses_a_locked_door_with_403():
    firmware = FIRMWARES[DEFAULT_FIRMWARE]

    assert (firmware.missing_token_status, firmware.locked_status) == (401, 403)
    assert firmware.headers("/api/v1/auth/register") == ()


@pytest.mark.parametrize("name", sorted(FIRMWARES))
def test_every_release_is_known_by_its_name(name):
    assert FIRMWARES[name].name == name
    assert f"/{name}/" in FIRMWARES[name].version


def test_only_addresses_of_v1_announce_its_end():
    firmware = FIRMWARES["r202603"]

    assert firmware.headers("/api/docs") == ()
    assert dict(firmware.headers("/api/v1/panel")) == {b"deprecation": b"true", b"sunset": b"2026-12-31"}


def test_a_path_with_strange_letters_makes_a_header_all_the_same():
    assert dict(FIRMWARES["r202603"].headers("/api/v1/auth/clients/ü"))[b"link"].startswith(b"</api/v2/auth/clients/?")


def test_another_release_is_refused_with_the_list_of_those_there_are():
    with pytest.raises(UnknownFirmwareError, match="r202318, r202342, r202518, r202603"):
        firmware_named("r199901")
