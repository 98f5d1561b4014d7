"""Writes unicode_tables.cpp: what the tokenizer must know about code points.

    python3 generate_unicode_tables.py > unicode_tables.cpp

The tables follow the Hugging Face tokenizers library (0.23), the one that made the files we read.
It splits text with Oniguruma, whose letters and numbers are those of Unicode 16.0, but normalises
with a crate that stayed at Unicode 9.0. So characters that later versions gave a combining class
or a decomposition have neither here. (Found by asking it about every code point.)

Needs Unicode 16.0: Python 3.14, or the package unicodedata2 16.0.0 on an older Python.
"""

import sys

try:
    import unicodedata2 as unicodedata
except ImportError:
    import unicodedata

# The characters with a combining class or a canonical decomposition that Unicode 10.0 to 16.0 added
# (DerivedAge.txt), as first and last.
NEWER_THAN_NFC = [
    (0x7FD, 0x7FD), (0x897, 0x89F), (0x8CA, 0x8D3), (0x9FE, 0x9FE), (0xC3C, 0xC3C),
    (0xD3B, 0xD3C), (0xEBA, 0xEBA), (0x1715, 0x1715), (0x1ABF, 0x1ACE), (0x1DF6, 0x1DFA),
    (0xA82C, 0xA82C), (0x105C9, 0x105C9), (0x105E4, 0x105E4), (0x10D24, 0x10D27),
    (0x10D69, 0x10D6D), (0x10EAB, 0x10EAC), (0x10EFD, 0x10EFF), (0x10F46, 0x10F50),
    (0x10F82, 0x10F85), (0x11070, 0x11070), (0x1133B, 0x1133B), (0x11383, 0x11383),
    (0x11385, 0x11385), (0x1138E, 0x1138E), (0x11391, 0x11391), (0x113C5, 0x113C5),
    (0x113C7, 0x113C8), (0x113CE, 0x113D0), (0x1145E, 0x1145E), (0x11839, 0x1183A),
    (0x11938, 0x11938), (0x1193D, 0x1193E), (0x11943, 0x11943), (0x119E0, 0x119E0),
    (0x11A34, 0x11A34), (0x11A47, 0x11A47), (0x11A99, 0x11A99), (0x11D42, 0x11D42),
    (0x11D44, 0x11D45), (0x11D97, 0x11D97), (0x11F41, 0x11F42), (0x16121, 0x16128),
    (0x1612F, 0x1612F), (0x16D68, 0x16D6A), (0x16FF0, 0x16FF1), (0x1E08F, 0x1E08F),
    (0x1E130, 0x1E136), (0x1E2AE, 0x1E2AE), (0x1E2EC, 0x1E2EF), (0x1E4EC, 0x1E4EF),
    (0x1E5EE, 0x1E5EF),
]

CODE_POINTS = range(0x110000)
BLOCK = 256
# Hangul syllables and the vowels and finals they are composed of are computed, not tabled.
HANGUL_SYLLABLES = range(0xAC00, 0xD7A4)
HANGUL_JOINING = set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))

newer = {c for first, last in NEWER_THAN_NFC for c in range(first, last + 1)}


def combining_class(c):
    return 0 if c in newer else unicodedata.combining(chr(c))


def decomposition(c):
    """One step of the canonical decomposition, as a list of one or two code points, or []."""
    text = unicodedata.decomposition(chr(c))
    if c in newer or c in HANGUL_SYLLABLES or text == "" or text.startswith("<"):
        return []
    return [int(part, 16) for part in text.split()]


def full_decomposition(c):
    parts = decomposition(c)
    return [d for part in parts for d in full_decomposition(part)] if parts else [c]


def compositions():
    """(first, second) -> composed; not for those that Unicode excludes from composition."""
    table = {}
    for c in CODE_POINTS:
        parts = decomposition(c)
        if len(parts) == 2 and unicodedata.normalize("NFC", chr(c)) == chr(c):
            table[tuple(parts)] = c
    return table


def kind(c):
    """The numbers of CharKind in unicode_tables.h."""
    category = unicodedata.category(chr(c))
    if category[0] == "L":
        return 1
    if category[0] == "N":
        return 2
    return 3 if category[0] == "Z" or 9 <= c <= 13 or c == 0x85 else 0


def properties(composed):
    """For every code point its kind, plus 4 where NFC may change it or what stands around it."""
    joining = {second for _, second in composed} | HANGUL_JOINING
    values = []
    for c in CODE_POINTS:
        parts = full_decomposition(c)
        changes = parts != [c] and unicodedata.normalize("NFC", chr(c)) != chr(c)
        affected = combining_class(c) != 0 or c in joining or changes
        # Else the quick check of nfc.cpp would be wrong: a character it trusts to begin anew.
        assert affected or (combining_class(parts[0]) == 0 and parts[0] not in joining), hex(c)
        values.append(kind(c) + (4 if affected else 0))
    return values


def two_stages(values):
    blocks, index = {}, []
    for at in range(0, len(values), BLOCK):
        block = tuple(values[at:at + BLOCK])
        index.append(blocks.setdefault(block, len(blocks)))
    assert len(blocks) <= 256
    return index, [value for block in blocks for value in block]


def lines(items):
    """The items in lines of at most 100 columns."""
    line = "   "
    for item in items:
        if len(line) + 1 + len(item) > 100:
            yield line
            line = "   "
        line += " " + item
    yield line


def ranges_of_marks():
    ranges = []
    for c in CODE_POINTS:
        mark = combining_class(c)
        if mark and ranges and ranges[-1][1:] == [c - 1, mark]:
            ranges[-1][1] = c
        elif mark:
            ranges.append([c, c, mark])
    return ranges


def array(declaration, items):
    return "\n".join(["", f"{declaration} = {{", *lines(items), "};"])


def main():
    if unicodedata.unidata_version != "16.0.0":
        sys.exit(f"needs the data of Unicode 16.0.0, not {unicodedata.unidata_version}")
    composed = compositions()
    index, stage = two_stages(properties(composed))
    marks = ranges_of_marks()
    decomposed = [(c, *(decomposition(c) + [0])[:2]) for c in CODE_POINTS if decomposition(c)]
    print("// Written by generate_unicode_tables.py: general categories of Unicode 16.0, canonical")
    print("// normalisation of Unicode 9.0 (see there why). Do not edit.")
    print('#include "backends/engine/tokenizer/unicode_tables.h"\n')
    print("// clang-format off")
    print("namespace proctor::engine {")
    print(array("const std::uint8_t kPropertyBlocks[]", [f"{i}," for i in index]))
    digits = "".join(map(str, stage))
    rows = [f'"{digits[at:at + 94]}"' for at in range(0, len(digits), 94)]
    print("\nconst char kProperties[] =\n    " + "\n    ".join(rows) + ";")
    print(array("const CombiningRange kCombiningRanges[]",
                ["{0x%X, 0x%X, %d}," % tuple(row) for row in marks]))
    print(array("const Decomposition kDecompositions[]",
                ["{0x%X, 0x%X, 0x%X}," % row for row in decomposed]))
    print(array("const Composition kCompositions[]",
                ["{0x%X, 0x%X, 0x%X}," % (*pair, c) for pair, c in sorted(composed.items())]))
    print(f"\nconst std::size_t kCombiningRangeCount = {len(marks)};")
    print(f"const std::size_t kDecompositionCount = {len(decomposed)};")
    print(f"const std::size_t kCompositionCount = {len(composed)};")
    print("\n}  // namespace proctor::engine")


main()
