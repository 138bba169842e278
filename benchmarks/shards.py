"""Shards against the stock writers and readers: samples a second of processor time, page cache, random payload.

Reading is timed by the clock as well, for a thread of its own hashes what is read. A sample has the sizes of a
640×480 frame: 58 KB of JPEG, 140 KB of depth, a mask, arrays and a record.
"""

from __future__ import annotations

import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import webdataset

from benchmarks.report import Row, compare, median_seconds, report
from factory.shards import ShardWriter, read_shard, tar, verify_unit
from factory.shards.digested import DigestedSink, digested
from factory.shards.writer import BUFFER_BYTES
from factory.storage import open_storage
from schemas.cameras import preset
from tests.walks import scene, unit, walk

SAMPLES = 1000
RUNS = 7
SIZES = {"depth.png": 140_000, "instance.png": 3_000, "json": 2_000, "npz": 10_000, "rgb.jpg": 58_000}
FRAMES = 60


def main() -> None:
    generator = np.random.default_rng(0)
    parts = {name: generator.bytes(size) for name, size in SIZES.items()}
    with tempfile.TemporaryDirectory() as folder:
        rows = [*_tars(parts, Path(folder)), *_episodes(Path(folder))]
    report("shards", rows)


def _tars(parts: dict[str, bytes], folder: Path) -> Iterator[Row]:
    """Finished members into a tar and out of it."""
    ours = folder / "ours.tar"
    work: dict[str, Callable[[], object]] = {
        "write": lambda: _write(ours, parts, hashed=False),
        "write, hashed": lambda: _write(folder / "hashed.tar", parts, hashed=True),
        "webdataset write": lambda: _write_webdataset(folder / "webdataset.tar", parts),
        "tarfile write": lambda: _write_tarfile(folder / "tarfile.tar", parts),
        "read": lambda: _read(ours, hashed=False),
        "read, hashed": lambda: _read(ours, hashed=True),
        "webdataset read": lambda: _read_webdataset(ours),
        "tarfile read": lambda: _read_tarfile(ours),
    }
    rate = {name: SAMPLES / value for name, value in median_seconds(work, RUNS, time.process_time).items()}
    for way in ("write", "read"):
        for row in (way, f"{way}, hashed"):
            for peer in ("webdataset", "tarfile"):
                yield compare(row, rate[row], "samples/CPU s", peer, rate[f"{peer} {way}"])
    readers = {name: work[name] for name in ("read, hashed", "webdataset read", "tarfile read")}
    rate = {name: SAMPLES / value for name, value in median_seconds(readers, RUNS).items()}
    for peer in ("webdataset", "tarfile"):
        yield compare("read, hashed, wall", rate["read, hashed"], "samples/s", peer, rate[f"{peer} read"])


def _write(path: Path, parts: dict[str, bytes], hashed: bool) -> None:
    with path.open("wb", buffering=BUFFER_BYTES) as file:
        sink = DigestedSink(file) if hashed else file
        for i in range(SAMPLES):
            for part, content in parts.items():
                tar.write_member(sink, f"episode_{i:06d}.{part}", content)
        sink.write(tar.END)


def _write_webdataset(path: Path, parts: dict[str, bytes]) -> None:
    with webdataset.TarWriter(str(path), encoder=False) as writer:
        for i in range(SAMPLES):
            writer.write({"__key__": f"episode_{i:06d}", **parts})


def _write_tarfile(path: Path, parts: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:", format=tarfile.USTAR_FORMAT) as archive:
        for i in range(SAMPLES):
            for part, content in parts.items():
                info = tarfile.TarInfo(f"episode_{i:06d}.{part}")
                info.size = len(content)
                archive.addfile(info, BytesIO(content))


def _read(path: Path, hashed: bool) -> None:
    with path.open("rb") as file, digested(file) as source:
        for _ in tar.scan(source if hashed else file, path.name):
            pass


def _read_webdataset(path: Path) -> None:
    for _ in webdataset.WebDataset(str(path), shardshuffle=False):
        pass


def _read_tarfile(path: Path) -> None:
    with tarfile.open(path, "r:") as archive:
        for info in archive:
            archive.extractfile(info).read()  # type: ignore[union-attr]


def _episodes(folder: Path) -> Iterator[Row]:
    """Whole episodes at the default camera: images encoded, hashed, committed; read; verified."""
    captioned = walk(0, FRAMES, 0.04, preset("d435i"))
    own, storage = unit(1), open_storage(str(folder / "out"))

    def write() -> None:
        for name in storage.names():
            storage.delete(name)
        with ShardWriter(own, folder / "scratch") as writer:
            writer.write(captioned, scene())
            writer.commit(storage, {})

    def read() -> None:
        for sample in read_shard(storage, own.id):
            for i in range(FRAMES):
                sample.rgb(i), sample.depth(i), sample.instance(i)

    seconds = median_seconds({"write": write, "read": read, "verify": lambda: verify_unit(storage, own.id)}, RUNS)
    yield Row("write and commit an episode, 480×270", FRAMES / seconds["write"], "frames/s")
    yield Row("read an episode, all images decoded", FRAMES / seconds["read"], "frames/s")
    yield Row("verify an episode", FRAMES / seconds["verify"], "frames/s")


if __name__ == "__main__":
    main()
