#!/usr/bin/env python3
"""Draws a captured terminal screen as a PNG.

    tmux capture-pane -epN | ansi2png.py OUT.png [FONT_FOLDER]

Reads text with colour escapes (SGR) on standard input. Needs Pillow, and DejaVu Sans Mono, from
the system or below FONT_FOLDER. Called by shot.sh.
"""

import re
import sys
import unicodedata
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONT_SIZE, LINE_HEIGHT = 16, 20
FOREGROUND, BACKGROUND = (212, 212, 212), (24, 24, 24)

# The sixteen colours that terminals let their users choose, then the fixed cube and greys.
NAMED = (
    "000000 cd3131 0dbc79 e5e510 2472c8 bc3fbc 11a8cd e5e5e5 "
    "666666 f14c4c 23d18b f5f543 3b8eea d670d6 29b8db ffffff"
)
STEPS = (0, 95, 135, 175, 215, 255)
PALETTE = [tuple(bytes.fromhex(name)) for name in NAMED.split()]
PALETTE += [(red, green, blue) for red in STEPS for green in STEPS for blue in STEPS]
PALETTE += [(8 + 10 * step,) * 3 for step in range(24)]

TOKEN = re.compile(
    r"\x1b\[(?P<sgr>[0-9;:]*)m"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # titles and links
    r"|\x1b\[[0-9;:?]*[A-Za-z]|\x1b[()][A-Z0-9]|[\x0e\x0f]"  # whatever else moves or switches
    r"|(?P<letter>.)"
)

FLAGS = {1: "bold", 2: "dim", 3: "italic", 7: "reverse", 9: "strike"}
OFF = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 27: ("reverse",), 29: ("strike",)}
COLOURS = {38: "foreground", 48: "background", 58: "line"}
DEFAULTS = {39: "foreground", 49: "background", 59: "line"}


def colour(numbers):
    """The colour in `5;n` or `2;r;g;b`, and how many numbers it took."""
    if numbers[:1] == [5]:
        return PALETTE[numbers[1]], 2
    return tuple(numbers[1:4]), 4


def apply_sgr(style, text):
    """Changes `style` as the parameters of one SGR escape say."""
    parts = text.split(";") if text else ["0"]
    while parts:
        part = parts.pop(0)
        head, *rest = part.split(":")
        code = int(head or 0)
        if rest:  # 4:3 is a curly underline; 38:2::r:g:b leaves a field empty
            values = [int(value) for value in rest if value]
            if code == 4:
                style["underline"] = values[0]
            elif code in COLOURS:
                style[COLOURS[code]] = PALETTE[values[1]] if values[0] == 5 else tuple(values[-3:])
        elif code == 0:
            style.clear()
        elif code == 4:
            style["underline"] = 1
        elif code in FLAGS:
            style[FLAGS[code]] = True
        elif code in OFF:
            for name in OFF[code]:
                style.pop(name, None)
        elif code in COLOURS:
            style[COLOURS[code]], n_used = colour([int(number or 0) for number in parts[:4]])
            del parts[:n_used]
        elif code in DEFAULTS:
            style.pop(DEFAULTS[code], None)
        else:
            for first, name, shift in ((30, "foreground", 0), (40, "background", 0),
                                       (90, "foreground", 8), (100, "background", 8)):
                if first <= code < first + 8:
                    style[name] = PALETTE[code - first + shift]


def width(letter):
    """Columns that a letter takes."""
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Cf", "Cc"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def cells(line, style):
    """The letters of a line with their columns and styles; `style` goes on into the next line."""
    column = 0
    for token in TOKEN.finditer(line):
        if token["sgr"] is not None:
            apply_sgr(style, token["sgr"])
        elif token["letter"] is not None:
            n_columns = width(token["letter"])
            # A combining mark is drawn over the letter before it.
            yield (column if n_columns else max(column - 1, 0)), n_columns, token["letter"], dict(style)
            column += n_columns


class Fonts:
    """DejaVu Sans Mono; a cut that is missing is replaced by the regular one."""

    def __init__(self, folder):
        self.folder = folder
        self.regular = self.load("DejaVuSansMono.ttf")
        if self.regular is None:
            sys.exit("ansi2png: DejaVu Sans Mono is missing; install fonts-dejavu-core")
        self.bold = self.load("DejaVuSansMono-Bold.ttf") or self.regular
        self.italic = self.load("DejaVuSansMono-Oblique.ttf") or self.regular

    def load(self, name):
        below = sorted(Path(self.folder).rglob(name)) if self.folder else []
        for candidate in [name, *map(str, below)]:
            try:
                return ImageFont.truetype(candidate, FONT_SIZE)
            except OSError:
                continue
        return None

    def of(self, style):
        return self.bold if style.get("bold") else self.italic if style.get("italic") else self.regular


def draw(text, fonts):
    lines = text.rstrip("\n").split("\n")
    style, rows = {}, []
    for line in lines:
        rows.append(list(cells(line, style)))
    n_columns = max((column + n for row in rows for column, n, _, _ in row), default=1)
    cell = round(fonts.regular.getlength("M"))
    image = Image.new("RGB", (n_columns * cell, len(rows) * LINE_HEIGHT), BACKGROUND)
    pen = ImageDraw.Draw(image)
    for row_idx, row in enumerate(rows):
        top = row_idx * LINE_HEIGHT
        bottom = top + LINE_HEIGHT - 1
        for column, n, letter, style in row:
            left, right = column * cell, (column + n) * cell - 1
            front = style.get("foreground", FOREGROUND)
            back = style.get("background", BACKGROUND)
            if style.get("reverse"):
                front, back = back, front
            if style.get("dim"):
                front = tuple((a + b) // 2 for a, b in zip(front, back))
            if n:
                pen.rectangle([left, top, right, bottom], fill=back)
            pen.text((left, top), letter, font=fonts.of(style), fill=front)
            underline, ink = style.get("underline", 0), style.get("line", front)
            if underline == 3:
                waves = [(x, bottom - 1 - (x // 2 % 2) * 2) for x in range(left, right + 1, 2)]
                pen.line(waves, fill=ink)
            elif underline:
                pen.line([left, bottom - 1, right, bottom - 1], fill=ink)
            if style.get("strike"):
                pen.line([left, top + LINE_HEIGHT // 2, right, top + LINE_HEIGHT // 2], fill=front)
    return image


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    fonts = Fonts(sys.argv[2] if len(sys.argv) == 3 else None)
    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    # Few colours are in it: a palette makes the file a quarter as large.
    draw(text, fonts).quantize(128).save(sys.argv[1], optimize=True)


main()
