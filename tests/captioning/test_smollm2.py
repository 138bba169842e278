"""Real words: SmolLM2, of 135 million parameters, writes the instructions of walks through two rooms.

What it says depends on the machine's arithmetic, so nothing here wants a certain text of it: only that what is kept is
what holds, and that the rest is ours and says why.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from captioning.answers import Remembering
from captioning.form import LONGEST_CLIP, LONGEST_WALK, foreign_talk, malformed
from captioning.two_stages import TwoStages
from captioning.verification import check
from captioning.vllm_chat import VllmChat
from captioning.walk import Walk
from factory.storage import Storage, open_storage
from schemas.episodes import Instruction
from schemas.outcomes import Rejected
from schemas.recipe import Captioning
from tests.captioning.smollm2 import make_smollm2
from tests.captioning.speakers import Speaker
from tests.captioning.test_two_stages import walks
from tests.captioning.tiny_models import tiny

pytestmark = [pytest.mark.caption, pytest.mark.slow, pytest.mark.timeout(600)]

SETTINGS = Captioning(backend="vllm", styles=("detailed",), regenerate=1)
_VERBS = {"turn", "turns", "go", "goes", "walk", "move", "moves", "stop", "pass", "left", "right", "straight", "say"}


@pytest.fixture(scope="module")
def refiner(vllm_version: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VllmChat]:
    checkpoint = make_smollm2(tmp_path_factory.mktemp("smollm2"))
    chat = VllmChat(tiny(checkpoint, {"dtype": "bfloat16"}, max_tokens=64))
    yield chat
    chat.close()


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Storage:
    return open_storage(str(tmp_path_factory.mktemp("answers")))


@pytest.fixture(scope="module")
def told(refiner: VllmChat, storage: Storage) -> list[tuple[Walk, Instruction]]:
    """All instructions of two walks, each with its walk. The describer is blind and mute: the measurements must do."""
    asking = Remembering(refiner, storage, "refiner")
    outcomes = TwoStages(SETTINGS, Speaker(lambda request: ""), asking).caption(walks(0, 1))
    pairs = []
    for walk, texts in zip(walks(0, 1), outcomes, strict=True):
        assert not isinstance(texts, Rejected)
        pairs += [(walk, text) for text in texts]
    return pairs


def test_what_is_kept_of_it_holds_and_names_the_model(told: list[tuple[Walk, Instruction]], refiner: VllmChat) -> None:
    for walk, text in told:
        longest = LONGEST_CLIP if text.scope == "clip" else LONGEST_WALK
        assert malformed(text.text, longest, ()) is None
        assert foreign_talk(text.text) is None
        verdict = check(text.text, walk.observed, text.first, text.last)
        assert text.score == verdict.score
        if text.fallback is None:
            assert text.landmarks == verdict.landmarks
            assert (text.score, text.generator.name) == (1.0, "vllm")
            assert text.generator.model == refiner.identity.model
            assert text.generator.revision == refiner.identity.revision
            assert text.generator.prompt_version == f"refine_{text.scope}-2+styles-1"


def test_what_is_refused_is_ours_and_says_why(told: list[tuple[Walk, Instruction]]) -> None:
    refused = [text for _, text in told if text.fallback is not None]
    assert refused, "no text of such a small model was refused: is anything checked?"
    for text in refused:
        assert text.generator.name == "grounded"
        assert text.attempts == SETTINGS.regenerate + 1
        assert len(text.fallback or "") > 10


def test_its_answers_are_english_in_the_form_that_was_asked_for(
    told: list[tuple[Walk, Instruction]], storage: Storage
) -> None:
    lines = [line for name in storage.names("answers/") for line in storage.read(name).splitlines()]
    answers = [json.loads(line)["answer"]["text"] for line in lines]
    assert len(answers) >= len(told)
    assert all(answer.startswith('{"instruction":"') for answer in answers)
    assert sum(bool(_VERBS & set(re.findall("[a-z]+", answer))) for answer in answers) >= len(answers) / 2
