"""What docs/plant.md tells of the wire, the graph, the parameters and the figures is what there is."""

from __future__ import annotations

import ast
import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, build_schema, parse, validate
from starlette.routing import Route, WebSocketRoute

from clients.plant.models import MACHINES, Stage
from clients.plant.parameters import PARAMETERS, defaults
from schema import SDL_PATH, ports
from schema.errors import BatchMissingError, CursorBadError, CursorOldError, MachineMissingError
from schema.plant.parameters import quantity_of
from server.plant.events import EventKind
from server.plant.line import LOST
from server.plant.runs.limits import Limits
from server.rest.answers import CODES
from server.rest.methods import Methods
from server.rest.plant import batches, factory, sockets
from server.rest.plant.refusals import STATUSES
from server.rest.plant.routes import plant_routes
from tests.server.rest.plant.face import running

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs" / "plant.md").read_text()
SCHEMA = build_schema(SDL_PATH.read_text())
STEPS = ROOT / "server" / "plant" / "steps"
OF_RUNS = {"speed_changed", "run_began", "plant_interrupted", "batch_interrupted"}
OF_THE_SOCKET = {"status", "progress"}
OF_THE_FACE = {"BAD_REQUEST", "METHOD_NOT_ALLOWED", "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"}
OF_THE_GATE = "UNAUTHORIZED"


def rows(*headings: str) -> list[list[str]]:
    """The cells of the table with that head, row by row."""
    head = f"| {' | '.join(headings)} |\n"
    assert DOCUMENT.count(head) == 1, f"there are {DOCUMENT.count(head)} tables with the head {head!r}"
    lines = DOCUMENT.partition(head)[2].partition("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def words(*headings: str, column: int = 0) -> list[str]:
    """All that is `code` in a column of the table."""
    return [word for cells in rows(*headings) for word in re.findall(r"`(\w+)`", cells[column])]


def leading(cell: str) -> set[str]:
    """What is `code` in the cell, but for what explains it in brackets."""
    return set(re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", cell)))


# --- the wire ----------------------------------------------------------------------------------------------


def test_the_routes_are_those_there_are() -> None:
    there_are = set()
    for route in plant_routes():
        if isinstance(route, WebSocketRoute):
            there_are.add(("WS", route.path))
        elif isinstance(route, Route) and isinstance(route.endpoint, Methods) and route.path != "/ws/status":
            there_are |= {(method, route.path) for method in route.endpoint._handlers if method != "HEAD"}
    told = {(method.strip("`"), path.strip("`")) for method, path, _ in rows("method", "path", "what")}
    assert told == there_are
    assert len(told) == 8


def test_the_errors_are_those_there_are() -> None:
    told = {(int(status), code.strip("`")) for status, code, _ in rows("status", "code", "when")}
    there_are = {
        found for kind, found in STATUSES.items() if not kind.__name__.startswith(("BatchNot", "BatchAlready"))
    }
    there_are |= {(status, code) for status, code in CODES.items() if code in OF_THE_FACE} | {(401, OF_THE_GATE)}
    assert told == there_are | {(400, CursorBadError.code), (400, CursorOldError.code)}


def test_the_closes_are_those_there_are() -> None:
    told = {int(code) for code, _ in rows("close", "when")}
    assert told == {sockets.BAD_REQUEST, sockets.UNAUTHORISED, sockets.TRY_AGAIN}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a plant says that has made one batch, by the word that the document has for it."""

    async def asked() -> dict[str, Any]:
        async with running(tmp_path_factory.mktemp("docs")) as face:
            await face.started("one")
            entries = await face.ended("one")
            status = await face.ask("GET", "/factory/status")
            machine = await face.ask("GET", "/machine/cell/aging/status")
            (batch,) = status["batches"]
            result = batch["steps"][0]["result"]
        return {"status": status, "batch": batch, "result": result, "machine": machine, "entry": entries[0]}

    return asyncio.run(asked())


@pytest.mark.parametrize("noun", ["a status", "a batch", "a result", "a machine", "an entry"])
def test_the_fields_are_those_of_the_answers(answers: dict[str, Any], noun: str) -> None:
    answer = answers[noun.split()[1]]
    told = words(f"field of {noun}", "meaning")
    assert told == order(answer, told)


def test_the_figures_are_those_of_the_answers(answers: dict[str, Any]) -> None:
    for of, answer in (("the plant", answers["status"]["figures"]), ("a machine", answers["machine"]["figures"])):
        told = words(f"figure of {of}", "meaning")
        assert told == order(answer, told)


def test_a_steps_fields_are_told(answers: dict[str, Any]) -> None:
    assert leading(dict(rows("field of a batch", "meaning"))["`steps`"]) == set(answers["batch"]["steps"][0])


def order(answer: dict[str, Any], told: list[str]) -> list[str]:
    """The answer's names, in the order in which the document has them, then those it does not have."""
    return sorted(answer, key=lambda name: told.index(name) if name in told else len(told))


def test_the_kinds_are_those_there_are() -> None:
    told = words("kind", "when", "detail")
    assert len(told) == len(set(told))
    assert set(told) == {*map(str, EventKind), *OF_RUNS, *OF_THE_SOCKET}
    source = "".join(path.read_text() for path in (ROOT / "server" / "plant" / "runs").glob("*.py"))
    assert all(f'"{kind}"' in source for kind in OF_RUNS)


@pytest.mark.parametrize(
    ("place", "states"),
    [
        (("field of a status", "meaning"), set(ports.PlantState)),
        (("field of a batch", "meaning"), set(ports.BatchState)),
        (("field of a machine", "meaning"), set(ports.MachineState)),
    ],
)
def test_the_states_are_those_there_are(place: tuple[str, str], states: set[str]) -> None:
    cell = dict(rows(*place))["`state`"]
    assert leading(cell) == {state.lower() for state in states}


def test_a_steps_states_are_those_there_are() -> None:
    sentence = DOCUMENT.partition("A step is ")[2].partition(" where the batch ended")[0]
    assert leading(sentence) == {state.lower() for state in ports.StepState}


def test_the_limits_are_those_there_are() -> None:
    limits = Limits()
    for sentence in (
        f"`limit` ({factory.BATCHES}; 1 to {factory.MAX_BATCHES})",
        f"`limit` ({factory.ENTRIES}; 1 to {factory.MAX_ENTRIES})",
        f"longer than {batches.MAX_BODY_BYTES:,} bytes",
        f"{limits.kept_envelopes:,} messages behind or took none for {limits.send_s:.0f} s",
        f"first message, within {sockets.PROOF_S:.0f} s",
        f"A server has {limits.sockets:,} sockets at most",
        f"An id is 1 to {limits.max_id_characters} characters",
        f"the newest {limits.keep_batches:,} of them",
        f"up to {ports.plant_views.FASTEST:g}".replace("e+0", "e"),
    ):
        assert sentence in DOCUMENT


# --- the graph ---------------------------------------------------------------------------------------------


def graphql_blocks() -> list[str]:
    return re.findall(r"^```graphql\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)


def test_the_operations_fit_the_schema() -> None:
    assert graphql_blocks()
    assert [validate(SCHEMA, parse(block)) for block in graphql_blocks()] == [[] for _ in graphql_blocks()]


def test_the_mutations_and_their_refusals_are_those_there_are() -> None:
    always = {"PlantBusy", "PlantStorageFull"}
    interface = SCHEMA.type_map["PlantRefusal"]
    assert isinstance(interface, GraphQLInterfaceType)
    assert SCHEMA.mutation_type is not None
    refusal = {kind.name for kind in SCHEMA.get_implementations(interface).objects}
    there_are = {}
    for name, mutation in SCHEMA.mutation_type.fields.items():
        members = {member.name for member in getattr(mutation.type.of_type, "types", ())}
        if always <= members:
            there_are[name] = (members & refusal) - always
    told = {
        name: leading(refuses) for names, _, refuses in rows("mutation", "does", "refuses") for name in leading(names)
    }
    assert told == there_are


def test_the_subscriptions_are_those_there_are() -> None:
    told = {name.strip("`"): leading(ends) for name, _, ends in rows("subscription", "tells", "ends, or fails with")}
    assert told == {"simulationProgress": {BatchMissingError.code}, "machineUpdates": {MachineMissingError.code}}
    assert SCHEMA.subscription_type is not None
    assert set(told) <= set(SCHEMA.subscription_type.fields)


# --- the stages --------------------------------------------------------------------------------------------


def test_the_parameters_are_those_there_are() -> None:
    told = [row[:4] for row in rows("stage", "parameter", "range", "default", "meaning")]
    assert told == [
        [f"`{stage}`", f"`{name}`", quantity_of(field).allowed, default_of(stage, name)]
        for stage, model in PARAMETERS.items()
        for name, field in model.model_fields.items()
    ]


def default_of(stage: Stage, name: str) -> str:
    values = dict.fromkeys(getattr(defaults(key), name) for key in MACHINES if key.stage is stage)
    return " / ".join("none" if value is None else f"{value:g}" for value in values)


def shown_by(heading: str) -> dict[str, set[str]]:
    return {cells[0].strip("`"): leading(cells[1]) for cells in rows("stage", heading)}


def test_the_readings_are_those_of_a_batch(answers: dict[str, Any]) -> None:
    told = shown_by("readings")
    assert list(told) == list(PARAMETERS)
    for step in answers["batch"]["steps"]:
        stage = step["machine"].partition("/")[2].replace("calendaring", "calendering")
        assert told[stage] == set(step["result"]["readings"]), stage


@pytest.mark.parametrize("stage", list(PARAMETERS))
def test_every_word_of_a_stage_is_told(stage: Stage) -> None:
    told = [shown_by(heading).get(stage, set()) for heading in ("readings", "flags", "scrap, by cause")]
    assert constants(STEPS / f"{stage}.py") == set().union(*told)


def constants(path: Path) -> set[str]:
    """The lower-case words that the module has as texts: its readings, flags and causes."""
    tree = ast.parse(path.read_text())
    called = {id(each) for node in ast.walk(tree) if isinstance(node, ast.Subscript) for each in ast.walk(node.slice)}
    texts = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in called
    }
    slots = {"initial", "least", "pressure_pa", "resistance"}  # of a class in calendering
    return {text for text in texts if re.fullmatch(r"[a-z][a-z0-9_]*", text)} - slots


def test_the_causes_of_ended_batches_are_told() -> None:
    assert shown_by("scrap, by cause")["any"] >= set(LOST.values())
