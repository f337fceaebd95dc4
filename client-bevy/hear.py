#!/usr/bin/env python3
"""What listen.sh recorded, in numbers: fails where a sound is missing, or is too loud. Standard library only."""

import array
import math
import sys
import wave

# Seconds of a window, and levels of its amplitude (RMS, where 1 is the most that a loudspeaker can do).
WINDOW = 0.05
SILENT = 0.001
HEARD = 0.005
FULL = 0.99


def read(path):
    with wave.open(path) as file:
        assert file.getsampwidth() == 2 and file.getnchannels() == 1
        samples = array.array("h", file.readframes(file.getnframes()))
        return file.getframerate(), [sample / 32768 for sample in samples]


def levels(rate, samples):
    size = int(rate * WINDOW)
    windows = (samples[at : at + size] for at in range(0, len(samples) - size, size))
    return [math.sqrt(sum(sample * sample for sample in window) / size) for window in windows]


def bursts(loud, quiet_windows):
    """Where it is loud, in seconds: parts with more than so many silent windows between them."""
    found = []
    for index, level in enumerate(loud):
        if level < HEARD:
            continue
        if found and index - found[-1][1] <= quiet_windows:
            found[-1][1] = index
        else:
            found.append([index, index])
    return [(first * WINDOW, (last + 1) * WINDOW) for first, last in found]


def check(what, is_so, figure):
    print(f"{'ok' if is_so else 'FAILED'}: {what}: {figure}")
    return is_so


def alone(path):
    """Gun, laser, missile and engine, each 2.5 to 3 s after the one before, and silence between (scenarios/sounds.toml)."""
    rate, samples = read(path)
    loud = levels(rate, samples)
    # Shots of one gun are one burst. The round's own sound and the arrival may stand before the first.
    found = bursts(loud, 14)
    starts = [round(start, 2) for start, _ in found][-4:]
    gaps = [round(later - earlier, 2) for earlier, later in zip(starts, starts[1:])]
    wanted = [3.0, 3.0, 2.5]
    is_timed = len(gaps) == 3 and all(abs(gap - want) < 0.35 for gap, want in zip(gaps, wanted))
    quiet = sum(level < SILENT for level in loud) / max(len(loud), 1)
    return all(
        [
            check("gun, laser, missile and engine begin when they should", is_timed, f"at {starts} s, apart by {gaps}, wanted {wanted}"),
            check("it is silent where nothing happens", quiet > 0.3, f"{quiet:.0%} of the time"),
        ]
    )


def fight(path):
    rate, samples = read(path)
    loud = levels(rate, samples)
    heard = sum(level > HEARD for level in loud) / max(len(loud), 1)
    peak = max(map(abs, samples), default=0.0)
    clipped = sum(abs(sample) >= FULL for sample in samples)
    return all(
        [
            check("a fight is heard", heard > 0.2, f"{heard:.0%} of the time, loudest {max(loud, default=0.0):.3f}"),
            check("nothing is clipped", clipped == 0, f"highest sample {peak:.3f}, {clipped} at the limit"),
        ]
    )


if __name__ == "__main__":
    results = [alone(sys.argv[1]), fight(sys.argv[2])]
    sys.exit(0 if all(results) else 1)
