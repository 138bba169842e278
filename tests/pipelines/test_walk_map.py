"""The way from above: a drawing in metres, north up."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from factory.navigation import NavigationMap, build_map
from factory.shards.codec import Sample, decode_sample, encode_sample
from pipelines.walk_map import clip_color, walk_map
from schemas.records import record_of
from schemas.robots import Body
from tests import walks


def sample() -> Sample:
    captioned = walks.walk(frames=12)
    members = encode_sample(captioned, record_of(captioned, walks.scene(), walks.unit()))
    key = captioned.rendered.plan.episode_id
    return decode_sample(key, {name.partition(".")[2]: data for name, data in members}, "test")


SAMPLE = sample()


def navigation() -> NavigationMap:
    built = build_map(walks.scene(), walks.scene().storeys[0], Body(0.2, 1.0, 0.1, 0.5), 0.05, 10**7)
    assert isinstance(built, NavigationMap)
    return built


def drawn(shown: Sample = SAMPLE, field: NavigationMap | None = None) -> ET.Element:
    return ET.fromstring(walk_map(shown, field))


def test_the_picture_holds_the_walk_with_a_margin() -> None:
    x, y, width, height = (float(value) for value in drawn().attrib["viewBox"].split())
    points = SAMPLE.arrays["positions"]
    assert x < points[:, 0].min() - 1
    assert x + width > points[:, 0].max() + 1
    # World y is up, the drawing's is down.
    assert y < -points[:, 1].max() - 1
    assert y + height > -points[:, 1].min() + 1


def test_each_clip_is_a_line_of_its_colour_that_joins_the_next() -> None:
    lines = [path for path in drawn().iter("path") if path.get("class") == "clip"]
    assert [line.get("stroke") for line in lines] == [clip_color(0), clip_color(1)]
    ends = [re.findall(r"[-\d.]+ [-\d.]+", str(line.get("d"))) for line in lines]
    assert ends[0][-1] == ends[1][0]
    first = SAMPLE.arrays["positions"][0]
    assert ends[0][0] == f"{first[0]:.3f} {-first[1]:.3f}"


def test_key_frames_are_numbered_where_their_clips_begin() -> None:
    numbers = [text for text in drawn().iter("text") if text.get("class") == "number"]
    assert [text.text for text in numbers] == ["1", "2"]
    at = SAMPLE.arrays["positions"][SAMPLE.record.clips[1].first]
    assert float(str(numbers[1].get("x"))) == pytest.approx(at[0], abs=1e-3)
    assert float(str(numbers[1].get("y"))) == pytest.approx(-at[1], abs=1e-3)
    dots = [circle for circle in drawn().iter("circle") if circle.get("class") == "key"]
    assert [(dot.get("cx"), dot.get("cy")) for dot in dots] == [(n.get("x"), n.get("y")) for n in numbers]


def test_what_the_texts_name_is_marked_and_labelled() -> None:
    marked = [rect for rect in drawn().iter("rect") if rect.get("class") == "named"]
    labels = [text.text for text in drawn().iter("text") if text.get("class") == "thing"]
    assert [rect[0].text for rect in marked] == labels == ["wardrobe"]


def test_walls_are_no_things() -> None:
    titles = {rect[0].text for rect in drawn().iter("rect")}
    assert titles
    assert not titles & {"wall", "floor", "ceiling"}


def test_rooms_are_named() -> None:
    assert [t.text for t in drawn().iter("text") if t.get("class") == "room"] == ["living room", "bedroom"]


def test_the_field_lies_where_the_map_says() -> None:
    built = navigation()
    (image,) = drawn(field=built).iter("image")
    x, y, width, height = (float(str(image.get(name))) for name in ("x", "y", "width", "height"))
    assert width / built.resolution == pytest.approx(round(width / built.resolution))
    offset = (np.array([x, -(y + height)]) - built.origin) / built.resolution
    assert offset == pytest.approx(np.round(offset), abs=0.05)
    assert str(image.get("href")).startswith("data:image/png;base64,")


def test_a_map_of_another_place_is_left_out() -> None:
    elsewhere = replace(navigation(), origin=(500.0, 500.0))
    assert list(drawn(field=elsewhere).iter("image")) == []


def test_a_hostile_label_stays_text() -> None:
    label = "</svg><script>alert(1)</script>"
    instances = tuple(replace(instance, label=label) for instance in SAMPLE.record.instances)
    hostile = replace(SAMPLE, record=replace(SAMPLE.record, instances=instances))
    picture = walk_map(hostile, None)
    assert "<script" not in picture
    assert label in [title.text for title in ET.fromstring(picture).iter("title")]
