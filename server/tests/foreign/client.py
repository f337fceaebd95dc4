"""A client of any game: hello, inputs, and every update to the last bit. PROTOCOL.md has it from "Hello" on."""

import bincode
import pull
from bits import Malformed, Reader, Writer
from tables import Anchor, Kind, game_hash, is_within, keep_radius, row_hash

VERSION = 3


class Held:
    """An entity as the client holds it."""

    def __init__(self, slot, generation, kind, row, pace, label):
        self.slot, self.generation, self.kind, self.row, self.pace, self.label = slot, generation, kind, row, pace, label
        self.gone = self.pinned = False


class Differs(Exception):
    """What is held is not what the server states."""


class Client:
    """One connection's state. `game` foresees rows: `advance(kind's name, kind, row)`, true where the entity ends."""

    def __init__(self, schema, game):
        self.schema = schema
        self.hash = game_hash(schema)
        if f"{self.hash:016x}" != schema["hash"]:
            raise Differs(f"the tables have the hash {self.hash:016x}, and the schema says {schema['hash']}")
        self.kinds = [Kind(table) for table in schema["entity"]]
        self.input_kind = Kind(schema["input"][0])
        self.game = game
        self.held, self.own, self.is_centre, self.slot_bits = [], None, False, 0
        self.is_busy = False
        self.tick = self.lead = self.age = 0
        self.counts = dict.fromkeys(["updates", "bytes", "hashes", "news", "entered", "left", "events", "inputs", "obeyed"], 0)
        self.events = []
        # Events before this one were seen by the connection before.
        self.first_unseen = 0

    def hello(self, name, build, token=None):
        fixed = b"AUSP" + VERSION.to_bytes(2, "little") + self.hash.to_bytes(8, "little")
        credential = b"\x00" if token is None else b"\x03" + token
        return fixed + build.encode().ljust(32, b"\x00") + bincode.text(name) + credential

    def welcomed(self, message):
        source = bincode.Bytes(message)
        self.identity = (source.varint(), source.varint())
        self.tick = source.varint()
        self.token = source.take(32) if source.take(1) == b"\x01" else None
        self.taken, self.next_event = source.varint(), source.varint()
        self.tick_hz, self.send_every, self.input_every = source.varint(), source.varint(), source.varint()
        ticks = source.varint() * self.tick_hz // 1000
        self.patience = ticks if ticks > self.send_every else 0
        self.silence = max(self.patience, self.send_every)
        self.interest = bincode.plain("f32", source)
        self.rules = bincode.read(self.schema["rules"], source)
        source.end()
        self.lead = self.age = 0
        self.said = (self.tick, self.tick, [0] * self.input_kind.width)
        self.game.begin(self.tick_hz, self.rules)

    def inputs(self, newest, rows):
        """The message with inputs for ticks up to `newest`, oldest first, and the word of what is held."""
        applied, before, row = self.said
        writer = Writer()
        writer.bit(False)
        writer.signed(self.tick - applied - self.silence, 0)
        follows = len(rows) == 1 and newest == before + 1
        writer.bit(not follows)
        if not follows:
            writer.exp(len(rows), 1)
            joins = newest == before + len(rows)
            writer.bit(not joins)
            if not joins:
                writer.number(newest, 32)
        for wanted in rows:
            writer.bit(wanted != row)
            if wanted != row:
                self.input_kind.write_row(wanted, writer)
                row = wanted
        self.said = (self.tick, newest, row)
        self.counts["inputs"] += len(rows)
        return writer.message()

    def updated(self, message):
        """Takes in an update."""
        reader = Reader(message)
        self.counts["updates"] += 1
        self.counts["bytes"] += len(message)
        flags, ticks, own, slot_bits = self._head(reader)
        for _ in range(ticks):
            self._news(reader)
        if own is not None:
            self.own, self.is_centre = own
        if slot_bits is not None:
            self.slot_bits = slot_bits
        if flags["fresh"]:
            self.held, self.is_busy = [], False
        self._membership(reader)
        if flags["hash"]:
            self._compare(reader.number(32))
        if flags["events"]:
            self._events(reader.blocks())
        if flags["reports"]:
            reader.blocks()
        reader.end()

    def _head(self, reader):
        flags = dict.fromkeys(["jump", "fresh", "own", "slot bits", "hash", "events", "reports"], False)
        if self.patience:
            return self._patient_head(flags, reader)
        if not reader.bit():
            self.tick += self.send_every
            return flags, self.send_every, None, None
        if not reader.bit():
            self.lead += -1 if reader.bit() else 1
            self.tick += self.send_every
            return flags, self.send_every, None, None
        if reader.bit():
            flags = {name: reader.bit() for name in flags}
        if flags["jump"]:
            ticks, self.tick = 0, reader.number(32)
        else:
            ticks = reader.exp(2) if reader.bit() else self.send_every
            self.tick += ticks
        self.lead += reader.signed(0)
        return flags, ticks, *self._changes(flags, reader)

    def _patient_head(self, flags, reader):
        if reader.bit():
            flags = {name: reader.bit() for name in flags}
        before = self.tick
        if flags["jump"]:
            ticks, self.tick = 0, reader.number(32)
        else:
            ticks = reader.exp(1)
            if ticks == 0 and not any(flags.values()):
                return self._silent_head(flags, reader)
            self.tick += ticks
        if reader.bit():
            margin = self.lead + self.age + reader.signed(0)
            self.age = reader.exp(0)
            self.lead = margin - self.age
        else:
            self.lead -= self.tick - before
            self.age += self.tick - before
        return flags, ticks, *self._changes(flags, reader)

    def _silent_head(self, flags, reader):
        margin = self.lead + self.age + reader.signed(0)
        self.age += reader.signed(0)
        self.lead = margin - self.age
        self.tick += self.silence
        for _ in range(self.silence):
            self._pass_tick()
        return flags, 0, None, None

    def _changes(self, flags, reader):
        own = slot_bits = None
        if flags["own"]:
            own = (reader.exp(9), reader.bit()) if reader.bit() else (None, False)
        if flags["slot bits"]:
            slot_bits = reader.number(5)
        return own, slot_bits

    def _news(self, reader):
        """The news of one tick, and everything held a tick further."""
        total, at = len(self.held), 0
        count = reader.count(total)
        if self.is_busy:
            quiet = set(reader.ranks(count, total))
            for rank, held in enumerate(self.held):
                if rank in quiet:
                    self._advance(held)
                else:
                    self._read_one(held, reader)
            count = total - count
        else:
            for rank in reader.ranks(count, total):
                for held in self.held[at:rank]:
                    self._advance(held)
                self._read_one(self.held[rank], reader)
                at = rank + 1
            for held in self.held[at:]:
                self._advance(held)
        self.is_busy = 2 * count > total
        self._drop_gone()

    def _pass_tick(self):
        """A tick of which nothing held has news."""
        for held in self.held:
            self._advance(held)
        self.is_busy = False
        self._drop_gone()

    def _read_one(self, held, reader):
        news = self.kinds[held.kind].read_news(held.pace, reader)
        self.counts["news"] += 1
        if news is None:
            held.gone = True
        else:
            values, label = news
            self._advance(held, values)
            held.label = held.label if label is None else label

    def _advance(self, held, values=None):
        kind = self.kinds[held.kind]
        held.pace = kind.pace_after(values) if values else dict.fromkeys(held.pace, 0)
        if values:
            kind.take_controls(values, held.row)
        before = list(held.row)
        controls = [held.row[at] for at in kind.controls]
        held.gone = self.game.advance(kind, held.row)
        for at, value in zip(kind.controls, controls):
            held.row[at] = value
        pull.act(kind, before, held.row, self.tick_hz)
        if values:
            pull.take(kind, values, held.row, self.tick_hz)

    def _drop_gone(self):
        before = len(self.held)
        self.held = [held for held in self.held if not held.gone]
        self.counts["left"] += before - len(self.held)

    def _membership(self, reader):
        self._leave_by_rule()
        entering = 0
        if reader.bit():
            total = len(self.held)
            count = reader.count(total)
            for rank in reader.ranks(count, total):
                held = self.held[rank]
                held.pinned, held.gone = held.gone, not held.gone
            entering = reader.exp(0) + (count == 0)
        self._drop_gone()
        if entering > 1 << 16:
            raise Malformed("more enter than there are slots")
        most = (1 << self.slot_bits) - 1
        for slot in reader.ranks(entering, most, most):
            self._enter(slot, reader)

    def _leave_by_rule(self):
        own = self.own_held() if self.is_centre else None
        centre = own and self.kinds[own.kind].point(own.row)
        if not centre:
            return
        radius = keep_radius(self.interest)
        for held in self.held:
            point = self.kinds[held.kind].point(held.row)
            if point is not None:
                is_near = is_within(point, centre, radius)
                held.gone = not is_near and not held.pinned
                held.pinned = held.pinned and not is_near

    def _enter(self, slot, reader):
        generation = reader.number(8) if reader.bit() else 0
        index = reader.number((len(self.kinds) - 1).bit_length())
        if index >= len(self.kinds) or any(held.slot == slot for held in self.held):
            raise Malformed("a kind that there is not, or an entity that is held")
        kind, own = self.kinds[index], self.own_held()
        anchor = own and self.kinds[own.kind].place and Anchor(self.kinds[own.kind], own.row, self.interest)
        row, pace = kind.read_row(reader, anchor), kind.read_pace(reader)
        label = reader.label() if kind.label else b""
        self.held.append(Held(slot, generation, index, row, pace, label))
        self.held.sort(key=lambda held: held.slot)
        self.counts["entered"] += 1

    def own_held(self):
        return next((held for held in self.held if held.slot == self.own), None)

    def _compare(self, stated):
        hashes = (row_hash(held.slot, held.generation, held.kind, held.row, held.label) for held in self.held)
        held = sum(hashes) & 0xFFFFFFFF
        if held != stated:
            raise Differs(f"tick {self.tick}: held {held:08x}, stated {stated:08x}, of {len(self.held)} entities")
        self.counts["hashes"] += 1

    def _events(self, blocks):
        for block in blocks:
            if self.next_event >= self.first_unseen and self.schema["event"]:
                source = bincode.Bytes(block)
                self.events.append(bincode.read(self.schema["event"], source))
                source.end()
                self.counts["events"] += 1
            self.next_event += 1
