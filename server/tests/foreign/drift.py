"""The motion of a game that writes none of its own, as PROTOCOL.md has it under "Drift"."""

from math import copysign, floor, sqrt

from tables import to_float


def rounded(value):
    """To the nearest whole number, halves away from zero."""
    return int(copysign(floor(abs(value) + 0.5), value))


def floats(field, row):
    """The columns of a field in units, as 32-bit floats."""
    return [to_float(row[at] * field.step) for at in field.columns]


def put_floats(field, values, row):
    """The columns of a field from units: to the nearest step, and within its range."""
    for at, value in zip(field.columns, values):
        row[at] = min(max(rounded(value / field.step), field.min), field.max)


class Drift:
    """Each field that is moved by another moves by it."""

    def begin(self, tick_hz, rules):
        self.tick_hz = tick_hz

    def advance(self, kind, row):
        before = list(row)
        for field in kind.fields:
            if field.moved_by is not None:
                leader = kind.fields[field.moved_by]
                move(field, row, leader, [before[at] for at in leader.columns], 1.0, self.tick_hz)
        return False


def move(field, row, leader, steps, share, tick_hz):
    """Moves a field by so many steps of its leader, for a share of a tick."""
    (turn if field.quantity == "rotation" else shift)(field, row, leader, steps, share, tick_hz)


def shift(field, row, leader, steps, share, tick_hz):
    ratio = rounded(leader.step / field.step / tick_hz * share * (1 << 24))
    for at, by in zip(field.columns, steps):
        moved = by * ratio + (1 << 23) >> 24
        row[at] = (row[at] + moved) & field.max if field.wraps else min(max(row[at] + moved, field.min), field.max)


def total(*terms):
    """A sum from the left, in 32-bit floats."""
    result = terms[0]
    for term in terms[1:]:
        result = to_float(result + term)
    return result


def turn(field, row, spin, steps, share, tick_hz):
    a, b, c, w = floats(field, row)
    half = to_float(to_float(0.5 / tick_hz) * to_float(share))
    x, y, z = (to_float(to_float(part * spin.step) * half) for part in steps)
    by = lambda one, other: to_float(one * other)
    turned = [
        total(a, total(by(x, w), by(y, c), -by(z, b))),
        total(b, total(by(y, w), by(z, a), -by(x, c))),
        total(c, total(by(z, w), by(x, b), -by(y, a))),
        total(w, -total(by(x, a), by(y, b), by(z, c))),
    ]
    length_squared = total(*(by(part, part) for part in turned))
    if length_squared > 0:
        scale = to_float(1 / to_float(sqrt(length_squared)))
        turned = [by(part, scale) for part in turned]
        put_floats(field, [-part for part in turned] if turned[3] < 0 else turned, row)
