"""Units of work through one run loop, inline or on Ray."""

from factory.engine.attempts import Fault
from factory.engine.events import Advanced, Event, Finished, Opened, Quarantined, Retried, Started
from factory.engine.items import Item, RunSummary, UnitReport, add_up
from factory.engine.loop import run
from factory.engine.quarantine import quarantined
from factory.engine.scratch import scratch_folder

__all__ = [
    "Advanced",
    "Event",
    "Fault",
    "Finished",
    "Item",
    "Opened",
    "Quarantined",
    "Retried",
    "RunSummary",
    "Started",
    "UnitReport",
    "add_up",
    "quarantined",
    "run",
    "scratch_folder",
]
