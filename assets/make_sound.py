#!/usr/bin/env python3
"""Makes every sound of the demo. Standard library only; the same bytes on every run.

    python3 assets/make_sound.py            writes assets/sounds/*.wav
    python3 assets/make_sound.py --check    fails if a file differs from what it would write

Mono, 16 bits, 22050 samples a second: small enough to be compiled in.
"""

import math
import random
import struct
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent / "sounds"
RATE = 22050


def wav(samples):
    """Floats from -1 to 1 as a WAV file."""
    data = b"".join(struct.pack("<h", max(-32767, min(32767, round(s * 32767)))) for s in samples)
    head = b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVE"
    form = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, RATE, RATE * 2, 2, 16)
    return head + form + b"data" + struct.pack("<I", len(data)) + data


def sound(seconds, voice):
    """`voice(t)` for each sample, faded at both ends so that nothing clicks."""
    count = int(seconds * RATE)
    edge = int(0.004 * RATE)
    return [voice(i / RATE) * min(1.0, i / edge, (count - 1 - i) / edge) for i in range(count)]


def sweep(start, end, seconds):
    """Phase in turns of a tone that glides from `start` to `end` Hz, evenly to the ear."""
    ratio = math.log(end / start) / seconds
    return lambda t: start * (math.exp(ratio * t) - 1.0) / ratio if abs(ratio) > 1e-9 else start * t


def sine(turns):
    return math.sin(2.0 * math.pi * turns)


def triangle(turns):
    return 4.0 * abs(turns % 1.0 - 0.5) - 1.0


def pulse(turns, width=0.5):
    return 1.0 if turns % 1.0 < width else -1.0


def noise(seed, smoothness):
    """White noise through a low-pass: `smoothness` from 0 (white) to 1 (nothing)."""
    rng, state = random.Random(seed), [0.0]

    def next_sample():
        state[0] += (rng.uniform(-1.0, 1.0) - state[0]) * (1.0 - smoothness)
        return state[0]

    return next_sample


def decay(t, half_life):
    return 0.5 ** (t / half_life)


def shot():
    tone, hiss = sweep(1500, 260, 0.16), noise(1, 0.3)
    return sound(0.16, lambda t: (0.30 * pulse(tone(t), 0.3) + 0.16 * hiss()) * decay(t, 0.035))


def laser():
    low, high, hiss = sweep(2600, 420, 0.34), sweep(2680, 380, 0.34), noise(2, 0.55)
    body = lambda t: 0.26 * triangle(low(t)) + 0.22 * sine(high(t)) + 0.2 * hiss()
    return sound(0.34, lambda t: body(t) * decay(t, 0.075))


def missile():
    tone, hiss = sweep(90, 240, 0.7), noise(3, 0.72)
    body = lambda t: 0.25 * triangle(tone(t)) + 1.1 * hiss()
    return sound(0.7, lambda t: body(t) * min(1.0, t / 0.08) * decay(max(0.0, t - 0.12), 0.16))


def hit():
    tone, hiss = sweep(420, 140, 0.14), noise(4, 0.2)
    return sound(0.14, lambda t: (0.35 * triangle(tone(t)) + 0.45 * hiss()) * decay(t, 0.025))


def blast():
    tone, low, high = sweep(150, 32, 1.1), noise(5, 0.9), noise(6, 0.4)
    body = lambda t: 0.55 * sine(tone(t)) + 1.9 * low() + 0.35 * high() * decay(t, 0.06)
    return sound(1.1, lambda t: 0.7 * body(t) * decay(t, 0.17))


def notes(pitches, each, half_life):
    """One after another, each ringing on."""

    def voice(t):
        ringing = ((t - i * each, pitch) for i, pitch in enumerate(pitches))
        return sum(0.2 * (sine(pitch * u) + 0.35 * sine(2 * pitch * u)) * decay(u, half_life) for u, pitch in ringing if u >= 0)

    return sound(each * len(pitches) + half_life * 4, voice)


def engine():
    """A second that can be played again and again: its noise is a sum of whole numbers of turns."""
    rng = random.Random(7)
    parts = [(n, rng.random(), 1.0 / (1.0 + (n / 55.0) ** 2)) for n in range(28, 260)]
    scale = 0.32 / math.sqrt(sum(a * a for _, _, a in parts))
    count = RATE
    return [scale * sum(a * sine(n * i / count + phase) for n, phase, a in parts) for i in range(count)]


def sounds():
    yield "shot.wav", shot()
    yield "laser.wav", laser()
    yield "missile.wav", missile()
    yield "hit.wav", hit()
    yield "blast.wav", blast()
    yield "prize.wav", notes((660, 880, 1320), 0.07, 0.06)
    yield "arrival.wav", notes((330, 440, 660), 0.09, 0.1)
    yield "round.wav", notes((523, 659, 784, 1047), 0.13, 0.16)
    yield "said.wav", notes((1175,), 0.05, 0.03)
    yield "engine.wav", engine()


def main():
    HERE.mkdir(parents=True, exist_ok=True)
    checks, differing = "--check" in sys.argv, []
    for name, samples in sounds():
        path, data = HERE / name, wav(samples)
        if not checks:
            path.write_bytes(data)
            print(f"{name}: {len(data)} bytes, loudest {max(abs(s) for s in samples):.2f}")
        elif not path.exists() or path.read_bytes() != data:
            differing.append(name)
    if differing:
        sys.exit(f"these differ from what the script makes: {', '.join(differing)}")


if __name__ == "__main__":
    main()
