"""Field tables, rows and news, as PROTOCOL.md has them under "Field tables", "Rows" and "The hash of a row"."""

import struct
from math import isqrt

from bits import Malformed, width

QUANTITIES = ["scalar", "angle", "vec2", "vec3", "rotation", "flags", "choice", "counter"]
PULLED_STEPS = 1 << 24
MASK_32 = (1 << 32) - 1
MASK_64 = (1 << 64) - 1
FLOAT = struct.Struct("<f")


def to_float(value):
    """The 32-bit float nearest to a number."""
    return FLOAT.unpack(FLOAT.pack(value))[0]


class Field:
    """A field of a table, and where its columns are in the row."""

    def __init__(self, table, first):
        self.name = table["name"]
        self.quantity = table["quantity"]
        self.min, self.max, self.step = table["min"], table["max"], table["step"]
        self.columns = range(first, first + table["columns"])
        self.bits = width(self.max - self.min)
        self.control, self.position = table["control"], table["position"]
        self.moved_by, self.news_bits = table["moved_by"], table["news_bits"]
        self.at_once, self.lasts = table["at_once"], table["lasts"]
        self.pulls = range(0)
        self.wraps = self.quantity == "angle"
        self.is_whole = self.quantity in ("flags", "choice")
        self.counts = self.quantity == "counter"

    def checked(self, value):
        if not self.min <= value <= self.max:
            raise Malformed(f"{self.name} is {value}, which is out of its range")
        return value

    def read(self, reader):
        """A whole value of a column."""
        return self.checked(self.min + (reader.exp(self.news_bits) if self.counts else reader.number(self.bits)))

    def write(self, value, writer):
        if self.counts:
            writer.exp(value - self.min, self.news_bits)
        else:
            writer.number(value - self.min, self.bits)

    def moved(self, base, difference):
        """The value that differs so much from a base; an angle goes on beyond a full turn from zero."""
        return (base + difference) & self.max if self.wraps else self.checked(base + difference)


class Kind:
    """A kind of entity, or the input."""

    def __init__(self, table):
        self.table = table
        self.name, self.label = table["name"], table["label"]
        self.fields, self.width = [], 0
        for field in table["fields"]:
            self.fields.append(Field(field, self.width))
            self.width += field["columns"]
        self.field_width = self.width
        for field in self.fields:
            if field.lasts:
                field.pulls = range(self.width, self.width + len(field.columns))
                self.width += len(field.columns)
        self.at = {field.name: field.columns[0] for field in self.fields}
        self.controls = [at for field in self.fields if field.control for at in field.columns]
        self.place = next((field for field in self.fields if field.position), None)
        self.index_bits = width(max(0, len(self.fields) - 1))
        self.codes = canonical(table["news"])

    def columns(self):
        """Each column's place in the row, with its field."""
        return ((at, field) for field in self.fields for at in field.columns)

    def read_row(self, reader, anchor=None):
        row = [0] * self.width
        told = ()
        if anchor and self.place and anchor.is_shorter(self.place) and reader.bit():
            told = self.place.columns
            for at, value in zip(told, anchor.read(reader)):
                row[at] = self.place.checked(value)
        for at, field in self.columns():
            if at not in told:
                row[at] = field.read(reader)
        for field in self.fields:
            for at in field.pulls:
                row[at] = reader.signed(field.news_bits)
                if abs(row[at]) > PULLED_STEPS:
                    raise Malformed(f"{field.name} is pulled by {row[at]}, which is out of its range")
        return row

    def write_row(self, row, writer):
        for at, field in self.columns():
            field.write(row[at], writer)
        for field in self.fields:
            for at in field.pulls:
                writer.signed(row[at], field.news_bits)

    def read_news(self, reader):
        """None where the entity is gone; else a value for each column that has news, and the label or None."""
        topic = self._topic(reader)
        if topic == "gone":
            return None
        if topic != "other":
            return self._values(topic, reader), None
        label = None
        if reader.bit():
            if reader.bit():
                if not reader.bit():
                    return None
                label = reader.label()
                if not reader.bit():
                    return {}, label
                if not reader.bit():
                    return self._values([self._index(reader)], reader), label
                if reader.bit():
                    raise Malformed("news of an entity that there is not")
            chosen = reader.number(len(self.fields))
            return self._values([index for index in range(len(self.fields)) if chosen >> index & 1], reader), label
        return self._values([self._index(reader)], reader), label

    def _topic(self, reader):
        if not self.codes:
            return "other"
        word = length = 0
        for bits, code, topic in self.codes:
            while length < bits:
                word = word << 1 | reader.number(1)
                length += 1
            if word == code:
                return topic
        raise Malformed("a symbol of news that there is not")

    def _index(self, reader):
        index = reader.number(self.index_bits)
        if index >= len(self.fields):
            raise Malformed("a field that there is not")
        return index

    def _values(self, indexes, reader):
        values = {}
        for field in (self.fields[index] for index in indexes):
            for at in field.columns:
                values[at] = (field, field.read(reader) if field.is_whole else reader.signed(field.news_bits))
        return values

    def take_controls(self, values, row):
        """Takes the news of controls into a row."""
        for at, (field, value) in values.items():
            if field.control:
                row[at] = value if field.is_whole else field.moved(row[at], value)

    def point(self, row):
        """Its place in units, in 32-bit floats; None where it has none."""
        if self.place is None:
            return None
        return [to_float(row[at] * self.place.step) for at in self.place.columns]


def canonical(symbols):
    """The code words of a table's symbols, shortest first: length, word, topic."""
    codes, word, length = [], 0, 0
    for symbol in sorted(symbols, key=lambda symbol: symbol["bits"]):
        word <<= symbol["bits"] - length
        length = symbol["bits"]
        codes.append((length, word, symbol["fields"] if symbol["topic"] == "fields" else symbol["topic"]))
        word += 1
    return codes


class Anchor:
    """The place of the client's own entity, from which places near to it are told."""

    def __init__(self, kind, row, interest):
        self.field = kind.place
        self.place = [row[at] for at in kind.place.columns]
        self.ring = int(interest / kind.place.step)
        self.reach = int(keep_radius(interest) / kind.place.step)
        self.bits = width(2 * self.reach)
        self.depth_order = max(0, width(2 * self.ring) - 9)

    def is_shorter(self, field):
        """Whether a place is told from here: the same grid, and fewer bits."""
        like = len(field.columns) == len(self.place) and field.step == self.field.step and self.reach < 1 << 30
        return like and self.bits < field.bits

    def read(self, reader):
        on_ring = reader.bit()
        away = [reader.number(self.bits) - self.reach for _ in self.place[1:]]
        if on_ring:
            negative, depth = reader.bit(), reader.exp(self.depth_order)
            left = self.ring**2 - sum(part**2 for part in away)
            if left < 0 or depth > isqrt(left):
                raise Malformed("a place beyond the ring")
            last = isqrt(left) - depth
            away.append(-last if negative else last)
        else:
            away.append(reader.number(self.bits) - self.reach)
        return [at + part for at, part in zip(self.place, away)]


def keep_radius(interest):
    """The distance within which what is seen stays seen: a 32-bit float."""
    return to_float(interest * to_float(1.1))


def is_within(one, other, radius):
    """Whether two points are no further apart, in 32-bit floats, each step rounded."""
    total = 0.0
    for a, b in zip(one, other):
        apart = to_float(a - b)
        total = to_float(total + to_float(apart * apart))
    return total <= to_float(radius * radius)


def game_hash(schema):
    """The hash of the game, made anew of what the schema names: it must be the one that the schema says."""
    seed = 0
    for octet in schema["game"].encode():
        seed = (seed * 31 + octet) & MASK_64
    for tables in (schema["entity"], schema["input"]):
        value = seed ^ 0xCBF29CE484222325
        for octet in b"".join(table_bytes(table) for table in tables):
            value = (value ^ octet) * 0x100000001B3 & MASK_64
        seed = value
    return seed


def table_bytes(table):
    number = struct.Struct("<I").pack
    words = lambda text: number(len(text.encode())) + text.encode()
    parts = [words(table["name"]), bytes([table["label"], table["in_the_past"]]), number(len(table["fields"]))]
    for field in table["fields"]:
        moved_by = 0 if field["moved_by"] is None else field["moved_by"] + 1
        parts += [
            words(field["name"]),
            bytes([QUANTITIES.index(field["quantity"])]),
            struct.pack("<iid", field["min"], field["max"], field["step"]),
            bytes([field["control"], field["position"]]),
            number(moved_by),
            number(field["news_bits"]),
            number(field["at_once"]),
            number(field["lasts"]),
        ]
    parts.append(number(len(table["news"])))
    for symbol in table["news"]:
        chosen = {"gone": 0, "other": MASK_32}.get(symbol["topic"])
        if chosen is None:
            chosen = sum(1 << index for index in symbol["fields"])
        parts += [number(chosen), number(symbol["bits"])]
    return b"".join(parts)


def row_hash(slot, generation, kind, row, label):
    value = mix(slot | generation << 32 | kind << 40)
    for column in row:
        value = mix(value ^ column & MASK_32)
    for octet in label:
        value = mix(value ^ octet)
    return (value ^ value >> 32) & MASK_32


def mix(value):
    wide = (value ^ 0x9E3779B97F4A7C15) * 0xD6E8FEB86659FD93
    return (wide ^ wide >> 64) & MASK_64
