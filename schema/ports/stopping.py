"""What a port raises when the server stops in the middle of its work."""

from __future__ import annotations


class StoppingError(Exception):
    """The work was given up because the server stops; nothing of it was kept, and it can be asked for again."""

    def __init__(self) -> None:
        super().__init__("the server is stopping: nothing of this was kept; ask again when it is back")


def says_stopping(error: BaseException | None) -> bool:
    """Whether this is a StoppingError, or a group of errors that has one."""
    if isinstance(error, BaseExceptionGroup):
        return error.subgroup(StoppingError) is not None
    return isinstance(error, StoppingError)
