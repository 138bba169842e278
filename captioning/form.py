"""Is a text an instruction at all, or something else that a language model says? Known by its words alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

SHORTEST = 2  # words
LONGEST_CLIP = 70
LONGEST_WALK = 250
# So many words in a row of a prompt's own are not there by chance.
_LEAK = 8
_REPEATS = 3

_THOUGHTS = re.compile(r"</?[a-z_|][^>]{0,40}>|<\|", re.IGNORECASE)
_MARKUP = re.compile(r"\*\*|__|```|^#|^\s*(?:[-*•]|\d+[.)])\s|[{}\[\]|\\]|https?:", re.MULTILINE)
_PICTURE = r"(?:frames?|images?|photos?|photographs?|video|footage|clip|snapshots?|screenshots?)"
_WOODWORK = r"(?!(?:door|doors|picture|photo|window|bed|mirror|wooden|metal|black|white) )"  # "of the door frame"
_FRAMES = re.compile(
    rf"\b(?:in|from|of|across|throughout|within) (?:the|this|these|each|every|all) {_WOODWORK}(?:\w+ )?{_PICTURE}\b"
    rf"|\b(?:first|second|third|fourth|fifth|next|last|final|previous|following|initial) {_PICTURE}\b"
    rf"|\b(?:{_PICTURE}|pictures?) (?:\d+|shows?|depicts?|begins?|starts?|captures?)\b"
    r"|\bin the pictures?,"
)
_SPEAKER = re.compile(
    r"\b(?:i|im|ive|my|me|we|our|us|lets|camera|cameras|viewer|viewpoint|perspective|pov|observer|footage)\b"
)
_REFUSAL = re.compile(
    r"\b(?:sorry|as an ai|language model|(?:cannot|cant) (?:determine|see|provide|tell|assist|help|generate|give)|"
    r"unable to|not able to|not possible to|no information|insufficient|not provided|not specified|unclear)\b"
)
_PREFACE = re.compile(
    r"^(?:sure|certainly|of course|okay|ok)\b[,!.]|^here(?: is|s| are) (?:the|a|your|an)\b|\bjson\b|"
    r"^(?:the )?(?:output|answer|instructions?|revised|rewritten|note|user|assistant|system)\b[^.]{0,30}:"
)


def malformed(text: str, longest: int, prompts: Sequence[str]) -> str | None:
    """Why a text is refused, whatever the language, or None. longest : words; prompts : what the model was told."""
    count = len(text.split())
    if count < SHORTEST and len(text) < 6:
        return "it is empty or has one word"
    if count > longest or len(text) > 12 * longest:
        return f"it has {count} words, {longest} at most are wanted"
    if _THOUGHTS.search(text):
        return "it has tags or thoughts in it"
    if _MARKUP.search(text) or any(ord(c) < 32 for c in text):
        return "it has markup, a list or line breaks in it"
    if _repeats(text):
        return "it repeats itself"
    if _leaked(text, prompts):
        return "it repeats the words of the prompt"
    return None


def foreign_talk(text: str) -> str | None:
    """Why an English text is no instruction, or None: talk of frames and cameras, of oneself, excuses, prefaces."""
    plain = re.sub(r"['’]", "", text.lower())
    if _FRAMES.search(plain):
        return "it speaks of frames or images"
    if _REFUSAL.search(plain):
        return "it is a refusal or an excuse"
    if _SPEAKER.search(plain):
        return "it speaks of a camera or in the first person"
    if _PREFACE.search(plain):
        return "it has a preface instead of the instruction alone"
    return None


def _repeats(text: str) -> bool:
    """Whether five words come again and again, or one word does in a row."""
    words = re.findall(r"\w+", text.lower())
    runs = [tuple(words[i : i + 5]) for i in range(len(words) - 4)]
    in_a_row = any(len(set(words[i : i + 4])) == 1 for i in range(len(words) - 3))
    return in_a_row or any(runs.count(run) >= _REPEATS for run in set(runs))


def _leaked(text: str, prompts: Sequence[str]) -> bool:
    words = re.findall(r"\w+", text.lower())
    told = {run for prompt in prompts for run in _runs(re.findall(r"\w+", prompt.lower()))}
    return any(run in told for run in _runs(words))


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[i : i + _LEAK]) for i in range(len(words) - _LEAK + 1)]
