"""An episode as the members of a WebDataset sample, and back.

`<episode>.json` is the record, `<episode>.npz` its arrays, and each frame has `.NNNN.rgb.jpg`, `.NNNN.depth.png`
and `.NNNN.instance.png`. Equal episodes give equal bytes; nothing in them can run code.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.lib import format as npy

from factory.rendering.encode import decode_depth, decode_instance, decode_rgb, encode_depth, encode_instance
from factory.shards.images import jpeg_size, png_size
from schemas.arrays import AnyArray, Float32, UInt8, UInt16
from schemas.cameras import Camera
from schemas.episodes import CaptionedEpisode, RenderedEpisode
from schemas.errors import ShardError
from schemas.records import ARRAYS, Record, decode_record, encode_record

# OpenCV releases the interpreter lock while it compresses: two threads keep two cores busy.
_ENCODERS = 2
_EPOCH = (1980, 1, 1, 0, 0, 0)
Image = TypeVar("Image", UInt8, UInt16)
_IMAGES = ("rgb.jpg", "depth.png", "instance.png")


@dataclass(frozen=True)
class Sample:
    """One episode as read from a shard. Images are decoded when asked for.

    key : the episode's id; arrays : see `schemas.records.ARRAYS`, T first
    files : the frames' files by what follows the key, e.g. "0007.depth.png"
    """

    key: str
    record: Record
    arrays: Mapping[str, AnyArray]
    files: Mapping[str, bytes]

    def rgb(self, frame: int) -> UInt8:
        """Colour of a frame, (H, W, 3) uint8 sRGB. Raises ShardError, as the others do, for a damaged image."""
        return self._decoded(frame, "rgb.jpg", jpeg_size, decode_rgb)

    def depth(self, frame: int) -> Float32:
        """Planar z of a frame, (H, W) float32 metres; 0 where there is none."""
        return np.asarray(self.depth_units(frame) * np.float32(self.record.depth_scale), dtype=np.float32)

    def depth_units(self, frame: int) -> UInt16:
        """The same as it is stored: (H, W) uint16, in units of the record's `depth_scale`."""
        return self._decoded(frame, "depth.png", png_size, decode_depth)

    def instance(self, frame: int) -> UInt16:
        """Instance ids of a frame, (H, W) uint16; 0 = none."""
        return self._decoded(frame, "instance.png", png_size, decode_instance)

    def _decoded(
        self, frame: int, image: str, size: Callable[[bytes], tuple[int, int]], decode: Callable[[bytes], Image]
    ) -> Image:
        name = f"{frame:04d}.{image}"
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
    members = {
        f"{i:04d}.{image}": data for i, files in enumerate(images) for image, data in zip(_IMAGES, files, strict=True)
    }
    members["npz"] = encode_arrays(_arrays(captioned, images))
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
    expected = {f"{i:04d}.{image}" for i in range(min(record.frames, len(members))) for image in _IMAGES}
    files = {name: data for name, data in members.items() if name not in ("json", "npz")}
    if len(files) != 3 * record.frames or files.keys() != expected:
        odd = sorted(files.keys() ^ expected)[:1]
        raise ShardError(f"{where}: {key} has {len(files)} images for {record.frames} frames; look at {odd}")
    return Sample(key, record, decode_arrays(members["npz"], record.frames, f"{where}: {key}.npz"), files)


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


def decode_arrays(content: bytes, frames: int, where: str) -> dict[str, AnyArray]:
    """The arrays of an .npz for that many frames. Raises ShardError naming `where` and the array.

    Memory stays within the size of `content`: compressed entries are refused, and shape and dtype are compared
    with what they must be before anything is made of them.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_entries(archive)
            return {name: _decode_array(name, archive.read(f"{name}.npy"), frames) for name in ARRAYS}
    # What zipfile and NumPy raise at damaged bytes is an open list: BadZipFile, ValueError, struct.error, EOFError …
    except Exception as error:
        raise ShardError(f"{where}: not the arrays of {frames} frames ({error})") from error


def checksums(files: Sequence[bytes]) -> list[int]:
    """CRC-32 of each file, as in zip and PNG."""
    return [zlib.crc32(data) for data in files]


def frame_files(sample: Sample, frame: int) -> Iterator[tuple[str, bytes]]:
    """Names and contents of a frame's files, in the order of the array `crc32`."""
    for image in _IMAGES:
        name = f"{frame:04d}.{image}"
        yield name, sample.files[name]


def _encode_images(rendered: RenderedEpisode) -> list[tuple[bytes, bytes, bytes]]:
    with ThreadPoolExecutor(_ENCODERS) as pool:
        depths = pool.map(encode_depth, rendered.depth)
        masks = pool.map(encode_instance, rendered.instance)
        return list(zip(rendered.rgb, depths, masks, strict=True))


def _arrays(captioned: CaptionedEpisode, images: Sequence[Sequence[bytes]]) -> dict[str, AnyArray]:
    plan, goals = captioned.rendered.plan, captioned.pixel_goals
    arrays: dict[str, AnyArray] = {
        name: getattr(plan, name)
        for name in (
            "times", "positions", "yaw", "camera_to_world", "linear_speed", "angular_speed", "clearance", "room",
        )
    }  # fmt: skip
    arrays |= {"goal_pixel": goals.pixel, "goal_frame": goals.frame, "goal_visible": goals.visible}
    arrays["crc32"] = np.array([checksums(files) for files in images], dtype=np.uint32)
    for name, (dtype, shape) in ARRAYS.items():
        array = arrays[name]
        if array.dtype != dtype or array.shape != (plan.frames, *shape):
            raise ValueError(
                f"episode {plan.episode_id}: {name} is {array.dtype}{array.shape}, "
                f"expected {np.dtype(dtype)}{(plan.frames, *shape)}"
            )
    return arrays


def _check_entries(archive: zipfile.ZipFile) -> None:
    if sorted(archive.namelist()) != sorted(f"{name}.npy" for name in ARRAYS):
        raise ValueError(f"holds {archive.namelist()[:20]}")
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
        raise ValueError("has compressed entries")


def _decode_array(name: str, content: bytes, frames: int) -> AnyArray:
    dtype, shape = ARRAYS[name]
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
