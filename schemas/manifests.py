"""Units of work and the manifests that prove them done."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from schemas.errors import ShardError
from schemas.identity import canonical_json, digest, unit_id
from schemas.jsonable import from_json, optional, to_json
from schemas.scenes import SceneRef, Storey

MANIFEST_VERSION = 1


@dataclass(frozen=True)
class Unit:
    """A unit of work: episodes first..first+count−1 of one storey of one scene. One unit makes one shard."""

    id: str
    scene: SceneRef
    scene_digest: str
    storey: int
    first: int
    count: int
    recipe_digest: str
    seed: int


def make_unit(
    scene: SceneRef, scene_digest: str, storey: int, first: int, count: int, recipe_digest: str, seed: int
) -> Unit:
    """A `Unit` whose id follows from everything that decides its bytes."""
    key = digest(to_json(scene), scene_digest, storey, first, count, recipe_digest, seed)
    return Unit(
        unit_id(scene.dataset, scene.name, storey, first, key),
        scene, scene_digest, storey, first, count, recipe_digest, seed,
    )  # fmt: skip


@dataclass(frozen=True)
class Survey:
    """What a scene holds, found once and kept: its digest, storeys and their free area.

    areas : m² a storey where the recipe's smallest robot can stand
    """

    scene: SceneRef
    digest: str
    triangles: int
    instances: int
    storeys: tuple[Storey, ...]
    areas: tuple[float, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class FileEntry:
    """A file of a shard: name beside the manifest, size in bytes, SHA-256 in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """Written last: a shard exists when its manifest is valid.

    rejected : episodes by reason; quarantined : episodes whose making failed
    versions : of what decided the bytes (package name → version)
    fallbacks : instructions that `grounded` wrote although a model was asked
    sha256 : digest of all other fields, so that a changed byte is noticed
    """

    version: int
    unit: Unit
    attempted: int
    written: int
    rejected: dict[str, int]
    quarantined: int
    frames: int
    files: tuple[FileEntry, ...]
    versions: dict[str, str]
    sha256: str = ""
    fallbacks: int = optional(0)


def encode_manifest(manifest: Manifest) -> bytes:
    """JSON bytes with the seal filled in. Raises ValueError where the counts do not add up."""
    _check_counts(manifest)
    return json.dumps(to_json(replace(manifest, sha256=_seal(manifest))), indent=1, sort_keys=True).encode() + b"\n"


def decode_manifest(content: bytes, where: str) -> Manifest:
    """The manifest of those bytes. Raises ShardError naming `where`: bad JSON, fields, counts or seal."""
    try:
        manifest = from_json(Manifest, json.loads(content))
        _check_counts(manifest)
    except (ValueError, TypeError, RecursionError) as error:
        raise ShardError(
            f"{where}: not a valid manifest ({error}); relaunch `generate` to make the shard again"
        ) from error
    if manifest.version != MANIFEST_VERSION:
        raise ShardError(f"{where}: manifest version {manifest.version}, this program reads {MANIFEST_VERSION}")
    if manifest.sha256 != _seal(manifest) or encode_manifest(manifest) != content:
        raise ShardError(
            f"{where}: manifest was changed after it was written; relaunch `generate` to make the shard again"
        )
    return manifest


def _seal(manifest: Manifest) -> str:
    return digest(canonical_json(to_json(replace(manifest, sha256=""))))


def _check_counts(manifest: Manifest) -> None:
    total = manifest.written + sum(manifest.rejected.values()) + manifest.quarantined
    if manifest.attempted != total or manifest.attempted != manifest.unit.count:
        raise ValueError(
            f"unit {manifest.unit.id}: {manifest.attempted} attempted of {manifest.unit.count}, but "
            f"{manifest.written} written + {sum(manifest.rejected.values())} rejected "
            f"+ {manifest.quarantined} quarantined"
        )
