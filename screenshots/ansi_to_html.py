#!/usr/bin/env python3
"""Turns a captured terminal screen into one HTML page, cell by cell, for a picture.

    ansi_to_html.py SCREEN.ansi COLS ROWS [COLxROW of the cursor | none]

SCREEN.ansi is what `tmux capture-pane -e -p` prints: rows of text with SGR sequences. Every character gets the place of
its cell, so that a glyph from another font, or a wide one, moves nothing. Used by `screenshots/make` alone.
"""

from __future__ import annotations

import html
import re
import sys
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path

# The advance of DejaVu Sans Mono at 13.3 px is 8.0 px, and its box lines meet at 16 px.
CELL_WIDTH, CELL_HEIGHT, FONT_SIZE, MARGIN = 8, 16, 13.3, 8
GROUND, INK = "#14171c", "#d6d9de"
ANSI = (
    "#1d1f21 #d75f5f #87af5f #d7af5f #5f87d7 #af87d7 #5fafaf #c5c8c6 "
    "#6c7078 #ff8787 #afd787 #ffd787 #87afff #d7afff #87d7d7 #ffffff"
).split()
# An SGR sequence, any other sequence (dropped), or one character.
TOKEN = re.compile(r"\x1b\[([0-9;:]*)m|\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()].|\x1b.|[^\x1b]", re.DOTALL)
# Characters that join onto the one before: variation selectors and the joiner, beside combining marks.
JOINING = {"\u200d", "\ufe0e", "\ufe0f"}


def indexed(number: int) -> str:
    """A colour of the 256."""
    if number < 16:
        return ANSI[number]
    if number < 232:
        steps = (0, 95, 135, 175, 215, 255)
        number -= 16
        return "#%02x%02x%02x" % (steps[number // 36], steps[number // 6 % 6], steps[number % 6])
    return "#%02x%02x%02x" % ((8 + (number - 232) * 10,) * 3)


@dataclass(frozen=True)
class Style:
    ink: str | None = None
    ground: str | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    reverse: bool = False
    hidden: bool = False

    def css(self) -> str:
        ink, ground = self.ink or INK, self.ground
        if self.reverse:
            ink, ground = ground or GROUND, self.ink or INK
        if self.hidden:
            ink = ground or GROUND
        if self.dim:
            ink = f"color-mix(in srgb, {ink} 60%, {ground or GROUND})"
        lines = " ".join(["underline"] * self.underline + ["line-through"] * self.strike)
        rules = {
            "color": ink,
            "background": ground,
            "font-weight": "bold" if self.bold else None,
            "font-style": "italic" if self.italic else None,
            "text-decoration": lines or None,
        }
        return ";".join(f"{name}:{value}" for name, value in rules.items() if value)


FLAGS = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse", 8: "hidden", 9: "strike", 21: "underline"}
UNFLAGS = {23: "italic", 24: "underline", 27: "reverse", 28: "hidden", 29: "strike"}


def sgr(style: Style, text: str) -> Style:
    """The style after one SGR sequence; `38;2;r;g;b` and `38:2::r:g:b` both mean a colour."""
    parts = text.split(";")
    at = 0
    while at < len(parts):
        sub = [int(n) if n else 0 for n in parts[at].split(":")]
        at += 1
        code = sub[0]
        if code in (38, 48, 58):
            if len(sub) == 1:  # the parameters follow, each in a part of its own
                kind = int(parts[at] or 0) if at < len(parts) else 0
                count = {2: 4, 5: 2}.get(kind, 1)
                values = [int(n or 0) for n in parts[at + 1 : at + count]]
                at += count
            else:
                kind, values = sub[1], sub[2:]
            colour = None
            if kind == 5 and values:
                colour = indexed(values[-1] & 255)
            elif kind == 2 and len(values) >= 3:
                colour = "#%02x%02x%02x" % tuple(n & 255 for n in values[-3:])
            if colour and code != 58:
                style = replace(style, **{"ink" if code == 38 else "ground": colour})
        elif code == 0:
            style = Style()
        elif code == 4 and len(sub) > 1:
            style = replace(style, underline=sub[1] != 0)
        elif code in FLAGS:
            style = replace(style, **{FLAGS[code]: True})
        elif code == 22:
            style = replace(style, bold=False, dim=False)
        elif code in UNFLAGS:
            style = replace(style, **{UNFLAGS[code]: False})
        elif 30 <= code <= 37 or 90 <= code <= 97:
            style = replace(style, ink=ANSI[code - 30 if code < 90 else code - 82])
        elif 40 <= code <= 47 or 100 <= code <= 107:
            style = replace(style, ground=ANSI[code - 40 if code < 100 else code - 92])
        elif code == 39:
            style = replace(style, ink=None)
        elif code == 49:
            style = replace(style, ground=None)
    return style


def width(character: str) -> int:
    if character in JOINING or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cells(line: str, style: Style) -> tuple[list[tuple[int, int, str, Style]], Style]:
    """The characters of one row as (column, width, text, style), and the style that goes on in the next row."""
    found: list[tuple[int, int, str, Style]] = []
    column = 0
    for token in TOKEN.finditer(line):
        text = token.group(0)
        if token.group(1) is not None:
            style = sgr(style, token.group(1))
        elif text[0] != "\x1b" and text >= " ":
            wide = width(text)
            if wide == 0:
                if found:
                    at, span, before, old = found[-1]
                    found[-1] = (at, span, before + text, old)
                continue
            found.append((column, wide, text, style))
            column += wide
    return found, style


def page(text: str, cols: int, rows: int, cursor: tuple[int, int] | None) -> str:
    wide, high = cols * CELL_WIDTH + 2 * MARGIN, rows * CELL_HEIGHT + 2 * MARGIN
    out = [
        f"<!doctype html><meta charset=utf-8><!-- size {wide},{high} -->\n<style>"
        f"body{{margin:0;background:{GROUND}}}"
        f"#screen{{position:absolute;left:{MARGIN}px;top:{MARGIN}px;color:{INK};"
        f"font:{FONT_SIZE}px/{CELL_HEIGHT}px 'DejaVu Sans Mono',monospace;font-variant-ligatures:none}}"
        f"i{{position:absolute;height:{CELL_HEIGHT}px;white-space:pre;overflow:hidden;font-style:normal}}"
        f"#cursor{{width:{CELL_WIDTH - 1}px;height:{CELL_HEIGHT - 1}px;outline:1px solid {INK}}}"
        "</style><div id=screen>"
    ]
    style = Style()
    for row, line in enumerate(text.split("\n")[:rows]):
        found, style = cells(line, style)
        # tmux leaves out cells that were erased with a background: it goes on to the edge.
        end = max((column + span for column, span, _, _ in found), default=0)
        if end < cols and style.css() != Style().css() and line:
            found.append((end, cols - end, " " * (cols - end), style))
        for column, span, characters, cell in found:
            if column + span > cols or (characters == " " and cell == Style()):
                continue
            place = f"left:{column * CELL_WIDTH}px;top:{row * CELL_HEIGHT}px;width:{span * CELL_WIDTH}px"
            out.append(f'<i style="{place};{cell.css()}">{html.escape(characters)}</i>')
    if cursor:
        out.append(f'<i id=cursor style="left:{cursor[0] * CELL_WIDTH}px;top:{cursor[1] * CELL_HEIGHT}px"></i>')
    out.append("</div>")
    return "".join(out)


def main() -> None:
    text = Path(sys.argv[1]).read_text(encoding="utf-8", errors="replace")
    at = sys.argv[4] if len(sys.argv) > 4 else "none"
    cursor = None if at == "none" else (int(at.split("x")[0]), int(at.split("x")[1]))
    print(page(text, int(sys.argv[2]), int(sys.argv[3]), cursor))


if __name__ == "__main__":
    main()
