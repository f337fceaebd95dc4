#!/usr/bin/env python3
"""Draws every picture of the demo. Standard library only; the same bytes on every run.

    python3 assets/make_art.py            writes assets/sprites/*.png
    python3 assets/make_art.py --check    fails if a file differs from what it would write

Most sprites are white and grey: the game tints them.
"""

import math
import random
import struct
import sys
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent / "sprites"


def png(width, height, pixels):
    """RGBA rows (floats 0 to 1) as a PNG file."""
    raw = bytearray()
    for y in range(height):
        raw.append(0)
        for x in range(width):
            raw.extend(max(0, min(255, round(c * 255))) for c in pixels[y * width + x])

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(raw), 9)) + chunk(b"IEND", b"")


def draw(width, height, paint):
    """`paint(x, y)` in pixels from the middle, y upwards, gives a colour (r, g, b, a)."""
    pixels = []
    for row in range(height):
        for column in range(width):
            pixels.append(paint(column + 0.5 - width / 2, height / 2 - row - 0.5))
    return png(width, height, pixels)


def clamp(value, low=0.0, high=1.0):
    return max(low, min(high, value))


def smooth(low, high, value):
    t = clamp((value - low) / (high - low))
    return t * t * (3 - 2 * t)


def over(top, bottom):
    """`top` on `bottom`."""
    alpha = top[3] + bottom[3] * (1 - top[3])
    if alpha <= 0:
        return (0.0, 0.0, 0.0, 0.0)
    mix = [(top[i] * top[3] + bottom[i] * bottom[3] * (1 - top[3])) / alpha for i in range(3)]
    return (*mix, alpha)


def polygon_distance(x, y, points):
    """Signed distance to a polygon's edge, negative inside."""
    nearest, inside = 1e9, False
    for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1]):
        ex, ey, px, py = bx - ax, by - ay, x - ax, y - ay
        t = clamp((px * ex + py * ey) / (ex * ex + ey * ey))
        nearest = min(nearest, math.hypot(px - ex * t, py - ey * t))
        if (ay > y) != (by > y) and x < ax + (y - ay) * ex / ey:
            inside = not inside
    return -nearest if inside else nearest


def fill(distance):
    """Coverage of a pixel at a signed distance."""
    return clamp(0.5 - distance)


def line(distance, half_width):
    return clamp(half_width + 0.5 - abs(distance))


# The nose points along +x, as heading 0 does.
HULL = [(30, 0), (10, 7), (-6, 11), (-22, 24), (-26, 22), (-20, 8), (-16, 0), (-20, -8), (-26, -22), (-22, -24), (-6, -11), (10, -7)]


def ship(x, y):
    """A hull with a bright rim, darker inside; the glow around it is a sprite of its own."""
    distance = polygon_distance(x, y, HULL)
    shade = 0.40 + 0.18 * clamp(y / 24 + 0.5) + 0.16 * smooth(-20, 28, x)
    body = (shade, shade, shade, fill(distance))
    spine = (0.82, 0.82, 0.82, 0.7 * line(y, 0.8) * smooth(-13, -10, x) * smooth(24, 18, x) * fill(distance + 2))
    wing = (0.62, 0.62, 0.62, 0.8 * line(polygon_distance(x, y, [(-4, 6), (-20, 18), (-16, 5)]), 0.6) * fill(distance + 2))
    wing_low = (0.62, 0.62, 0.62, 0.8 * line(polygon_distance(x, y, [(-4, -6), (-20, -18), (-16, -5)]), 0.6) * fill(distance + 2))
    rim = (1.0, 1.0, 1.0, line(distance + 1.0, 0.8))
    cockpit_distance = math.hypot((x - 9) / 1.9, y) - 3.0
    cockpit = (1.0, 1.0, 1.0, fill(cockpit_distance))
    colour = body
    for layer in (wing, wing_low, spine, rim, cockpit):
        colour = over(layer, colour)
    return colour


def glow(x, y):
    """A soft round light, 64 pixels wide."""
    distance = math.hypot(x, y) / 32
    return (1.0, 1.0, 1.0, clamp(1 - distance) ** 2.7)


def spark(x, y):
    """A small hot point with a halo."""
    distance = math.hypot(x, y) / 8
    return (1.0, 1.0, 1.0, clamp(smooth(0.42, 0.18, distance) + 0.5 * clamp(1 - distance) ** 2))


def flame(x, y):
    """A burning jet that points along -x, its root at the right edge. White-hot to orange to blue."""
    along = clamp((31 - x) / 62)
    width = 9.5 * (1 - along) ** 0.8 * (0.55 + 0.45 * smooth(0.0, 0.12, along))
    if width <= 0.05:
        return (1.0, 0.5, 0.2, 0.0)
    across = abs(y) / width
    heat = clamp(1 - across) * (1 - along)
    alpha = clamp(1 - across) ** 0.8 * (1 - along) ** 0.7
    hot, warm = smooth(0.45, 0.8, heat), smooth(0.05, 0.5, heat)
    return (1.0, clamp(0.32 + 0.45 * warm + 0.3 * hot), clamp(0.08 + 0.2 * warm + 0.75 * hot), clamp(alpha * 1.25))


def bolt(x, y):
    """The light of a shot, along x: tinted by the game, which lays a white core into it."""
    ahead = x * 1.15 if x > 0 else x * 0.78
    needle = clamp(1 - math.hypot(ahead / 13, y / 4.2))
    halo = clamp(1 - math.hypot(ahead / 24, y / 10))
    return (1.0, 1.0, 1.0, clamp(0.95 * smooth(0.0, 0.5, needle) + 0.5 * halo ** 2.2))


def core(x, y):
    """The white core of a shot."""
    return (1.0, 1.0, 1.0, smooth(1.0, 0.35, math.hypot((x if x > 0 else x * 0.6) / 9, y / 1.7)))


def beam(x, y):
    """A ray along x, to be stretched: bright in the middle, soft at its sides."""
    ends = smooth(64, 58, abs(x))
    return (1.0, 1.0, 1.0, ends * clamp(math.exp(-((y / 1.6) ** 2)) + 0.42 * math.exp(-((y / 5.0) ** 2))))


def missile(x, y):
    """A dart with fins, nose to the right, tinted by the game."""
    body = polygon_distance(x, y, [(19, 0), (12, 3.6), (-13, 3.6), (-13, -3.6), (12, -3.6)])
    fins = polygon_distance(x, y, [(-6, 3), (-17, 9.5), (-14, 0), (-17, -9.5), (-6, -3)])
    shape = min(body, fins)
    shade = 0.62 + 0.38 * smooth(-4, 4, y)
    tip = smooth(9, 13, x)
    hull = (max(shade, tip), shade * (1 - 0.5 * tip), shade * (1 - 0.6 * tip), fill(shape))
    halo = (1.0, 1.0, 1.0, 0.35 * math.exp(-((max(shape, 0)) / 2.5) ** 1.5))
    return over(hull, halo)


def ring(x, y):
    """A thin ring with a halo: shockwaves and shields."""
    distance = math.hypot(x, y) - 54
    inner = 0.07 * smooth(-54, 0, distance) if distance < 0 else 0.0
    return (1.0, 1.0, 1.0, clamp(math.exp(-(distance / 1.6) ** 2) + 0.35 * math.exp(-(distance / 5.5) ** 2) + inner))


def rock(seed):
    """An asteroid of 128 pixels with its surface at radius 56: facets, craters, light from above left."""
    rng = random.Random(seed)
    waves = [(k, rng.uniform(0.2, 1.0) / k ** 0.9, rng.uniform(0, math.tau)) for k in range(2, 9)]
    total = sum(w[1] for w in waves)
    craters = []
    for _ in range(26):
        angle, away = rng.uniform(0, math.tau), 46 * math.sqrt(rng.random())
        craters.append((away * math.cos(angle), away * math.sin(angle), rng.choice((3, 4, 5, 6, 8, 11))))
    grain = {}

    def noise(x, y, size):
        def corner(i, j):
            return grain.setdefault((i, j, size), rng_at(i, j, size))

        def rng_at(i, j, size):
            return random.Random(hash_of(seed, i, j, size)).random()

        u, v = x / size, y / size
        i, j = math.floor(u), math.floor(v)
        a, b = smooth(0, 1, u - i), smooth(0, 1, v - j)
        low = corner(i, j) * (1 - a) + corner(i + 1, j) * a
        high = corner(i, j + 1) * (1 - a) + corner(i + 1, j + 1) * a
        return low * (1 - b) + high * b

    def height(x, y):
        value = math.sqrt(max(0.0, 1 - (x * x + y * y) / 3500)) * 26
        value += 5.0 * noise(x, y, 17) + 2.6 * noise(x, y, 8) + 1.2 * noise(x, y, 4)
        for cx, cy, r in craters:
            d = math.hypot(x - cx, y - cy) / r
            if d < 1.35:
                value += r * (0.34 * math.exp(-((d - 1.0) / 0.2) ** 2) - 0.5 * clamp(1 - d * d))
        return value

    def paint(x, y):
        angle = math.atan2(y, x)
        edge = 57 * (1 - 0.13 * (0.5 - 0.5 * sum(a * math.sin(k * angle + p) for k, a, p in waves) / total))
        distance = math.hypot(x, y) - edge
        if distance > 1:
            return (0.4, 0.42, 0.46, 0.0)
        slope_x, slope_y = height(x + 1, y) - height(x - 1, y), height(x, y + 1) - height(x, y - 1)
        length = math.sqrt(slope_x * slope_x + slope_y * slope_y + 4)
        light = (-slope_x * -0.55 - slope_y * 0.62 + 2 * 0.56) / length
        shade = 0.10 + 0.50 * clamp(light) + 0.06 * noise(x, y, 5)
        rim = 0.30 * smooth(-9, 0, distance) * clamp(0.5 + (y - x) / 110)
        colour = (shade * 1.0 + rim, shade * 0.985 + rim * 1.05, shade * 0.97 + rim * 1.15)
        return (*[clamp(c) for c in colour], fill(distance))

    return paint


def hash_of(*values):
    """A number from whole numbers: Python's own hash of strings differs from run to run."""
    state = 0x9E3779B97F4A7C15
    for value in values:
        state = (state ^ (value & 0xFFFFFFFFFFFFFFFF)) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 31
    return state


def pickup(shape):
    """A hexagonal capsule of 64 pixels with a sign on it."""
    corners = [(22 * math.cos(math.tau * i / 6 + math.pi / 6), 22 * math.sin(math.tau * i / 6 + math.pi / 6)) for i in range(6)]

    def paint(x, y):
        distance = polygon_distance(x, y, corners)
        halo = (1.0, 1.0, 1.0, 0.45 * math.exp(-((max(distance, 0)) / 4.0) ** 1.5) if distance > -1 else 0.0)
        body = (0.16, 0.16, 0.16, 0.85 * fill(distance))
        rim = (1.0, 1.0, 1.0, line(distance + 1.5, 1.2))
        sign = (1.0, 1.0, 1.0, fill(shape(x, y)))
        return over(sign, over(rim, over(body, halo)))

    return paint


def box(x, y, half_x, half_y):
    return max(abs(x) - half_x, abs(y) - half_y)


def cross(x, y):
    return min(box(x, y, 10, 3.2), box(x, y, 3.2, 10))


def shield(x, y):
    points = [(0, 11), (9, 7.5), (9, -1), (5, -8), (0, -12), (-5, -8), (-9, -1), (-9, 7.5)]
    distance = polygon_distance(x, y, points)
    return max(distance, -(distance + 3.0))


def charge(x, y):
    """A dot within a broken ring: stored energy."""
    distance = math.hypot(x, y)
    gap = abs(math.atan2(abs(y), x)) < 0.45 or abs(math.atan2(abs(y), -x)) < 0.45
    orbit = 9.0 if gap else abs(distance - 9.5) - 1.7
    return min(distance - 4.6, orbit)


def lightning(x, y):
    return polygon_distance(x, y, [(3, 12), (-8, -1.5), (-1.5, -1.5), (-3, -12), (8, 2.5), (1.5, 2.5)])


def star(x, y):
    """A star with four faint rays."""
    distance = math.hypot(x, y)
    rays = math.exp(-abs(x) / 5) * math.exp(-(y / 0.8) ** 2) + math.exp(-abs(y) / 5) * math.exp(-(x / 0.8) ** 2)
    return (1.0, 1.0, 1.0, clamp(math.exp(-((distance / 1.7) ** 2)) + 0.35 * rays + 0.18 * math.exp(-((distance / 5) ** 2))))


def nebula(size):
    """Faint clouds that tile in both directions."""
    rng = random.Random(11)
    lattices = {n: [[rng.random() for _ in range(n)] for _ in range(n)] for n in (3, 6, 12, 24, 48)}

    def noise(u, v, n):
        x, y = u * n, v * n
        i, j = int(x) % n, int(y) % n
        a, b = smooth(0, 1, x - int(x)), smooth(0, 1, y - int(y))
        grid = lattices[n]
        low = grid[j][i] * (1 - a) + grid[j][(i + 1) % n] * a
        high = grid[(j + 1) % n][i] * (1 - a) + grid[(j + 1) % n][(i + 1) % n] * a
        return low * (1 - b) + high * b

    def clouds(u, v, shift):
        u, v = (u + shift) % 1.0, (v + shift * 0.7) % 1.0
        return sum(noise(u, v, n) * w for n, w in ((3, 0.42), (6, 0.27), (12, 0.16), (24, 0.1), (48, 0.05)))

    def paint(x, y):
        u, v = (x / size + 0.5) % 1.0, (y / size + 0.5) % 1.0
        warp = 0.14 * (clouds(u, v, 0.37) - 0.5)
        violet = smooth(0.46, 0.82, clouds((u + warp) % 1.0, (v - warp) % 1.0, 0.0))
        teal = smooth(0.48, 0.86, clouds((u - warp) % 1.0, (v + warp) % 1.0, 0.55))
        base = (0.012, 0.016, 0.034)
        return (
            base[0] + 0.150 * violet + 0.010 * teal,
            base[1] + 0.042 * violet + 0.098 * teal,
            base[2] + 0.215 * violet + 0.140 * teal,
            1.0,
        )

    return paint


def pictures():
    yield "ship.png", draw(64, 64, ship)
    yield "glow.png", draw(64, 64, glow)
    yield "spark.png", draw(16, 16, spark)
    yield "flame.png", draw(64, 24, flame)
    yield "bolt.png", draw(56, 24, bolt)
    yield "core.png", draw(40, 8, core)
    yield "beam.png", draw(128, 16, beam)
    yield "missile.png", draw(48, 24, missile)
    yield "ring.png", draw(128, 128, ring)
    yield "star.png", draw(24, 24, star)
    for index, seed in enumerate((3, 14, 25)):
        yield f"rock{index}.png", draw(128, 128, rock(seed))
    for name, shape in (("repair", cross), ("shield", shield), ("rapid", lightning), ("charge", charge)):
        yield f"{name}.png", draw(64, 64, pickup(shape))
    yield "nebula.png", draw(384, 384, nebula(384))


def main():
    HERE.mkdir(parents=True, exist_ok=True)
    checks, differing = "--check" in sys.argv, []
    for name, data in pictures():
        path = HERE / name
        if not checks:
            path.write_bytes(data)
            print(f"{name}: {len(data)} bytes")
        elif not path.exists() or path.read_bytes() != data:
            differing.append(name)
    if differing:
        sys.exit(f"these differ from what the script draws: {', '.join(differing)}")


if __name__ == "__main__":
    main()
