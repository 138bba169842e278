"""The page of a run: all there, all inside, nothing live."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from factory.navigation import NavigationMap, build_map, encode_map, map_key
from factory.shards import ShardWriter
from factory.storage import Storage, open_storage
from pipelines.contact_sheet import write_contact_sheet
from pipelines.runs import claim
from schemas.episodes import CaptionedEpisode
from schemas.errors import ShardError
from schemas.looks import Look
from schemas.outcomes import Reason, Rejected
from schemas.recipe import Recipe, Scenes
from schemas.scenes import Scene
from tests import walks

_VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """Collects tags, texts and attributes; fails where tags do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def made(
    folder: Path, episodes: list[CaptionedEpisode], scene: Scene | None = None, *, with_recipe: bool = True
) -> Storage:
    """A storage with one shard of these episodes, and two more that were rejected."""
    storage = open_storage(str(folder / "out"))
    if with_recipe:
        claim(storage, Recipe(name="sheet", seed=7, scenes=(Scenes(dataset="procedural"),)))
    unit = walks.unit(count=len(episodes) + 2)
    with ShardWriter(unit, folder / "scratch") as writer:
        for captioned in episodes:
            writer.write(captioned, scene or walks.scene())
        for index in range(len(episodes), unit.count):
            writer.reject(index, Rejected(Reason.FACING_SURFACE, "near_surface 0.9 > 0.35"))
        writer.commit(storage, {"navfoundry": "0.1.0"})
    return storage


def page(storage: Storage, limit: int = 12) -> Page:
    content = write_contact_sheet(storage, limit)
    assert content is not None
    return Page(content.decode())


def test_an_empty_storage_has_no_page(tmp_path: Path) -> None:
    assert write_contact_sheet(open_storage(str(tmp_path)), 12) is None


def test_no_episode_asked_for_no_page(tmp_path: Path) -> None:
    assert write_contact_sheet(made(tmp_path, [walks.walk()]), 0) is None


def test_a_shard_of_rejections_only_has_no_page(tmp_path: Path) -> None:
    assert write_contact_sheet(made(tmp_path, []), 12) is None


def test_every_instruction_is_on_the_page(tmp_path: Path) -> None:
    text = page(made(tmp_path, [walks.walk()])).text
    for instruction in walks.walk().instructions:
        assert instruction.text in text


def test_the_page_is_one_file_without_script(tmp_path: Path) -> None:
    shown = page(made(tmp_path, [walks.walk()]))
    assert not {"script", "link", "iframe", "object", "embed", "base", "form"} & set(shown.tags)
    for name, value in shown.attributes:
        assert not name.startswith("on")
        if name in ("src", "href"):
            assert value.startswith("data:image/")
    assert "http:" not in shown.text
    assert not re.search(r"@import|url\(", " ".join(shown.texts))


def test_counts_reasons_and_licences_are_in_the_header(tmp_path: Path) -> None:
    text = page(made(tmp_path, [walks.walk(), walks.walk(1)])).text
    assert "episodes kept 2 of 4" in text
    assert "facing surface 2" in text
    assert "two_rooms CC0-1.0" in text
    assert "sheet" in text


def test_no_more_episodes_are_shown_than_asked_for(tmp_path: Path) -> None:
    storage = made(tmp_path, [walks.walk(), walks.walk(1), walks.walk(2)])
    assert page(storage, 2).tags.count("article") == 2
    assert page(storage).tags.count("article") == 3


def test_each_view_has_colour_depth_and_mask(tmp_path: Path) -> None:
    shown = page(made(tmp_path, [walks.walk()]))
    kinds = [value for name, value in shown.attributes if name == "alt"]
    # Two clips of three frames: key frame and middle of each, and the end of the walk.
    assert kinds == ["view", "depth", "instances"] * 5
    assert [f"frame {frame}" in shown.texts for frame in (0, 1, 3, 4, 5)] == [True] * 5


def test_further_cameras_are_shown_by_the_names_of_their_mounts(tmp_path: Path) -> None:
    shown = page(made(tmp_path, [walks.walk(robot=walks.THREE_EYED)]))
    kinds = [value for name, value in shown.attributes if name == "alt"]
    assert kinds == ["view", "depth", "instances", "view", "view"] * 5
    assert shown.texts.count("head-2") == 5
    assert "at 1.00 m, 34° down; at 0.80 m, 0° down; at 0.30 m, -11° down" in shown.text


def test_a_look_and_a_measured_depth_are_shown(tmp_path: Path) -> None:
    captioned = walks.walk()
    look = Look(4, 0.31, 17.5, 6.1, 0.84, 3000.0, ())
    rendered = replace(captioned.rendered, look=look, sensor={"baseline": 0.05}, sensor_depth=captioned.rendered.depth)
    shown = page(made(tmp_path, [replace(captioned, rendered=rendered)]))
    assert "number 4: 17.5 h, lamps × 0.8 at 3000 K, +0.3 stops" in shown.text
    assert shown.texts.count("as measured") == 5


def test_the_look_of_a_scan_is_its_exposure(tmp_path: Path) -> None:
    captioned = walks.walk()
    rendered = replace(captioned.rendered, look=Look(0, -0.25, None, None, None, None, ()))
    assert "number 0: -0.2 stops" in page(made(tmp_path, [replace(captioned, rendered=rendered)])).text


def test_the_pixel_goal_stands_at_its_pixel(tmp_path: Path) -> None:
    goals = walks.walk().pixel_goals
    assert goals.visible[0]
    u, v = goals.pixel[0]
    expected = f"left:{100 * (u + 0.5) / 48:.2f}%;top:{100 * (v + 0.5) / 32:.2f}%"
    assert expected in [value for name, value in page(made(tmp_path, [walks.walk()])).attributes if name == "style"]


def test_the_legend_names_the_categories_in_view(tmp_path: Path) -> None:
    shown = page(made(tmp_path, [walks.walk()]))
    seen = {walks.scene().instance(int(i)).category for i in np.unique(walks.walk().rendered.instance[0]) if i}
    assert seen <= set(shown.texts)


def test_the_map_of_the_run_lies_under_the_path(tmp_path: Path) -> None:
    storage = made(tmp_path, [walks.walk()])
    assert "image" not in page(storage).tags
    settings, scene = Recipe(name="x", scenes=(Scenes(dataset="x"),)).navigation, walks.scene()
    built = build_map(scene, scene.storeys[0], walks.ROBOT.body, settings.resolution, settings.max_cells)
    assert isinstance(built, NavigationMap)
    key = map_key(scene.digest, 0, walks.ROBOT.body, settings.resolution, settings.max_cells)
    storage.write(f"maps/{key}.npz", encode_map(built))
    assert page(storage).tags.count("image") == 1


def test_shards_without_a_recipe_have_a_page_too(tmp_path: Path) -> None:
    assert "article" in page(made(tmp_path, [walks.walk()], with_recipe=False)).tags


def test_equal_runs_have_equal_pages(tmp_path: Path) -> None:
    storage = made(tmp_path, [walks.walk()])
    assert write_contact_sheet(storage, 12) == write_contact_sheet(storage, 12)


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style><b>"])
def test_hostile_words_stay_words(tmp_path: Path, evil: str) -> None:
    scene = replace(walks.scene(), instances=tuple(replace(i, label=evil) for i in walks.scene().instances))
    captioned = walks.walk()
    texts = tuple(replace(i, text=evil, generator=replace(i.generator, name=evil)) for i in captioned.instructions)
    shown = page(made(tmp_path, [replace(captioned, instructions=texts)], scene))
    assert "script" not in shown.tags
    assert not [name for name, _ in shown.attributes if name.startswith("on")]
    assert evil in "".join(shown.texts)


def test_a_damaged_shard_is_a_named_error(tmp_path: Path) -> None:
    storage = made(tmp_path, [walks.walk()])
    (tar,) = (tmp_path / "out" / "shards").glob("*.tar")
    content = bytearray(tar.read_bytes())
    content[len(content) // 2] ^= 0xFF
    tar.write_bytes(bytes(content))
    with pytest.raises(ShardError):
        write_contact_sheet(storage, 12)
