"""What the API asks of the world. `server` implements these; the tests have small fakes of them.

A port answers with a noun, or with a refusal (`schema.panel.refusals`, `schema.cells.refusals`) when the world says
no; it raises only for what nobody expected. Nothing here knows a table, a URL or a wire format.
"""

from schema.ports.cells import (
    Append,
    Bytes,
    Cells,
    Comparison,
    Condition,
    Confirmed,
    Page,
    Query,
    Recordings,
    Samples,
    SeriesWish,
    Table,
    Uploaded,
    Uploads,
    UploadTarget,
)
from schema.ports.events import (
    CursorExpiredError,
    CursorInvalidError,
    Event,
    Events,
    NewEvent,
    Position,
    TopicFilter,
)
from schema.ports.links import Links
from schema.ports.panels import Availability, History, Metric, Panels, PanelView
from schema.ports.series import Series

__all__ = [
    "Append",
    "Availability",
    "Bytes",
    "Cells",
    "Comparison",
    "Condition",
    "Confirmed",
    "CursorExpiredError",
    "CursorInvalidError",
    "Event",
    "Events",
    "History",
    "Links",
    "Metric",
    "NewEvent",
    "Page",
    "PanelView",
    "Panels",
    "Position",
    "Query",
    "Recordings",
    "Samples",
    "Series",
    "SeriesWish",
    "Table",
    "TopicFilter",
    "UploadTarget",
    "Uploaded",
    "Uploads",
]
