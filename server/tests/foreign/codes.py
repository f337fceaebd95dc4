"""Trained codes, as PROTOCOL.md has them under "Trained codes"."""


def canonical(lengths):
    """The code words of pairs of bits and a meaning, shortest first: length, word, meaning."""
    codes, word, length = [], 0, 0
    for bits, meaning in sorted(lengths, key=lambda pair: pair[0]):
        word <<= bits - length
        length = bits
        codes.append((length, word, meaning))
        word += 1
    return codes


class FieldCodes:
    def __init__(self):
        self.values, self.numbers = None, {}

    def number(self, axis, pace):
        return self.numbers.get((axis, str(pace))) or self.numbers.get((axis, "*"))


class Codes:
    """The section of a kind."""

    def __init__(self, kind, text):
        self.names = {field.name: index for index, field in enumerate(kind.fields)}
        self.fields = [FieldCodes() for _ in kind.fields]
        self.paced = [index for index, field in enumerate(kind.fields) if not field.control and not field.is_whole][:16]
        self.after, self.usual = {}, None
        lines = [line.strip() for line in text.splitlines()]
        lines = [line for line in lines if line and not line.startswith("#")]
        for line in lines[lines.index(f"[{kind.name}]") + 1 :]:
            if line.startswith("["):
                break
            self._take(kind, *line.split())

    def _take(self, kind, what, of, *words):
        if what == "sets":
            pairs = (word.rsplit(":", 1) for word in words)
            table = canonical((int(bits), topic if topic in ("gone", "other") else self._set(topic)) for topic, bits in pairs)
            if of == "*":
                self.usual = table
            else:
                self.after[frozenset() if of == "-" else frozenset(self._set(of))] = table
        elif what == "values":
            pairs = (word.rsplit(":", 1) for word in words)
            self.fields[self.names[of]].values = canonical(
                (int(bits), value if value == "other" else int(value)) for value, bits in pairs
            )
            kind.fields[self.names[of]].is_whole = True
        else:
            pace, axis, letters = words
            lengths = [0 if letter == "." else ord(letter) - ord("a") + 1 for letter in letters]
            table = canonical(
                [(bits, word) for word, bits in enumerate(lengths[:-1]) if bits] + [(lengths[-1], "other")]
            )
            self.fields[self.names[of]].numbers[int(axis), pace] = table

    def _set(self, names):
        return sorted(self.names[name] for name in names.split("+"))

    def sets_after(self, fields):
        return self.after.get(frozenset(fields), self.usual)
