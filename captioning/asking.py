"""Questions to a model, asked together, and asked again with the reason while their answers are refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from captioning.chat import Answer, Chat, Fault, Request
from schemas.errors import CaptionError, TransientError

T = TypeVar("T")
# Characters of a refused answer that the model is shown again, and of a model's own words in a reason.
_QUOTED = 400
# One bad request is a matter of its text; where more than half of at least so many get no answer, it is the setup.
_MANY = 4


@dataclass(frozen=True)
class Refused:
    """An answer that will not do. text : what was said; why : a sentence that the model is told when asked again."""

    text: str
    why: str


@dataclass(frozen=True)
class Question(Generic[T]):
    """What is wanted. ask : the request of an attempt, from 0, after a refusal; judge : what an answer is worth."""

    ask: Callable[[int, Refused | None], Request]
    judge: Callable[[str], T | Refused]


@dataclass(frozen=True)
class Settled(Generic[T]):
    """What became of a question. value : None where all answers were refused, or the request, for the reason `why`."""

    value: T | None
    attempts: int
    why: str


def again(refused: Refused | None) -> str:
    """What a prompt says of the answer before: nothing for the first."""
    if refused is None:
        return ""
    said = " ".join(refused.text.split())[:_QUOTED]
    return f'An earlier answer was refused because {refused.why}. It was: "{said}". Write a better one.'


def settle(chat: Chat, questions: Sequence[Question[T]], attempts: int) -> list[Settled[T]]:
    """Ask all questions at once, then those whose answers were refused again, up to `attempts` times each.

    An answer that was cut off is refused. A question that the model itself refuses for good is not asked again. After
    all others have their answers, raises TransientError where one may bring an answer later, and CaptionError where
    the model refuses most of many.
    """
    settled: list[Settled[T]] = [Settled(None, 0, "")] * len(questions)
    refusals: dict[int, Refused | None] = dict.fromkeys(range(len(questions)))
    for attempt in range(attempts):
        if not refusals:
            break
        requests = [questions[i].ask(attempt, refused) for i, refused in refusals.items()]
        answers = _answers(chat, requests)
        for i, answer in zip(list(refusals), answers, strict=True):
            if isinstance(answer, Fault):
                del refusals[i]
                settled[i] = Settled(None, attempt + 1, f"the model refuses the request: {answer.why[:_QUOTED]}")
                continue
            verdict = questions[i].judge(answer.text) if answer.finished else _cut_off(answer)
            if isinstance(verdict, Refused):
                refusals[i] = verdict
                settled[i] = Settled(None, attempt + 1, verdict.why)
            else:
                del refusals[i]
                settled[i] = Settled(verdict, attempt + 1, "")
    return settled


def _answers(chat: Chat, requests: Sequence[Request]) -> list[Answer | Fault]:
    """What became of each; the faults among them are lasting."""
    outcomes = chat.answer(requests)
    faults = [outcome for outcome in outcomes if isinstance(outcome, Fault)]
    passing = [fault for fault in faults if fault.transient]
    told = f"{chat.identity.model} ({chat.identity.backend}): {len(faults)} of {len(requests)} requests have no answer"
    if len(requests) >= _MANY and 2 * (len(faults) - len(passing)) > len(requests):
        lasting = next(fault for fault in faults if not fault.transient)
        raise CaptionError(f"{told}: {lasting.why}; mend the recipe's [captioning], or the server")
    if passing:
        raise TransientError(f"{told}: {passing[0].why}; the other answers are kept")
    return outcomes


def _cut_off(answer: Answer) -> Refused:
    return Refused(answer.text, f"it was cut off after {answer.output_tokens} tokens")
