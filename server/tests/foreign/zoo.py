"""The motion of the zoo, a game of the core's tests that has every quantity: `advance` of shared/tests/games/zoo.rs."""

from drift import Drift, floats, put_floats
from bits import to_float

HALF_SIDE = 200.0


class Zoo(Drift):
    """Runners in 32-bit floats, darts in whole numbers, spinners by the usual motion, and a score that stands still."""

    def begin(self, tick_hz, rules):
        super().begin(tick_hz, rules)
        self.seconds = to_float(1 / tick_hz)

    def advance(self, kind, row):
        if kind.name == "Runner":
            self._run(kind, row)
        elif kind.name == "Dart":
            return self._fly(kind, row)
        elif kind.name == "Spinner":
            return super().advance(kind, row)
        return False

    def _run(self, kind, row):
        place, speed = kind.fields[0], kind.fields[1]
        steer = row[kind.at["steer"]]
        pushes = [(steer >> plus & 1) - (steer >> plus + 1 & 1) for plus in (0, 2)]
        slower = to_float(0.5 * self.seconds)
        position, velocity = floats(place, row), floats(speed, row)
        velocity = [to_float(v + to_float(push * 30.0 * self.seconds)) for v, push in zip(velocity, pushes)]
        velocity = [to_float(v - to_float(v * slower)) for v in velocity]
        position = [to_float(p + to_float(v * self.seconds)) for p, v in zip(position, velocity)]
        inside = [min(max(p, -HALF_SIDE), HALF_SIDE) for p in position]
        put_floats(place, inside, row)
        put_floats(speed, velocity if inside == position else [-v for v in velocity], row)

    @staticmethod
    def _fly(kind, row):
        place, speed, fuse = kind.fields
        for at, by in zip(place.columns, speed.columns):
            row[at] = min(max(row[at] + row[by], place.ranges[0][0]), place.ranges[0][1])
        at = fuse.columns[0]
        row[at] = max(0, row[at] - 1)
        return row[at] == 0
