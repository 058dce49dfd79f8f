"""R44: every wrong setting is one line that names the key, where its value came from, and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.settings import ConfigurationError, load


def refusal(flags=None, environ=None, path: Path | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(flags or {}, environ or {}, path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def toml(tmp_path: Path):
    def write(text: str | bytes) -> Path:
        path = tmp_path / "busbar.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_defaults_serve_this_machine_only() -> None:
    assert load({}, {}).server.host == "127.0.0.1"


def test_flags_win_over_the_environment_and_that_over_the_file(toml) -> None:
    path = toml("[server]\nport = 1111\ndrain_s = 3\n[polling]\npoll_s = 2\n")
    environ = {"BUSBAR_SERVER__PORT": "2222", "BUSBAR_SERVER__DRAIN_S": "4"}

    config = load({"server": {"port": 3333}}, environ, path)

    assert (config.server.port, config.server.drain_s, config.polling.poll_s) == (3333, 4.0, 2.0)


def test_the_file_may_be_named_by_the_environment(toml) -> None:
    path = toml("[server]\nport = 1111\n")
    assert load({}, {"BUSBAR_CONFIG": str(path)}).server.port == 1111


@pytest.mark.parametrize("name", ["BUSBAR_EMULATOR_TOKEN", "BUSBAR_PANEL_TOKEN"])
def test_a_variable_for_another_command_is_no_wrong_setting(name) -> None:
    assert load({}, {name: "correct-horse"}) == load({}, {})


def test_a_panels_control_may_be_elsewhere_with_a_token(toml) -> None:
    far = "[[panels]]\nhost = 'p'\ncontrol = 'http://10.0.0.5:8179'\ncontrol_token = 'canary-1f3a'\n"
    for text in (far, "[[panels]]\nhost = 'p'\ncontrol = 'http://[::1]:8179'\n"):
        panel = load({}, {}, toml(text)).panels.at_start[0]
        assert panel.control is not None
        assert "canary-1f3a" not in repr(panel)


def test_a_configured_panel_keeps_its_token_out_of_the_repr(toml) -> None:
    path = toml("[[panels]]\nhost = 'p'\naccess_token = 'canary-1f3a'\n")
    assert "canary-1f3a" not in repr(load({}, {}, path))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[polling]\npol_s = 1", "polling.pol_s ({path}): no such setting; known here: poll_s"),
        ("[panel]\npoll_s = 1", "panel ({path}): no such setting; known here: server, security, tokens, panels"),
        ("[polling]\npoll_s = true", "polling ({path}): poll_s must be a number, not true or false"),
        ("[polling]\npoll_s = nan", "polling ({path}): poll_s must be above 0"),
        ("[polling]\npoll_s = inf", "polling ({path}): poll_s must be above 0 and below"),
        ("[polling]\npoll_s = 0", "polling ({path}): poll_s must be above 0"),
        ("[polling]\npoll_s = 'x'", "polling.poll_s = 'x' ({path}): should be a valid number"),
        ("[history]\nraw_days = 999", "history ({path}): raw_days is 999 and minute_days is 180"),
        ("[[panels]]\nport = 80", "panels.0.host ({path}): field required"),
        ("panels = 3", "panels = 3 ({path}): should be a valid dictionary"),
        ("[[panels]]\nhst = 'x'", "panels.0.hst ({path}): no such setting"),
        (
            "[[panels]]\nhost = 'p'\ncontrol = 'ftp://x'",
            "panels.0.control = 'ftp://x' ({path}): 'ftp://x' is no address",
        ),
        ("[[panels]]\nhost = 'p'\ncontrol = 8179", "panels.0.control = 8179 ({path}): should be a valid string"),
        ("[[panels]]\nhost = 'p'\ncontrol = 'http://10.0.0.5:8179'", "panels.0 ({path}): control must be on 127.0.0.1"),
        ("[[panels]]\nhost = 'p'\ncontrol_token = 'a b'", "panels.0.control_token ({path}): the token must be visible"),
        ("[server]\nhost = 'a b'", "server.host = 'a b' ({path}): string should match pattern"),
        ("[security]\nmax_tokens = 0", "security.max_tokens ({path}): should be greater than or equal to 1"),
        ("[security]\nlook_every_s = 3", "security.look_every_s = 3 ({path}): should be less than or equal to 2"),
        ("[security]\nallowed_origins = ['*']", "security.allowed_origins.0 = '*' ({path}): must be an origin"),
        ("[security]\nallowed_origins = ['null']", "security.allowed_origins.0 = 'null' ({path}): must be an origin"),
        ("[security]\nallowed_origins = ['https://a/']", "security.allowed_origins.0 = 'https://a/' ({path}): must be"),
        ("[security]\nallowed_origins = ['https://A']", "security.allowed_origins.0 = 'https://A' ({path}): must be"),
        ("[security]\nallowed_origins = ['https://a:443']", "security.allowed_origins.0 = 'https://a:443' ({path})"),
        ("[security]\nallowed_hosts = ['*']", "security.allowed_hosts.0 = '*' ({path}): must be a name"),
        ("[security]\nallowed_hosts = ['a:80']", "security.allowed_hosts.0 = 'a:80' ({path}): must be a name"),
        ("[security]\ntrusted_proxies = ['lab']", "security.trusted_proxies.0 = 'lab' ({path}): must be an address"),
        ("[security.attempts]\naddresses = 0", "security.attempts ({path}): addresses must be above 0"),
        ("server = 3", "server = 3 ({path}): should be a valid"),
        ("x =", "{path}: is not TOML"),
        (b"\xff\xfe", "{path}: is not UTF-8"),
        (b"#" * 1_000_001, "{path}: larger than 1000000 bytes"),
    ],
)
def test_r44_a_mistake_in_the_file_is_told_in_one_line(toml, text, says) -> None:
    path = toml(text)
    assert refusal(path=path).startswith(says.format(path=path))


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("BUSBAR_SERVER__PORT", "abc", "server.port = 'abc' (the environment): should be a valid integer"),
        ("BUSBAR_SERVER__PROT", "1", "server.prot (the environment): no such setting; known here: host, port"),
        ("BUSBAR_PORT", "1", "BUSBAR_PORT (the environment): no such setting"),
        ("BUSBAR_PANELS", "1,2", "the environment: "),
        ("BUSBAR_CONFIG", "/no/such/file", "/no/such/file: cannot be read (No such file or directory)"),
        ("BUSBAR_CONFIG", "/", "/: cannot be read"),
    ],
)
def test_r44_a_mistake_in_the_environment_is_told_in_one_line(name, value, says) -> None:
    assert refusal(environ={name: value}).startswith(says)


def test_r44_a_token_of_the_wrong_type_is_not_shown(toml) -> None:
    said = refusal(path=toml("[[panels]]\nhost = 'p'\naccess_token = 918273645\n"))
    assert "918273645" not in said


@given(text=st.text(max_size=200))
def test_r44_any_text_is_a_configuration_or_one_line(tmp_path_factory, text: str) -> None:
    path = tmp_path_factory.mktemp("config") / "busbar.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))

    said = said_of(path)

    assert "\n" not in said


def said_of(path: Path) -> str:
    try:
        return repr(load({}, {}, path))
    except ConfigurationError as error:
        return str(error)
