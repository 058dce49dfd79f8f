"""R33: which addresses a panel may have, however they are written."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.security.reach import Kind, Reach, kind_of

NEVER = [
    "0.0.0.0",
    "0.1.2.3",
    "169.254.0.1",
    "169.254.169.254",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "224.0.0.251",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "fe80::1%1",
    "2001:db8::1%eth0",
    "fec0::1",
    "ff02::fb",
    "fd00:ec2::254",
    "fd20:ce::254",
    "::127.0.0.1",
    "::192.168.1.5",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:192.168.1.5",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::",
    "2002:c0a8:105::1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::127.0.0.1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "100::1",
    "4000::1",
]
LOOPBACK = ["127.0.0.1", "127.0.0.2", "127.255.255.254", "::1"]
PRIVATE = ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.100", "100.64.0.1", "100.127.255.254", "fc00::1"]
PUBLIC = ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2002:808:808::1", "64:ff9b::8.8.8.8"]
ALL = [
    *((text, Kind.NEVER) for text in NEVER),
    *((text, Kind.LOOPBACK) for text in LOOPBACK),
    *((text, Kind.PRIVATE) for text in [*PRIVATE, "fd12:3456::1"]),
    *((text, Kind.PUBLIC) for text in PUBLIC),
]


@pytest.mark.parametrize(("text", "kind"), ALL)
def test_r33_every_address_is_of_one_kind(text: str, kind: Kind) -> None:
    assert kind_of(text) is kind


@pytest.mark.parametrize("text", NEVER)
def test_r33_what_is_never_a_panel_is_refused_whatever_is_allowed(text: str) -> None:
    said = Reach(loopback=True, private=True).refusal("panel.local", [text])
    assert said is not None
    assert "allow_" not in said


@pytest.mark.parametrize("text", LOOPBACK)
def test_r33_loopback_is_refused_with_the_key_that_allows_it(text: str) -> None:
    said = Reach().refusal("panel.local", [text])
    assert said is not None
    assert "`panels.allow_loopback = true`" in said
    assert Reach(loopback=True).refusal("panel.local", [text]) is None


@pytest.mark.parametrize("text", PRIVATE)
def test_r33_private_networks_are_open_and_can_be_closed(text: str) -> None:
    assert Reach().refusal("panel.local", [text]) is None
    said = Reach(private=False).refusal("panel.local", [text])
    assert said is not None
    assert "`panels.allow_private = true`" in said


@pytest.mark.parametrize("other", [NEVER[3], LOOPBACK[0]])
def test_r33_one_refused_address_of_several_is_enough(other: str) -> None:
    assert Reach().refusal("panel.local", [PUBLIC[0], PRIVATE[0]]) is None
    for addresses in ([PUBLIC[0], other], [other, PUBLIC[0]]):
        assert Reach().refusal("panel.local", addresses) is not None


@pytest.mark.parametrize(
    "spelt",
    ["127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "0", "0x0", "2852039166",
     "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518"],
)  # fmt: skip
def test_r33_the_systems_other_spellings_of_an_address_are_seen_through(spelt: str) -> None:
    found = {str(each[4][0]) for each in socket.getaddrinfo(spelt, 80, type=socket.SOCK_STREAM)}
    assert Reach().refusal(spelt, found) is not None


@pytest.mark.parametrize("text", [*NEVER, *LOOPBACK, *PRIVATE])
def test_r33_a_refusal_does_not_show_the_address(text: str) -> None:
    said = Reach(private=False).refusal("panel.local", [text])
    assert said is not None
    assert said.startswith("panel.local is ")
    assert text not in said


@settings(deadline=None)
@given(st.ip_addresses())
def test_every_address_there_is_has_a_kind(address: object) -> None:
    kind = kind_of(str(address))
    assert (kind is Kind.PUBLIC) <= ip_address(str(address)).is_global or kind_of(str(address)) is Kind.PUBLIC
    assert (Reach().refusal("p", [str(address)]) is None) == (kind in (Kind.PUBLIC, Kind.PRIVATE))


@settings(deadline=None)
@given(st.ip_addresses(v=4))
def test_r33_no_wrapping_of_an_address_allows_more_than_the_address(address: object) -> None:
    bits = int(ip_address(str(address)))
    is_public = kind_of(str(address)) is Kind.PUBLIC
    for wrapped in (0x64FF9B << 96 | bits, 0x2002 << 112 | bits << 80):
        assert (Reach(loopback=True).refusal("p", [str(ip_address(wrapped))]) is None) == is_public
    for never in (bits, 0xFFFF << 32 | bits):
        text = f"::{address}" if never == bits else f"::ffff:{address}"
        assert text == "::0.0.0.1" or Reach(loopback=True).refusal("p", [text]) is not None
