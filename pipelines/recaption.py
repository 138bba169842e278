"""`navfoundry caption`: finished shards → the same shards with other instructions. Nothing is rendered.

A unit of the source is a piece of work. Every file of a sample but its record is copied byte for byte; episodes that
the source had rejected stay so, with their reason; one whose texts are refused to the end is rejected here.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from captioning.captioner import Captioner, open_captioner
from captioning.grounded import Grounded
from captioning.observed import observe_again
from captioning.walk import Captioned, Walk
from factory.engine import Event, RunSummary, UnitReport, run, scratch_folder
from factory.observe.logs import unit_log
from factory.shards import Sample, ShardWriter, finished_units, read_manifest, read_shard, read_table
from factory.shards.reader import file_entry
from factory.shards.table import WRITTEN
from factory.storage import Storage, open_storage
from pipelines.ledger import Ledger
from pipelines.runs import claim, read_run, versions
from schemas.errors import RecipeError
from schemas.identity import digest, generator
from schemas.manifests import Unit, make_unit
from schemas.outcomes import Rejected
from schemas.recipe import Recipe, parse_recipe_json
from schemas.records import Record


@dataclass(frozen=True)
class CaptionTask:
    """Make `unit` of the source's unit `source`, whose tar has this SHA-256."""

    id: str
    unit: Unit
    source: str
    sha256: str


def recaption(recipe: Recipe, source: str, out: str, on_event: Callable[[Event], None]) -> RunSummary[UnitReport]:
    """Put all finished shards of the run `source` into other words, under `out`; resumes what is there.

    recipe : of the source, with other [captioning], as `caption_recipe` makes it
    Raises RecipeError and StorageError before any work; what goes wrong in a unit is retried, then quarantined.
    """
    origin, storage = open_storage(source), open_storage(out)
    if origin.url == storage.url:
        raise RecipeError(f"--out {out}: is the run whose shards are read; choose another folder")
    claim(storage, recipe)
    storage.sweep()
    tasks = [_task(origin, recipe, unit_id) for unit_id in sorted(finished_units(origin))]
    finished = finished_units(storage)
    work = partial(caption_unit, recipe, origin.url, storage.url)
    if all(task.id in finished for task in tasks):  # then no model is needed, and none need be there
        return run(tasks, partial(work, Grounded()), recipe.engine, storage, on_event, finished, "unit")
    with closing(open_captioner(recipe.captioning, recipe.engine)) as captioner:
        captioner.require_room(recipe.camera.camera())
        return run(tasks, partial(work, captioner), recipe.engine, storage, on_event, finished, "unit")


def caption_recipe(source: str, path: Path | None, changes: dict[str, Any]) -> Recipe:
    """The recipe of the run `source` with [captioning] and [engine] of a recipe file, the whole of it or these alone.

    changes : of [engine], from the command line. Raises RecipeError and StorageError.
    """
    content = read_run(open_storage(source)).model_dump(mode="json", exclude={"engine", "captioning"})
    given = _sections(path) if path is not None else {}
    engine = given.get("engine", {}) | changes
    return parse_recipe_json(
        content | {"captioning": given.get("captioning", {}), "engine": engine}, str(path or source)
    )


def caption_unit(
    recipe: Recipe, source: str, out: str, captioner: Captioner, task: CaptionTask
) -> Iterator[UnitReport]:
    """One unit: read, observe, caption, copy. Yields how far it is; the last report is the unit's."""
    origin, storage = open_storage(source), open_storage(out)
    with (
        scratch_folder() as scratch,
        unit_log(storage, task.id, scratch),
        ShardWriter(task.unit, scratch) as writer,
    ):
        ledger = Ledger(task.id, task.unit.count)
        for row in read_table(origin, task.source):
            if row["outcome"] != WRITTEN:
                writer.carry(row)
                ledger.carry(row)
        samples = read_shard(origin, task.source)
        asking = captioner.remembering(storage, task.id)
        while batch := list(itertools.islice(ledger.timed("load", samples), recipe.engine.walks_at_once)):
            with ledger.spent("caption"):
                texts = asking.caption([_walk(sample) for sample in batch])
            with ledger.spent("write"):
                for sample, captioned in zip(batch, texts, strict=True):
                    ledger.enter(_write(writer, task.unit, sample, captioned))
            yield ledger.report()
        made_of = versions() | {"source": f"{task.source} {task.sha256}"}
        manifest = writer.commit(storage, made_of)
    yield ledger.report(sum(entry.size for entry in manifest.files))


def _task(origin: Storage, recipe: Recipe, unit_id: str) -> CaptionTask:
    manifest = read_manifest(origin, unit_id)
    unit, sha256 = manifest.unit, file_entry(manifest, "tar").sha256
    key = digest("captions", unit.id, sha256, recipe.data_digest())
    made = make_unit(unit.scene, unit.scene_digest, unit.storey, unit.first, unit.count, key, unit.seed)
    return CaptionTask(made.id, made, unit.id, sha256)


def _walk(sample: Sample) -> Walk:
    record = sample.record
    words = generator(record.run_seed, record.scene_digest, record.storey, record.index, "captions")
    frames = [sample.files[f"{i:04d}.rgb.jpg"] for i in range(record.frames)]
    return Walk(observe_again(sample), frames, record.clips, words)


def _write(writer: ShardWriter, unit: Unit, sample: Sample, captioned: Captioned) -> Record | Rejected:
    if isinstance(captioned, Rejected):
        writer.reject(sample.record.index, captioned, sample.record.scores)
        return captioned
    record = replace(sample.record, unit=unit.id, run_seed=unit.seed, instructions=captioned)
    writer.copy(sample, record)
    return record


def _sections(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(f"{path}: cannot be read as a recipe ({error})") from error
