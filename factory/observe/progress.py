"""How a run is going, for a person: a live display on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from factory.engine import Event, Opened, Quarantined, Retried
from factory.observe.tally import Tally

LINE_SECONDS = 10.0
ROWS_IN_FLIGHT = 8


class Progress:
    """A context that takes the events of one run after another: `with Progress(console) as show: run(…, show)`."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._tally: Tally | None = None
        # The display refreshes in a thread of its own. Nothing is printed under this lock: printing has its own.
        self._counting = threading.Lock()
        self._last_line = clock()
        self._live = Live(console=console, get_renderable=self._view, refresh_per_second=4, transient=True)

    def __enter__(self) -> Progress:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()
        self._close()

    def __call__(self, event: Event) -> None:
        """Take an event in and show it."""
        if isinstance(event, Opened):
            self._close()
            self._tally = Tally(event, self._clock)
            self._say(opening_line(event))
        if self._tally is None:
            return
        with self._counting:
            self._tally.enter(event)
        if isinstance(event, (Retried, Quarantined)):
            self._say(fault_line(event))
        if not self._console.is_terminal and self._clock() - self._last_line >= LINE_SECONDS:
            self._say(status_line(self._tally))

    def _close(self) -> None:
        """The last word on the run before."""
        if self._tally is not None and self._tally.opening.open:
            self._say(status_line(self._tally))

    def _say(self, line: str) -> None:
        self._last_line = self._clock()
        # Text, not markup: names of scenes may hold brackets.
        self._console.print(Text(line), soft_wrap=True)

    def _view(self) -> RenderableType:
        with self._counting:
            return Text("") if self._tally is None else view(self._tally)


def opening_line(event: Opened) -> str:
    """The first line of a run: what is done already, open and quarantined."""
    return (
        f"{event.skipped} of {event.total} {event.kind}s done already, {event.open} open, "
        f"{event.quarantined} quarantined" + (" and tried again" if event.quarantined else "")
    )


def fault_line(event: Retried | Quarantined) -> str:
    """What went wrong with an item, and what becomes of it."""
    first = (event.fault.message.splitlines() or [""])[0]
    reason = f"{event.fault.kind}: {first}"
    if isinstance(event, Retried):
        return f"{event.id}: attempt {event.attempt} failed and is tried again ({reason})"
    return f"{event.id}: quarantined after {event.attempts} attempt(s), see quarantine/{event.id}.json ({reason})"


def status_line(tally: Tally) -> str:
    """The whole state in one line."""
    report = tally.report
    parts = [f"{_settled(tally)} of {tally.opening.total} {tally.opening.kind}s", f"{len(tally.running)} in flight"]
    if tally.quarantined:
        parts.append(f"{tally.quarantined} quarantined")
    if report.attempted:
        parts.append(f"{report.written} episodes written, {_rejections(report.rejected)}")
        parts.append(f"{report.frames / max(tally.elapsed, 1e-9):.1f} frames/s")
    if tally.stages:
        parts.append(", ".join(f"{stage.name} {stage.share:.0%}" for stage in tally.stages))
    parts.append(f"{duration(tally.elapsed)} gone, {_left(tally)}")
    return " · ".join(parts)


def view(tally: Tally) -> RenderableType:
    """The live display: a bar, the counts, the stages and what is in flight."""
    report = tally.report
    head = Table.grid(padding=(0, 2))
    head.add_row(
        ProgressBar(total=max(tally.opening.total, 1), completed=_settled(tally), width=32),
        f"{_settled(tally)} of {tally.opening.total} {tally.opening.kind}s",
        Text(f"{tally.quarantined} quarantined", style="red" if tally.quarantined else "dim"),
        f"{duration(tally.elapsed)} gone, {_left(tally)}",
    )
    counts = Text(
        f"{report.written} episodes written, {_rejections(report.rejected)}   "
        f"{report.frames} frames, {report.frames / max(tally.elapsed, 1e-9):.1f}/s   {report.bytes / 1e6:.1f} MB"
    )
    return Group(head, counts, _stages(tally), _in_flight(tally))


def duration(seconds: float) -> str:
    """Seconds for a person: 42 s, 3 min 20 s, 5 h 07 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def _settled(tally: Tally) -> int:
    return tally.opening.skipped + tally.done


def _left(tally: Tally) -> str:
    return "time left not known yet" if tally.remaining is None else f"about {duration(tally.remaining)} left"


def _rejections(rejected: dict[str, int]) -> str:
    reasons = sorted(rejected.items(), key=lambda entry: (-entry[1], entry[0]))
    listed = ", ".join(f"{reason} {count}" for reason, count in reasons)
    return f"{sum(rejected.values())} rejected" + (f" ({listed})" if listed else "")


def _stages(tally: Tally) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for title in ("stage", "share of time", "", "episodes/s a worker"):
        table.add_column(title, justify="right" if title.endswith("worker") else "left")
    for stage in tally.stages:
        bar = ProgressBar(total=1.0, completed=stage.share, width=20)
        table.add_row(stage.name, bar, f"{stage.share:.0%}", f"{stage.rate:.2f}")
    return table


def _in_flight(tally: Tally) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for title in ("in flight", "attempt", "for", "episodes"):
        table.add_column(title)
    names = list(tally.running)
    for name in names[:ROWS_IN_FLIGHT]:
        task = tally.running[name]
        tried = "" if task.so_far is None else str(task.so_far.attempted)
        table.add_row(Text(name), str(task.attempt), duration(tally.seconds_in_flight(name)), tried)
    if len(names) > ROWS_IN_FLIGHT:
        table.add_row(f"and {len(names) - ROWS_IN_FLIGHT} more", "", "", "")
    return table
