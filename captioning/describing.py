"""Stage one: a model that sees says what the frames of a clip show."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from captioning.asking import Question, Refused, Settled, again, settle
from captioning.chat import Chat, Request
from captioning.form import malformed
from captioning.frames import shrink, spread
from captioning.prompting import load_prompt, motion_facts
from captioning.walk import Stretch
from factory.rendering.encode import encode_rgb
from schemas.cameras import Camera
from schemas.recipe import Captioning

LONGEST = 300  # words


def describe(chat: Chat, stretches: Sequence[Stretch], settings: Captioning) -> list[Settled[str]]:
    """A description of each stretch; what its model said, white space apart."""
    questions = [Question(partial(_request, settings, *_shown(stretch, settings)), _judge) for stretch in stretches]
    return settle(chat, questions, settings.regenerate + 1)


def largest_request(settings: Captioning, camera: Camera) -> Request:
    """The largest that may come of frames of such a camera."""
    frame = encode_rgb(np.zeros((camera.height, camera.width, 3), np.uint8), 90)
    moves = "\n".join(["10. turns right by 100 degrees, over 1.0 m (frames 3 to 5)."] * 30)
    images = (shrink(frame, settings.frame_size),) * settings.frames
    return _request(settings, images, moves, 0, Refused("word " * 80, "it was cut off"))


def _shown(stretch: Stretch, settings: Captioning) -> tuple[tuple[bytes, ...], str]:
    frames = spread(stretch.first, stretch.last, settings.frames)
    images = tuple(shrink(stretch.walk.rgb[frame], settings.frame_size) for frame in frames)
    return images, motion_facts(stretch.walk.observed, stretch.first, stretch.last, frames)


def _request(
    settings: Captioning, images: tuple[bytes, ...], motion: str, attempt: int, refused: Refused | None
) -> Request:
    prompt = load_prompt("describe")
    slots = {"count": str(len(images)), "motion": motion, "again": again(refused)}
    video = settings.frames_as == "video"
    return Request(prompt.fill("system", {}), prompt.fill("user", slots), images, video, "", attempt)


def _judge(answer: str) -> str | Refused:
    text = " ".join(answer.split())
    problem = malformed(text, LONGEST, load_prompt("describe").texts)
    return text if problem is None else Refused(answer, problem)
