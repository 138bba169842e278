"""One page a person enjoys looking at: what a run made, episode by episode.

A single HTML file: pictures inside it, no script, nothing fetched. All that comes from data is escaped.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from html import escape

import numpy as np

from factory.navigation import NavigationMap, decode_map, map_key
from factory.shards import Sample, finished_units, read_manifest, read_shard
from factory.storage import Storage
from pipelines import pictures
from pipelines.contact_style import STYLE
from pipelines.runs import read_run
from pipelines.walk_map import clip_color, walk_map
from schemas.episodes import Instruction
from schemas.looks import Look
from schemas.manifests import Manifest
from schemas.recipe import Recipe
from schemas.robots import Mount

# Walks of fewer clips than this show the middle of each clip, too.
_FEW_CLIPS = 4


def write_contact_sheet(storage: Storage, limit: int) -> bytes | None:
    """The page of the run in `storage` with up to `limit` of its episodes, spread over the shards; None without any.

    Raises StorageError and ShardError where what is there cannot be read.
    """
    manifests = [read_manifest(storage, unit) for unit in sorted(finished_units(storage))]
    written = [manifest for manifest in manifests if manifest.written]
    if not written or limit < 1:
        return None
    recipe = read_run(storage) if storage.exists("run.json") else None
    each = math.ceil(limit / min(limit, len(written)))
    samples = itertools.chain.from_iterable(
        itertools.islice(read_shard(storage, manifest.unit.id), each) for manifest in written
    )
    articles = [_episode(sample, _navigation(storage, sample, recipe)) for sample in itertools.islice(samples, limit)]
    title = escape(recipe.name if recipe else storage.url)
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}: contact sheet</title>'
        f"<style>{STYLE}</style>{_run(title, recipe, manifests, len(articles))}"
        f"<main>{''.join(articles)}{_footer(manifests)}</main></html>"
    )
    return page.encode()


def _navigation(storage: Storage, sample: Sample, recipe: Recipe | None) -> NavigationMap | None:
    if recipe is None:
        return None
    record, settings = sample.record, recipe.navigation
    key = map_key(record.scene_digest, record.storey, record.robot.body, settings.resolution, settings.max_cells)
    name = f"maps/{key}.npz"
    return decode_map(storage.read(name)) if storage.exists(name) else None


def _run(title: str, recipe: Recipe | None, manifests: list[Manifest], shown: int) -> str:
    attempted, written = (sum(getattr(m, name) for m in manifests) for name in ("attempted", "written"))
    size = sum(entry.size for manifest in manifests for entry in manifest.files)
    scenes = {(m.unit.scene.dataset, m.unit.scene.name): m.unit.scene.licence for m in manifests}
    tiles = {
        "episodes kept": f"{written} <small>of {attempted}</small>",
        "frames": f"{sum(m.frames for m in manifests):,}",
        "scenes": str(len(scenes)),
        "shards": str(len(manifests)),
        "on disk": f"{size / 1e6:,.1f} <small>MB</small>",
        "quarantined": str(sum(m.quarantined for m in manifests)),
    }
    seed = f", seed {recipe.seed}" if recipe else ""
    return (
        f'<header class="run"><h1>{title}</h1><p class="lead">Walks for vision-and-language navigation{seed}. '
        f"{shown} of {written} episodes are shown: the way from above, the views at the key frames, "
        f'and what a follower is told.</p><dl class="tiles">{_facts(tiles)}</dl>'
        f'<div class="two">{_rejections(manifests)}{_licences(scenes)}</div></header>'
    )


def _facts(facts: dict[str, str]) -> str:
    """Terms are ours; values are HTML."""
    return "".join(f"<div><dt>{term}</dt><dd>{value}</dd></div>" for term, value in facts.items())


def _rejections(manifests: list[Manifest]) -> str:
    counts: Counter[str] = sum((Counter(manifest.rejected) for manifest in manifests), Counter())
    if not counts:
        return "<section><h2>Rejected</h2><p>None.</p></section>"
    most = max(counts.values())
    rows = "".join(
        f'<tr><td>{escape(reason.replace("_", " "))}</td><td class="bar">'
        f'<i style="width:{100 * count / most:.0f}%"></i></td><td class="count">{count}</td></tr>'
        for reason, count in counts.most_common()
    )
    return f"<section><h2>Rejected, by reason</h2><table>{rows}</table></section>"


def _licences(scenes: dict[tuple[str, str], str]) -> str:
    by_licence: dict[tuple[str, str], list[str]] = {}
    for (dataset, name), licence in sorted(scenes.items()):
        by_licence.setdefault((dataset, licence), []).append(name)
    rows = "".join(
        f"<tr><td>{escape(dataset)}</td><td>{escape(_listed(names))}</td><td>{escape(licence)}</td></tr>"
        for (dataset, licence), names in by_licence.items()
    )
    return f"<section><h2>Scenes and their licences</h2><table>{rows}</table></section>"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _footer(manifests: list[Manifest]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in sorted(manifests[0].versions.items()))
    return f"<footer>Made with {escape(versions)}.</footer>"


def _episode(sample: Sample, navigation: NavigationMap | None) -> str:
    record = sample.record
    walk = next((i.text for i in record.instructions if i.scope == "walk"), "")
    shots = "".join(_clip(sample, index) for index in range(len(record.clips)))
    return (
        f'<article id="{escape(record.episode_id)}"><div class="head"><div class="where">'
        f"<b>{escape(record.scene.dataset)}/{escape(record.scene.name)}</b><span>storey {record.storey}</span>"
        f"<span>episode {record.index}</span><span>{escape(record.scene.licence)}</span></div>"
        f'<blockquote>{escape(walk)}</blockquote></div><div class="body"><div class="side">'
        f"{walk_map(sample, navigation)}{_clearance_key(navigation)}{_chart(sample)}"
        f'<dl class="facts">{_facts(_numbers(sample))}</dl></div><div class="shots">{shots}</div></div>'
        f'<div class="keys">{_depth_key()}{_legend(sample)}</div></article>'
    )


def _clip(sample: Sample, index: int) -> str:
    """What a follower is told of a clip, and the views on it."""
    clip, record = sample.record.clips[index], sample.record
    text = next((i.text for i in record.instructions if i.scope == "clip" and i.first == clip.first), "")
    side = "left" if clip.turn > 0 else "right"
    turned = f", {abs(math.degrees(clip.turn)):.0f}° {side}" if abs(clip.turn) > math.radians(5) else ""
    views = "".join(_views(sample, frame) for frame in _shown(sample, index))
    return (
        f'<section class="shot" style="--clip:{clip_color(index)}"><p>{escape(text)} '
        f"<span>{clip.length:.1f} m{turned}</span></p>{views}</section>"
    )


def _shown(sample: Sample, index: int) -> list[int]:
    """The frames shown of a clip: its key frame; where clips are few its middle too; and the end of the walk."""
    clips = sample.record.clips
    clip = clips[index]
    frames = [clip.first]
    if len(clips) < _FEW_CLIPS:
        frames.append((clip.first + clip.last) // 2)
    if index == len(clips) - 1:
        frames.append(clip.last)
    return sorted(set(frames))


def _views(sample: Sample, frame: int) -> str:
    """A frame's colour with its pixel goal, depth and mask."""
    category = {instance.id: instance.category for instance in sample.record.instances}
    return (
        f'<div class="views"><figure>{_image(pictures.photo(sample.rgb(frame)), "view")}{_target(sample, frame)}'
        f"<figcaption>frame {frame}</figcaption></figure>"
        f"<figure>{_image(pictures.depth_picture(sample.depth(frame)), 'depth')}</figure>"
        f"<figure>{_image(pictures.mask_picture(sample.instance(frame), category), 'instances')}</figure></div>"
        f"{_further_views(sample, frame)}"
    )


def _further_views(sample: Sample, frame: int) -> str:
    """The depth that a sensor measured, and the same frame through the robot's further cameras."""
    pictured = []
    if sample.record.sensor is not None:
        pictured.append((_image(pictures.depth_picture(sample.sensor_depth(frame)), "depth"), "as measured"))
    for mount in sample.record.robot.further_mounts:
        pictured.append((_image(pictures.photo(sample.rgb(frame, mount.name)), "view"), mount.name))
    figures = "".join(f"<figure>{image}<figcaption>{escape(name)}</figcaption></figure>" for image, name in pictured)
    return f'<div class="views">{figures}</div>' if figures else ""


def _image(source: str, what: str) -> str:
    return f'<img src="{source}" alt="{what}" loading="lazy">'


def _target(sample: Sample, frame: int) -> str:
    if not sample.arrays["goal_visible"][frame]:
        return ""
    u, v = sample.arrays["goal_pixel"][frame]
    camera = sample.record.camera
    left, top = 100 * (u + 0.5) / camera.width, 100 * (v + 0.5) / camera.height
    later = int(sample.arrays["goal_frame"][frame])
    return f'<i class="target" style="left:{left:.2f}%;top:{top:.2f}%" title="pixel goal: frame {later}"></i>'


def _clearance_key(navigation: NavigationMap | None) -> str:
    if navigation is None:
        return ""
    return (
        f'<p class="key-line">0 m<i style="background:{pictures.esdf_gradient()}"></i>'
        f"{pictures.ESDF_RANGE} m to the nearest obstacle</p>"
    )


def _depth_key() -> str:
    low, high = pictures.DEPTH_RANGE
    ticks = np.array([1, 2, 4], dtype=np.float32)
    marks = "".join(
        f'<b style="left:{100 * share:.0f}%">{tick:.0f}</b>'
        for tick, share in zip(ticks, pictures.depth_share(ticks), strict=True)
    )
    return (
        f'<p class="key-line">Depth {low} m<i style="background:{pictures.depth_gradient()}">{marks}</i>{high:.0f} m; '
        f"grey: none. The dot on a view is its pixel goal.</p>"
    )


def _chart(sample: Sample) -> str:
    """Clearance along the walk, an area a clip, with the robot's radius as a dashed line."""
    clearance = sample.arrays["clearance"].astype(np.float64)
    top = max(1.0, float(clearance.max()))
    at = np.linspace(0, 100, len(clearance))
    areas = []
    for index, clip in enumerate(sample.record.clips):
        span = slice(clip.first, clip.last + 2)
        line = " ".join(f"{x:.2f},{60 - 60 * c / top:.2f}" for x, c in zip(at[span], clearance[span], strict=True))
        ends = at[span][[0, -1]]
        color = clip_color(index)
        areas.append(
            f'<polygon class="area" fill="{color}" points="{ends[0]:.2f},60 {line} {ends[1]:.2f},60"/>'
            f'<polyline stroke="{color}" points="{line}"/>'
        )
    radius = 60 - 60 * sample.record.robot.body.radius / top
    return (
        f'<svg class="chart" viewBox="0 0 100 60" preserveAspectRatio="none" role="img" '
        f'aria-label="Clearance along the walk">{"".join(areas)}<path class="limit" d="M0 {radius:.2f}H100"/></svg>'
        f'<p class="key-line">Clearance along the walk, 0 to {top:.1f} m; dashed: the robot\'s radius</p>'
    )


def _numbers(sample: Sample) -> dict[str, str]:
    record, body = sample.record, sample.record.robot.body
    scores = record.scores
    return {
        "path": f"{record.path_length:.1f} m (shortest {record.geodesic_length:.1f})",
        "frames": f"{record.frames} in {sample.arrays['times'][-1]:.0f} s",
        "clearance": f"≥ {record.certified_clearance:.2f} m certified",
        "robot": f"radius {body.radius:.2f} m, {body.height:.2f} m high",
        "camera": _mounted(sample),
        **_look(record.look),
        "in view": f"{scores.instances:.0f} things of {scores.categories:.0f} kinds",
        "entropy": f"{scores.entropy:.2f} bits",
        "references": str(scores.references),
        "near surface": f"{scores.near_surface:.0%} of frames",
        "unlabelled": f"{scores.unlabeled:.1%} of pixels",
        "texts": escape(", ".join(sorted({i.generator.name for i in record.instructions}))),
        "agreement": _agreement(record.instructions),
    }


def _look(look: Look | None) -> dict[str, str]:
    if look is None:
        return {}
    light = "" if look.hour is None else f"{look.hour:.1f} h, lamps × {look.lamps:.1f} at {look.lamp_kelvin:.0f} K, "
    return {"look": f"number {look.index}: {light}{look.exposure:+.1f} stops"}


def _mounted(sample: Sample) -> str:
    camera, robot = sample.record.camera, sample.record.robot
    mounts = robot.mounts or (Mount("first", robot.camera_height, robot.camera_pitch_down),)
    places = (f"at {mount.height:.2f} m, {math.degrees(mount.pitch_down):.0f}° down" for mount in mounts)
    return f"{escape(camera.name)}, {'; '.join(places)}"


def _agreement(instructions: tuple[Instruction, ...]) -> str:
    scores = [instruction.score for instruction in instructions if instruction.score is not None]
    return f"{np.mean(scores):.2f} with the masks" if scores else "not measured"


def _legend(sample: Sample) -> str:
    """The categories that the shown masks hold, the largest first, with the data's own words for them."""
    share: Counter[int] = Counter()
    for frame in (frame for index in range(len(sample.record.clips)) for frame in _shown(sample, index)):
        ids, counts = np.unique(sample.instance(frame), return_counts=True)
        share.update(dict(zip(ids.tolist(), counts.tolist(), strict=True)))
    size: Counter[str] = Counter()
    words: dict[str, set[str]] = {}
    for instance in sample.record.instances:
        if share[instance.id]:
            size[instance.category] += share[instance.id]
            words.setdefault(instance.category, set()).add(instance.label)
    items = "".join(
        f'<span title="{escape(", ".join(sorted(words[category])[:12]))}">'
        f'<i style="background:{pictures.category_color(category)}"></i>{escape(category.replace("_", " "))}</span>'
        for category, _ in size.most_common(24)
    )
    return f'<div class="legend">{items}</div>'
