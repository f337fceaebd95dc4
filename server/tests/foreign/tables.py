"""Field tables, rows and news, as PROTOCOL.md has them under "Field tables", "Rows" and "The hash of a row"."""

import struct
from math import isqrt, sqrt

import rotation
from bits import Malformed, to_float, width
from codes import Codes, canonical

QUANTITIES = ["scalar", "angle", "vec2", "vec3", "rotation", "flags", "choice", "counter"]
PULLED_STEPS = 1 << 24
MASK_32 = (1 << 32) - 1
MASK_64 = (1 << 64) - 1


class Field:
    """A field of a table, and where its columns are in the row."""

    def __init__(self, table, first):
        self.name = table["name"]
        self.quantity = table["quantity"]
        self.step, self.tolerance = table["step"], table["tolerance"]
        self.ranges = [(column["min"], column["max"]) for column in table["columns"]]
        self.max = self.ranges[0][1]
        self.bits = [width(most - least) for least, most in self.ranges]
        self.columns = range(first, first + len(self.ranges))
        self.control, self.position = table["control"], table["position"]
        self.moved_by, self.news_bits = table["moved_by"], table["news_bits"]
        self.at_once, self.lasts = table["at_once"], table["lasts"]
        self.pulls = range(0)
        self.wraps = self.quantity == "angle"
        self.is_whole = self.quantity in ("flags", "choice")
        self.is_rotation = self.quantity == "rotation"
        self.counts = self.quantity == "counter"
        self.is_exact = self.tolerance == 0 or self.control
        self.quantum = None if self.is_exact else self._quantum()

    def _quantum(self):
        """The step of a correction: whole steps of a column, or of a rotation the tangent of a quarter of an angle."""
        if self.is_rotation:
            return (self.tolerance - 2.0 * self.step) / (2.0 * sqrt(3.0))
        steps = self.tolerance / self.step * (1.0 + 1e-9)
        return max(1, int(2.0 * steps / sqrt(float(len(self.columns)))))

    def checked(self, value, axis=0):
        least, most = self.ranges[axis]
        if not least <= value <= most:
            raise Malformed(f"{self.name} is {value}, which is out of its range")
        return value

    def near(self, value, axis):
        """The nearest value in the range; an angle goes on beyond a full turn from zero."""
        least, most = self.ranges[axis]
        return value & most if self.wraps else min(max(value, least), most)

    def read(self, reader, axis=0):
        """A whole value of a column."""
        offset = reader.exp(self.news_bits) if self.counts else reader.number(self.bits[axis])
        return self.checked(self.ranges[axis][0] + offset, axis)

    def write(self, value, axis, writer):
        if self.counts:
            writer.exp(value - self.ranges[axis][0], self.news_bits)
        else:
            writer.number(value - self.ranges[axis][0], self.bits[axis])

    def moved(self, base, difference, axis):
        """The value that differs so much from a base; an angle goes on beyond a full turn from zero."""
        return (base + difference) & self.max if self.wraps else self.checked(base + difference, axis)

    def order(self, exact):
        """The order of the code for its numbers."""
        if self.is_exact or exact or self.is_rotation:
            return self.news_bits
        return max(0, self.news_bits - (self.quantum.bit_length() - 1))

    def settle(self, exact, numbers, base):
        """The columns to which its news leads."""
        if self.is_whole:
            return numbers
        if self.is_rotation:
            if self.is_exact or exact:
                return rotation.exact(base, numbers, self.max)
            return rotation.corrected(base, numbers, self.quantum, self.max)
        axes = range(len(self.columns))
        if self.is_exact or exact:
            return [self.moved(base[axis], numbers[axis], axis) for axis in axes]
        return [self.near(base[axis] + numbers[axis] * self.quantum, axis) for axis in axes]


class Kind:
    """A kind of entity, or the input."""

    def __init__(self, table):
        self.table = table
        self.name, self.label = table["name"], table["label"]
        self.fields, self.width = [], 0
        for field in table["fields"]:
            self.fields.append(Field(field, self.width))
            self.width += len(field["columns"])
        self.field_width = self.width
        for field in self.fields:
            if field.lasts:
                field.pulls = range(self.width, self.width + len(field.columns))
                self.width += len(field.columns)
        self.at = {field.name: field.columns[0] for field in self.fields}
        self.controls = [at for field in self.fields if field.control for at in field.columns]
        self.place = next((field for field in self.fields if field.position), None)
        self.index_bits = width(max(0, len(self.fields) - 1))
        self.symbols = canonical(
            (symbol["bits"], symbol["fields"] if symbol["topic"] == "fields" else symbol["topic"]) for symbol in table["news"]
        )
        self.codes = Codes(self, table["codes"]) if table["codes"] else None

    def columns(self):
        """Each column's place in the row, with its field."""
        return ((at, field) for field in self.fields for at in field.columns)

    def read_row(self, reader, anchor=None):
        row = [0] * self.width
        told = ()
        if anchor and self.place and anchor.is_shorter(self.place) and reader.bit():
            told = self.place.columns
            for at, value in zip(told, anchor.read(reader)):
                row[at] = self.place.checked(value, at - told[0])
        for field in self.fields:
            if field.is_rotation:
                row[field.columns[0] : field.columns[-1] + 1] = rotation.read_whole(field.bits[0], field.max, reader)
                continue
            for axis, at in enumerate(field.columns):
                if at not in told:
                    row[at] = field.read(reader, axis)
        for field in self.fields:
            for at in field.pulls:
                row[at] = reader.signed(field.news_bits)
                if abs(row[at]) > PULLED_STEPS:
                    raise Malformed(f"{field.name} is pulled by {row[at]}, which is out of its range")
        return row

    def read_pace(self, reader):
        """The pace of each field that has one, by the field's index."""
        if not self.codes:
            return {}
        return {index: reader.number(2) for index in self.codes.paced}

    def write_row(self, row, writer):
        for field in self.fields:
            for axis, at in enumerate(field.columns):
                field.write(row[at], axis, writer)
        for field in self.fields:
            for at in field.pulls:
                writer.signed(row[at], field.news_bits)

    def read_news(self, pace, reader):
        """None where the entity is gone; else the numbers of each field with news, and the label or None."""
        topic = self._topic(pace, reader)
        if topic == "gone":
            return None
        if topic != "other":
            return self._news(topic, False, pace, reader), None
        opening, chosen = self._opening(reader)
        if opening == "gone":
            return None
        label = None
        if opening == "label":
            label = reader.label()
            if not reader.bit():
                return News({}, False), label
            opening, chosen = self._opening(reader)
            if opening not in ("fields", "exact"):
                raise Malformed("news of an entity that there is not")
        return self._news(chosen, opening == "exact", pace, reader), label

    def _opening(self, reader):
        """What news in full begins with, and the fields that it names."""
        if not reader.bit():
            return "fields", [self._index(reader)]
        if not reader.bit():
            return "fields", self._chosen(reader)
        if not reader.bit():
            return "gone", None
        if not reader.bit():
            return "label", None
        if not reader.bit():
            return "exact", [self._index(reader)]
        if reader.bit():
            raise Malformed("news of an entity that there is not")
        return "exact", self._chosen(reader)

    def _topic(self, pace, reader):
        trained = self.codes and self.codes.sets_after(index for index, value in pace.items() if value)
        words = trained or self.symbols
        return reader.word(words) if words else "other"

    def _index(self, reader):
        index = reader.number(self.index_bits)
        if index >= len(self.fields):
            raise Malformed("a field that there is not")
        return index

    def _chosen(self, reader):
        chosen = reader.number(len(self.fields))
        return [index for index in range(len(self.fields)) if chosen >> index & 1]

    def _news(self, indexes, exact, pace, reader):
        numbers = {}
        for index in indexes:
            field = self.fields[index]
            numbers[index] = [self._number(index, field, axis, exact, pace, reader) for axis in self._axes(field, exact)]
        return News(numbers, exact)

    @staticmethod
    def _axes(field, exact):
        return range(3) if field.is_rotation and not field.is_exact and not exact else range(len(field.columns))

    def _number(self, index, field, axis, exact, pace, reader):
        trained = self.codes and self.codes.fields[index]
        if field.is_whole:
            usual = reader.word(trained.values) if trained and trained.values else "other"
            return field.read(reader) if usual == "other" else usual
        if field.is_rotation and axis == 3:
            return reader.exp(1)
        words = trained and not exact and trained.number(axis, pace.get(index, 0))
        number = reader.sized(words) if words else None
        return reader.signed(field.order(exact)) if number is None else number

    def pace_after(self, news):
        """The pace after a tick with this news."""
        if not self.codes:
            return {}
        pace = dict.fromkeys(self.codes.paced, 0)
        for index, numbers in news.numbers.items():
            if index in pace:
                total = sum(abs(number) for number in numbers)
                pace[index] = 1 if news.exact else 1 + (total >= 6) + (total >= 18)
        return pace

    def take_controls(self, news, row):
        """Takes the news of controls into a row."""
        for index in news.numbers:
            if self.fields[index].control:
                self.take(index, news, row)

    def take(self, index, news, row):
        """Takes the news of one field into a row; the difference that it made to each column."""
        field = self.fields[index]
        base = [row[at] for at in field.columns]
        now = field.settle(news.exact, news.numbers[index], base)
        row[field.columns[0] : field.columns[-1] + 1] = now
        differences = [new - old for new, old in zip(now, base)]
        if field.wraps:
            half = field.max // 2 + 1
            differences = [(difference + half & field.max) - half for difference in differences]
        return differences

    def point(self, row):
        """Its place in units, in 32-bit floats; None where it has none."""
        if self.place is None:
            return None
        return [to_float(row[at] * self.place.step) for at in self.place.columns]


class News:
    """The numbers of each field with news, by the field's index; whether they lead to the truth to the step."""

    def __init__(self, numbers, exact):
        self.numbers, self.exact = numbers, exact


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
        return like and self.bits < min(field.bits)

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
            b"".join(struct.pack("<ii", column["min"], column["max"]) for column in field["columns"]),
            struct.pack("<d", field["step"]),
            bytes([field["control"], field["position"]]),
            number(moved_by),
            number(field["news_bits"]),
            number(field["at_once"]),
            number(field["lasts"]),
            struct.pack("<d", field["tolerance"]),
        ]
    parts.append(number(len(table["news"])))
    for symbol in table["news"]:
        chosen = {"gone": 0, "other": MASK_32}.get(symbol["topic"])
        if chosen is None:
            chosen = sum(1 << index for index in symbol["fields"])
        parts += [number(chosen), number(symbol["bits"])]
    parts.append(words(table["codes"]))
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
