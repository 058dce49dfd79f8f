"""Where the key comes from, and what is said when it cannot be used."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path

import pytest

from server.config import SecretsSection
from server.security.keys import KEY_FILE, Key, found_keys
from server.security.vault import AesVault
from server.settings import ConfigurationError, load
from server.stores.errors import SecretsError
from tests.server.vault import VAULT

SECRET = bytes(range(200, 232))
TEXT = base64.b64encode(SECRET).decode()


def written(path: Path, text: str = TEXT, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def found(data: Path, given: str | None = None, *files: Path, may_make: bool = True) -> list[Key]:
    file, old_file = [*files, None, None][:2]
    return found_keys(given, file, old_file, data, may_make=may_make)


def test_the_first_start_makes_a_key_that_its_owner_alone_can_read(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        (key,) = found(tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]
    assert found(tmp_path, may_make=False) == [key]
    assert len(key.value) == 32
    (tmp_path / "other").mkdir()
    assert found(tmp_path / "other")[0].value != key.value


def test_a_key_that_was_half_written_is_made_anew(tmp_path: Path) -> None:
    written(tmp_path / f"{KEY_FILE}.new", "AAAA")
    (key,) = found(tmp_path)
    assert found(tmp_path) == [key]


def test_a_missing_key_is_never_made_for_secrets_that_are_sealed(tmp_path: Path) -> None:
    with pytest.raises(SecretsError, match=r"secrets\.key is missing.*put it back"):
        found(tmp_path, may_make=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666, 0o777])
def test_a_key_that_others_may_touch_is_refused_with_what_to_do(tmp_path: Path, mode: int) -> None:
    path = written(tmp_path / "my.key", mode=mode)
    with pytest.raises(SecretsError, match=rf"chmod 600 {path}$") as caught:
        found(tmp_path, None, path)
    assert "\n" not in str(caught.value)
    path.chmod(0o400)
    assert found(tmp_path, None, path)[0].value == SECRET


@pytest.mark.parametrize("text", [TEXT, f"{TEXT}\n", TEXT.rstrip("="), base64.urlsafe_b64encode(SECRET).decode()])
def test_a_key_is_32_bytes_in_base64_of_either_kind(text: str) -> None:
    assert Key.of(text, "it").value == SECRET


@pytest.mark.parametrize(
    "text",
    ["", "x", TEXT[:-4], TEXT + "AAAA", "ä" * 43, "\0" * 43, TEXT[:20] + " " + TEXT[20:], "a" * 100_000, "\ud800"],
)
def test_what_is_no_key_is_refused_and_not_shown(tmp_path: Path, text: str) -> None:
    with pytest.raises(SecretsError, match="openssl rand -base64 32") as caught:
        Key.of(text, "it")
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize("name", ["gone.key", "."])
def test_a_file_that_cannot_be_read_is_said_with_what_to_do(tmp_path: Path, name: str) -> None:
    with pytest.raises(SecretsError, match="cannot be read"):
        found(tmp_path, None, tmp_path / name)


def test_the_environment_goes_before_the_file_beside_the_data(tmp_path: Path) -> None:
    found(tmp_path)
    old = written(tmp_path / "old.key", base64.b64encode(bytes(32)).decode())
    key, older = found_keys(TEXT, None, old, tmp_path, may_make=False)
    assert (key.name, key.value, older.value) == ("BUSBAR_SECRETS__KEY", SECRET, bytes(32))


def test_the_configuration_takes_one_key_and_hides_it(tmp_path: Path) -> None:
    path = tmp_path / "busbar.toml"
    path.write_text(f'[secrets]\nkey = "{TEXT}"\n')
    for config in (load({}, {"BUSBAR_SECRETS__KEY": TEXT}), load({}, {}, path)):
        assert config.secrets.key is not None
        assert config.secrets.key.get_secret_value() == TEXT
        assert TEXT not in repr(config) + str(config) + config.model_dump_json()
    with pytest.raises(ConfigurationError, match="both given") as caught:
        load({"secrets": {"key_file": "x"}}, {"BUSBAR_SECRETS__KEY": TEXT})
    assert TEXT not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["[secrets]\nkey = 'canary-1'",
             "[secrets]\nkey = 81920011", "[secrets]\nkye = 'canary-1'", "secrets = 'canary-1'",
             "[server]\ndsn = 'postgres://u:canary-1@h/d'", "[[panels]]\nhost='p'\npasphrase='canary-1'",
             "[[panels]]\nhost='p'\ncontrol='http://u:canary-1@127.0.0.1:1'", "database = 'postgres://u:canary-1@h/d'",
             "[server]\npublic_url='https://u:canary-1@host'", "[[panels]]\nhost='http://u:canary-1@host'\nport=0"]
)  # fmt: skip
def test_r35_no_mistake_shows_a_secret(tmp_path: Path, text: str) -> None:
    path = tmp_path / "busbar.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load({}, {}, path)
    assert "canary-1" not in str(caught.value)
    assert "81920011" not in str(caught.value)


def test_a_key_is_in_no_repr() -> None:
    key = Key("it", SECRET)
    assert "200" not in repr(key)
    assert str(SECRET) not in repr(key)
    assert repr(SECRET) not in repr(AesVault(key).__dict__)
    assert "SecretStr" in repr(SecretsSection(key=TEXT))  # type: ignore[arg-type]


@pytest.mark.parametrize("secret", [b"", b"x", "ünïcode \U0001f50c".encode(), b"\0" * 5_000])
def test_what_is_sealed_opens_for_its_owner_alone(secret: bytes) -> None:
    sealed = VAULT.seal(secret, "panel/a")
    assert VAULT.open(sealed, "panel/a") == secret
    assert sealed != VAULT.seal(secret, "panel/a")
    assert not secret or len(secret) < 2 or secret not in sealed
    with pytest.raises(SecretsError):
        VAULT.open(sealed, "panel/b")


def test_a_changed_byte_is_noticed_wherever_it_is() -> None:
    sealed = VAULT.seal(b"secret", "panel/a")
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(SecretsError):
            VAULT.open(changed, "panel/a")
        with pytest.raises(SecretsError):
            VAULT.open(sealed[:at], "panel/a")
