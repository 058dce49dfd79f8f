"""What a panel mutation answers when the world says no. Each is named like a sentence and says what to do next."""

import strawberry


@strawberry.interface(
    description="Why a change to a panel was refused. Nothing was changed unless the type says otherwise."
)
class PanelRefusal:
    """The shared part of every refusal."""

    message: str = strawberry.field(description="Where, what, and what to do next, in one sentence.")
    serial: str | None = strawberry.field(description="The panel's serial, where it is known.", default=None)


@strawberry.type(description="busbar knows no panel with this serial.")
class PanelNotFound(PanelRefusal):
    """Nothing was sent anywhere."""


@strawberry.type(description="A panel with this serial is there already, at the same address.")
class PanelAlreadyAdded(PanelRefusal):
    """Adding it with another host, port or token is not refused: that moves it."""


@strawberry.type(description="The host, port, name or access token can never be a panel's; nothing was contacted.")
class PanelAddressRefused(PanelRefusal):
    """Bad input to `addPanel`."""

    field: str = strawberry.field(description="The argument that was refused: host, port, name or accessToken.")


@strawberry.type(description="busbar holds as many panels as its configuration allows.")
class TooManyPanels(PanelRefusal):
    """Remove one, or raise the limit."""

    limit: int = strawberry.field(description="How many panels may be added.")


@strawberry.type(description="The panel did not answer, or what answered is not the panel; the change was not made.")
class PanelUnreachable(PanelRefusal):
    """Only for what certainly had no effect; otherwise the answer is ChangeUnknown."""


@strawberry.type(description="The panel does not accept busbar's access token; nothing was changed.")
class PanelUnauthorized(PanelRefusal):
    """The panel was replaced or reset, or busbar's client was deleted on it."""


@strawberry.type(description="The panel takes no new clients while its door is locked; press the door button first.")
class PanelLocked(PanelRefusal):
    """Pressing the door button three times opens registration for about 15 minutes."""


@strawberry.type(description="The panel has no circuit with this id.")
class CircuitNotFound(PanelRefusal):
    """As of the last poll; nothing was sent."""

    circuit_id: str = strawberry.field(description="The id that was asked for, as the panel spells its ids.")


@strawberry.type(description="The circuit cannot be changed: the panel marks it so, or it only stands for a tab.")
class CircuitNotControllable(PanelRefusal):
    """Nothing was sent."""

    circuit_id: str = strawberry.field(description="The circuit's id on the panel.")


@strawberry.type(description="The new name is empty, too long, or has characters that cannot be shown.")
class InvalidName(PanelRefusal):
    """Nothing was sent."""

    name: str = strawberry.field(description="The name that was refused, cut to 200 characters.")


@strawberry.type(description="Too many changes wait for this circuit or panel; nothing was sent.")
class TooManyChanges(PanelRefusal):
    """Changes to one circuit are made one after the other."""

    limit: int = strawberry.field(description="How many changes may wait.")


@strawberry.type(description="The panel itself refused the change; it was not made.")
class ChangeRefused(PanelRefusal):
    """The message carries the panel's own words."""

    status_code: int | None = strawberry.field(description="The panel's HTTP status.", default=None)


@strawberry.type(
    description="The change was sent and may or may not have taken effect. Look at the panel before deciding again."
)
class ChangeUnknown(PanelRefusal):
    """busbar never repeats such a change by itself."""

    shown: str | None = strawberry.field(
        description="What the panel showed when read again afterwards; null when it could not be read.", default=None
    )
