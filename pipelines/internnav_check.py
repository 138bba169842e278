"""`navfoundry check internnav`: whether a folder is what InternNav's NavDP loader takes it for, ours or foreign."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import internnav_dialect as dialect
from pipelines.internnav_cloud import NAVIGABLE, OBSTACLE, Cloud, decode_cloud
from pipelines.internnav_episode_check import (
    Surroundings,
    Table,
    check_geometry,
    check_images,
    check_table,
    read_episode,
    surroundings,
)
from pipelines.internnav_rules import RULES, Finding, Harm
from schemas.errors import ShardError, StorageError

_SHOWN = 5  # findings of one rule in one scene
_FRAME = re.compile(r"episode_(\d+)_(\d+)\.(?:jpe?g|png)")
_IMAGE_ENDINGS = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class _Scene:
    """A scene folder as the loader lists it; `where` is relative to the root."""

    folder: Path
    where: str
    tables: list[Path]
    rgb: list[Path]
    depth: list[Path]


def check_internnav(root: str) -> tuple[str, bool]:
    """All that is wrong below `root`, as text, and whether it is sound. Raises StorageError where it is no folder."""
    findings = list(find_problems(Path(root)))
    harms = Counter(RULES[finding.rule].harm for finding in findings)
    broken = harms[Harm.LOUD] + harms[Harm.SILENT]
    verdict = (
        f"{broken} problems, {harms[Harm.SILENT]} of which the trainer would not notice" if broken else "all sound"
    )
    return "\n".join([*_lines(findings), f"{root}: {verdict}"]), not broken


def find_problems(root: Path) -> Iterator[Finding]:
    """Every broken rule below `root`, scene by scene in the order of names."""
    if not root.is_dir():
        raise StorageError(f"{root}: no folder; give the one that holds the groups, e.g. procedural_d435i")
    scenes = [scene for group in _entries(root) if group.is_dir() for scene in _entries(group)]
    for path in [*_entries(root), *scenes]:
        if not path.is_dir():
            yield Finding("only-folders", _relative(path, root), "is a file")
    if not scenes:
        yield Finding("scene-parts", ".", "holds no scene folders")
    for folder in scenes:
        if folder.is_dir():
            yield from check_scene(folder, _relative(folder, root))


def check_scene(folder: Path, where: str) -> Iterator[Finding]:
    """Every broken rule of one scene folder, whose path below the root is `where`."""
    chunks = _entries(folder / "data") if (folder / "data").is_dir() else []
    if len(chunks) > 1:
        yield Finding("one-chunk", f"{where}/data", f"{len(chunks)} entries: {', '.join(c.name for c in chunks[:4])}")
    chunk = chunks[0].name if chunks else dialect.CHUNK
    parts = [f"data/{chunk}", *(f"videos/{chunk}/observation.images.{kind}" for kind in ("rgb", "depth"))]
    missing = [part for part in parts if not (folder / part).is_dir()]
    missing += [name for name in (dialect.STATS, dialect.CLOUD) if not (folder / name).is_file()]
    yield from (Finding("scene-parts", f"{where}/{name}", "is missing") for name in missing)
    if not missing:
        yield from _check_whole(_Scene(folder, where, *(_entries(folder / part) for part in parts)))


def _check_whole(scene: _Scene) -> Iterator[Finding]:
    """The rules for a scene that has all its parts."""
    yield from _check_names(scene)
    around = None
    try:
        cloud = decode_cloud((scene.folder / dialect.CLOUD).read_bytes(), "the cloud")
    except ShardError as error:
        yield Finding("cloud", f"{scene.where}/{dialect.CLOUD}", str(error))
    else:
        around = surroundings(cloud)
        yield from _check_colors(scene, cloud)
    spans, broken = _read_spans(scene)
    yield from broken
    tables, unreadable = _read_tables(scene)
    yield from unreadable
    for path, table, span in zip(scene.tables, tables, spans, strict=False):
        if table is not None and span is not None:
            yield from _check_episode(scene, path, table, span, around)
    yield from _check_texts(scene, [None if table is None else len(table.action) for table in tables])


def _check_names(scene: _Scene) -> Iterator[Finding]:
    for path in scene.tables:
        if path.suffix != ".parquet" or not path.is_file():
            yield Finding("only-tables", _below(scene, path), "is no .parquet file")
    for images in (scene.rgb, scene.depth):
        for path in images:
            if path.suffix.lower() not in _IMAGE_ENDINGS or not path.is_file():
                yield Finding("only-images", _below(scene, path), "is no image")
        numbers = [tuple(map(int, match.groups())) for path in images if (match := _FRAME.fullmatch(path.name))]
        for i in range(len(numbers) - 1):
            if numbers[i] >= numbers[i + 1]:
                yield Finding("image-names", _below(scene, images[i]), "sorts before an earlier frame")
                break
    if [path.stem for path in scene.rgb] != [path.stem for path in scene.depth]:
        odd = sorted({path.stem for path in scene.rgb} ^ {path.stem for path in scene.depth})
        yield Finding(
            "image-pairs",
            f"{scene.where}/videos",
            f"{len(scene.rgb)} of colour, {len(scene.depth)} of depth: {odd[:3]}",
        )


def _check_colors(scene: _Scene, cloud: Cloud) -> Iterator[Finding]:
    where = f"{scene.where}/{dialect.CLOUD}"
    if not len(cloud.of(OBSTACLE)):
        yield Finding("obstacle-color", where, f"none of {len(cloud.points)} points is {OBSTACLE}")
    if not len(cloud.of(NAVIGABLE)):
        yield Finding("navigable-color", where, f"no point is {NAVIGABLE}")


def _read_spans(scene: _Scene) -> tuple[list[range | None], list[Finding]]:
    """Each line's images, as indices into the sorted ones; None for a line that says none."""
    where = f"{scene.where}/{dialect.STATS}"
    lines = _json_lines(scene.folder / dialect.STATS)
    spans: list[range | None] = []
    findings = []
    if len(lines) != len(scene.tables):
        findings.append(Finding("stats-lines", where, f"{len(lines)} lines for {len(scene.tables)} episodes"))
    end = 0
    for i, line in enumerate(lines):
        try:
            said = json.loads(line)["image_index"]
            span = range(_whole(said["min"]), _whole(said["max"]) + 1)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            findings.append(Finding("stats-fields", f"{where}:{i + 1}", f"not such a line ({error!r})"))
            spans.append(None)
            continue
        if span.start != end or not span:
            problem = f"{span.start}..{span.stop - 1}, expected to begin at {end}"
            findings.append(Finding("image-index", f"{where}:{i + 1}", problem))
        spans.append(span)
        end = span.stop
    if end != len(scene.rgb):
        findings.append(Finding("image-index", where, f"ends after image {end - 1}, there are {len(scene.rgb)}"))
    return spans, findings


def _read_tables(scene: _Scene) -> tuple[list[Table | None], list[Finding]]:
    tables: list[Table | None] = []
    findings = []
    for path in scene.tables:
        try:
            tables.append(read_episode(path.read_bytes() if path.is_file() else b""))
        except ShardError as error:
            tables.append(None)
            findings.append(Finding("table", _below(scene, path), str(error)))
    return tables, findings


def _check_episode(
    scene: _Scene, path: Path, table: Table, span: range, around: Surroundings | None
) -> Iterator[Finding]:
    where = _below(scene, path)
    rgb, depth = (images[span.start : span.stop] for images in (scene.rgb, scene.depth))
    if len(rgb) != len(table.action) or len(depth) != len(table.action):
        yield Finding("frames-are-rows", where, f"{len(table.action)} rows, {len(rgb)} and {len(depth)} images")
    problems = list(check_table(table))
    yield from (Finding(rule, where, problem) for rule, problem in problems)
    images = list(check_images(rgb, depth, table))
    yield from (Finding(rule, _below(scene, image), problem) for image, (rule, problem) in images)
    skewed = {rule for rule, _ in problems} & {"length", "rigid-poses", "opengl-axes", "mount"}
    if around is not None and depth and not skewed:
        found = check_geometry(table, depth, around)
        yield from (Finding(rule, where, problem) for rule, problem in found)


def _check_texts(scene: _Scene, lengths: list[int | None]) -> Iterator[Finding]:
    for name in (dialect.EPISODES, dialect.TASKS, dialect.INFO):
        if not (scene.folder / name).is_file():
            rule = "info" if name == dialect.INFO else "texts"
            yield Finding(rule, f"{scene.where}/{name}", "is missing")
    if (scene.folder / dialect.EPISODES).is_file():
        lines = _json_lines(scene.folder / dialect.EPISODES)
        if len(lines) != len(lengths):
            problem = f"{len(lines)} lines for {len(lengths)} episodes"
            yield Finding("texts", f"{scene.where}/{dialect.EPISODES}", problem)
        for i, (line, length) in enumerate(zip(lines, lengths, strict=False)):
            if (wrong := _text_problem(line, length)) is not None:
                yield Finding("texts", f"{scene.where}/{dialect.EPISODES}:{i + 1}", wrong)
    if (scene.folder / dialect.INFO).is_file():
        yield from _check_info(scene, lengths)


def _text_problem(line: str, length: int | None) -> str | None:
    """What is wrong with an episode's texts."""
    try:
        episode = json.loads(line)
        tasks = [json.loads(text) for text in episode["tasks"]]
        spans = [task.get("sub_indexes") or task["sum_indexes"] for task in tasks]
        words = [task.get("revised_sub_instruction") or task["sum_instruction"] for task in tasks]
        if length is not None and episode["length"] != length:
            return f"length {episode['length']}, the episode has {length} frames"
        outside = [s for s in spans if not 0 <= s[0] <= s[1] or (length is not None and s[1] >= length)]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        return f"not such a line ({error!r})"
    if outside:
        return f"frames {outside[0]} are not of the episode"
    return (
        None if words and all(isinstance(text, str) and text.strip() for text in words) else "an instruction is empty"
    )


def _check_info(scene: _Scene, lengths: list[int | None]) -> Iterator[Finding]:
    where = f"{scene.where}/{dialect.INFO}"
    try:
        info: dict[str, Any] = dict(json.loads((scene.folder / dialect.INFO).read_text(errors="replace")))
    except (ValueError, TypeError, RecursionError) as error:
        yield Finding("info", where, f"no JSON object ({error})")
        return
    truth = {"total_episodes": len(lengths), "total_frames": len(scene.rgb), "total_chunks": 1}
    for field, value in truth.items():
        if info.get(field) != value:
            yield Finding("info", where, f"{field} is {info.get(field)}, there are {value}")


def _lines(findings: list[Finding]) -> Iterator[str]:
    """A line a finding; what the rule's breach does and how to mend it once a rule and scene, the first few shown."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.rule, "/".join(finding.path.split("/")[:2])), []).append(finding)
    for (name, _), group in groups.items():
        rule = RULES[name]
        yield from (f"{rule.harm.value:6} {name}: {entry.path}: {entry.problem}" for entry in group[:_SHOWN])
        if len(group) > _SHOWN:
            yield f"{'':6} … and {len(group) - _SHOWN} more"
        yield f"{'':6} the loader {rule.effect}; {rule.remedy}"


def _entries(folder: Path) -> list[Path]:
    """All entries of a folder, hidden ones too, sorted as the loader sorts."""
    return sorted(folder.iterdir(), key=lambda path: path.name)


def _json_lines(path: Path) -> list[str]:
    return [line for line in path.read_text(errors="replace").split("\n") if line.strip()]


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -1 <= value < 1 << 48:
        raise ValueError(f"{value!r} is no index")
    return value


def _below(scene: _Scene, path: Path) -> str:
    return f"{scene.where}/{path.relative_to(scene.folder)}"


def _relative(path: Path, root: Path) -> str:
    return str(path.relative_to(root))
