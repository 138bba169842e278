"""An episode as the members of a WebDataset sample, and back.

`<episode>.json` is the record, `<episode>.npz` its arrays, and each frame has `.NNNN.rgb.jpg`, `.NNNN.depth.png`
and `.NNNN.instance.png`. Equal episodes give equal bytes; nothing in them can run code.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import simplejpeg
from numpy.lib import format as npy

from factory.rendering.encode import decode_depth, decode_instance, decode_rgb, encode_depth, encode_instance
from schemas.arrays import AnyArray, Float32, UInt8, UInt16
from schemas.episodes import CaptionedEpisode, RenderedEpisode
from schemas.errors import ShardError
from schemas.records import ARRAYS, Record, decode_record, encode_record

# OpenCV releases the interpreter lock while it compresses: two threads keep two cores busy.
_ENCODERS = 2
_EPOCH = (1980, 1, 1, 0, 0, 0)
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
        data = self._file(frame, "rgb.jpg")
        self._check_size(frame, "rgb.jpg", _jpeg_size(data))
        return decode_rgb(data)

    def depth(self, frame: int) -> Float32:
        """Planar z of a frame, (H, W) float32 metres; 0 where there is none."""
        return np.asarray(self._png(frame, "depth.png") * np.float32(self.record.depth_scale), dtype=np.float32)

    def instance(self, frame: int) -> UInt16:
        """Instance ids of a frame, (H, W) uint16; 0 = none."""
        return self._png(frame, "instance.png")

    def _png(self, frame: int, image: str) -> UInt16:
        data = self._file(frame, image)
        self._check_size(frame, image, _png_size(data))
        return decode_depth(data) if image == "depth.png" else decode_instance(data)

    def _file(self, frame: int, image: str) -> bytes:
        name = f"{frame:04d}.{image}"
        if name not in self.files:
            raise ShardError(f"{self.key}: there is no {name}; frames are 0 to {self.record.frames - 1}")
        return self.files[name]

    def _check_size(self, frame: int, image: str, size: tuple[int, int]) -> None:
        # Before any pixel is decoded: a small file can claim to be an image of gigabytes.
        camera = self.record.camera
        if size != (camera.width, camera.height):
            raise ShardError(
                f"{self.key}.{frame:04d}.{image}: {size[0]}×{size[1]}, the camera has {camera.width}×{camera.height}"
            )


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


def _png_size(data: bytes) -> tuple[int, int]:
    if len(data) < 24 or data[:8] != b"\x89PNG\r\n\x1a\n":
        return (0, 0)
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int]:
    try:
        height, width, *_ = simplejpeg.decode_jpeg_header(data)
    except ValueError:
        return (0, 0)
    return width, height
