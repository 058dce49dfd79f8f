from __future__ import annotations

from clients.plant.models import Line, MachineKey, Stage
from schema.joins.refusals import CircuitWired
from schema.node import write_id
from schema.ports import Wire
from tests.schema.nouns import SERIAL

COATER = MachineKey(Line.ANODE, Stage.COATING)
WIRE = Wire(COATER, SERIAL, "c1")


async def test_a_machine_shows_its_circuit_and_the_circuit_its_machine(ask, world):
    world.wiring.wires.append(WIRE)
    answer = await ask("""{ machine(line: ANODE, stage: COATING) {
          circuit { circuitId machine { line stage } panel { serial } } }
        other: machine(line: ANODE, stage: DRYING) { circuit { id } } }""")
    assert answer["errors"] == []
    circuit = answer["machine"]["circuit"]
    assert circuit == {
        "circuitId": "c1",
        "machine": {"line": "ANODE", "stage": "COATING"},
        "panel": {"serial": SERIAL},
    }
    assert answer["other"]["circuit"] is None


async def test_a_wire_whose_panel_is_gone_shows_no_circuit(ask, world):
    world.wiring.wires.append(Wire(COATER, "nj-0000-00000", "c1"))
    answer = await ask("{ machine(line: ANODE, stage: COATING) { circuit { id } } }")
    assert answer == {"machine": {"circuit": None}, "errors": []}


async def test_circuits_that_feed_nothing_have_no_machine(ask, world):
    world.wiring.wires.append(WIRE)
    answer = await ask(
        "query($serial: String!) { panel(serial: $serial) { circuits { circuitId machine { stage } } } }", serial=SERIAL
    )
    found = {each["circuitId"]: each["machine"] for each in answer["panel"]["circuits"]}
    assert found.pop("c1") == {"stage": "COATING"}
    assert set(found.values()) == {None}


WIRE_IT = """mutation($serial: String!, $circuit: ID!) {
  wireMachine(line: ANODE, stage: COATING, serial: $serial, circuitId: $circuit) {
    __typename ... on Machine { stage } ... on CircuitWired { message line stage } } }"""


async def test_wiring_takes_both_ids_of_a_circuit_and_answers_the_machine(ask, world):
    world.wiring.answer = WIRE
    for circuit in ("c1", write_id("Circuit", SERIAL, "c1")):
        answer = await ask(WIRE_IT, serial=SERIAL, circuit=circuit)
        assert answer == {"wireMachine": {"__typename": "Machine", "stage": "COATING"}, "errors": []}
    assert world.wiring.calls == [("wire", COATER, SERIAL, "c1")] * 2


async def test_a_refusal_is_a_type(ask, world):
    world.wiring.answer = CircuitWired(message="taken", line=Line.CELL, stage=Stage.AGING)
    answer = await ask(WIRE_IT, serial=SERIAL, circuit="c1")
    assert answer["wireMachine"] == {"__typename": "CircuitWired", "message": "taken", "line": "CELL", "stage": "AGING"}


async def test_unwiring_answers_the_machine(ask, world):
    world.wiring.answer = WIRE
    answer = await ask("mutation { unwireMachine(line: ANODE, stage: COATING) { ... on Machine { line stage } } }")
    assert answer == {"unwireMachine": {"line": "ANODE", "stage": "COATING"}, "errors": []}
    assert world.wiring.calls == [("unwire", COATER)]
