"""`navfoundry export`, `import` and `caption`: the engine's options, a live display, and what to say at the end."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console

from factory.engine import RunSummary, UnitReport, add_up
from factory.observe.progress import Progress
from pipelines.internnav_export import Selection, export_internnav
from pipelines.internnav_import import import_internnav
from pipelines.lerobot_export import export_lerobot
from pipelines.recaption import caption_recipe, recaption
from schemas.errors import RecipeError
from schemas.recipe import Engine


def internnav_command(
    shards: str,
    out: Path,
    camera: str | None,
    episodes: int | None,
    executor: str,
    address: str | None,
    workers: int | None,
) -> int:
    """Export and tell how it ended. Returns the exit code: 1 where a scene was given up, or nothing was selected."""
    engine = _engine(executor, address, workers)
    with Progress(Console(stderr=True)) as progress:
        summary = export_internnav(shards, str(out), Selection(camera, episodes), engine, progress)
    return _told(summary, str(out), f"{out}.export", "scenes")


def lerobot_command(shards: str, out: str, executor: str, address: str | None, workers: int | None) -> int:
    """Export and tell how it ended. Returns the exit code: 1 where a shard was given up, and the dataset unfinished."""
    engine = _engine(executor, address, workers)
    with Progress(Console(stderr=True)) as progress:
        summary = export_lerobot(shards, out, engine, progress)
    return _told(summary, out, f"{out.rstrip('/')}.export", "shards")


def import_command(root: str, out: str, executor: str, address: str | None, workers: int | None) -> int:
    """Import and tell how it ended. Returns the exit code: 1 where a folder was given up."""
    engine = _engine(executor, address, workers)
    with Progress(Console(stderr=True)) as progress:
        summary = import_internnav(root, out, engine, progress)
    return _told(summary, out, out, "scenes")


def caption_command(
    shards: str, out: str, recipe: Path | None, executor: str | None, address: str | None, workers: int | None
) -> int:
    """Put shards into other words and tell how it ended. Returns the exit code: 1 where a unit was given up."""
    given = {"executor": executor, "address": address, "workers": workers}
    changes = {name: value for name, value in given.items() if value is not None}
    wanted = caption_recipe(shards, recipe, changes)
    with Progress(Console(stderr=True)) as progress:
        summary = recaption(wanted, shards, out, progress)
    return _told(summary, out, out, "units")


def _engine(executor: str, address: str | None, workers: int | None) -> Engine:
    try:
        return Engine.model_validate({"executor": executor, "address": address, "workers": workers})
    except ValueError as error:
        raise RecipeError(f"--executor is ray or inline, not {executor!r}") from error


def _told(summary: RunSummary[UnitReport], out: str, state: str, items: str) -> int:
    for name in summary.quarantined:
        typer.echo(f"quarantined: {name}, why: {state}/quarantine/{name}.json", err=True)
    total = add_up(summary.results.values())
    typer.echo(
        f"{out}: {total.written} episodes, {total.frames} frames of {summary.done} {items} written; "
        f"{summary.skipped} {items} were there already"
    )
    return 1 if summary.quarantined else 0
