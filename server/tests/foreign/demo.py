"""The motion of the demo game, in whole numbers: `advance` of shared/demo/src/motion.rs, and what it needs.

This is a game's own and no part of the protocol: a client of the demo in another language needs the demo's
rules, as it would need any game's.
"""

from math import pi

TURN, UNIT, QUARTER = 1 << 12, 1 << 14, 1 << 10
STEPS, VELOCITY_STEPS, ENERGY_STEPS = 32, 16, 16
UNITS_MAX, SPEED_MAX, AGE_MAX, ENERGY_MAX, TICKS_MAX = 16383, 1023, 2047, 100, 4095
CELL, MARGIN, HALF_THICKNESS, HALF_LENGTHS, SHARE_BITS = 800, 160, 32, (110, 200), 20
GUN, LASER, MISSILE = 1, 2, 3
SHIELD, RAPID, CHARGE = 1, 2, 3
MASK_32 = (1 << 32) - 1


def quotient(value, by):
    """Whole division towards zero."""
    return abs(value) // by if value >= 0 else -(abs(value) // by)


def rounded(value, by):
    """To the nearest, halves away from zero."""
    sign = (value > 0) - (value < 0)
    return quotient(value + sign * (by // 2), by)


def clamp(value, low, high):
    return min(max(value, low), high)


def ticks_in(milliseconds, hz):
    return max(1, (milliseconds * hz + 500) // 1000)


def _sines():
    table = []
    for at in range(QUARTER + 1):
        angle = pi / 2 * at / QUARTER
        term, total, power = angle, angle, 1.0
        while power < 17.0:
            term = -term * angle * angle / ((power + 1.0) * (power + 2.0))
            total += term
            power += 2.0
        table.append(int(total * UNIT + 0.5))
    return table


SINES = _sines()


def sine(heading):
    quarter, at = divmod(heading % TURN, QUARTER)
    value = SINES[QUARTER - at if quarter % 2 else at]
    return -value if quarter >= 2 else value


class Walls:
    """Every wall, which follow from the rules alone."""

    def __init__(self, rules):
        self.columns = min(rules["size"], UNITS_MAX) // CELL
        self.cells = {}
        for y in range(self.columns):
            for x in range(self.columns):
                wall = self._build(rules, x, y)
                if wall:
                    self.cells[x, y] = wall

    @staticmethod
    def _build(rules, x, y):
        chance = (x * 0x9E3779B1 & MASK_32) ^ (y * 0x85EBCA77 & MASK_32) ^ 0x27D4EB2F
        chance = (chance ^ chance >> 15) * 0x2C1B3C6D & MASK_32
        chance = (chance ^ chance >> 12) * 0x297A2D39 & MASK_32
        chance ^= chance >> 15
        if chance % 100 >= rules["walls"]:
            return None
        least, most = HALF_LENGTHS
        length = least + (chance >> 8) % (most - least + 1)
        half = (length, HALF_THICKNESS) if chance >> 7 & 1 == 0 else (HALF_THICKNESS, length)
        low, high = [], []
        for cell, extent, bits in zip((x, y), half, (chance >> 16, chance >> 24)):
            room = CELL // 2 - MARGIN - extent
            centre = cell * CELL + CELL // 2 + quotient((bits & 0xFF) * (2 * room + 1), 256) - room
            low.append((centre - extent) * STEPS)
            high.append((centre + extent) * STEPS)
        return low, high

    def at(self, position):
        """The wall of the cell in which a point lies."""
        return self.cells.get(tuple(part // (CELL * STEPS) for part in position))

    def contain(self, position):
        wall = self.at(position)
        return bool(wall) and all(low < part < high for low, part, high in zip(wall[0], position, wall[1]))

    def push_out(self, radius, before, position):
        """Moves the centre of something out of the wall that it is in; which way, on each axis."""
        wall, out = self.at(position), [0, 0]
        if not wall:
            return out
        grow = min(radius, MARGIN) * STEPS
        low, high = [part - grow for part in wall[0]], [part + grow for part in wall[1]]

        def inside(point):
            return all(least < part < most for least, part, most in zip(low, point, high))

        if not inside(position):
            return out
        was_in, ways = inside(before), []
        for axis in range(2):
            for came_by, way, sign in (
                (before[axis] <= low[axis], position[axis] - low[axis], -1),
                (before[axis] >= high[axis], high[axis] - position[axis], 1),
            ):
                if was_in or came_by:
                    ways.append((way, axis, sign))
        if ways:
            way, axis, sign = min(ways, key=lambda entry: entry[0])
            position[axis] += sign * way
            out[axis] = sign
        return out


class Demo:
    """The level, and what moves in it."""

    def begin(self, tick_hz, rules):
        self.hz, self.rules = max(1, tick_hz), rules
        self.walls = Walls(rules)
        self.ship_turn = max(1, rounded(rules["turn"] * TURN, 360 * self.hz))
        self.missile_turn = max(1, rounded(rules["missile_turn"] * TURN, 360 * self.hz))
        self.kinds = {
            "Ship": self._ship,
            "Asteroid": self._asteroid,
            "Shot": self._shot,
            "Missile": self._missile,
            "Pickup": lambda at, row: self._count_down(at["due"], row),
            "Standing": lambda at, row: False,
            "Round": lambda at, row: self._count_down(at["ticks_left"], row),
        }

    def advance(self, kind, row):
        return self.kinds[kind.name](kind.at, row)

    @staticmethod
    def _count_down(at, row):
        row[at] = max(0, row[at] - 1)
        return False

    def _ship(self, at, row):
        rules = self.rules
        self._run_down(at, row)
        controls, velocity, position = row[at["controls"]], at["velocity"], at["position"]
        if row[at["health"]] > 0:
            heading = row[at["heading"]] = (row[at["heading"]] + (controls % 3 - 1) * self.ship_turn) % TURN
            if controls // 3 % 2 == 1:
                most = SPEED_MAX * VELOCITY_STEPS
                for axis, part in enumerate(self._along(heading, rules["thrust"] * VELOCITY_STEPS)):
                    row[velocity + axis] = clamp(row[velocity + axis] + part, -most, most)
        for axis in range(2):
            row[velocity + axis] -= self._lost(row[velocity + axis])
        bounced = self._glide(rules["ship_radius"], row, position, velocity)
        for axis in range(2):
            if bounced[axis]:
                row[velocity + axis] = quotient(-row[velocity + axis], 2)
        return False

    def _run_down(self, at, row):
        rules, power = self.rules, row[at["power_index"]]
        weapon = row[at["controls"]] // 6
        energy = cost = 0
        if weapon:
            names = {GUN: "shot_energy", LASER: "laser_energy", MISSILE: "missile_energy"}
            energy = min(rules[names[weapon]], ENERGY_MAX) * ENERGY_STEPS
            cost = energy // 2 if weapon == GUN and power == RAPID else energy
        fires = weapon and row[at["health"]] > 0 and row[at["reload"]] <= 1 and row[at["energy"]] >= cost
        row[at["reload"]] = max(0, row[at["reload"]] - 1)
        if fires:
            row[at["energy"]] -= cost
            names = {GUN: "rapid_reload_ms" if power == RAPID else "reload_ms", LASER: "laser_reload_ms"}
            row[at["reload"]] = clamp(ticks_in(rules[names.get(weapon, "missile_reload_ms")], self.hz), 2, TICKS_MAX)
        rate = rules["recharge"] * ENERGY_STEPS * (2 if power == CHARGE else 1)
        full = min(rules["energy"], ENERGY_MAX) * ENERGY_STEPS
        row[at["energy"]] = min(row[at["energy"]] + (rate + self.hz // 2) // self.hz, full)
        row[at["ticks_left"]] = max(0, row[at["ticks_left"]] - 1)
        if row[at["ticks_left"]] == 0:
            row[at["power_index"]] = 0

    def _asteroid(self, at, row):
        turned = rounded(row[at["spin"]] * 256, self.hz)
        row[at["heading"]] = (row[at["heading"]] + turned) & 0xFFFF
        radius = self.rules["asteroid_radius"] * (row[at["size"]] + 1)
        velocity = at["velocity"]
        bounced = self._glide(radius, row, at["position"], velocity)
        for axis in range(2):
            if bounced[axis]:
                row[velocity + axis] = -row[velocity + axis]
        return False

    def _shot(self, at, row):
        return self._fly_on(at, row, self.rules["shot_speed"], self.rules["shot_ms"])

    def _missile(self, at, row):
        row[at["heading"]] = (row[at["heading"]] + (row[at["turn"]] - 1) * self.missile_turn) % TURN
        return self._fly_on(at, row, self.rules["missile_speed"], self.rules["missile_ms"])

    def _fly_on(self, at, row, speed, milliseconds):
        """Moves what flies; true where it ends. Where it ends matters to nobody who holds it no more."""
        position = at["position"]
        for axis, part in enumerate(self._along(row[at["heading"]], min(speed, SPEED_MAX) * STEPS)):
            row[position + axis] += part
        row[at["age"]] = min(row[at["age"]] + 1, AGE_MAX)
        edge, point = min(self.rules["size"], UNITS_MAX) * STEPS, row[position : position + 2]
        is_young = row[at["age"]] < min(ticks_in(milliseconds, self.hz), AGE_MAX)
        return not (is_young and all(0 <= part <= edge for part in point) and not self.walls.contain(point))

    def _along(self, heading, length):
        """A vector along a heading of so much a second, for one tick."""
        units = sine(heading + TURN // 4), sine(heading)
        return [clamp(rounded(unit * length, UNIT * self.hz), -(1 << 24), 1 << 24) for unit in units]

    def _lost(self, speed):
        drag = self.rules["drag"]
        if drag == 0:
            return 0
        part = min(abs(speed) * drag // (1000 * self.hz) + 1, abs(speed))
        return part if speed > 0 else -part

    def _glide(self, radius, row, position, velocity):
        """Moves a centre by a tick, thrown back at walls and at the edge; on which axes it was."""
        low = min(radius, UNITS_MAX // 2) * STEPS
        high = max(min(self.rules["size"], UNITS_MAX) * STEPS - low, low)
        before, moved, bounced = row[position : position + 2], [], []
        for axis in range(2):
            step = rounded(row[velocity + axis] * (STEPS // VELOCITY_STEPS), self.hz)
            free = before[axis] + step
            bounced.append((free < low and step < 0) or (free > high and step > 0))
            moved.append(clamp(free, low, high))
        out = self.walls.push_out(radius, before, moved)
        row[position : position + 2] = moved
        return [bounced[axis] or out[axis] * row[velocity + axis] < 0 for axis in range(2)]
