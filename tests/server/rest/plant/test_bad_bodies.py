"""Whatever is sent to the plant: never 422, never a 5xx, one shape, an answer that helps, and nothing changed."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from clients.plant.models import MACHINES
from clients.plant.parameters import PARAMETERS
from clients.plant.spelling import machine_name
from server.rest.plant.batches import MAX_BODY_BYTES
from tests.server.rest.plant.face import CATHODE, RATIOS, Face

START, FACTORY, MIXER = "/start-simulation", "/factory/start", "/machine/anode/mixing/parameters"
COATER = "/machine/anode/coating/parameters"
BODIES = [("POST", START), ("POST", FACTORY), ("PATCH", MIXER), ("PATCH", "/machine/cell/formation_cycling/parameters")]
JSON = {"Content-Type": "application/json"}
LONGEST_MESSAGE = 2_000
FIELDS = [(machine_name(key), name) for key in MACHINES for name in PARAMETERS[key.stage].model_fields]
REQUIRED = [
    (machine_name(key), name)
    for key in MACHINES
    for name, field in PARAMETERS[key.stage].model_fields.items()
    if field.is_required() or field.default is not None
]
SCALARS = [(machine, name) for machine, name in FIELDS if name not in RATIOS]


async def state_of(face: Face) -> Any:
    """All that a refused request may not change; the clock and what follows from it go on."""
    status = await face.ask("GET", "/factory/status")
    parameters = {
        f"{line}/{name}": machine["parameters"]
        for line, machines in status["machines"].items()
        for name, machine in machines.items()
    }
    return status["batches"], status["sequence"], status["speed"], status["run"], parameters


async def refused(face: Face, method: str, path: str, status: int = 400, **options: Any) -> dict[str, Any]:
    """The error, once it is sure that nothing was changed."""
    before = await state_of(face)
    told = await face.error(method, path, status, **options)
    assert len(told["message"]) < LONGEST_MESSAGE
    assert await state_of(face) == before
    return told


NOT_JSON = {
    "nan": b'{"AM": NaN}',
    "infinity": b'{"AM": Infinity}',
    "minus infinity": b'{"AM": -Infinity}',
    "beyond a double": b'{"AM": 1e400}',
    "5,000 digits": b'{"AM": ' + b"9" * 5_000 + b"}",
    "lone surrogate": rb'{"id": "\ud800"}',
    "surrogate as a name": rb'{"\udfff": 1}',
    "surrogate bytes": b'{"id": "\xed\xa0\x80"}',
    "latin 1": b'{"id": "\xe9"}',
    "utf-16": '{"id": "x"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"id": "x"}',
    "duplicate keys": b'{"id": "x", "id": "y"}',
    "duplicate keys inside": b'{"id": "x", "anode_coating_params": {"coating_speed": 0.1, "coating_speed": 0.2}}',
    "deep arrays": b'{"id": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "deep objects": b'{"a": ' * 10_000 + b"1" + b"}" * 10_000,
    "100 levels": b'{"a": ' * 100 + b"1" + b"}" * 100,
    "array": b"[]",
    "array of a body": b'[{"id": "x"}]',
    "null": b"null",
    "true": b"true",
    "number": b"1",
    "text": b'"x"',
    "nothing but blanks": b"   ",
    "two documents": b"{}{}",
    "cut off": b'{"id": "x"',
    "comment": b'{"id": "x"} // x',
    "single quotes": b"{'id': 'x'}",
    "nul": b"\x00",
}


@pytest.mark.parametrize("content", NOT_JSON.values(), ids=NOT_JSON)
@pytest.mark.parametrize(("method", "path"), BODIES)
async def test_what_every_reader_would_read_otherwise_is_400(
    slow: Face, method: str, path: str, content: bytes
) -> None:
    await refused(slow, method, path, content=content, headers=JSON)


@pytest.mark.parametrize(("method", "path"), BODIES)
async def test_a_long_body_is_413_also_when_it_comes_compressed(slow: Face, method: str, path: str) -> None:
    long = b'{"id": "' + b"x" * (2 * MAX_BODY_BYTES) + b'"}'
    for content, headers in ((long, JSON), (gzip.compress(long), {**JSON, "Content-Encoding": "gzip"})):
        told = await refused(slow, method, path, 413, content=content, headers=headers)
        assert told["detail"] == {"limit_bytes": MAX_BODY_BYTES}


@pytest.mark.parametrize(("method", "path"), BODIES)
async def test_a_bad_gzip_body_is_400(slow: Face, method: str, path: str) -> None:
    headers = {**JSON, "Content-Encoding": "gzip"}
    for content in (b"{}", gzip.compress(b"{}")[:-4], gzip.compress(b"{}") + b"x", gzip.compress(b"[]")):
        await refused(slow, method, path, content=content, headers=headers)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/jsonx"},
        {**JSON, "Content-Encoding": "br"},
        {**JSON, "Content-Encoding": "gzip, gzip"},
    ],
)
@pytest.mark.parametrize(("method", "path"), BODIES)
async def test_another_type_or_encoding_is_415(slow: Face, method: str, path: str, headers: dict[str, str]) -> None:
    await refused(slow, method, path, 415, content=b'{"id": "x"}', headers=headers)


async def test_a_gzip_body_is_read(face: Face) -> None:
    content = gzip.compress(b'{"id": "small"}')
    told = await face.ask("POST", FACTORY, 202, content=content, headers={**JSON, "Content-Encoding": "gzip"})
    assert told["batch_id"] == "small"


BAD_IDS = ["", " ", " x", "x ", "x" * 101, "a\nb", "a\tb", "\x00", "a\x7fb", "\u200b", "\u202ex", "\u2028", "\ufeff"]


@pytest.mark.parametrize("batch_id", BAD_IDS)
async def test_an_id_that_cannot_be_shown_is_400(slow: Face, batch_id: str) -> None:
    told = await refused(slow, "POST", FACTORY, json={"id": batch_id})
    assert told["detail"]["fields"][0]["field"] == "id"
    assert "1 to 100 characters" in told["message"]


@pytest.mark.parametrize("value", [None, True, 5, 5.5, [], ["x"], {}, {"id": "x"}])
@pytest.mark.parametrize("field", ["id", "recipe"])
async def test_an_id_or_a_recipe_that_is_no_text_is_400(slow: Face, field: str, value: Any) -> None:
    told = await refused(slow, "POST", FACTORY, json={"id": "x", field: value})
    assert [each["field"] for each in told["detail"]["fields"]] == [field]
    assert "must be a text" in told["message"]


@pytest.mark.parametrize("batch_id", ["🔋", "a/b", "a%2Fb", "..", "é" * 100, "a&b=c?d#e", "'; --", "批次 1", "null"])
async def test_an_id_of_any_characters_that_show_is_found_again(face: Face, batch_id: str) -> None:
    await face.started(batch_id)
    await face.ended(batch_id)
    logs = (await face.ask("GET", "/factory/logs", params={"batch_id": batch_id, "after": 0}))["logs"]
    assert (logs[0]["kind"], logs[-1]["kind"]) == ("batch_queued", "batch_completed")
    assert {entry["batch_id"] for entry in logs} == {batch_id}
    assert [batch["id"] for batch in (await face.ask("GET", "/factory/status"))["batches"]] == [batch_id]


BAD_VALUES: list[Any] = [True, False, None, "1", "", "NaN", [], [1], {}, 1e300, -1e300, 10**30, -(2**64), -1]


@pytest.mark.parametrize("value", BAD_VALUES, ids=repr)
async def test_no_parameter_of_any_machine_takes_what_is_no_number_of_its_range(slow: Face, value: Any) -> None:
    before = await state_of(slow)
    for machine, name in FIELDS if value is not None else REQUIRED:
        told = await slow.error("PATCH", f"/machine/{machine}/parameters", 400, json={name: value})
        assert told["error_code"] == "INVALID_PARAMETERS", (machine, name, told)
        assert name in told["message"], (machine, name, told)
        assert len(told["message"]) < LONGEST_MESSAGE
    assert await state_of(slow) == before


async def test_a_refusal_names_machine_field_value_range_and_unit(slow: Face) -> None:
    for machine, name in SCALARS:
        told = await slow.error("PATCH", f"/machine/{machine}/parameters", 400, json={name: True})
        [field] = told["detail"]["fields"]
        assert (field["field"], field["value"]) == (name, True)
        assert field["message"].startswith(f"{machine}: {name} is true: must be a"), field
        assert " to " in field["message"], field


@pytest.mark.parametrize(
    "name", ["__class__", "model_config", "", "AM ", "am", "🔋", "x" * 5_000, "material_ratios.AM"]
)
async def test_an_unknown_parameter_is_400(slow: Face, name: str) -> None:
    for machine in ("anode/mixing", "cathode/drying", "cell/aging"):
        told = await refused(slow, "PATCH", f"/machine/{machine}/parameters", json={name: 1})
        assert "no such parameter" in told["message"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"material_ratios": RATIOS, "AM": 0.8}, "AM"),
        ({"AM": 0.8, "AM_ratio": 0.8}, "AM"),
        ({"material_ratios": {**RATIOS, "water": 0.0}}, "water"),
        ({"material_ratios": {**RATIOS, "AM": float(2)}}, "AM"),
        ({"material_ratios": {**RATIOS, "AM": 0.8001}}, "material_ratios"),
        ({"material_ratios": {**RATIOS, "AM": 0.80000112}}, "material_ratios"),
        ({"material_ratios": [0.8, 0.1, 0.05, 0.05]}, "material_ratios"),
        ({"material_ratios": {"material_ratios": RATIOS}}, "material_ratios"),
    ],
)
async def test_bad_ratios_are_400(slow: Face, changes: Any, field: str) -> None:
    told = await refused(slow, "PATCH", MIXER, json=changes)
    assert any(field in each["message"] for each in told["detail"]["fields"]), told


async def test_one_bad_field_among_good_ones_refuses_all(slow: Face) -> None:
    good = {"coating_speed": 0.2, "gap_height": 0.0003}
    told = await refused(slow, "PATCH", COATER, json={**good, "coating_width": 99})
    assert [each["field"] for each in told["detail"]["fields"]] == ["coating_width"]
    told = await refused(slow, "POST", START, json={"anode": RATIOS, "cathode": {**CATHODE, "CA": -1}})
    assert "cathode.CA" in [each["field"] for each in told["detail"]["fields"]]
    blocks = {"anode_coating_params": good, "cathode_coating_params": {"coating_speed": 0}}
    told = await refused(slow, "POST", FACTORY, json={"id": "x", **blocks})
    assert [each["field"] for each in told["detail"]["fields"]] == ["cathode_coating_params.coating_speed"]


async def test_a_thousand_bad_fields_make_one_short_message(slow: Face) -> None:
    told = await refused(slow, "POST", FACTORY, json={"id": "x", **{f"block{number}": {} for number in range(1_000)}})
    assert "999 more" in told["message"]


GETS = ["/factory/status", "/factory/logs", "/machine/anode/mixing/status", "/health"]
PATHS = [*((path, "GET, HEAD") for path in GETS), (START, "POST"), (FACTORY, "POST"), (MIXER, "PATCH")]


@pytest.mark.parametrize(("path", "allowed"), PATHS)
async def test_other_methods_are_405_and_told_which_there_are(slow: Face, path: str, allowed: str) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        if method not in allowed:
            before = await state_of(slow)
            answer = await slow.http.request(method, path, content=b"{}", headers=JSON)
            assert (answer.status_code, answer.headers["allow"]) == (405, allowed), method
            assert method == "HEAD" or answer.json()["detail"] == {"allowed": allowed}
            assert await state_of(slow) == before


@pytest.mark.parametrize("path", GETS)
async def test_head_is_get_without_the_body(slow: Face, path: str) -> None:
    answer = await slow.http.head(path)
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("path", [*(path for path, _ in PATHS), "/ws/status", "/machine/anode/mixing"])
async def test_a_path_with_a_slash_behind_it_is_another(slow: Face, path: str) -> None:
    assert (await refused(slow, "POST", f"{path}/", 404, json=json.loads("{}")))["error_code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    "path", ["anode%2Fmixing/x", "%00/mixing", "anode/%ff", "anode/mixing%20", "🔋/%F0%9F", "a/b/c"]
)
async def test_a_strange_path_is_404(slow: Face, path: str) -> None:
    await refused(slow, "GET", f"/machine/{path}/status", 404)
    await refused(slow, "PATCH", f"/machine/{path}/parameters", 404, json={"AM": True})


@pytest.mark.parametrize(
    "query",
    [
        *(
            "status?x=1",
            "status?limit=",
            "status?limit=1.5",
            "status?limit=0x1",
            "status?limit=%D9%A3",
            "status?after=-1",
        ),
        *("status?after=%00", "status?after=%D9%A3", "status?state=", "status?state=running&state=queued"),
        *("logs?x=1", "logs?after=", "logs?after=-1", "logs?after=1e3", "logs?after=" + "9" * 40, "logs?after=%ff"),
        *("logs?machine=", "logs?machine=anode", "logs?machine=cell/mixing", "logs?limit=" + "9" * 5_000),
        *("logs?limit=%EF%BC%91", "logs?" + "x" * 3_000 + "=1"),
    ],
)
async def test_a_bad_query_names_its_parameter(slow: Face, query: str) -> None:
    told = await refused(slow, "GET", f"/factory/{query}")
    assert told["detail"]["parameter"] in told["message"]
