"""What the `errors` of an answer say, and what they keep to themselves.

    GraphQLError
    └── ApiError                 ours to tell: a sentence and a stable `extensions.code`
        ├── BadInputError        BAD_USER_INPUT     an argument out of its range; `argument` names it
        ├── PanelMissingError    PANEL_NOT_FOUND    a live feed of a panel that busbar does not know
        ├── CircuitMissingError  CIRCUIT_NOT_FOUND  a live feed of a circuit that the panel does not have
        ├── MeasurementMissingError  CELL_MEASUREMENT_NOT_FOUND  a live feed of a measurement that is not there
        ├── SeriesMissingError   SERIES_NOT_FOUND   samples of a measurement that has none
        ├── ColumnMissingError   COLUMN_NOT_FOUND   samples of a column that the measurement does not have
        ├── ReadingMissingError  READING_NOT_FOUND  what a machine does not show; `readings` are what it does
        ├── BatchMissingError    BATCH_NOT_FOUND    a live feed of a batch that is not there
        ├── MachineMissingError  MACHINE_NOT_FOUND  log or feed of a machine that there is not
        ├── CursorBadError       CURSOR_INVALID     not a cursor of this log
        ├── CursorOldError       CURSOR_EXPIRED     the events after it are gone; `topic` and `oldest` are beside it
        ├── ForbiddenError       FORBIDDEN          the token's list of panels stands in the way
        └── StoppedError         STOPPING           the server stops; nothing of it was kept

Documents that do not parse carry GRAPHQL_PARSE_FAILED, those that do not fit the schema GRAPHQL_VALIDATION_FAILED.
All else is nobody's fault but ours: logged with an id, and answered as INTERNAL with that id and nothing more.
Refusals of mutations are types, not errors: `schema/panel/refusals.py`, `schema/cells/refusals.py`,
`schema/plant/refusals.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import structlog
from graphql import GraphQLError, GraphQLSyntaxError

from schema import ports

log = structlog.get_logger("busbar.graphql")


class ApiError(GraphQLError):
    """An error whose text is meant for the client."""

    code = "BAD_USER_INPUT"

    def __init__(self, message: str, **details: Any) -> None:  # noqa: ANN401 (any JSON value)
        super().__init__(message, extensions={"code": self.code, **details})


class BadInputError(ApiError):
    """An argument that is no value of its kind; the text says which range it has."""

    def __init__(self, argument: str, message: str) -> None:
        super().__init__(f"{argument}: {message}", argument=argument)


class PanelMissingError(ApiError):
    """Raised by live feeds; plain reads answer null."""

    code = "PANEL_NOT_FOUND"

    def __init__(self, serial: str) -> None:
        super().__init__(f"busbar has no panel {serial!r}; ask `panels` for those it has", serial=serial)


class CircuitMissingError(ApiError):
    """Raised by live feeds; plain reads answer null."""

    code = "CIRCUIT_NOT_FOUND"

    def __init__(self, serial: str, circuit_ids: list[str]) -> None:
        names = ", ".join(repr(each) for each in circuit_ids)
        super().__init__(
            f"panel {serial!r} has no circuit {names}; ask `panel.circuits` for the `circuitId`s it has",
            serial=serial,
            circuitIds=circuit_ids,
        )


class MeasurementMissingError(ApiError):
    """Raised by live feeds; plain reads answer null."""

    code = "CELL_MEASUREMENT_NOT_FOUND"

    def __init__(self, measurement_id: str) -> None:
        super().__init__(
            f"there is no cell measurement {measurement_id[:60]!r}; ask `cellMeasurements` for those there are",
            measurementId=measurement_id[:60],
        )


class SeriesMissingError(ApiError):
    """Of one measurement; those beside it are answered."""

    code = "SERIES_NOT_FOUND"

    def __init__(self, measurement_id: str) -> None:
        super().__init__(
            f"cell measurement {measurement_id!r} has no samples; ask for its `properties` or `files`",
            measurementId=measurement_id,
        )


class ColumnMissingError(ApiError):
    """Of one measurement; those beside it are answered."""

    code = "COLUMN_NOT_FOUND"

    def __init__(self, measurement_id: str, column: str) -> None:
        super().__init__(
            f"cell measurement {measurement_id!r} has no column of numbers {column!r}; ask for its `columns`",
            measurementId=measurement_id,
            column=column,
        )


class ReadingMissingError(ApiError):
    """Of one machine; those beside it are answered."""

    code = "READING_NOT_FOUND"

    def __init__(self, machine: str, name: str, there: Sequence[str]) -> None:
        super().__init__(
            f"{machine} shows no {name[:60]!r}; ask for some of {', '.join(there)}",
            machine=machine,
            readings=list(there),
        )


class BatchMissingError(ApiError):
    """Raised by live feeds; plain reads answer null."""

    code = "BATCH_NOT_FOUND"

    def __init__(self, batch_id: str) -> None:
        super().__init__(
            f"there is no batch {batch_id[:60]!r}; ask `batches` for those there are", batchId=batch_id[:60]
        )


class MachineMissingError(ApiError):
    """Raised by the log and by live feeds; `machine` answers null."""

    code = "MACHINE_NOT_FOUND"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no machine {name!r}; ask `plant.lines` for all sixteen", machine=name)


class CursorBadError(ApiError):
    """The cursor was altered, cut, or made by another log."""

    code = "CURSOR_INVALID"


class CursorOldError(ApiError):
    """The log has forgotten what came after the cursor."""

    code = "CURSOR_EXPIRED"


class ForbiddenError(ApiError):
    """The token names panels, and this concerns one that it does not, or none; nothing was changed."""

    code = "FORBIDDEN"


class StoppedError(ApiError):
    """The server was stopped in the middle of the work."""

    code = "STOPPING"


def told(error: GraphQLError, new_id: Callable[[], str]) -> GraphQLError:
    """The error as the client may see it; what nobody expected is logged under a new id and masked."""
    cause = error.original_error
    if "code" in (error.extensions or {}):
        return error
    if isinstance(cause, ports.CursorExpiredError):
        return _placed(CursorOldError(str(cause), topic=cause.topic, oldest=cause.oldest), error)
    if isinstance(cause, ports.CursorInvalidError):
        return _placed(CursorBadError(str(cause)), error)
    if ports.says_stopping(cause):
        return _placed(StoppedError(str(ports.StoppingError())), error)
    if cause is None or isinstance(cause, GraphQLError):
        return _with_code(error)
    return _masked(error, new_id())


def _with_code(error: GraphQLError) -> GraphQLError:
    code = "GRAPHQL_PARSE_FAILED" if isinstance(error, GraphQLSyntaxError) else "GRAPHQL_VALIDATION_FAILED"
    error.extensions = {**(error.extensions or {}), "code": code}
    return error


def _masked(error: GraphQLError, error_id: str) -> GraphQLError:
    log.error("unexpected error", error_id=error_id, path=error.path, exc_info=error.original_error)
    masked = GraphQLError(
        f"something went wrong inside busbar; its log has the details under {error_id}",
        extensions={"code": "INTERNAL", "errorId": error_id},
    )
    return _placed(masked, error)


def _placed(error: GraphQLError, at: GraphQLError) -> GraphQLError:
    """The error, standing in the document and the answer where the other one stood."""
    return GraphQLError(error.message, nodes=at.nodes, path=at.path, extensions=error.extensions)
