#!/usr/bin/env bash
# @geckos.io/snapshot-interpolation 1.1.1: angles are interpolated as angles only where their field has a name of one
# letter and is not named first.
#
# Expected: "For degree, radian or quaternion values add `key(deg)`, `key(rad)` or `key(quat)`", and the README's
# example asks for `direction(rad) rotationInDeg(deg) q(quat)`. Half way from 350 to 10 degrees is 0.
#
# What happens: of that very example only `q` is interpolated as it says. The list's first field loses its method (only
# the first run of other characters than letters is replaced, which is its parenthesis), so its angle is drawn through
# the other side of the circle: 180. Of any other field with a method only the letter before the parenthesis is looked
# up, so `rotationInDeg(deg)` asks for a field `g`, there is none, and the angle jumps to the newer snapshot's. With
# commas between them, all but the first and the last jump as well. Nothing is reported.
#
# Why it matters: on a screen this is a ship that spins once round each time it passes north, or turns in steps while
# its place glides, and one looks for it in the network code. Give angles names of one letter and put a plain field
# before them.
#
# Versions: @geckos.io/snapshot-interpolation 1.1.1; seen with Node 20.20. Needs node, npm and the network;
# some seconds.
#
# Seen, half way from 350 to 10 degrees (a quaternion is shown by its angle):
#     direction(rad) rotationInDeg(deg) q(quat): direction 180, rotationInDeg 10, q 0
#     rotationInDeg(deg): direction 10, rotationInDeg 180, q 10
#     x a(deg): x 180, a 0
#     x, y, z: x 180, y 10, z 180
set -euo pipefail

command -v npm >/dev/null || { echo "needs node and npm" >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . @geckos.io/snapshot-interpolation@1.1.1
cat > finding.cjs <<'END'
const assert = require("node:assert");
const { SnapshotInterpolation } = require("@geckos.io/snapshot-interpolation");

const TURN = Math.PI / 180;

/** A turn about the third axis. */
const quaternion = (degrees) => ({ x: 0, y: 0, z: Math.sin((degrees * TURN) / 2), w: Math.cos((degrees * TURN) / 2) });

/** The fields named, half way from a snapshot at 350 degrees to one at 10; angles in whole degrees from 0 to 359. */
function halfWay(parameters, ...fields) {
    const at = (time, degrees) => {
        const plain = { x: degrees, y: degrees, z: degrees, a: degrees, rotationInDeg: degrees };
        const car = { id: "car", direction: degrees * TURN, q: quaternion(degrees), ...plain };
        return { id: `${time}`, time, state: [car] };
    };
    const shown = new SnapshotInterpolation().interpolate(at(0, 350), at(100, 10), 0.5, parameters).state[0];
    shown.direction /= TURN;
    shown.q = (2 * Math.atan2(shown.q.z, shown.q.w)) / TURN;
    const whole = fields.map((field) => (Math.round(shown[field]) + 360) % 360);
    console.log(`${parameters}: ${fields.map((field, at) => `${field} ${whole[at]}`).join(", ")}`);
    return whole;
}

const angles = ["direction", "rotationInDeg", "q"];
const example = halfWay("direction(rad) rotationInDeg(deg) q(quat)", ...angles);
assert.deepStrictEqual(example, [180, 10, 0], "no longer as found");
assert.deepStrictEqual(halfWay("rotationInDeg(deg)", ...angles), [10, 180, 10], "no longer as found");
// What helps.
assert.deepStrictEqual(halfWay("x a(deg)", "x", "a"), [180, 0]);
assert.deepStrictEqual(halfWay("x, y, z", "x", "y", "z"), [180, 10, 180], "no longer as found");
END
node finding.cjs
