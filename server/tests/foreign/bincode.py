"""What travels as bincode, by the types that the schema names. PROTOCOL.md has it under "Bincode"."""

import struct

from bits import Malformed

SIGNED = {"i16", "i32", "i64"}
UNSIGNED = {"u16", "u32", "u64"}


class Bytes:
    """Bytes, taken from the front."""

    def __init__(self, octets):
        self.octets = octets
        self.at = 0

    def take(self, count):
        if self.at + count > len(self.octets):
            raise Malformed("a value that ends too soon")
        self.at += count
        return self.octets[self.at - count : self.at]

    def varint(self):
        first = self.take(1)[0]
        if first < 251:
            return first
        size = {251: 2, 252: 4, 253: 8}.get(first)
        if size is None:
            raise Malformed("a number of no known size")
        return int.from_bytes(self.take(size), "little")

    def text(self):
        return self.take(self.varint()).decode("utf-8")

    def end(self):
        if self.at != len(self.octets):
            raise Malformed("a value that goes on after its end")


def varint(value):
    """A whole number, 0 or more."""
    for first, size in ((251, 2), (252, 4), (253, 8)):
        if size == 2 and value < 251:
            return bytes([value])
        if value < 1 << 8 * size:
            return bytes([first]) + value.to_bytes(size, "little")
    raise ValueError(value)


def text(value):
    octets = value.encode("utf-8")
    return varint(len(octets)) + octets


def read(coded, source, shape=None):
    """A value of the type that `coded` (of the schema) describes: a dict for a struct, (name, dict) for an enum."""
    shape = coded["type"] if shape is None else shape
    if isinstance(shape, str):
        return plain(shape, source)
    ((form, of),) = shape.items()
    if form == "struct":
        return {field["name"]: read(coded, source, field["type"]) for field in coded["structs"][of]}
    if form == "enum":
        variants = coded["enums"][of]
        index = source.varint()
        if index >= len(variants):
            raise Malformed("a variant that there is not")
        fields = variants[index]["fields"]
        return variants[index]["name"], {field["name"]: read(coded, source, field["type"]) for field in fields}
    if form == "option":
        return read(coded, source, of) if source.take(1) == b"\x01" else None
    if form == "list":
        return [read(coded, source, of) for _ in range(source.varint())]
    if form == "tuple":
        return [read(coded, source, element) for element in of]
    if form == "map":
        return [[read(coded, source, element) for element in of] for _ in range(source.varint())]
    raise Malformed(f"a type of the form {form}")


def plain(name, source):
    if name in UNSIGNED:
        return source.varint()
    if name in SIGNED:
        folded = source.varint()
        return -(folded + 1) // 2 if folded % 2 else folded // 2
    if name == "text":
        return source.text()
    if name == "bytes":
        return source.take(source.varint())
    simple = {"bool": "<?", "u8": "<B", "i8": "<b", "f32": "<f", "f64": "<d"}[name]
    return struct.unpack(simple, source.take(struct.calcsize(simple)))[0]
