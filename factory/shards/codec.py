"""An episode as the members of a WebDataset sample, and back.

`<episode>.json` is the record, `<episode>.npz` its arrays, and each frame has `.NNNN.rgb.jpg`, `.NNNN.depth.png`
and `.NNNN.instance.png`; those of a further camera have its mount's name after the number. Equal episodes give
equal bytes; nothing in them can run code.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.lib import format as npy

from factory.rendering.encode import (
    decode_depth,
    decode_instance,
    decode_rgb,
    depth_metres,
    encode_depth,
    encode_instance,
    rescale_depth,
)
from factory.shards.images import jpeg_size, png_size
from schemas.arrays import AnyArray, Float32, Float64, UInt8, UInt16
from schemas.cameras import Camera
from schemas.episodes import CaptionedEpisode, EpisodePlan, RenderedEpisode
from schemas.errors import ShardError
from schemas.records import Record, arrays_of, decode_record, encode_record, frame_files, image_file

# The encoders release the interpreter lock while they compress: two threads keep two cores busy.
_ENCODERS = 2
_EPOCH = (1980, 1, 1, 0, 0, 0)
Image = TypeVar("Image", UInt8, UInt16, bytes)
_OF_PLAN = ("times", "positions", "yaw", "camera_to_world", "linear_speed", "angular_speed", "clearance", "room")
Layout = Mapping[str, tuple[type[np.generic], tuple[int, ...]]]


@dataclass(frozen=True)
class Sample:
    """One episode as read from a shard. Images are decoded when asked for.

    key : the episode's id; arrays : see `schemas.records.arrays_of`, T first
    files : the frames' files by what follows the key, e.g. "0007.depth.png"; packed : the .npz as it lies there
    A camera is asked for by the name of its mount; "" is the first one.
    """

    key: str
    record: Record
    arrays: Mapping[str, AnyArray]
    files: Mapping[str, bytes]
    packed: bytes

    def members(self, record: Record) -> list[tuple[str, bytes]]:
        """The files of the sample byte for byte, sorted by name, with another record of the same episode."""
        files = dict(self.files) | {"npz": self.packed, "json": encode_record(record)}
        return sorted((f"{self.key}.{name}", data) for name, data in files.items())

    def rendered(self) -> RenderedEpisode:
        """The walk and what its first camera saw, decoded. Raises ShardError for a damaged image."""
        frames = range(self.record.frames)
        depth = np.stack([self.depth_units(i) for i in frames])
        rgb = tuple(self.files[f"{i:04d}.rgb.jpg"] for i in frames)
        masks = np.stack([self.instance(i) for i in frames])
        scale = self.record.depth_scale
        return RenderedEpisode(self._plan(), rgb, depth, masks, self.record.renderer, depth_scale=scale)

    def _plan(self) -> EpisodePlan:
        record, arrays = self.record, self.arrays
        return EpisodePlan(
            episode_id=record.episode_id,
            index=record.index,
            scene=record.scene,
            scene_digest=record.scene_digest,
            storey=record.storey,
            floor_z=record.floor_z,
            seed=record.run_seed,
            robot=record.robot,
            camera=record.camera,
            start=record.start,
            goal=record.goal,
            geodesic_length=record.geodesic_length,
            path_length=record.path_length,
            certified_clearance=record.certified_clearance,
            **{name: arrays[name] for name in _OF_PLAN},
        )

    def rgb(self, frame: int, mount: str = "") -> UInt8:
        """Colour of a frame, (H, W, 3) uint8 sRGB. Raises ShardError, as the others do, for a damaged image."""
        return self._decoded(frame, mount, "rgb.jpg", jpeg_size, decode_rgb)

    def depth(self, frame: int, mount: str = "") -> Float32:
        """Planar z of a frame, (H, W) float32 metres; 0 where there is none, infinite where units cannot say it."""
        return depth_metres(self.depth_units(frame, mount), self.record.depth_scale)

    def depth_units(self, frame: int, mount: str = "") -> UInt16:
        """The same as it is stored: (H, W) uint16, in units of the record's `depth_scale`."""
        return self._decoded(frame, mount, "depth.png", png_size, decode_depth)

    def depth_file(self, frame: int, scale: float, mount: str = "") -> bytes:
        """A frame's depth as a PNG in units of `scale` metres: the sample's own file where it has these."""
        if self.record.depth_scale == scale:
            return self.files[image_file(frame, mount if self._camera(mount) else "", "depth.png")]
        ratio = self.record.depth_scale / scale
        return self._decoded(frame, mount, "depth.png", png_size, lambda data: rescale_depth(data, ratio))

    def sensor_depth(self, frame: int, mount: str = "") -> Float32:
        """Like `depth`, but as the record's `sensor` measured it; there is none where the record has no sensor."""
        units = self._decoded(frame, mount, "sensor_depth.png", png_size, decode_depth)
        return depth_metres(units, self.record.depth_scale)

    def instance(self, frame: int, mount: str = "") -> UInt16:
        """Instance ids of a frame, (H, W) uint16; 0 = none."""
        return self._decoded(frame, mount, "instance.png", png_size, decode_instance)

    def poses(self, mount: str = "") -> Float64:
        """The camera's poses, (T, 4, 4) float64, OpenCV axes."""
        number = self._camera(mount)
        poses = self.arrays["mount_to_world"][:, number - 1] if number else self.arrays["camera_to_world"]
        return np.asarray(poses)

    def _camera(self, mount: str) -> int:
        if not mount:
            return 0
        names = [entry.name for entry in self.record.robot.mounts]
        if mount not in names:
            raise ShardError(f"{self.key}: no camera is on a mount {mount!r}; there are {names}")
        return names.index(mount)

    def _decoded(
        self,
        frame: int,
        mount: str,
        image: str,
        size: Callable[[bytes], tuple[int, int]],
        decode: Callable[[bytes], Image],
    ) -> Image:
        name = image_file(frame, mount if self._camera(mount) else "", image)
        if name not in self.files:
            raise ShardError(f"{self.key}.{name}: there is none; frames are 0 to {self.record.frames - 1}")
        try:
            _require_size(size(self.files[name]), self.record.camera)
            return decode(self.files[name])
        except ShardError as error:
            raise ShardError(f"{self.key}.{name}: {error}") from error


def encode_sample(captioned: CaptionedEpisode, record: Record) -> list[tuple[str, bytes]]:
    """The members of an episode, sorted by name. Raises ValueError where a part has another length than the walk."""
    images = _encode_images(captioned.rendered)
    names = frame_files(record)
    members = {
        f"{i:04d}.{name}": data for i, files in enumerate(images) for name, data in zip(names, files, strict=True)
    }
    members["npz"] = encode_arrays(_arrays(captioned, images, arrays_of(record)))
    members["json"] = encode_record(record)
    return sorted((f"{record.episode_id}.{name}", data) for name, data in members.items())


def decode_sample(key: str, members: Mapping[str, bytes], where: str) -> Sample:
    """The sample of a key's members, by what follows the key. Raises ShardError naming `where` and the member."""
    for needed in ("json", "npz"):
        if needed not in members:
            raise ShardError(f"{where}: {key}.{needed} is missing")
    record = decode_record(members["json"], f"{where}: {key}.json")
    if record.episode_id != key:
        raise ShardError(f"{where}: {key}.json is the record of {record.episode_id}")
    names = frame_files(record)
    expected = {f"{i:04d}.{name}" for i in range(min(record.frames, len(members))) for name in names}
    files = {name: data for name, data in members.items() if name not in ("json", "npz")}
    if len(files) != len(names) * record.frames or files.keys() != expected:
        odd = sorted(files.keys() ^ expected)[:1]
        raise ShardError(f"{where}: {key} has {len(files)} images for {record.frames} frames; look at {odd}")
    arrays = decode_arrays(members["npz"], arrays_of(record), record.frames, f"{where}: {key}.npz")
    return Sample(key, record, arrays, files, members["npz"])


def encode_arrays(arrays: Mapping[str, AnyArray]) -> bytes:
    """An .npz with a fixed time in it, uncompressed, so that neither clock nor zlib decide its bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            entry = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
            entry.create_system = 3
            content = io.BytesIO()
            npy.write_array(content, np.ascontiguousarray(arrays[name]), version=(1, 0), allow_pickle=False)
            archive.writestr(entry, content.getvalue())
    return buffer.getvalue()


def decode_arrays(content: bytes, layout: Layout, frames: int, where: str) -> dict[str, AnyArray]:
    """The arrays of an .npz for that many frames. Raises ShardError naming `where` and the array.

    layout : dtype and shape of a frame's entry by name, as of `schemas.records.arrays_of`

    Memory stays within the size of `content`: compressed entries are refused, and shape and dtype are compared
    with what they must be before anything is made of them.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_entries(archive, layout)
            return {name: _decode_array(name, archive.read(f"{name}.npy"), layout, frames) for name in layout}
    # What zipfile and NumPy raise at damaged bytes is an open list: BadZipFile, ValueError, struct.error, EOFError …
    except Exception as error:
        raise ShardError(f"{where}: not the arrays of {frames} frames ({error})") from error


def checksums(files: Sequence[bytes]) -> list[int]:
    """CRC-32 of each file, as in zip and PNG."""
    return [zlib.crc32(data) for data in files]


def _encode_images(rendered: RenderedEpisode) -> list[tuple[bytes, ...]]:
    """The files of each frame, in the order of `schemas.records.frame_files`."""
    with ThreadPoolExecutor(_ENCODERS) as pool:
        kinds: list[Iterable[bytes]] = []
        for view in rendered.views:
            kinds += [view.rgb, pool.map(encode_depth, view.depth), pool.map(encode_instance, view.instance)]
            if view.sensor_depth is not None:
                kinds.append(pool.map(encode_depth, view.sensor_depth))
        return list(zip(*kinds, strict=True))


def _arrays(captioned: CaptionedEpisode, images: Sequence[Sequence[bytes]], layout: Layout) -> dict[str, AnyArray]:
    plan, goals = captioned.rendered.plan, captioned.pixel_goals
    arrays: dict[str, AnyArray] = {name: getattr(plan, name) for name in _OF_PLAN}
    arrays |= {"goal_pixel": goals.pixel, "goal_frame": goals.frame, "goal_visible": goals.visible}
    arrays["crc32"] = np.array([checksums(files) for files in images], dtype=np.uint32)
    if "mount_to_world" in layout:
        arrays["mount_to_world"] = plan.mount_to_world
    for name, (dtype, shape) in layout.items():
        array = arrays[name]
        if array.dtype != dtype or array.shape != (plan.frames, *shape):
            raise ValueError(
                f"episode {plan.episode_id}: {name} is {array.dtype}{array.shape}, "
                f"expected {np.dtype(dtype)}{(plan.frames, *shape)}"
            )
    return arrays


def _check_entries(archive: zipfile.ZipFile, layout: Layout) -> None:
    if sorted(archive.namelist()) != sorted(f"{name}.npy" for name in layout):
        raise ValueError(f"holds {archive.namelist()[:20]}")
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
        raise ValueError("has compressed entries")


def _decode_array(name: str, content: bytes, layout: Layout, frames: int) -> AnyArray:
    dtype, shape = layout[name]
    stream = io.BytesIO(content)
    if npy.read_magic(stream) != (1, 0):
        raise ValueError(f"{name}: another version of the array format")
    header = npy.read_array_header_1_0(stream)
    if header != ((frames, *shape), False, np.dtype(dtype)):
        raise ValueError(f"{name}: shape, order and dtype {header}")
    array: AnyArray = np.frombuffer(content, dtype, offset=stream.tell()).reshape(frames, *shape)
    return array


def _require_size(size: tuple[int, int], camera: Camera) -> None:
    if size != (camera.width, camera.height):
        raise ShardError(f"{size[0]}×{size[1]} pixels, the camera has {camera.width}×{camera.height}")
