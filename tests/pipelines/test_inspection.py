"""What a person is told about a run: counts that add up, reasons, and every problem by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from factory.shards import ShardWriter
from factory.storage import Storage, open_storage
from pipelines.inspection import inspect_text, status_text, verify_run
from pipelines.runs import ShardTask, claim, list_scenes, survey_name, units_of
from schemas.errors import RecipeError, ShardError, StorageError
from schemas.jsonable import to_json
from schemas.manifests import Survey
from schemas.outcomes import Reason, Rejected
from schemas.recipe import Recipe, parse_recipe
from schemas.scenes import Storey
from tests import walks
from tests.runs import RECIPE

# Ten episodes on each of two storeys, four to a shard: six units; a third storey is too small to count.
TEXT = RECIPE.replace("per_storey = 6", "per_storey = 10").replace("per_unit = 2", "per_unit = 4")


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_storage(str(tmp_path / "out"))


def surveyed(storage: Storage) -> list[ShardTask]:
    """The units of a claimed run whose one scene is surveyed."""
    recipe: Recipe = parse_recipe(TEXT, "here")
    claim(storage, recipe)
    (task,) = list_scenes(recipe)
    storeys = tuple(Storey(i, 3.0 * i, 3.0 * i + 2.6) for i in range(3))
    survey = Survey(task.ref, "d" * 64, 12, 3, storeys, (20.0, 9.0, 2.9), ())
    storage.write(survey_name(task), json.dumps(to_json(survey)).encode())
    return units_of(recipe, task, survey)


def rejected(storage: Storage, task: ShardTask, reasons: list[Reason], scratch: Path) -> None:
    """A shard without an episode."""
    with ShardWriter(task.unit, scratch) as writer:
        for index, reason in enumerate(reasons, start=task.unit.first):
            writer.reject(index, Rejected(reason, "so it was"))
        writer.commit(storage, {"navfoundry": "0.1.0"})


def given_up(storage: Storage, task: ShardTask, content: bytes) -> None:
    storage.write(f"quarantine/{task.id}.json", content)


def test_before_the_survey_nothing_is_open(storage: Storage) -> None:
    claim(storage, parse_recipe(TEXT, "here"))
    text = status_text(storage.url)
    assert "scenes       0 of 1 surveyed" in text
    assert "units        0 of 0 done, 0 open, 0 quarantined" in text
    assert "episodes     0 attempted, 0 written, 0 rejected" in text


def test_done_open_and_quarantined_units_add_up(storage: Storage, tmp_path: Path) -> None:
    units = surveyed(storage)
    assert len(units) == 6
    rejected(storage, units[0], [Reason.TOO_SHORT, Reason.NO_GOAL, Reason.TOO_SHORT, Reason.TOO_SHORT], tmp_path)
    rejected(storage, units[2], [Reason.NO_GOAL, Reason.TOO_SHORT], tmp_path)
    given_up(storage, units[4], b'{"message": "child killed\\nby signal 9"}')
    lines = status_text(storage.url).splitlines()
    assert lines[0] == f"run          tiny, seed 3, at {storage.url}"
    assert "units        2 of 6 done, 3 open, 1 quarantined" in lines
    assert "episodes     6 attempted, 0 written, 6 rejected" in lines
    assert lines[-3:] == [
        "rejected          4  too_short",
        "rejected          2  no_goal",
        f"quarantined  {units[4].id}: child killed",
    ]


def test_shards_of_another_recipe_in_the_folder_are_not_counted(storage: Storage, tmp_path: Path) -> None:
    surveyed(storage)
    with ShardWriter(walks.unit(count=1), tmp_path) as writer:
        writer.write(walks.walk(), walks.scene())
        writer.commit(storage, {"navfoundry": "0.1.0"})
    text = status_text(storage.url)
    assert "units        0 of 6 done, 6 open" in text
    assert "episodes     0 attempted" in text


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"why": 1}', b'{"message": ""}', b"\xff\xfe"])
def test_a_damaged_quarantine_file_is_told_and_hides_nothing_else(storage: Storage, content: bytes) -> None:
    units = surveyed(storage)
    given_up(storage, units[0], content)
    text = status_text(storage.url)
    assert f"{units[0].id}: its quarantine file is damaged; relaunch" in text
    assert "5 open, 1 quarantined" in text


@pytest.fixture
def shown(storage: Storage, tmp_path: Path) -> Storage:
    """Two written episodes, one rejected and one quarantined."""
    unit = walks.unit(count=4)
    with ShardWriter(unit, tmp_path / "scratch") as writer:
        writer.write(walks.walk(), walks.scene())
        writer.write(walks.walk(1), walks.scene())
        writer.reject(2, Rejected(Reason.FACING_SURFACE, "near_surface 0.9 > 0.35"))
        writer.quarantine(3, "the renderer hung")
        writer.commit(storage, {"navfoundry": "0.1.0"})
    return storage


def test_the_table_has_a_row_an_attempt_with_its_words_or_reason(shown: Storage) -> None:
    head, *rows = inspect_text(shown.url, None, None, 12).splitlines()
    assert head.split() == ["episode", "outcome", "frames", "length", "instruction", "or", "reason"]
    assert len(rows) == 4
    assert rows[0].split()[1:5] == ["written", "6", "2.0", "m"]
    assert rows[0].endswith("Walk to the wardrobe and stop.")
    assert rows[2].split()[1:3] == ["rejected", "0"]
    assert rows[2].endswith("facing_surface: near_surface 0.9 > 0.35")
    assert "quarantined" in rows[3]
    assert rows[3].endswith("the renderer hung")
    assert len({row.index(row.split()[1]) for row in rows}) == 1


@pytest.mark.parametrize(("limit", "left"), [(1, "… 3 more; --limit shows them"), (3, "… 1 more; --limit shows them")])
def test_a_long_table_is_cut_and_says_by_how_much(shown: Storage, limit: int, left: str) -> None:
    lines = inspect_text(shown.url, None, None, limit).splitlines()
    assert len(lines) == 1 + limit + 1
    assert lines[-1] == left


def test_a_table_that_fits_exactly_is_not_cut(shown: Storage) -> None:
    assert "more" not in inspect_text(shown.url, None, None, 4)


def test_one_episode_is_shown_whole(shown: Storage) -> None:
    key = walks.walk(1).rendered.plan.episode_id
    record = json.loads(inspect_text(shown.url, key, None, 12))
    assert record["goal"] == pytest.approx(walks.walk(1).rendered.plan.goal)
    assert [text["text"] for text in record["instructions"]][-1] == "Walk to the wardrobe and stop."


def test_an_episode_that_was_not_written_is_told_with_the_way_to_the_list(shown: Storage) -> None:
    with pytest.raises(ShardError, match=r"no written episode 'nobody'; `navfoundry inspect"):
        inspect_text(shown.url, "nobody", None, 12)


def test_the_contact_sheet_goes_where_it_is_asked_to(shown: Storage, tmp_path: Path) -> None:
    page = tmp_path / "sheet.html"
    assert inspect_text(shown.url, None, page, 1).endswith(f"\ncontact sheet: {page}")
    assert page.read_text().count("<article") == 1


def test_a_page_that_cannot_be_written_or_shown_is_told(shown: Storage, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"--html .*nowhere/sheet\.html: cannot be written \(No such file"):
        inspect_text(shown.url, None, tmp_path / "nowhere" / "sheet.html", 12)
    with pytest.raises(RecipeError, match="no episode to show yet"):
        inspect_text(str(tmp_path / "empty"), None, tmp_path / "sheet.html", 12)


def test_a_sound_run_is_said_to_be_sound(shown: Storage) -> None:
    claim_any(shown)
    assert verify_run(shown.url) == (f"1 shards in {shown.url}: all sound", True)


def test_a_run_without_shards_is_not_sound(storage: Storage) -> None:
    claim_any(storage)
    text, sound = verify_run(storage.url)
    assert not sound
    assert "no shards yet; run `navfoundry generate`" in text
    assert text.endswith(f"0 shards in {storage.url}: 1 problems")


def _cut(content: bytes) -> bytes:
    return content[:-1000]


def _flipped(content: bytes) -> bytes:
    return content[:700] + bytes([content[700] ^ 1]) + content[701:]


@pytest.mark.parametrize("harm", [_cut, _flipped])
def test_a_harmed_shard_is_named_and_the_run_is_not_sound(
    shown: Storage, tmp_path: Path, harm: Callable[[bytes], bytes]
) -> None:
    claim_any(shown)
    (tar,) = (tmp_path / "out" / "shards").glob("*.tar")
    tar.write_bytes(harm(tar.read_bytes()))
    text, sound = verify_run(shown.url)
    assert not sound
    assert tar.stem in text


def test_a_shard_whose_table_is_lost_is_not_sound(shown: Storage, tmp_path: Path) -> None:
    claim_any(shown)
    (table,) = (tmp_path / "out" / "shards").glob("*.parquet")
    table.unlink()
    text, sound = verify_run(shown.url)
    assert not sound
    assert table.name in text


def test_a_folder_that_is_no_run_is_neither_described_nor_verified(shown: Storage) -> None:
    for look in (status_text, verify_run):
        with pytest.raises(StorageError, match=r"no run\.json"):
            look(shown.url)


def claim_any(storage: Storage) -> None:
    """Make the folder a run's, whatever shards it holds."""
    wanted = parse_recipe(TEXT, "here").model_dump(mode="json", exclude={"engine"})
    storage.write("run.json", json.dumps({"version": 1, "recipe": wanted}).encode())
