"""Reading a capture: JSON Lines, a header and then an answer a line. What is wrong is told by file and line."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO, Literal, NoReturn, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from emulator.errors import CaptureError

FORMAT, VERSION = "busbar-capture", 1

MAX_BYTES = 300_000_000
"""A little more than `busbar record` writes at most."""
MAX_LINE_BYTES = 14_000_000
"""A body of 2 MB, each byte of it escaped."""

MAX_WHERE = 80
"""Characters of a key that a refusal shows."""

LineT = TypeVar("LineT", bound=BaseModel)
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
HeaderValue = Annotated[str, StringConstraints(pattern=r"^[ -~]*$", max_length=2000)]


def _decoded(text: object) -> bytes | None:
    if text is None:
        return None
    if not isinstance(text, str):
        raise ValueError("Input should be text")  # what pydantic turns into a refusal
    return b64decode(text, validate=True)


class Header(BaseModel):
    """The first line. `every_s` is the seconds from poll to poll that were wanted."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    format: Literal["busbar-capture"]
    version: Literal[1]
    recorded_at: AwareDatetime
    serial: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    every_s: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Answer(BaseModel):
    """Any other line: what was answered `at_s` seconds after the header. One of the two bodies is given."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    at_s: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    method: Literal["GET"]
    path: Annotated[str, StringConstraints(pattern=r"^/api/v1/[!-~]+$", max_length=2000)]
    status: Annotated[int, Field(ge=200, le=599)]
    headers: dict[HeaderName, HeaderValue]
    body: str | None = None
    body_base64: Annotated[bytes | None, BeforeValidator(_decoded)] = None

    @property
    def content(self) -> bytes:
        """The body as it came."""
        return self.body_base64 if self.body is None and self.body_base64 is not None else (self.body or "").encode()


class Capture(BaseModel):
    """A whole file; `answers` in the order of their times, at least one."""

    header: Header
    answers: tuple[Answer, ...]


def read_capture(path: Path) -> Capture:
    """Read and check the file; CaptureError says in one line what is wrong with it, and where."""
    try:
        with path.open("rb") as stream:
            return _read(path.name, stream)
    except OSError as error:
        raise CaptureError(path.name, 1, f"cannot be read ({error.strerror}); give what busbar record wrote") from None


def _read(file: str, stream: BinaryIO) -> Capture:
    lines = _lines(file, stream)
    number, first = next(lines, (1, b""))
    if not first:
        raise CaptureError(file, 1, "the file is empty")
    header = _parsed(Header, file, number, first)
    answers: list[Answer] = []
    for number, line in lines:
        answer = _parsed(Answer, file, number, line)
        if (answer.body is None) == (answer.body_base64 is None):
            raise CaptureError(file, number, "an answer has either body or body_base64")
        if answers and answer.at_s < answers[-1].at_s:
            raise CaptureError(file, number, f"at_s {answer.at_s:g} is before the line above; time never goes back")
        answers.append(answer)
    if not answers:
        raise CaptureError(file, 1, "there is no answer after the header: nothing to replay")
    return Capture.model_construct(header=header, answers=tuple(answers))


def _lines(file: str, stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number, size = 0, 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number, size = number + 1, size + len(line)
        if len(line) > MAX_LINE_BYTES or size > MAX_BYTES:
            raise CaptureError(file, number, f"longer than {MAX_LINE_BYTES:,} bytes a line, {MAX_BYTES:,} in all")
        if not line.endswith(b"\n"):
            raise CaptureError(file, number, "the line is cut off; remove it, and the rest can be replayed")
        yield number, line


def _parsed(kind: type[LineT], file: str, number: int, line: bytes) -> LineT:
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        _refuse(file, number, error)


def _refuse(file: str, number: int, error: ValidationError) -> NoReturn:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(repr(part)[1:-1] if isinstance(part, str) else str(part) for part in first["loc"])[:MAX_WHERE]
    raise CaptureError(file, number, f"{where}: {first['msg']}" if where else first["msg"]) from None
