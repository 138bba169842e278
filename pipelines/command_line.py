"""The command line: `navfoundry VERB`. Only options and words are here; each verb calls one function.

Verbs import what they need when called, so that `--help` answers at once.
Exit codes: 0 done, 1 an expected failure (the message says what to do), 3 an unexpected one, 130 interrupted.
"""

from __future__ import annotations

import sys
import tempfile
import traceback
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from schemas.errors import NavfoundryError

INTERRUPTED = 130

app = typer.Typer(
    name="navfoundry",
    help="Make, inspect and check synthetic data for vision-and-language navigation.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
scenes_app = typer.Typer(help="List, show and check the scenes of a dataset.", no_args_is_help=True)
app.add_typer(scenes_app, name="scenes")
export_app = typer.Typer(help="Turn a run's shards into the formats of other trainers.", no_args_is_help=True)
app.add_typer(export_app, name="export")
check_app = typer.Typer(help="Check a folder, ours or another's, against the format it is in.", no_args_is_help=True)
app.add_typer(check_app, name="check")
import_app = typer.Typer(help="Bring data of other formats into shards.", no_args_is_help=True)
app.add_typer(import_app, name="import")

RecipeFile = Annotated[Path, typer.Argument(help="Recipe file, TOML. Example: recipes/demo.toml")]
Out = Annotated[str, typer.Argument(help="Output folder or URL of a run. Example: out/demo or s3://bucket/run")]


def main() -> None:
    """Entry point of the `navfoundry` command; see the module's text for the exit codes."""
    try:
        code = app(standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except TyperException as error:
        _say(f"error: {error.format_message()} See `navfoundry --help`.")
        code = 1
    except NavfoundryError as error:
        _say(f"error: {error}")
        code = 1
    except Exception:
        _say(f"unexpected error; please report it with this file: {_crash_report()}")
        code = 3
    if code == INTERRUPTED:
        _say("interrupted; run the same command again to go on where it stopped")
    sys.exit(code if isinstance(code, int) else 0)


@app.command()
def generate(
    recipe: RecipeFile,
    out: Annotated[str, typer.Option(help="Output folder or URL; resumes what is there. Example: out/demo")],
    executor: Annotated[
        str | None, typer.Option(help="`ray` or `inline` (one process, for debugging). Default: the recipe's.")
    ] = None,
    address: Annotated[
        str | None, typer.Option(help="Ray cluster to join, e.g. auto. Default: the recipe's, else a local one.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(help="Units made at once on a local Ray, count. Default: the recipe's, else all cores."),
    ] = None,
    sheet: Annotated[int, typer.Option(help="Episodes on the contact sheet, count; 0 for none. Default: 12.")] = 12,
) -> None:
    """Make the shards of a recipe. The same command resumes after any stop."""
    from pipelines.generation import generate_command

    raise typer.Exit(generate_command(recipe, out, executor, address, workers, sheet))


@app.command()
def caption(
    shards: Annotated[str, typer.Argument(help="Output folder or URL of a run. Example: out/demo")],
    out: Annotated[str, typer.Option(help="Output folder or URL; resumes what is there. Example: out/spoken")],
    recipe: Annotated[
        Path | None,
        typer.Option(help="Recipe file of which [captioning] and [engine] are taken. Default: grounded texts, on Ray."),
    ] = None,
    executor: Annotated[
        str | None, typer.Option(help="`ray` or `inline` (one process). Default: the recipe's, else ray.")
    ] = None,
    address: Annotated[
        str | None, typer.Option(help="Ray cluster to join, e.g. auto. Default: the recipe's, else a local one.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Units captioned at once on a local Ray, count. Default: the recipe's.")
    ] = None,
) -> None:
    """Write the shards of a run again with other instructions, without rendering. docs/captioning.md tells more."""
    from pipelines.exporting import caption_command

    raise typer.Exit(caption_command(shards, out, recipe, executor, address, workers))


@app.command()
def plan(
    recipe: RecipeFile,
    sample: Annotated[int, typer.Option(help="Scenes to look at for the estimate, count. Default: 2.")] = 2,
) -> None:
    """Estimate units, episodes, frames, bytes and hours before anything runs."""
    from pipelines.estimate import estimate

    _say(estimate(recipe, sample), to_stdout=True)


@app.command()
def status(out: Out) -> None:
    """Tell what is done, open and quarantined in a run."""
    from pipelines.inspection import status_text

    _say(status_text(out), to_stdout=True)


@app.command()
def verify(out: Out) -> None:
    """Re-hash every file, check every record and re-project test points. Exits with 1 where anything is wrong."""
    from pipelines.inspection import verify_run

    text, sound = verify_run(out)
    _say(text, to_stdout=True)
    raise typer.Exit(0 if sound else 1)


@app.command("inspect")
def inspect_command(
    out: Out,
    episode: Annotated[str | None, typer.Option(help="Episode to show whole. Default: a table of all.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a contact sheet there. Example: sheet.html")] = None,
    limit: Annotated[int, typer.Option(help="Episodes shown, count. Default: 24.")] = 24,
) -> None:
    """Show the episodes of a run: a table, one episode, or a contact sheet."""
    from pipelines.inspection import inspect_text

    _say(inspect_text(out, episode, html, limit), to_stdout=True)


@app.command()
def doctor() -> None:
    """Tell what this machine has and lacks, with the command that mends it. Paste it into bug reports."""
    from pipelines.doctor import examine

    text, healthy = examine()
    _say(text, to_stdout=True)
    raise typer.Exit(0 if healthy else 1)


Dataset = Annotated[str, typer.Argument(help="Dataset name. Example: procedural, files, replica")]
Root = Annotated[str | None, typer.Option(help="The dataset's folder. Default: none (procedural needs none).")]
Options = Annotated[
    list[str] | None, typer.Option("--option", help="Adapter option KEY=VALUE, repeatable. Example: count=3")
]
Select = Annotated[list[str] | None, typer.Option(help="Names or patterns, repeatable. Default: all.")]


@scenes_app.command("list")
def scenes_list(dataset: Dataset, root: Root = None, option: Options = None, select: Select = None) -> None:
    """List the scenes of a dataset without loading them."""
    from pipelines.scene_pages import list_text

    _say(list_text(dataset, root, option or [], select or []), to_stdout=True)


@scenes_app.command("show")
def scenes_show(
    dataset: Dataset,
    name: Annotated[str, typer.Argument(help="Scene name as listed. Example: home_000001")],
    root: Root = None,
    option: Options = None,
    picture: Annotated[Path | None, typer.Option(help="Write a top-down picture there. Example: top.png")] = None,
) -> None:
    """Load one scene: bounds, triangles, storeys, label coverage, and a top-down picture."""
    from pipelines.scene_pages import show_text

    _say(show_text(dataset, name, root, option or [], picture), to_stdout=True)


@scenes_app.command("check")
def scenes_check(dataset: Dataset, root: Root = None, option: Options = None, select: Select = None) -> None:
    """Load every scene listed and tell what an adapter or the data should change. Exits with 1 if anything."""
    from pipelines.scene_pages import check_text

    text, sound = check_text(dataset, root, option or [], select or [])
    _say(text, to_stdout=True)
    raise typer.Exit(0 if sound else 1)


@export_app.command("internnav")
def export_internnav(
    shards: Annotated[str, typer.Argument(help="Output folder or URL of a run. Example: out/demo")],
    out: Annotated[Path, typer.Option(help="Folder to fill; resumes what is there. Example: out/vln_n1")],
    camera: Annotated[
        str | None,
        typer.Option(
            help="Camera to look through, by its mount's name, or its own where it has none. "
            "Default: the first of each robot. Example: 125cm_0deg"
        ),
    ] = None,
    max_episodes: Annotated[
        int | None, typer.Option(min=1, help="Episodes a scene at most, count. Default: all.")
    ] = None,
    executor: Annotated[str, typer.Option(help="`ray` or `inline` (one process). Default: ray.")] = "ray",
    address: Annotated[str | None, typer.Option(help="Ray cluster to join, e.g. auto. Default: a local one.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Scenes exported at once on a local Ray, count. Default: all cores.")
    ] = None,
) -> None:
    """Write the vln_n1 dialect, which InternNav's NavDP trainer loads as it is. docs/internnav.md tells more."""
    from pipelines.exporting import internnav_command

    raise typer.Exit(internnav_command(shards, out, camera, max_episodes, executor, address, workers))


@export_app.command("lerobot")
def export_lerobot(
    shards: Annotated[str, typer.Argument(help="Output folder or URL of a run. Example: out/demo")],
    out: Annotated[str, typer.Option(help="Folder or URL to fill; resumes what is there. Example: out/lerobot")],
    executor: Annotated[str, typer.Option(help="`ray` or `inline` (one process). Default: ray.")] = "ray",
    address: Annotated[str | None, typer.Option(help="Ray cluster to join, e.g. auto. Default: a local one.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Shards exported at once on a local Ray, count. Default: all cores.")
    ] = None,
) -> None:
    """Write a LeRobot dataset, format v3.0, which `lerobot` loads as it is. docs/lerobot.md tells more."""
    from pipelines.exporting import lerobot_command

    raise typer.Exit(lerobot_command(shards, out, executor, address, workers))


@check_app.command("internnav")
def check_internnav(
    root: Annotated[str, typer.Argument(help="Folder that holds the groups of scenes. Example: out/vln_n1")],
) -> None:
    """Tell what in a vln_n1 folder would stop NavDP's trainer or silently spoil it. Exits with 1 if anything."""
    from pipelines.internnav_check import check_internnav

    text, sound = check_internnav(root)
    _say(text, to_stdout=True)
    raise typer.Exit(0 if sound else 1)


@import_app.command("internnav")
def import_internnav(
    root: Annotated[str, typer.Argument(help="Folder that holds the groups of scenes. Example: out/vln_n1")],
    out: Annotated[str, typer.Option(help="Output folder or URL; resumes what is there. Example: out/imported")],
    executor: Annotated[str, typer.Option(help="`ray` or `inline` (one process). Default: ray.")] = "ray",
    address: Annotated[str | None, typer.Option(help="Ray cluster to join, e.g. auto. Default: a local one.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Scenes imported at once on a local Ray, count. Default: all cores.")
    ] = None,
) -> None:
    """Read vln_n1 folders, ours or released ones, into shards; nothing that the dialect holds is lost."""
    from pipelines.exporting import import_command

    raise typer.Exit(import_command(root, out, executor, address, workers))


def _say(text: str, to_stdout: bool = False) -> None:
    typer.echo(text, err=not to_stdout)


def _crash_report() -> str:
    with tempfile.NamedTemporaryFile("w", prefix="navfoundry-crash-", suffix=".log", delete=False) as file:
        file.write(f"{sys.version}\n{' '.join(sys.argv)}\n\n{traceback.format_exc()}")
    return file.name


if __name__ == "__main__":
    main()
