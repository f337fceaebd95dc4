"""Bits and codes, as PROTOCOL.md has them under "Bits and codes"."""


import struct

FLOAT = struct.Struct("<f")


def to_float(value):
    """The 32-bit float nearest to a number."""
    return FLOAT.unpack(FLOAT.pack(value))[0]


class Malformed(Exception):
    """Bytes that are no message."""


def width(most):
    """Fewest bits that hold every number from 0 to `most`."""
    return most.bit_length()


def parameter(total, count):
    """P(total, count): the parameter for `count` marks among `total` places."""
    mean = total // (count + 1)
    return mean.bit_length() - 1 if mean else 0


class Reader:
    """A message, read bit by bit."""

    def __init__(self, message):
        self.whole = int.from_bytes(message, "little")
        self.bits = 8 * len(message)
        self.at = 0

    def number(self, bits):
        if self.at + bits > self.bits:
            raise Malformed("the message is too short")
        value = self.whole >> self.at & ((1 << bits) - 1)
        self.at += bits
        return value

    def bit(self):
        return self.number(1) == 1

    def exp(self, k):
        ones = 0
        while self.bit():
            ones += 1
            if k + ones > 32:
                raise Malformed("a number of more than 32 bits")
        low = k + ones
        return (1 << low) + self.number(low) - (1 << k)

    def signed(self, k):
        folded = self.exp(k)
        return -(folded + 1) // 2 if folded % 2 else folded // 2

    def rice(self, k):
        quotient = 0
        while quotient < 16 and self.bit():
            quotient += 1
        if quotient == 16:
            return (16 << k) + self.exp(k)
        return (quotient << k) + self.number(k)

    def count(self, total):
        """How many among `total`."""
        if total == 0 or not self.bit():
            return 0
        count = 1 + self.rice(parameter(total, 31))
        if count > total:
            raise Malformed("more than there are")
        return count

    def ranks(self, count, total, most=None):
        """Ascending ranks among `total`, one after the other: what follows a rank is read in between."""
        most = total - 1 if most is None else most
        smallest, k = 0, parameter(total, count)
        for _ in range(count):
            rank = smallest + self.rice(k)
            if rank > most:
                raise Malformed("a rank of nothing")
            yield rank
            smallest = rank + 1

    def word(self, codes):
        """The meaning of a code word: of `canonical` codes."""
        word = length = 0
        for bits, code, meaning in codes:
            while length < bits:
                word = word << 1 | self.number(1)
                length += 1
            if word == code:
                return meaning
        raise Malformed("a code word that there is not")

    def sized(self, codes):
        """A number by the word for its size; None where it follows in full."""
        word = self.word(codes)
        if word == "other":
            return None
        size = (word + 1) // 2
        if size >= 4:
            bits = (size - 4) // 2 + 1
            size = (2 + size % 2 << bits) + self.number(bits)
        return size if word % 2 else -size

    def octets(self, count):
        return self.number(8 * count).to_bytes(count, "little")

    def blocks(self):
        return [self.octets(self.exp(5)) for _ in range(self.exp(0))]

    def label(self):
        length = self.number(7)
        if length > 96:
            raise Malformed("a label of more than 96 bytes")
        return self.octets(length)

    def end(self):
        if self.bits - self.at >= 8 or self.whole >> self.at:
            raise Malformed("the message goes on after its end")


class Writer:
    """A message, written bit by bit."""

    def __init__(self):
        self.whole = 0
        self.at = 0

    def number(self, value, bits):
        assert 0 <= value < 1 << bits, (value, bits)
        self.whole |= value << self.at
        self.at += bits

    def bit(self, value):
        self.number(int(value), 1)

    def exp(self, value, k):
        raised = value + (1 << k)
        low = raised.bit_length() - 1
        self.number((1 << (low - k)) - 1, low - k + 1)
        self.number(raised - (1 << low), low)

    def signed(self, value, k):
        self.exp(2 * value if value >= 0 else -2 * value - 1, k)

    def blocks(self, blocks):
        self.exp(len(blocks), 0)
        for block in blocks:
            self.exp(len(block), 5)
            self.number(int.from_bytes(block, "little"), 8 * len(block))

    def message(self):
        return self.whole.to_bytes((self.at + 7) // 8, "little")
