from __future__ import annotations

import pytest

from schema.ports import Availability
from server.panel.contact import UNHEARD, Contact
from server.panel.failures import Failure, Fault
from server.panel.limits import Limits

LIMITS = Limits(stale_after_s=5, offline_after_s=60)
DOWN = Failure(Fault.UNREACHABLE, "no route to the panel")
REFUSED = Failure(Fault.UNAUTHORIZED, "the token is not accepted")


@pytest.fixture
def contact() -> Contact:
    contact = Contact(LIMITS, 0.0)
    contact.answered(0.0)
    return contact


@pytest.mark.parametrize(
    ("age_s", "availability"),
    [(4.9, Availability.ONLINE), (5.0, Availability.STALE), (59.9, Availability.STALE), (60.0, Availability.OFFLINE)],
)
def test_r16_availability_flips_only_after_the_configured_grace(contact, age_s, availability) -> None:
    contact.failed(DOWN)

    assert contact.availability(age_s) is availability


def test_one_refused_token_is_not_told_and_two_in_a_row_are(contact) -> None:
    contact.failed(REFUSED)
    assert contact.availability(1.0) is Availability.ONLINE

    contact.failed(REFUSED)
    assert contact.availability(1.0) is Availability.UNAUTHORIZED
    assert contact.reason(1.0) == REFUSED.reason


def test_refusals_with_an_outage_between_them_do_not_add_up(contact) -> None:
    for failure in (REFUSED, DOWN, REFUSED):
        contact.failed(failure)

    assert contact.availability(1.0) is Availability.ONLINE


def test_r16_another_panel_at_the_address_is_offline_at_once(contact) -> None:
    contact.failed(Failure.impostor("10.0.0.5:80", "other", "mine"))

    assert contact.availability(0.1) is Availability.OFFLINE
    assert contact.is_impostor()


def test_an_answer_heals_everything(contact) -> None:
    contact.failed(REFUSED)
    contact.failed(REFUSED)
    contact.answered(100.0)

    assert contact.availability(100.0) is Availability.ONLINE
    assert contact.reason(100.0) is None


def test_before_the_first_answer_it_is_stale_and_not_yet_worth_telling() -> None:
    contact = Contact(LIMITS, 0.0)

    assert (contact.availability(1.0), contact.reason(1.0)) == (Availability.STALE, UNHEARD)
    assert not contact.is_settled(1.0)
    assert contact.is_settled(5.0)


@pytest.mark.parametrize(("age_s", "until_s"), [(0.0, 5.0), (4.0, 1.0), (5.0, 55.0), (59.0, 1.0), (60.0, 5.0)])
def test_it_says_how_long_until_age_alone_changes_it(contact, age_s, until_s) -> None:
    assert contact.next_change_s(age_s) == until_s
