from __future__ import annotations

import pytest

from emulator.face.catalogue import CHOICES, STARTS, catalogue
from emulator.faults import fault_of
from emulator.faults.kinds import KINDS
from emulator.http.routes import OPERATIONS
from emulator.scenarios import shipped_scenarios

TOLD = {kind["kind"]: kind for kind in catalogue()["kinds"]}


def started(kind: str) -> dict[str, object]:
    """The fault that the form tells when nothing is changed in it."""
    return {"kind": kind} | {part["name"]: part["start"] for part in TOLD[kind]["parts"] if part["start"] is not None}


def test_every_kind_is_told_in_a_sentence():
    assert list(TOLD) == list(KINDS)
    assert all(kind["says"].endswith(".") and "`" not in kind["says"] for kind in TOLD.values())


@pytest.mark.parametrize("kind", TOLD)
def test_what_stands_in_the_form_at_first_is_a_fault(kind):
    assert fault_of(started(kind)).kind == kind


@pytest.mark.parametrize(("kind", "name"), CHOICES)
def test_every_choice_of_a_part_is_possible(kind, name):
    several = next(part["input"] for part in TOLD[kind]["parts"] if part["name"] == name) == "several"

    for choice in CHOICES[kind, name]:
        made = fault_of(started(kind) | {name: [choice] if several else choice})
        assert getattr(made.effect, name) == ((choice,) if several else choice)


def test_choices_and_starts_are_of_parts_that_there_are():
    parts = {(kind, part["name"]) for kind, told in TOLD.items() for part in told["parts"]}

    assert set(CHOICES) | set(STARTS) <= parts


@pytest.mark.parametrize("route", catalogue()["routes"])
def test_every_route_can_be_struck(route):
    assert fault_of({"kind": "reset", "route": route}).route.pattern == route


def test_every_operation_is_on_some_route_that_is_offered():
    routes = [fault_of({"kind": "reset", "route": route}).route for route in catalogue()["routes"][1:]]

    for operation in OPERATIONS:
        path = operation.path.replace("{", "").replace("}", "")
        assert any(route.matches(operation.method, path) for route in routes)


def test_only_what_is_about_everyone_takes_no_route():
    assert [kind for kind, told in TOLD.items() if told["everywhere"]] == ["offline"]


def test_every_scenario_says_what_a_good_client_does():
    told = catalogue()["scenarios"]

    assert [scenario["name"] for scenario in told] == list(shipped_scenarios())
    assert all(scenario["description"] and scenario["good_client"] for scenario in told)
