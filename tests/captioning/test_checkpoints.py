from __future__ import annotations

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning import checkpoints
from captioning.checkpoints import check_names, revision_of
from schemas.errors import RecipeError
from schemas.recipe import Model

HUB = ["vision_tower.vision_model.embeddings.patch_embedding.weight", "language_model.model.embed_tokens.weight"]
SAVED_BY_5 = ["vision_tower.embeddings.patch_embedding.weight", "language_model.model.embed_tokens.weight"]


def save(folder, names, weights=b"\0" * 8):
    header = json.dumps({name: {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} for name in names}).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + weights)
    (folder / "config.json").write_text("{}")


@pytest.mark.parametrize("names", [HUB, ["model.layers.0.mlp.up_proj.weight"], ["model.vision_tower.vision_model.x"]])
def test_names_as_on_the_hub_and_models_without_eyes_pass(tmp_path, names):
    save(tmp_path, names)
    check_names(str(tmp_path))


@pytest.mark.parametrize("names", [SAVED_BY_5, ["model.vision_tower.encoder.x"]])
def test_names_of_transformers_5_are_explained_with_a_program_that_mends_them(tmp_path, names):
    save(tmp_path, names)
    with pytest.raises(RecipeError, match=r"transformers 5(.|\n)*save_file") as error:
        check_names(str(tmp_path))
    assert "model.safetensors" in str(error.value)


def test_a_name_on_the_hub_is_not_looked_up():
    check_names("llava-hf/llava-onevision-qwen2-7b-ov-hf")


@given(st.binary(max_size=60))
def test_a_damaged_file_of_weights_is_an_error_of_ours(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("model")
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(RecipeError, match="not a whole safetensors file"):
        check_names(str(folder))


def test_the_recipes_revision_counts_and_the_hub_has_main():
    assert revision_of(Model(model="Qwen/Qwen3-32B", revision="abc")) == "abc"
    assert revision_of(Model(model="Qwen/Qwen3-32B")) == "main"


def test_a_folder_has_another_revision_when_any_file_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "_SAMPLE_BYTES", 16)
    model = Model(model=str(tmp_path))
    save(tmp_path, HUB, b"\0" * 10_000)
    before = revision_of(model)
    assert revision_of(model) == before
    save(tmp_path, HUB, b"\1" * 10_000)
    trained_on = revision_of(model)
    (tmp_path / "config.json").write_text('{"a": 1}')
    assert len({before, trained_on, revision_of(model)}) == 3
