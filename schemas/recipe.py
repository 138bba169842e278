"""The recipe: the user's configuration, TOML checked by pydantic. The one module that uses pydantic.

What decides the data is in `data_digest`; how it is run (`[engine]`) is not.
"""

from __future__ import annotations

import difflib
import math
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.cameras import MILLIMETRE, PRESETS, Camera, preset
from schemas.errors import RecipeError
from schemas.identity import digest
from schemas.robots import MOST_MOUNTS, Mount


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _ordered(value: tuple[float, float]) -> tuple[float, float]:
    if value[0] > value[1]:
        raise ValueError(f"a range goes from low to high, not {value[0]} to {value[1]}")
    return value


Range = Annotated[tuple[float, float], AfterValidator(_ordered)]


class Scenes(_Section):
    """Which scenes, from which dataset.

    root : the dataset's folder (not for `procedural`)
    select : names or shell patterns; all where empty. limit : the first so many
    options : what only this adapter understands, e.g. procedural: {first_seed = 1, count = 2}
    """

    dataset: str
    root: str | None = None
    select: tuple[str, ...] = ()
    limit: int | None = Field(default=None, ge=1)
    options: dict[str, str | int | float | bool] = Field(default_factory=dict)


class Episodes(_Section):
    """How many episodes a storey, and how many of them one unit (one shard) takes."""

    per_storey: int = Field(default=100, ge=1, le=1_000_000)
    per_unit: int = Field(default=20, ge=1, le=10_000)


class MountSpec(_Section):
    """Where a camera sits on the robot. height : above the floor, metres. pitch_down_deg : degrees.

    name : in the names of its files: up to 11 small letters, digits, "_" and "-"
    """

    name: str
    height: float
    pitch_down_deg: float = 0.0

    @model_validator(mode="after")
    def _fits(self) -> MountSpec:
        self.mount()
        return self

    def mount(self) -> Mount:
        """The mount meant. Raises ValueError for a name or a place that a mount cannot have."""
        return Mount(self.name, self.height, math.radians(self.pitch_down_deg))


class RobotSpec(_Section):
    """Ranges drawn uniformly; a fixed value is a range of width 0.

    The episodes that share a start share a body and a camera height; the pitch is drawn for each. Bodies are
    rounded up to 5 cm of radius and 25 cm of height, and reach to the highest camera at least, so that few maps
    serve all. radius, body_height, step_height, camera_height : metres. max_slope_deg, camera_pitch_down_deg : degrees
    mounts : fixed cameras that see all walks, in place of one whose height and pitch are drawn; the first is the one
    that quality, clips, pixel goals and texts look through
    """

    radius: Range = (0.25, 0.25)
    body_height: Range = (0.5, 1.5)
    step_height: float = Field(default=0.10, ge=0, le=0.5)
    max_slope_deg: float = Field(default=30.0, ge=0, lt=90)
    camera_height: Range = (0.25, 1.25)
    camera_pitch_down_deg: Range = (0.0, 30.0)
    mounts: tuple[MountSpec, ...] = Field(default=(), max_length=MOST_MOUNTS)

    @model_validator(mode="after")
    def _fits(self) -> RobotSpec:
        if not 0 < self.radius[0] <= self.radius[1] <= 2:
            raise ValueError("radius must lie in (0, 2] m")
        if not self.step_height < self.body_height[0] <= self.body_height[1] <= 3:
            raise ValueError(f"body_height must lie above step_height, {self.step_height} m, and up to 3 m")
        if not 0 < self.camera_height[0] <= self.camera_height[1] <= 3:
            raise ValueError("camera_height must lie in (0, 3] m")
        if not -89 <= self.camera_pitch_down_deg[0] <= self.camera_pitch_down_deg[1] <= 89:
            raise ValueError("camera_pitch_down_deg must lie in [-89, 89]")
        if len({mount.name for mount in self.mounts}) < len(self.mounts):
            raise ValueError("each of the mounts needs a name of its own")
        return self


class CameraSpec(_Section):
    """A preset by name, or all six numbers (pixels) under a name of your own."""

    preset: str | None = None
    name: str = "custom"
    width: int | None = None
    height: int | None = None
    fx: float | None = None
    fy: float | None = None
    cx: float | None = None
    cy: float | None = None

    @model_validator(mode="after")
    def _complete(self) -> CameraSpec:
        self.camera()
        return self

    def camera(self) -> Camera:
        """The camera meant. Raises ValueError where neither a preset nor all numbers are given."""
        numbers = (self.width, self.height, self.fx, self.fy, self.cx, self.cy)
        if self.preset is not None:
            if any(number is not None for number in numbers):
                raise ValueError("give a preset or numbers, not both")
            return preset(self.preset)
        if any(number is None for number in numbers):
            raise ValueError(f"give preset = one of {', '.join(PRESETS)}, or all of width, height, fx, fy, cx, cy")
        width, height, fx, fy, cx, cy = numbers
        return Camera(
            self.name,
            int(width or 0),
            int(height or 0),
            float(fx or 0),
            float(fy or 0),
            float(cx or 0),
            float(cy or 0),
        )


class Navigation(_Section):
    """Map and path.

    resolution : cell edge, metres. clearance_margin : extra distance kept from obstacles where there is room, metres
    distance : geodesic range of a pair, metres. max_curvature : 1/m. spacing : between frames, metres
    speed : m/s on a straight. max_turn_rate_deg : degrees a second. pairs_per_start : goals one field serves
    """

    resolution: float = Field(default=0.05, ge=0.01, le=0.25)
    clearance_margin: float = Field(default=0.35, ge=0, le=2)
    distance: Range = (2.0, 20.0)
    max_curvature: float = Field(default=4.0, gt=0, le=20)
    spacing: float = Field(default=0.04, gt=0.005, le=1.0)
    speed: float = Field(default=1.0, gt=0.05, le=5)
    max_turn_rate_deg: float = Field(default=90.0, gt=1, le=720)
    pairs_per_start: int = Field(default=4, ge=1, le=1000)
    max_cells: int = Field(default=100_000_000, ge=10_000)


class Rendering(_Section):
    """Renderer and image quality.

    lighting : of scenes whose textures have no light in them. "path-traced" anew in each frame, "baked": matt light
    found once a scene and looked up, or "auto": baked where the frames that the recipe wants of a scene pay for it.
    samples : rays a pixel in Blender. denoise : OpenImageDenoise on the colour image, where it is path-traced
    depth_scale : metres a unit of the depth images, which hold 65,534 of them and say only of what is farther that it
    is. depth_limit : metres; what lies beyond has no depth
    """

    renderer: Literal["blender", "raycast"] = "blender"
    lighting: Literal["path-traced", "baked", "auto"] = "path-traced"
    samples: int = Field(default=4, ge=1, le=4096)
    denoise: bool = True
    max_bounces: int = Field(default=4, ge=0, le=64)
    jpeg_quality: int = Field(default=90, ge=30, le=100)
    depth_limit: float = Field(default=20.0, gt=0.1, le=65.0)
    depth_scale: float = Field(default=MILLIMETRE, ge=0.0001, le=MILLIMETRE)


class Variation(_Section):
    """Looks: light, hour, paint and exposure drawn anew for every `per_look` episodes of a storey.

    Of scans, whose light is in their textures, only the exposure changes. A unit renders each look in a process of
    its own, so `per_look` below `episodes.per_unit` costs its start, and light is baked for each
    hours : of solar time; the sun is up from 6 to 18. lamps : factor on their power. lamp_kelvin : their colour
    paint : how far walls, floors, fabrics and furniture may change colour, 0 to 1. exposure : stops
    """

    per_look: int = Field(default=20, ge=1)
    hours: Range = (7.0, 21.0)
    lamps: Range = (0.7, 1.4)
    lamp_kelvin: Range = (2700.0, 6000.0)
    paint: float = Field(default=1.0, ge=0, le=1)
    exposure: Range = (-0.35, 0.35)

    @model_validator(mode="after")
    def _fits(self) -> Variation:
        if not 0 <= self.hours[0] <= self.hours[1] <= 24:
            raise ValueError("hours must lie in [0, 24]")
        if not 0.05 <= self.lamps[0] <= self.lamps[1] <= 20:
            raise ValueError("lamps must lie in [0.05, 20]")
        if not 1500 <= self.lamp_kelvin[0] <= self.lamp_kelvin[1] <= 12000:
            raise ValueError("lamp_kelvin must lie in [1500, 12000]")
        if not -4 <= self.exposure[0] <= self.exposure[1] <= 4:
            raise ValueError("exposure must lie in [-4, 4]")
        return self


class Sensor(_Section):
    """Depth as a stereo camera measures it, kept beside the clean one; the defaults are a RealSense D435i's.

    baseline : between its imagers, metres. disparity_noise, disparity_step : pixels of the camera
    nearest, fades, farthest : metres between which it measures, and from where on matches begin to fail
    grazing_deg : of the ray from the surface's normal, from where on matches begin to fail; at 88° all do
    dark_loss, mirror_loss : share of the matches lost on black and on mirroring or clear surfaces
    color_noise : of the colour images themselves, standard deviation at white in linear light; 0.01 is a good camera
    """

    baseline: float = Field(default=0.05, gt=0, le=1)
    disparity_noise: float = Field(default=0.08, ge=0, le=10)
    disparity_step: float = Field(default=1 / 32, gt=0, le=4)
    nearest: float = Field(default=0.28, ge=0, le=10)
    fades: float = Field(default=6.0, ge=0, le=65)
    farthest: float = Field(default=10.0, gt=0, le=65)
    grazing_deg: float = Field(default=76.0, ge=0, lt=88)
    dark_loss: float = Field(default=0.6, ge=0, le=1)
    mirror_loss: float = Field(default=0.85, ge=0, le=1)
    color_noise: float = Field(default=0.0, ge=0, le=0.2)

    @model_validator(mode="after")
    def _ordered(self) -> Sensor:
        if not self.nearest < self.fades <= self.farthest:
            raise ValueError("nearest must be below fades, and fades at most farthest")
        return self


class Clips(_Section):
    """Where a walk is cut: at local maxima of |Δyaw| accumulated over `window` metres above `turn_deg`."""

    window: float = Field(default=1.0, gt=0)
    turn_deg: float = Field(default=30.0, gt=0, le=180)
    min_length: float = Field(default=1.0, gt=0)
    min_frames: int = Field(default=25, ge=1)
    max_length: float = Field(default=6.0, gt=0)


class Quality(_Section):
    """Thresholds on `Scores`; an episode past one of them is rejected with that reason.

    Set on ray-cast procedural homes: none of 154 still views of bare walls passes, 96 % of 857 furnished ones do,
    and 95 % of 128 planned walks. tests/factory/quality/test_calibration.py repeats it on one home.
    """

    min_instances: float = Field(default=2.0, ge=0)
    min_categories: float = Field(default=1.5, ge=0)
    min_entropy: float = Field(default=1.0, ge=0)
    max_unlabeled: float = Field(default=0.3, ge=0, le=1)
    max_near_surface: float = Field(default=0.35, ge=0, le=1)
    min_references: int = Field(default=2, ge=0)
    min_depth: float = Field(default=0.5, ge=0, le=1)


class VllmEngine(_Section):
    """vLLM in our own processes: one engine in each Ray actor, one in all with `executor = "inline"`.

    gpus : that an actor holds; None for as many as `tensor_parallel`, 0 for an engine on the CPU
    gpu_memory : share of each GPU's memory. cpu_cache_gb : keys and values of an engine on the CPU
    batch_size : requests handed over at once. recycle_after : batches after which an actor starts its engine anew,
    for the host's memory grows with the images it has seen. max_images : of one request
    """

    actors: int = Field(default=1, ge=1)
    tensor_parallel: int = Field(default=1, ge=1)
    gpus: float | None = Field(default=None, ge=0)
    gpu_memory: float = Field(default=0.9, gt=0, lt=1)
    cpu_cache_gb: int = Field(default=4, ge=1)
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    batch_size: int = Field(default=256, ge=1)
    recycle_after: int = Field(default=200, ge=1)
    max_images: int = Field(default=16, ge=0)


class Servers(_Section):
    """OpenAI-compatible servers, all with the same model.

    urls : up to and with "/v1". api_key_env : name of the environment variable that holds the key, never the key
    concurrency : requests of one unit in flight. timeout : seconds of one try. retries : of one request, with
    back-off. deadline : seconds of one request with all its tries
    """

    urls: tuple[str, ...] = Field(default=("http://127.0.0.1:8000/v1",), min_length=1)
    api_key_env: str | None = None
    concurrency: int = Field(default=16, ge=1, le=1024)
    timeout: float = Field(default=180.0, gt=0)
    retries: int = Field(default=6, ge=0, le=20)
    deadline: float = Field(default=900.0, gt=0)


class Model(_Section):
    """A language model and how it is asked.

    model : id on the hub, a folder, or the name that a server gives it. revision : commit or tag of the hub
    temperature : 0 takes the likeliest token each time. top_k : 0 for all tokens
    max_tokens : of an answer. max_model_len : of prompt and answer together
    thinking : False tells the chat template `enable_thinking = false`; True tells it nothing. Thoughts are cut off
    """

    model: str = Field(min_length=1)
    revision: str | None = None
    temperature: float = Field(default=0.0, ge=0, le=2)
    top_p: float = Field(default=1.0, gt=0, le=1)
    top_k: int = Field(default=0, ge=0)
    presence_penalty: float = Field(default=0.0, ge=-2, le=2)
    max_tokens: int = Field(default=512, ge=1)
    max_model_len: int = Field(default=32768, ge=16)
    thinking: bool = False
    vllm: VllmEngine = VllmEngine()
    servers: Servers = Servers()


class Captioning(_Section):
    """Who writes the instructions: `grounded` needs no model; the others ask two.

    describer : sees the frames of a clip. refiner : turns descriptions into instructions
    frames : of a clip shown to the describer; frame_size : their longer edge, pixels; frames_as : a video costs
    fewer tokens. styles, variants, languages : each clip and walk gets a text of every style in every language,
    `variants` times; languages by their English names
    min_score : share of a text's claims that must hold. regenerate : times that a refused text is asked for again
    fallback : what becomes of a text refused to the end: "grounded" writes it, or "reject" the episode
    """

    backend: Literal["grounded", "vllm", "openai"] = "grounded"
    frames: int = Field(default=8, ge=1, le=64)
    frame_size: int = Field(default=384, ge=28, le=2048)
    frames_as: Literal["images", "video"] = "video"
    styles: tuple[Literal["concise", "detailed", "landmark-first"], ...] = Field(default=("concise",), min_length=1)
    variants: int = Field(default=1, ge=1, le=16)
    languages: tuple[Annotated[str, Field(pattern=r"^[A-Z][A-Za-z ()-]{1,39}$")], ...] = Field(
        default=("English",), min_length=1
    )
    min_score: float = Field(default=1.0, ge=0, le=1)
    regenerate: int = Field(default=2, ge=0, le=10)
    fallback: Literal["grounded", "reject"] = "grounded"
    describer: Model = Model(model="llava-hf/llava-onevision-qwen2-7b-ov-hf")
    refiner: Model = Model(model="Qwen/Qwen3-32B", temperature=0.7, top_p=0.8, top_k=20, presence_penalty=1.5)


class Engine(_Section):
    """How the work is run; none of it changes the data.

    deadline, child_deadline : seconds a unit, and a render child without a sign of life
    memory_limit_gb : of a render child. max_quarantined : share of units above which the run fails
    walks_at_once : walks of a unit that are in memory together while models put them into words
    """

    executor: Literal["ray", "inline"] = "ray"
    address: str | None = None
    workers: int | None = Field(default=None, ge=1)
    cpus_per_unit: float = Field(default=1.0, gt=0)
    gpus_per_unit: float = Field(default=0.0, ge=0)
    retries: int = Field(default=2, ge=0, le=20)
    deadline: float = Field(default=3600.0, gt=0)
    child_deadline: float = Field(default=600.0, gt=0)
    memory_limit_gb: float = Field(default=4.0, gt=0)
    walks_at_once: int = Field(default=4, ge=1)
    max_quarantined: float = Field(default=0.1, ge=0, le=1)


# Parts of a recipe that change no datum, as pydantic's `exclude` wants them.
HOW_IT_RUNS: dict[str, Any] = {
    "engine": True,
    "captioning": {"describer": {"vllm", "servers"}, "refiner": {"vllm", "servers"}},
}


class Recipe(_Section):
    """A whole run. `seed` decides everything that is drawn."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    seed: int = Field(default=0, ge=0, lt=2**63)
    scenes: tuple[Scenes, ...] = Field(min_length=1)
    episodes: Episodes = Episodes()
    robot: RobotSpec = RobotSpec()
    camera: CameraSpec = CameraSpec(preset="d435i")
    navigation: Navigation = Navigation()
    rendering: Rendering = Rendering()
    variation: Variation | None = None
    sensor: Sensor | None = None
    clips: Clips = Clips()
    quality: Quality = Quality()
    captioning: Captioning = Captioning()
    engine: Engine = Engine()

    def data_digest(self) -> str:
        """Digest of all that decides the data of one unit: neither how it is run nor which scenes are chosen."""
        content = self.model_dump(mode="json", exclude=HOW_IT_RUNS | {"name": True, "scenes": True})
        content["episodes"] = {}
        # What is not used is left out, so that data made before there was any keep their names.
        if not self.robot.mounts:
            del content["robot"]["mounts"]
        if self.rendering.depth_scale == MILLIMETRE:
            del content["rendering"]["depth_scale"]
        content = {key: value for key, value in content.items() if value is not None}
        if self.captioning.backend == "grounded":
            content["captioning"] = {"backend": "grounded"}  # it heeds nothing else
        return digest("recipe", content)


def load_recipe(path: str | Path) -> Recipe:
    """Read a recipe file. Raises RecipeError: what is wrong, in which line or field, and the closest right key."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RecipeError(
            f"{path}: cannot be read ({error.strerror}); give the path of a recipe, e.g. recipes/demo.toml"
        ) from error
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start}); a recipe is TOML") from error
    return parse_recipe(text, str(path))


def parse_recipe(text: str, where: str) -> Recipe:
    """The recipe of a TOML text. Raises RecipeError naming `where`."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{where}: not valid TOML: {error}") from error
    return parse_recipe_json(content, where)


def parse_recipe_json(content: Any, where: str) -> Recipe:
    """The recipe of an already parsed document. Raises RecipeError naming `where` and each field at fault."""
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        problems = "\n".join(f"  {_explain(problem)}" for problem in error.errors())
        raise RecipeError(f"{where}: this recipe cannot be used:\n{problems}") from error


def _explain(problem: Any) -> str:
    path = [str(part) for part in problem["loc"]]
    name = ".".join(path)
    if problem["type"] == "extra_forbidden":
        known = _keys_at(problem["loc"][:-1])
        close = difflib.get_close_matches(path[-1], known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known keys: {', '.join(known)}"
        return f"{name}: unknown key; {hint}"
    value = problem.get("input")
    shown = "" if isinstance(value, (dict, list)) or problem["type"] == "missing" else f" (given: {value!r})"
    return f"{name or 'recipe'}: {problem['msg'].removeprefix('Value error, ')}{shown}"


def _keys_at(location: tuple[Any, ...]) -> list[str]:
    model: Any = Recipe
    for part in location:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[part].annotation
        model = getattr(annotation, "__args__", (annotation,))[0]  # of tuple[X, ...] and X | None, X
    return sorted(model.model_fields)
