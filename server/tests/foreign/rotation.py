"""Rotations: four columns of which three are told, as PROTOCOL.md has them under "Rotations"."""

from math import copysign, floor, isqrt, sqrt

from bits import Malformed


def rounded(value):
    """To the nearest whole number, halves away from zero."""
    return int(copysign(floor(abs(value) + 0.5), value))


def unit(parts):
    length = sqrt(parts[0] * parts[0] + parts[1] * parts[1] + parts[2] * parts[2] + parts[3] * parts[3])
    return [part / length for part in parts] if length > 0 else [0.0, 0.0, 0.0, 1.0]


def product(a, b):
    return [
        a[3] * b[0] + a[0] * b[3] + a[1] * b[2] - a[2] * b[1],
        a[3] * b[1] + a[1] * b[3] + a[2] * b[0] - a[0] * b[2],
        a[3] * b[2] + a[2] * b[3] + a[0] * b[1] - a[1] * b[0],
        a[3] * b[3] - a[0] * b[0] - a[1] * b[1] - a[2] * b[2],
    ]


def corrected(base, numbers, quantum, most):
    """The columns of `base`, turned as three numbers say."""
    x, y, z = (number * quantum for number in numbers)
    square = x * x + y * y + z * z
    scale = 1.0 / (1.0 + square)
    turn = [2.0 * x * scale, 2.0 * y * scale, 2.0 * z * scale, (1.0 - square) * scale]
    turned = unit(product(unit([float(column) for column in base]), turn))
    sign = -float(most) if turned[3] < 0 else float(most)
    return [rounded(part * sign) for part in turned]


def largest(columns):
    return max(range(4), key=lambda at: (abs(columns[at]), -at))


def remaining(others, most):
    """The largest column as the others have it, without its sign."""
    left = max(0, most * most - sum(other * other for other in others))
    root = isqrt(left)
    return root + (left - root * root > root)


def checked(columns, most):
    if any(abs(column) > most for column in columns):
        raise Malformed("a rotation that is out of its range")
    return columns


def unfolded(folded):
    return -(folded + 1) // 2 if folded % 2 else folded // 2


def exact(base, numbers, most):
    """The columns to which exact news leads."""
    base = [-column for column in base] if numbers[3] & 1 else base
    at = largest(base)
    others = [base[index] for index in range(4) if index != at]
    others = checked([other + number for other, number in zip(others, numbers)], most)
    value = remaining(others, most) * (-1 if base[at] < 0 else 1) + unfolded(numbers[3] >> 1)
    return checked(others[:at] + [value] + others[at:], most)


def read_whole(bits, most, reader):
    at, negative = reader.number(2), reader.bit()
    others = checked([reader.number(bits) - most for _ in range(3)], most)
    size = remaining(others, most) + reader.signed(0)
    return checked(others[:at] + [-size if negative else size] + others[at:], most)
