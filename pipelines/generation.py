"""`navfoundry generate`: a recipe with the command line's changes, a live display, and what to say at the end."""

from __future__ import annotations

import os
from pathlib import Path

import typer
from rich.console import Console

from factory.observe.progress import Progress
from factory.storage import open_storage
from pipelines.contact_sheet import write_contact_sheet
from pipelines.vln_n1 import generate
from schemas.errors import RecipeError
from schemas.recipe import Engine, Recipe, load_recipe


def generate_command(
    path: Path, out: str, executor: str | None, address: str | None, workers: int | None, sheet: int
) -> int:
    """Run a recipe and tell how it ended. Returns the exit code: 1 where too much was quarantined."""
    recipe = _changed(load_recipe(path), executor, address, workers)
    if os.environ.get("RAY_JOB_CONFIG_JSON_ENV_VAR") and "://" not in out and not Path(out).is_absolute():
        raise RecipeError(f"--out {out}: a submitted job runs in a folder that Ray removes; give a URL or a full path")
    storage = open_storage(out)
    with Progress(Console(stderr=True)) as progress:
        surveys, shards = generate(recipe, out, progress)
    given_up = [*surveys.quarantined, *shards.quarantined]
    for name in given_up:
        typer.echo(f"quarantined: {name}, why: {storage.url}/quarantine/{name}.json", err=True)
    if sheet:
        page = write_contact_sheet(storage, sheet)
        if page is not None:
            storage.write("contact-sheet.html", page)
            typer.echo(f"contact sheet: {storage.url}/contact-sheet.html")
    typer.echo(f"shards: {storage.url}/shards")
    share = max(surveys.quarantined_share, shards.quarantined_share)
    if share > recipe.engine.max_quarantined:
        typer.echo(
            f"error: {share:.0%} of the units are in quarantine, more than the recipe's "
            f"max_quarantined = {recipe.engine.max_quarantined:.0%}; mend the cause and run the same command again",
            err=True,
        )
        return 1
    return 0


def _changed(recipe: Recipe, executor: str | None, address: str | None, workers: int | None) -> Recipe:
    given = {"executor": executor, "address": address, "workers": workers}
    changes = {name: value for name, value in given.items() if value is not None}
    try:
        engine = Engine.model_validate(recipe.engine.model_dump() | changes)
    except ValueError as error:
        raise RecipeError(f"--executor is ray or inline, --workers 1 or more (given: {changes})") from error
    return recipe.model_copy(update={"engine": engine})
