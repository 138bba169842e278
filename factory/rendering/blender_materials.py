# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials for the programs that run Blender: unlit as scans are, lit, or with light that is known already.

A material comes as the scene's own, a dictionary of the fields of `schemas.scenes.Material`; colours are linear RGB.
"""

from __future__ import annotations

from typing import Any

import bpy

GLASS_IOR = 1.45
SHEEN = 0.6  # brightness of what a gloss mirrors, relative to the light that falls on it
# Layers of a mesh that say its baked light, a name for each side: places in the atlas, and colours at the corners.
LIGHT_MAPS = ("map_front", "map_back")
LIGHT_LAYERS = ("light_front", "light_back")
COLOR_LAYER = "paint"  # under a name of Cycles' own, as "color" or "vertex_color", it comes out black


def unlit_material(material: dict[str, Any], images: list[Any], has_color: bool) -> Any:
    """Its own colour from everywhere, with no light: what a scan shows."""
    made, nodes, links, output = _new_material(material)
    made.cycles.emission_sampling = "NONE"
    emission = nodes.new("ShaderNodeEmission")
    emission.inputs["Color"].default_value = (*material["base_color"], 1.0)
    source = _color_source(nodes, links, material, images, has_color)
    if source is not None:
        links.new(source, emission.inputs["Color"])
    links.new(emission.outputs[0], output.inputs["Surface"])
    return made


def lit_material(material: dict[str, Any], images: list[Any], has_color: bool) -> Any:
    """For tracing light: rough to glossy, metal, glass, and what shines by itself."""
    made, nodes, links, output = _new_material(material)
    shader = nodes.new("ShaderNodeBsdfPrincipled")
    inputs = shader.inputs
    inputs["Base Color"].default_value = (*material["base_color"], 1.0)
    inputs["Roughness"].default_value = material["roughness"]
    inputs["Metallic"].default_value = material["metallic"]
    inputs["Emission Color"].default_value = (*material["emission"], 1.0)
    inputs["Emission Strength"].default_value = 1.0 if any(material["emission"]) else 0.0
    source = _color_source(nodes, links, material, images, has_color)
    if source is not None:
        links.new(source, inputs["Base Color"])
    surface = shader.outputs[0]
    if material["transmission"] > 0:
        surface = _thin_glass(nodes, links, material, surface)
    links.new(surface, output.inputs["Surface"])
    return made


def baked_material(material: dict[str, Any], images: list[Any], has_color: bool, light: Any) -> Any:
    """Matt light is known and only looked up; metal still mirrors what is around it, glass what is behind."""
    made, nodes, links, output = _new_material(material)
    made.cycles.emission_sampling = "NONE"
    source = _color_source(nodes, links, material, images, has_color)
    if source is None:
        source = _constant(nodes, material["base_color"])
    matt = nodes.new("ShaderNodeEmission")
    sent = _with_sheen(nodes, links, source, material["roughness"])
    links.new(_product(nodes, links, [sent, _light_of_the_side(nodes, links, light)]), matt.inputs["Color"])
    surface = matt.outputs[0]
    if material["metallic"] > 0:
        gloss = nodes.new("ShaderNodeBsdfAnisotropic")
        gloss.inputs["Roughness"].default_value = material["roughness"]
        links.new(source, gloss.inputs["Color"])
        surface = _mix(nodes, links, float(material["metallic"]), surface, gloss.outputs[0])
    if any(material["emission"]):
        glow, both = nodes.new("ShaderNodeEmission"), nodes.new("ShaderNodeAddShader")
        glow.inputs["Color"].default_value = (*material["emission"], 1.0)
        links.new(surface, both.inputs[0])
        links.new(glow.outputs[0], both.inputs[1])
        surface = both.outputs[0]
    if material["transmission"] > 0:
        # Without its faint mirror image, which four samples without a denoiser would show as speckle.
        surface = _mix(nodes, links, material["transmission"], surface, _clear(nodes, material))
    links.new(surface, output.inputs["Surface"])
    return made


def _color_source(nodes: Any, links: Any, material: dict[str, Any], images: list[Any], has_color: bool) -> Any:
    """The socket of base colour × texture × vertex colour, or None where it is the base colour alone."""
    sources = []
    if material["texture"] is not None:
        texture = nodes.new("ShaderNodeTexImage")
        texture.image = images[material["texture"]]
        sources.append(texture.outputs["Color"])
    if has_color:
        attribute = nodes.new("ShaderNodeVertexColor")
        attribute.layer_name = COLOR_LAYER
        sources.append(attribute.outputs["Color"])
    if not sources:
        return None
    if any(value != 1.0 for value in material["base_color"]):
        sources.append(_constant(nodes, material["base_color"]))
    return _product(nodes, links, sources)


def _constant(nodes: Any, color: list[float]) -> Any:
    constant = nodes.new("ShaderNodeRGB")
    constant.outputs[0].default_value = (*color, 1.0)
    return constant.outputs[0]


def _product(nodes: Any, links: Any, factors: list[Any]) -> Any:
    product = factors[0]
    for factor in factors[1:]:
        multiply = nodes.new("ShaderNodeVectorMath")
        multiply.operation = "MULTIPLY"
        links.new(product, multiply.inputs[0])
        links.new(factor, multiply.inputs[1])
        product = multiply.outputs[0]
    return product


def _new_material(material: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
    made = bpy.data.materials.new(material["name"])
    made.use_nodes = True
    nodes, links = made.node_tree.nodes, made.node_tree.links
    nodes.clear()
    return made, nodes, links, nodes.new("ShaderNodeOutputMaterial")


def _with_sheen(nodes: Any, links: Any, color: Any, roughness: float) -> Any:
    """The share of light that a dielectric of that colour sends back towards the viewer.

    Its gloss takes from the colour and adds a white of its own: as much as the surroundings, taken to be as bright
    as what falls on it, would send.
    """
    slope, cap, level = gloss_of(roughness)
    geometry = nodes.new("ShaderNodeNewGeometry")
    facing = nodes.new("ShaderNodeVectorMath")
    facing.operation = "DOT_PRODUCT"
    links.new(geometry.outputs["Normal"], facing.inputs[0])
    links.new(geometry.outputs["Incoming"], facing.inputs[1])
    grazing = _math(nodes, links, "POWER", 2**-9.28, facing.outputs["Value"])
    capped = _math(nodes, links, "MINIMUM", cap, grazing)
    gloss = _math(nodes, links, "MULTIPLY_ADD", slope, capped)
    gloss.node.inputs[2].default_value = level
    mix = nodes.new("ShaderNodeMix")
    mix.data_type = "RGBA"
    links.new(gloss, mix.inputs["Factor"])
    links.new(color, mix.inputs[6])
    mix.inputs[7].default_value = (SHEEN, SHEEN, SHEEN, 1.0)
    return mix.outputs[2]


def gloss_of(roughness: float) -> tuple[float, float, float]:
    """As `factory.rendering.surface.gloss_of`, which no program that runs Blender may import."""
    straight, base = 1 - roughness, 0.0425 - 0.0275 * roughness  # Karis' r.x and r.y
    slope = 1.04 - 0.04 * 1.04
    return straight * slope, straight**2, base * slope + 0.04 * (1.04 - 0.572 * roughness) + 0.022 * roughness - 0.04


def _math(nodes: Any, links: Any, operation: str, constant: float, value: Any, third: float = 0.0) -> Any:
    """`constant`, a socket's value and `third`, in this order, under an operation."""
    node = nodes.new("ShaderNodeMath")
    node.operation = operation
    node.inputs[0].default_value, node.inputs[2].default_value = constant, third
    links.new(value, node.inputs[1])
    return node.outputs[0]


def _light_of_the_side(nodes: Any, links: Any, light: Any) -> Any:
    """The baked light of the side that the ray has met: of the atlas `light`, and of the corners."""
    back = nodes.new("ShaderNodeNewGeometry").outputs["Backfacing"]
    atlas = nodes.new("ShaderNodeTexImage")
    atlas.image = light
    atlas.extension = "EXTEND"
    links.new(_of_the_side(nodes, links, back, "ShaderNodeUVMap", "uv_map", LIGHT_MAPS), atlas.inputs["Vector"])
    corners = _of_the_side(nodes, links, back, "ShaderNodeVertexColor", "layer_name", LIGHT_LAYERS)
    both = nodes.new("ShaderNodeVectorMath")
    links.new(atlas.outputs["Color"], both.inputs[0])
    links.new(corners, both.inputs[1])
    return both.outputs[0]


def _of_the_side(nodes: Any, links: Any, back: Any, kind: str, attribute: str, names: tuple[str, str]) -> Any:
    choice = nodes.new("ShaderNodeMix")
    choice.data_type = "VECTOR"
    links.new(back, choice.inputs["Factor"])
    for name, socket in zip(names, choice.inputs[4:6], strict=True):
        source = nodes.new(kind)
        setattr(source, attribute, name)
        links.new(source.outputs[0], socket)
    return choice.outputs[1]


def _thin_glass(nodes: Any, links: Any, material: dict[str, Any], opaque: Any) -> Any:
    """`opaque` mixed with a pane that does not bend light: shadow rays pass, so light comes through without noise.

    Unbent, a ray meets the far side of a pane as aslant as the near one; seen from inside glass that would be a
    total reflection, beyond 44°. So both sides mirror what the near one does.
    """
    gloss = nodes.new("ShaderNodeBsdfAnisotropic")
    gloss.inputs["Roughness"].default_value = material["roughness"]
    fresnel = nodes.new("ShaderNodeFresnel")
    # On back faces the node takes one over the index it is given.
    inside = nodes.new("ShaderNodeNewGeometry").outputs["Backfacing"]
    index = _math(nodes, links, "POWER", GLASS_IOR, _math(nodes, links, "MULTIPLY_ADD", -2.0, inside, 1.0))
    links.new(index, fresnel.inputs["IOR"])
    pane = _mix(nodes, links, fresnel.outputs[0], _clear(nodes, material), gloss.outputs[0])
    return _mix(nodes, links, material["transmission"], opaque, pane)


def _clear(nodes: Any, material: dict[str, Any]) -> Any:
    clear = nodes.new("ShaderNodeBsdfTransparent")
    clear.inputs["Color"].default_value = (*material["base_color"], 1.0)
    return clear.outputs[0]


def _mix(nodes: Any, links: Any, share: Any, first: Any, second: Any) -> Any:
    mix = nodes.new("ShaderNodeMixShader")
    if isinstance(share, float):
        mix.inputs[0].default_value = share
    else:
        links.new(share, mix.inputs[0])
    links.new(first, mix.inputs[1])
    links.new(second, mix.inputs[2])
    return mix.outputs[0]
