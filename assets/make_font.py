#!/usr/bin/env python3
"""Makes the font of the demo: a part of Fira Code, since whoever opens the page has to load it.

    python3 assets/make_font.py FiraCode-Regular.ttf            writes assets/fonts/letters.ttf
    python3 assets/make_font.py FiraCode-Regular.ttf --check    fails if that file differs from what it would write

The source is `distr/ttf/FiraCode-Regular.ttf` of npm's `firacode` 6.2.0. Needs fontTools (`pip install fonttools==4.68.0`).
"""

import hashlib
import io
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).resolve().parent / "fonts" / "letters.ttf"
SOURCE = "5992ab9640e2df491b2f609467b1de60e8bc39b2c28db184342a0592d98f6117"

# What names and chat are written in. Hints are for screens of another time; of ligatures, "->" in a chat wants none.
LETTERS = [
    range(0x20, 0x7F),  # ASCII
    range(0xA0, 0x250),  # Latin of Europe, as far as the source has it
    range(0x300, 0x370),  # accents that stand by themselves
    range(0x370, 0x400),  # Greek
    range(0x400, 0x530),  # Cyrillic
    range(0x1E00, 0x1F00),  # Latin, the rest that the source has
    range(0x1F00, 0x2000),  # Greek with many accents
    range(0x2010, 0x2050),  # dashes, quotes, dots
    range(0x20A0, 0x20C1),  # currencies
    [0x2116, 0x2122, 0x2190, 0x2191, 0x2192, 0x2193, 0x2212, 0x2248, 0x2260, 0x2264, 0x2265],
]


def made(source):
    font = TTFont(io.BytesIO(source), recalcTimestamp=False)
    options = subset.Options(hinting=False, layout_features=[], notdef_outline=True, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14])
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[letter for letters in LETTERS for letter in letters])
    subsetter.subset(font)
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def main():
    files = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    if len(files) != 1:
        sys.exit(__doc__)
    source = Path(files[0]).read_bytes()
    if hashlib.sha256(source).hexdigest() != SOURCE:
        sys.exit(f"{files[0]} is not the file of firacode 6.2.0")
    data = made(source)
    if "--check" not in sys.argv:
        HERE.parent.mkdir(exist_ok=True)
        HERE.write_bytes(data)
        print(f"{HERE.name}: {len(data)} bytes")
    elif HERE.read_bytes() != data:
        sys.exit(f"{HERE.name} differs from what the script makes")


if __name__ == "__main__":
    main()
