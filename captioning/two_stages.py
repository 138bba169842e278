"""Instructions by language models: one describes the frames of each clip, another turns that into instructions.

What a model writes is kept only where it has the form of an instruction and its claims hold against masks and motion.
A refused text is asked for again with the reason; in the end `captioning.grounded` writes it, or the walk is rejected.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace

from captioning import describing, refining
from captioning.answers import Remembering
from captioning.asking import Settled
from captioning.chat import Chat, ModelIdentity
from captioning.grounded import write_instructions
from captioning.prompting import Prompt, combined, load_prompt
from captioning.refining import Kept, Task
from captioning.walk import Captioned, Stretch, Walk
from factory.storage import Storage
from schemas.cameras import Camera
from schemas.episodes import Generator, Instruction
from schemas.outcomes import Reason, Rejected
from schemas.recipe import Captioning


class TwoStages:
    """A describer that sees and a refiner that writes."""

    def __init__(self, settings: Captioning, describer: Chat, refiner: Chat) -> None:
        self._settings = settings
        self._describer, self._refiner = describer, refiner
        self._versions = refining.versions_of(settings)

    def require_room(self, camera: Camera) -> None:
        """Ask both models whether the largest request that may come fits."""
        self._describer.budget(describing.largest_request(self._settings, camera))
        for request in refining.largest_requests(self._settings):
            self._refiner.budget(request)

    def caption(self, walks: Sequence[Walk]) -> list[Captioned]:
        """Describe all clips, write their instructions, then join those of each walk."""
        parts = [_stretches(walk) for walk in walks]
        clips = [clip for part in parts for clip in part[:-1]]
        raws = describing.describe(self._describer, clips, self._settings)
        tasks = [
            Task(clip, version, {"description": raw.value or "(nothing)"})
            for clip, raw in zip(clips, raws, strict=True)
            for version in self._versions
        ]
        told = iter(self._tell(tasks, [raw for raw in raws for _ in self._versions]))
        of_clips = [list(itertools.islice(told, (len(part) - 1) * len(self._versions))) for part in parts]
        tasks = [
            Task(part[-1], version, {"clips": _numbered(texts, i, len(self._versions))})
            for part, texts in zip(parts, of_clips, strict=True)
            if _lost(texts) is None
            for i, version in enumerate(self._versions)
        ]
        joined = iter(self._tell(tasks, [_NO_RAW] * len(tasks)))
        return [
            _lost(texts) or _whole(texts, list(itertools.islice(joined, len(self._versions)))) for texts in of_clips
        ]

    def remembering(self, storage: Storage, scope: str) -> TwoStages:
        """Both models asked only what they have not answered in this scope before."""
        describer = Remembering(self._describer, storage, f"{scope}/describer")
        return TwoStages(self._settings, describer, Remembering(self._refiner, storage, f"{scope}/refiner"))

    def close(self) -> None:
        """Close both models."""
        self._describer.close()
        self._refiner.close()

    def _tell(self, tasks: Sequence[Task], raws: Sequence[Settled[str]]) -> list[Instruction | Rejected]:
        """An instruction for each task: the model's, else ours where the recipe has it so."""
        settled = refining.refine(self._refiner, tasks, self._settings)
        return [self._outcome(task, end, raw) for task, end, raw in zip(tasks, settled, raws, strict=True)]

    def _outcome(self, task: Task, end: Settled[Kept], raw: Settled[str]) -> Instruction | Rejected:
        stretch, version = task.stretch, task.version
        text = self._kept(task, end.value) if end.value is not None else self._fallback(stretch, end)
        if text is None:
            where = f"{stretch.scope}, frames {stretch.first} to {stretch.last}"
            return Rejected(Reason.UNGROUNDED, f"{where}: refused {end.attempts} times, last: {end.why}")
        describer = None if raw.value is None else _generator(self._describer.identity, [load_prompt("describe")])
        return replace(
            text, raw=raw.value, style=version.style, variant=version.variant, attempts=end.attempts,
            describer=describer, undescribed=raw.why if raw.value is None and raw.why else None,
        )  # fmt: skip

    def _kept(self, task: Task, kept: Kept) -> Instruction:
        stretch = task.stretch
        writer = _generator(self._refiner.identity, [task.prompt, load_prompt("styles")])
        return Instruction(
            stretch.scope, stretch.first, stretch.last, kept.text, None, kept.landmarks, writer, kept.score,
            language=task.version.language,
        )  # fmt: skip

    def _fallback(self, stretch: Stretch, end: Settled[Kept]) -> Instruction | None:
        """Our own text, in English, where the recipe wants it and there is one."""
        if self._settings.fallback != "grounded" or stretch.ours is None:
            return None
        return replace(stretch.ours, fallback=end.why)


_NO_RAW: Settled[str] = Settled(None, 0, "")


def _stretches(walk: Walk) -> list[Stretch]:
    """The clips of a walk, and last the whole of it."""
    ours = write_instructions(walk.observed, walk.clips, walk.generator)
    spans = [("clip", clip.first, clip.last) for clip in walk.clips] + [("walk", 0, walk.observed.plan.frames - 1)]
    return [Stretch(walk, *span, None if isinstance(ours, Rejected) else ours[i]) for i, span in enumerate(spans)]


def _numbered(texts: Sequence[Instruction | Rejected], version: int, versions: int) -> str:
    """The clips' texts in one version, a line each."""
    told = [text.text for text in texts[version::versions] if isinstance(text, Instruction)]
    return "\n".join(f"{i}. {text}" for i, text in enumerate(told, 1))


def _lost(texts: Sequence[Instruction | Rejected]) -> Rejected | None:
    return next((text for text in texts if isinstance(text, Rejected)), None)


def _whole(clips: Sequence[Instruction | Rejected], walk: Sequence[Instruction | Rejected]) -> Captioned:
    return _lost(walk) or tuple(text for text in (*clips, *walk) if isinstance(text, Instruction))


def _generator(identity: ModelIdentity, prompts: Sequence[Prompt]) -> Generator:
    version, sha256 = combined(prompts)
    sampling = {name: json.dumps(value) for name, value in json.loads(identity.sampling).items()}
    return Generator(
        identity.backend, identity.version, identity.model, identity.revision, sha256, sampling, prompt_version=version
    )
