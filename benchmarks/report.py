"""How every benchmark reports: a table for people, and a committed file with the machine it was measured on."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from factory.observe.machine import this_machine

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Row:
    """One measured value beside its peer's. `ratio` above 1 means better than the peer."""

    row: str
    value: float
    unit: str
    peer: str | None = None
    peer_value: float | None = None
    ratio: float | None = None


def compare(row: str, value: float, unit: str, peer: str, peer_value: float) -> Row:
    """A row of rates: more is better."""
    return Row(row, value, unit, peer, peer_value, value / peer_value)


def median_seconds(
    work: Mapping[str, Callable[[], object]], runs: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """Median time of each piece of work, seconds. They take turns, so that a busy machine slows all alike.

    clock : wall time, or `time.process_time` for work of the processor alone on a machine shared with others
    """
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(runs):
        for name, call in work.items():
            start = clock()
            call()
            seconds[name].append(clock() - start)
    return {name: statistics.median(times) for name, times in seconds.items()}


def report(name: str, rows: list[Row]) -> None:
    """Print the rows and write `results/<name>.json`."""
    table = Table("row", "value", "unit", "peer", "peer's value", "ratio", title=f"benchmark {name}")
    for row in rows:
        table.add_row(*("" if cell is None else _shown(cell) for cell in asdict(row).values()))
    Console().print(table)
    content = {
        "benchmark": name,
        "machine": asdict(this_machine()),
        "load": round(os.getloadavg()[0], 1),
        "rows": [asdict(row) for row in rows],
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")


def _shown(cell: str | float) -> str:
    return cell if isinstance(cell, str) else f"{cell:,.3g}" if cell < 1000 else f"{cell:,.0f}"
