"""Shards put into other words: what is kept byte for byte, what dies and goes on, and what is never paid for twice."""

from __future__ import annotations

import json
import shutil
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from factory.engine import Event
from factory.engine.events import Opened
from factory.shards import finished_units, read_manifest, read_shard, read_table, verify_unit
from factory.storage import open_storage
from pipelines.inspection import status_text
from pipelines.recaption import caption_recipe, recaption
from pipelines.vln_n1 import generate
from schemas.errors import RecipeError
from schemas.recipe import Recipe, load_recipe
from tests.captioning.scripted_server import Behaviour, Script, answering, failing, serving
from tests.captioning.speakers import say
from tests.runs import RECIPE, fingerprints, navfoundry, write_recipe


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run; its quality filter rejects some."""
    folder = tmp_path_factory.mktemp("made")
    text = RECIPE.replace("min_references = 0", "min_references = 1")
    generate(load_recipe(write_recipe(folder, text)), str(folder / "out"), lambda event: None)
    return folder / "out"


def model_recipe(made: Path, folder: Path, url: str, **captioning: Any) -> Recipe:
    model = {"model": "tiny", "servers": {"urls": [url], "retries": 0, "timeout": 10}}
    path = folder / "caption.toml"
    path.write_text("")
    base = caption_recipe(str(made), path, {"executor": "inline", "retries": 1, "walks_at_once": 2})
    settings = {"backend": "openai", "frames": 2, "describer": model, "refiner": model} | captioning
    return Recipe.model_validate(base.model_dump() | {"captioning": settings})


def speaking(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
    """A server that answers from the facts it is given."""
    content = body["messages"][-1]["content"]
    text = content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)
    wants_json = "Answer with a JSON object" in text
    answering(json.dumps({"instruction": say(text)}) if wants_json else "A home is to be seen.")(handler, body)


def members(out: Path) -> dict[str, bytes]:
    storage = open_storage(str(out))
    found: dict[str, bytes] = {}
    for unit in finished_units(storage):
        for sample in read_shard(storage, unit):
            found |= {f"{sample.key}.{name}": data for name, data in sample.files.items()}
            found[f"{sample.key}.npz"] = sample.packed
    return found


def test_all_but_the_words_is_copied_byte_for_byte_and_sound(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with serving(Script(then=speaking)) as url:
        summary = recaption(model_recipe(made, tmp_path, url), str(made), str(out), lambda event: None)
    assert summary.quarantined == ()
    assert members(out) == members(made)
    assert "3 of 3 done, 0 open" in status_text(str(out))
    storage, origin = open_storage(str(out)), open_storage(str(made))
    for unit in finished_units(storage):
        assert verify_unit(storage, unit) == []
        manifest = read_manifest(storage, unit)
        source, sha256 = manifest.versions["source"].split()
        assert read_manifest(origin, source).files[0].sha256 == sha256
        assert manifest.attempted == manifest.written + sum(manifest.rejected.values()) + manifest.quarantined
        rows = {row["index"]: row for row in read_table(origin, source)}
        for row in read_table(storage, unit):
            if row["outcome"] == "rejected":
                assert row == rows[row["index"]]
        for sample in read_shard(storage, unit):
            texts = sample.record.instructions
            assert {text.generator.name for text in texts} <= {"openai", "grounded"}
            assert all(text.style == "concise" for text in texts)


def test_the_grounded_writer_says_again_what_it_said(made: Path, tmp_path: Path) -> None:
    """Doorways apart, which are not known without the scene."""
    recipe = caption_recipe(str(made), None, {"executor": "inline"})
    recaption(recipe, str(made), str(tmp_path / "out"), lambda event: None)
    texts = [_texts(made), _texts(tmp_path / "out")]
    assert texts[0].keys() == texts[1].keys()
    same = [name for name in texts[0] if texts[0][name] == texts[1][name]]
    assert len(same) >= 1
    assert all("doorway" not in text for words in texts[1].values() for text in words)


def test_a_server_that_dies_costs_a_unit_and_the_next_run_pays_only_what_is_missing(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with serving(Script(then=speaking)) as url:
        whole = Script(then=speaking)
        with serving(whole) as other:
            recaption(model_recipe(made, tmp_path, other), str(made), str(tmp_path / "whole"), lambda event: None)
        needed = len(whole.seen)
        dying = Script(then=_after(needed // 2, speaking, failing(503)))
        with serving(dying) as weak:
            recipe = model_recipe(made, tmp_path, weak)
            events: list[Event] = []
            summary = recaption(recipe, str(made), str(out), events.append)
        assert summary.quarantined
        assert {type(event).__name__ for event in events} >= {"Retried", "Quarantined"}
        mended = Script(then=speaking)
        with serving(mended) as again:
            summary = recaption(model_recipe(made, tmp_path, again), str(made), str(out), lambda event: None)
        assert summary.quarantined == ()
        assert url
    # Two questions whether the largest requests fit are asked anew by each run; the rest is paid for once.
    assert len(mended.seen) < needed
    assert fingerprints(out) == fingerprints(tmp_path / "whole")


def test_a_relaunch_of_a_finished_run_asks_nobody(made: Path, tmp_path: Path) -> None:
    with serving(Script(then=speaking)) as url:
        recipe = model_recipe(made, tmp_path, url)
        recaption(recipe, str(made), str(tmp_path / "out"), lambda event: None)
    before = fingerprints(tmp_path / "out")
    events: list[Event] = []
    summary = recaption(recipe, str(made), str(tmp_path / "out"), events.append)
    units = len(finished_units(open_storage(str(made))))
    assert summary.skipped == units
    assert events == [Opened("unit", units, units, 0, 0)]
    assert fingerprints(tmp_path / "out") == before


def test_a_model_that_says_nothing_true_leaves_no_episode_where_the_recipe_rejects(made: Path, tmp_path: Path) -> None:
    false = answering(json.dumps({"instruction": "Pass the aquarium on your left and make a U-turn."}))
    with serving(Script(then=false)) as url:
        recipe = model_recipe(made, tmp_path, url, fallback="reject", regenerate=0)
        recaption(recipe, str(made), str(tmp_path / "out"), lambda event: None)
    storage, origin = open_storage(str(tmp_path / "out")), open_storage(str(made))
    manifests = [read_manifest(storage, unit) for unit in finished_units(storage)]
    written = sum(read_manifest(origin, unit).written for unit in finished_units(origin))
    assert sum(manifest.written for manifest in manifests) == 0
    assert sum(manifest.rejected.get("ungrounded", 0) for manifest in manifests) == written
    assert all(verify_unit(storage, unit) == [] for unit in finished_units(storage))


def test_one_request_that_a_server_refuses_for_ever_costs_one_text_and_is_counted(made: Path, tmp_path: Path) -> None:
    refused: list[str] = []

    def behave(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        text = str(body["messages"][-1]["content"])
        if "Join the instructions" in text and "word word" not in text and not refused:
            refused.append(text)
        (failing(400, "not this one") if text in refused else speaking)(handler, body)

    with serving(Script(then=behave)) as url:
        recipe = model_recipe(made, tmp_path, url)
        summary = recaption(recipe, str(made), str(tmp_path / "out"), lambda event: None)
    assert summary.quarantined == ()
    storage = open_storage(str(tmp_path / "out"))
    units = finished_units(storage)
    records = [sample.record for unit in units for sample in read_shard(storage, unit)]
    whys = [text.fallback for record in records for text in record.instructions if text.fallback is not None]
    assert whys.count("the model refuses the request: HTTP 400: not this one") == 1
    assert sum(read_manifest(storage, unit).fallbacks for unit in units) == len(whys)
    assert f"{len(whys)} instructions written by `grounded` in a model's place" in status_text(str(tmp_path / "out"))
    assert all(verify_unit(storage, unit) == [] for unit in units)


def test_damage_in_the_source_is_quarantined_and_named(made: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(made, source)
    victim = max((source / "shards").glob("*.tar"), key=lambda path: path.stat().st_size)
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    recipe = caption_recipe(str(source), None, {"executor": "inline"})
    summary = recaption(recipe, str(source), str(tmp_path / "out"), lambda event: None)
    assert len(summary.quarantined) == 1


def test_the_command_line_takes_captioning_and_engine_of_a_recipe(made: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "words.toml"
    recipe.write_text('[captioning]\nbackend = "grounded"\n\n[engine]\nexecutor = "inline"\n')
    out = tmp_path / "out"
    run = navfoundry("caption", made, "--out", out, "--recipe", recipe)
    assert run.returncode == 0, run.stderr
    assert "units written" in run.stdout
    assert navfoundry("verify", out).returncode == 0


@pytest.mark.ray
@pytest.mark.slow
def test_ray_writes_the_same_bytes(made: Path, tmp_path: Path) -> None:
    for executor in ("inline", "ray"):
        recipe = caption_recipe(str(made), None, {"executor": executor, "workers": 2})
        recaption(recipe, str(made), str(tmp_path / executor), lambda event: None)
    assert fingerprints(tmp_path / "ray") == fingerprints(tmp_path / "inline")


def test_the_source_itself_and_a_recipe_that_is_none_are_refused(made: Path, tmp_path: Path) -> None:
    recipe = caption_recipe(str(made), None, {})
    with pytest.raises(RecipeError, match="is the run whose shards are read"):
        recaption(recipe, str(made), str(made), lambda event: None)
    with pytest.raises(RecipeError, match="cannot be read as a recipe"):
        caption_recipe(str(made), tmp_path / "absent.toml", {})
    (tmp_path / "bad.toml").write_text('[captioning]\nbackend = "parrot"\n')
    with pytest.raises(RecipeError, match=r"bad.toml.*\n.*captioning.backend"):
        caption_recipe(str(made), tmp_path / "bad.toml", {})


def _after(count: int, first: Behaviour, then: Behaviour) -> Behaviour:
    left = iter(range(count))

    def behave(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        (first if next(left, None) is not None else then)(handler, body)

    return behave


def _texts(out: Path) -> dict[str, list[str]]:
    storage = open_storage(str(out))
    return {
        sample.key: [text.text for text in sample.record.instructions]
        for unit in finished_units(storage)
        for sample in read_shard(storage, unit)
    }
