"""Every layout under one name, for tests that go through all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from schemas.scenes import Scene
from tests.scene_adapters.layouts.front3d import write_front3d
from tests.scene_adapters.layouts.gibson import write_gibson, write_gibson_habitat
from tests.scene_adapters.layouts.glb import write_glb
from tests.scene_adapters.layouts.hm3d import write_hm3d
from tests.scene_adapters.layouts.hssd import write_hssd
from tests.scene_adapters.layouts.matterport3d import write_matterport3d
from tests.scene_adapters.layouts.obj import write_obj
from tests.scene_adapters.layouts.replica import write_replica


@dataclass(frozen=True)
class Layout:
    """How a home is written, and as which dataset it is read. textured : images come back, not vertex colours."""

    name: str
    dataset: str
    write: Callable[[Path, Scene], object]
    textured: bool = True


LAYOUTS = (
    Layout("glb", "files", lambda root, scene: write_glb(root / "home.glb", scene)),
    Layout("obj", "files", lambda root, scene: write_obj(root / "home.obj", scene)),
    Layout("replica", "replica", lambda root, scene: write_replica(root, scene, "room_0"), textured=False),
    Layout("matterport3d", "matterport3d", write_matterport3d),
    Layout("matterport3d-original", "matterport3d", lambda r, s: write_matterport3d(r, s, original=True)),
    Layout("gibson", "gibson", write_gibson),
    Layout("gibson-habitat", "gibson", write_gibson_habitat),
    Layout("front3d", "front3d", write_front3d),
    Layout("hssd", "hssd", write_hssd),
    Layout("hm3d", "hm3d", write_hm3d),
)
