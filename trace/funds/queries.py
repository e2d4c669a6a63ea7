"""Reading funds."""

from trace.core.actor import Actor


def waiting_for(actor: Actor) -> list[tuple[str, int, str]]:
    """What waits for the actor."""
    return []
