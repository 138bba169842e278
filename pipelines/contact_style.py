"""How the contact sheet looks: light and dark, on a wide screen and on a telephone."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #faf8f4; --card: #ffffff; --ink: #22252b; --soft: #5f6672; --faint: #8b93a1; --line: #e4e0d8;
  --accent: #2c6a8a; --shadow: 0 1px 2px rgb(40 30 10 / .05), 0 8px 28px rgb(40 30 10 / .06); --map: #d5cfc3;
  --sans: ui-sans-serif, "Inter", system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "Source Serif 4", Georgia, "DejaVu Serif", serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15171b; --card: #1d2026; --ink: #e9e6df; --soft: #a9afb9; --faint: #7d8590; --line: #30343c;
    --accent: #7fb9d4; --shadow: none; --map: #23262d;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 var(--sans);
  font-variant-numeric: tabular-nums; -webkit-font-smoothing: antialiased; }
main, .run { max-width: 1320px; margin: 0 auto; padding: 0 28px; }
.run { padding-top: 44px; padding-bottom: 12px; }
.run h1 { font: 600 34px/1.15 var(--serif); letter-spacing: -.01em; margin: 0 0 4px; }
.run .lead { color: var(--soft); margin: 0 0 26px; max-width: 70ch; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(126px, 1fr)); gap: 0; margin: 0 0 26px;
  border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); }
.tiles div { padding: 14px 18px 14px 0; }
dt { color: var(--faint); font-size: 12px; letter-spacing: .02em; }
dd { margin: 0; }
.tiles dd { font: 600 25px/1.2 var(--serif); }
.tiles dd small { font: 400 13px var(--sans); color: var(--soft); }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 12px 48px; }
h2 { font: 600 13px/1.4 var(--sans); color: var(--soft); margin: 0 0 8px; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
td { padding: 4px 12px 4px 0; border-top: 1px solid var(--line); vertical-align: middle; }
td.count { text-align: right; width: 3.5em; padding-right: 0; }
td.bar { width: 45%; }
td.bar i { display: block; height: 7px; border-radius: 4px; background: var(--accent); opacity: .75; }
article { background: var(--card); border-radius: 14px; box-shadow: var(--shadow); border: 1px solid var(--line);
  margin: 26px 0; overflow: hidden; }
.head { padding: 24px 28px 8px; }
.head .where { color: var(--faint); font-size: 13px; display: flex; flex-wrap: wrap; gap: 2px 14px; }
.head .where b { color: var(--soft); font-weight: 600; }
blockquote { font: 400 22px/1.42 var(--serif); margin: 10px 0 0; max-width: 62ch; text-wrap: pretty; }
.body { display: grid; grid-template-columns: minmax(300px, 5fr) 8fr; gap: 28px; padding: 18px 28px 26px; }
.side { position: sticky; top: 16px; align-self: start; }
.map { display: block; width: 100%; max-height: 560px; background: var(--map); border-radius: 10px;
  border: 1px solid var(--line); }
.map text { font-family: var(--sans); text-anchor: middle; dominant-baseline: central; }
.grid { stroke: var(--ink); stroke-opacity: .055; stroke-width: .012; fill: none; }
.things rect { fill-opacity: .28; stroke: var(--ink); stroke-opacity: .25; stroke-width: .012; }
.things rect.named { fill-opacity: .8; stroke-opacity: .6; }
.things .thing, .room { paint-order: stroke; stroke: var(--map); stroke-width: .07; stroke-linejoin: round; }
.thing { font-size: .2px; fill: var(--ink); }
.room { font-size: .26px; font-style: italic; font-family: var(--serif) !important; fill: var(--soft); }
.casing { fill: none; stroke: #fff; stroke-width: .15; stroke-linecap: round; stroke-linejoin: round; }
.clip { fill: none; stroke-width: .085; stroke-linecap: round; stroke-linejoin: round; }
.cone { fill-opacity: .22; }
.key { stroke: #fff; stroke-width: .035; }
.number { fill: #fff; font-size: .2px; font-weight: 700; }
.goal circle:first-child { fill: #fff; stroke: #22252b; stroke-width: .05; }
.goal circle:last-of-type { fill: #22252b; }
.scale path { fill: none; stroke: var(--soft); stroke-width: .025; }
.scale text { font-size: .19px; fill: var(--soft); dominant-baseline: auto !important; }
.key-line { display: flex; align-items: center; gap: 8px; color: var(--faint); font-size: 12px; margin: 10px 0 0; }
.key-line i { flex: 1; max-width: 190px; height: 8px; border-radius: 4px; position: relative; }
.key-line b { position: absolute; top: 9px; transform: translateX(-50%); font: 10px/1 var(--sans); }
.key-line b::before { content: ""; position: absolute; left: 50%; top: -9px; height: 8px; width: 1px;
  background: rgb(255 255 255 / .8); }
.chart { display: block; width: 100%; height: 64px; margin-top: 14px; overflow: visible; }
.chart .limit { stroke: var(--soft); stroke-dasharray: 3 3; stroke-width: 1; vector-effect: non-scaling-stroke; }
.chart .area { fill-opacity: .3; }
.chart polyline { fill: none; stroke-width: 1.5; vector-effect: non-scaling-stroke; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(136px, 1fr)); gap: 10px 16px;
  margin: 18px 0 0; }
.facts dd { font-size: 14px; }
.shots { display: grid; gap: 20px; align-content: start; }
.shot { border-left: 4px solid var(--clip); padding-left: 16px; min-width: 0; }
.shot p { margin: 0 0 9px; font: 400 16.5px/1.4 var(--serif); text-wrap: pretty; }
.shot p span { font: 12px var(--sans); color: var(--faint); margin-left: 6px; white-space: nowrap; }
.views + .views { margin-top: 8px; }
.views { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; }
figure { margin: 0; position: relative; min-width: 0; }
figure img { display: block; width: 100%; height: auto; border-radius: 7px; }
.target { position: absolute; width: 15px; height: 15px; margin: -7.5px 0 0 -7.5px; border-radius: 50%;
  border: 2.5px solid #fff; background: var(--clip); box-shadow: 0 0 0 1.5px rgb(0 0 0 / .55); }
figcaption { position: absolute; left: 7px; bottom: 6px; font-size: 11px; color: #fff; padding: 0 7px;
  border-radius: 9px; background: rgb(15 17 20 / .62); line-height: 18px; }
.keys { display: grid; gap: 10px; padding: 0 28px 24px; border-top: 1px solid var(--line); padding-top: 16px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 12.5px; color: var(--soft); }
.legend span { white-space: nowrap; }
.legend i { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 6px;
  vertical-align: -1px; box-shadow: inset 0 0 0 1px rgb(0 0 0 / .15); }
footer { color: var(--faint); font-size: 12.5px; padding: 10px 0 60px; }
@media (max-width: 900px) {
  main, .run { padding-left: 16px; padding-right: 16px; }
  .body, .two { grid-template-columns: 1fr; }
  .side { position: static; }
  .head, .body, .keys { padding-left: 18px; padding-right: 18px; }
  blockquote { font-size: 19px; }
}
@media (max-width: 560px) {
  .views { grid-template-columns: 1fr 1fr; }
  .views figure:first-child { grid-column: 1 / 3; }
}
@media print { article { break-inside: avoid; box-shadow: none; } .side { position: static; } }
"""
