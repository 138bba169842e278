"""Stage two: a model that writes turns descriptions and measurements into instructions, and is held to them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from captioning.asking import Question, Refused, Settled, again, settle
from captioning.chat import Chat, Request
from captioning.form import LONGEST_CLIP, LONGEST_WALK, foreign_talk, malformed
from captioning.prompting import Prompt, ending, load_prompt, motion_facts, rooms_gone_through, things_in_view
from captioning.verification import check
from captioning.walk import Stretch
from schemas.recipe import Captioning

ENGLISH = "English"
SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"instruction": {"type": "string"}},
        "required": ["instruction"],
        "additionalProperties": False,
    }
)


@dataclass(frozen=True)
class Version:
    """One telling of many."""

    style: str
    language: str
    variant: int


@dataclass(frozen=True)
class Task:
    """An instruction that is wanted. known : what its prompt's own slot holds: `description`, or `clips`."""

    stretch: Stretch
    version: Version
    known: Mapping[str, str]

    @property
    def prompt(self) -> Prompt:
        """The file that asks for it."""
        return load_prompt(f"refine_{self.stretch.scope}")


@dataclass(frozen=True)
class Kept:
    """A text that will do. landmarks : ids it names; score : share of its claims that hold, None where not English."""

    text: str
    landmarks: tuple[int, ...]
    score: float | None


def versions_of(settings: Captioning) -> list[Version]:
    """The tellings of each stretch that a recipe asks for, in its order."""
    return [
        Version(style, language, variant)
        for style in settings.styles
        for language in settings.languages
        for variant in range(settings.variants)
    ]


def refine(chat: Chat, tasks: Sequence[Task], settings: Captioning) -> list[Settled[Kept]]:
    """An instruction for each task, or why all that was said of it was refused."""
    questions = [
        Question(partial(_request, task, _facts(task.stretch), settings), partial(_judge, task, settings))
        for task in tasks
    ]
    return settle(chat, questions, settings.regenerate + 1)


def largest_requests(settings: Captioning) -> list[Request]:
    """The largest that may come, one a prompt."""
    slots = {
        "motion": "\n".join(["10. turns right by 100 degrees, over 1.0 m."] * 30),
        "things": "chest of drawers (passed on the right), " * 25,
        "rooms": "living room, then " * 10,
        "ending": "The way goes on after this: do not say to stop or wait.",
        "description": "word " * 300,
        "clips": "word " * (10 * LONGEST_CLIP),
        "again": "word " * 100,
        "language": ENGLISH,
    }
    style = max(load_prompt("styles").texts, key=len)
    prompts = [load_prompt(f"refine_{scope}") for scope in ("clip", "walk")]
    return [
        Request(prompt.fill("system", {}), prompt.fill("user", slots | {"style": style}), answer_schema=SCHEMA)
        for prompt in prompts
    ]


def _facts(stretch: Stretch) -> dict[str, str]:
    observed, span = stretch.walk.observed, (stretch.first, stretch.last)
    return {
        "motion": motion_facts(observed, *span),
        "things": things_in_view(observed, *span),
        "rooms": rooms_gone_through(observed, *span),
        "ending": ending(observed, stretch.last),
    }


def _request(
    task: Task, facts: Mapping[str, str], settings: Captioning, attempt: int, refused: Refused | None
) -> Request:
    version = task.version
    slots = {
        **facts,
        **task.known,
        "style": load_prompt("styles").fill(version.style, {}),
        "language": version.language,
        "again": again(refused),
    }
    # The same request would be answered alike: a variant asks with numbers of its own.
    number = version.variant * (settings.regenerate + 1) + attempt
    prompt = task.prompt
    return Request(prompt.fill("system", {}), prompt.fill("user", slots), answer_schema=SCHEMA, attempt=number)


def _judge(task: Task, settings: Captioning, answer: str) -> Kept | Refused:
    text = _instruction_in(answer)
    if text is None:
        return Refused(answer, 'it was not JSON of the form {"instruction": "..."}')
    longest = LONGEST_CLIP if task.stretch.scope == "clip" else LONGEST_WALK
    problem = malformed(text, longest, (*task.prompt.texts, load_prompt("styles").parts[task.version.style]))
    if problem is not None:
        return Refused(text, problem)
    if task.version.language != ENGLISH:
        return Kept(text, (), None)
    if (problem := foreign_talk(text)) is not None:
        return Refused(text, problem)
    agreement = check(text, task.stretch.walk.observed, task.stretch.first, task.stretch.last)
    if agreement.score < settings.min_score:
        return Refused(text, "; ".join(agreement.problems[:4]))
    return Kept(text, agreement.landmarks, agreement.score)


def _instruction_in(answer: str) -> str | None:
    try:
        content = json.loads(answer)
        text = content["instruction"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return " ".join(text.split()) if isinstance(text, str) else None
