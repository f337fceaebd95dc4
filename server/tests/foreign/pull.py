"""Changes that last, and fields that go at once with the news of another, as PROTOCOL.md has them under "Rows"."""

from drift import move
from tables import PULLED_STEPS

SHARE_ONE = 256
GAIN = 160


def part(steps, share):
    """A share of a number of steps, towards zero."""
    return steps * share // SHARE_ONE if steps >= 0 else -(-steps * share // SHARE_ONE)


def act(kind, before, row, tick_hz):
    """Takes the pulls of a tick ago over to a foreseen row, and lets them act."""
    for field in kind.fields:
        if field.pulls:
            steps = [before[at] for at in field.pulls]
            for at, by in zip(field.columns, steps):
                row[at] = min(max(row[at] + by, field.min), field.max)
            for at, by in zip(field.pulls, steps):
                row[at] = part(by, field.lasts)
            lead(kind, field, steps, row, tick_hz)
            end_at_rest(field, row)


def take(kind, values, row, tick_hz):
    """Takes the news of all fields but controls into a row: each field after the one whose news moves it."""
    for field in sorted(kind.fields, key=lambda field: depth(kind, field)):
        if field.control or field.columns[0] not in values:
            continue
        steps = [values[at][1] for at in field.columns]
        for at, by in zip(field.columns, steps):
            row[at] = by if field.is_whole else field.moved(row[at], by)
        lead(kind, field, steps, row, tick_hz)
        for at, by in zip(field.pulls, steps):
            row[at] = min(max(row[at] + part(by, GAIN), -PULLED_STEPS), PULLED_STEPS)
        end_at_rest(field, row)


def depth(kind, field):
    return 1 + depth(kind, kind.fields[field.moved_by]) if field.at_once else 0


def lead(kind, leader, steps, row, tick_hz):
    if not any(steps):
        return
    for field in kind.fields:
        if field.at_once and kind.fields[field.moved_by] is leader:
            move(field, row, leader, steps, field.at_once / SHARE_ONE, tick_hz)


def end_at_rest(field, row):
    if not any(row[at] for at in field.columns):
        for at in field.pulls:
            row[at] = 0
