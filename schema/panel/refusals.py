"""What a panel mutation answers when the world says no. Each is named like a sentence and says what to do next."""

import strawberry


@strawberry.interface(
    description="Why a change to a panel was refused. Nothing was changed unless the type says otherwise."
)
class PanelRefusal:
    """The shared part of every refusal."""

    message: str = strawberry.field(description="Where, what, and what to do next, in one sentence.")
    serial: str | None = strawberry.field(description="The panel's serial, where it is known.", default=None)
