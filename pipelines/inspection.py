"""Looking at a run: its status, its episodes, and whether all of it is what it claims to be."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from factory.engine import quarantined
from factory.shards import finished_units, read_manifest, read_shard, read_table, verify_unit
from factory.storage import Storage, open_storage
from pipelines.contact_sheet import write_contact_sheet
from pipelines.runs import ShardTask, list_scenes, read_run, read_survey, survey_name, units_of
from schemas.errors import RecipeError, ShardError
from schemas.jsonable import to_json
from schemas.manifests import Manifest


def status_text(out: str) -> str:
    """What is done, open and quarantined, and what became of the episodes."""
    storage = open_storage(out)
    recipe = read_run(storage)
    scenes = list_scenes(recipe)
    surveyed = [task for task in scenes if storage.exists(survey_name(task))]
    units = [unit for task in surveyed for unit in units_of(recipe, task, read_survey(storage, task))]
    done, given_up = finished_units(storage), quarantined(storage)
    # Shards that were imported or captioned anew follow from no survey: what is there is all there is.
    made = [task.id for task in units if task.id in done] if surveyed else sorted(done)
    manifests = [read_manifest(storage, unit_id) for unit_id in made]
    lines = [
        f"run          {recipe.name}, seed {recipe.seed}, at {storage.url}",
        f"scenes       {len(surveyed)} of {len(scenes)} surveyed",
        f"units        {len(made)} of {max(len(units), len(made))} done, {_open(units, done, given_up)} open, "
        f"{sum(task.id in given_up for task in units)} quarantined",
        *_totals(manifests),
        *(f"quarantined  {name}: {_why(storage, name)}" for name in sorted(given_up)),
    ]
    return "\n".join(lines)


def _open(units: list[ShardTask], done: frozenset[str], given_up: frozenset[str]) -> int:
    return sum(task.id not in done and task.id not in given_up for task in units)


def _totals(manifests: list[Manifest]) -> Iterator[str]:
    rejected: Counter[str] = Counter()
    for manifest in manifests:
        rejected.update(manifest.rejected)
    written = sum(manifest.written for manifest in manifests)
    attempted = sum(manifest.attempted for manifest in manifests)
    size = sum(entry.size for manifest in manifests for entry in manifest.files)
    yield f"episodes     {attempted} attempted, {written} written, {sum(rejected.values())} rejected"
    yield f"frames       {sum(manifest.frames for manifest in manifests):,} in {size / 2**20:,.1f} MiB"
    if fallbacks := sum(manifest.fallbacks for manifest in manifests):
        yield f"fallbacks    {fallbacks} instructions written by `grounded` in a model's place; the records say why"
    for reason, count in rejected.most_common():
        yield f"rejected     {count:6d}  {reason}"


def _why(storage: Storage, name: str) -> str:
    try:
        return str(json.loads(storage.read(f"quarantine/{name}.json"))["message"]).splitlines()[0]
    except (ValueError, TypeError, KeyError, IndexError):
        return "its quarantine file is damaged; relaunch to try it again"


def verify_run(out: str) -> tuple[str, bool]:
    """Check every shard of a run against its manifest, its schema and its own geometry."""
    storage = open_storage(out)
    read_run(storage)
    names = sorted({Path(name).stem for name in storage.names("shards/")})
    problems = []
    for name in names:
        problems += verify_unit(storage, name)
    if not names:
        problems.append(f"{storage.url}: no shards yet; run `navfoundry generate`")
    verdict = f"{len(names)} shards in {storage.url}: " + (f"{len(problems)} problems" if problems else "all sound")
    return "\n".join([*problems, verdict]), not problems


def inspect_text(out: str, episode: str | None, html: Path | None, limit: int) -> str:
    """A table of the episodes, or one episode whole; and a contact sheet into `html` where it is given."""
    storage = open_storage(out)
    text = _table(storage, limit) if episode is None else _episode(storage, episode)
    if html is not None:
        sheet = write_contact_sheet(storage, limit)
        if sheet is None:
            raise RecipeError(f"{storage.url}: no episode to show yet; see `navfoundry status`")
        try:
            html.write_bytes(sheet)
        except OSError as error:
            raise RecipeError(f"--html {html}: cannot be written ({error.strerror})") from error
        text += f"\ncontact sheet: {html}"
    return text


def _table(storage: Storage, limit: int) -> str:
    lines = [f"{'episode':44} {'outcome':12} {'frames':>6} {'length':>7}  instruction or reason"]
    for name in sorted(finished_units(storage)):
        for row in read_table(storage, name):
            words = row["instruction"] or f"{row['reason']}: {row['detail']}"
            length = "" if row["path_length"] is None else f"{row['path_length']:.1f} m"
            lines.append(f"{row['episode_id']:44} {row['outcome']:12} {row['frames'] or 0:6d} {length:>7}  {words}")
    shown = lines[: limit + 1]
    if len(lines) > len(shown):
        shown.append(f"… {len(lines) - len(shown)} more; --limit shows them")
    return "\n".join(shown)


def _episode(storage: Storage, episode: str) -> str:
    for name in sorted(finished_units(storage)):
        for sample in read_shard(storage, name):
            if sample.key == episode:
                return json.dumps(to_json(sample.record), indent=2, ensure_ascii=False)
    raise ShardError(f"{storage.url}: no written episode {episode!r}; `navfoundry inspect {storage.url}` lists them")
