#!/usr/bin/env bash
# @dimforge/rapier3d-compat 0.21.0: the handles of bodies are numbers of which nearly all are smaller than 32 bits can
# tell from 0, so that a handle that was sent as an integer or a 32-bit float is that of the first body.
#
# Expected: `RigidBodyHandle` is a `number`, "an handle", and `body.handle` of the first body is 0. The next are then 1,
# 2 and so on, as an index into a list is, and go into a packet as unsigned integers.
#
# What happens: they are 0, 5e-324, 1e-323: the 64 bits of the number are the index and, in the upper half, how often
# its place was used before, read as a double. Each of them but the first is rounded to 0 by `| 0`, `Math.round`,
# `setUint32`, a Float32Array, and by adding 1 and taking it away again. 0 is a valid handle, so nothing fails.
# A Float64Array, JSON and a Map keep them.
#
# Why it matters: a server that names the bodies in its packets by handle, in four bytes, names the first body each
# time: everybody steers the same car. With one player all is well, so it is seen late. Give bodies ids of your own, or
# send the 64 bits.
#
# Versions: @dimforge/rapier3d-compat 0.21.0; seen with Node 20.20. Needs node, npm and the network; some seconds.
#
# Seen:
#     handles of three bodies: 0, 5e-324, 1e-323
#     the second is removed, the next has: 2.1219957915e-314
#     read back from setUint32: 0, 0, 0; from a Float32Array: 0, 0, 0; from JSON: 0, 1e-323, 2.1219957915e-314
#     the body at x = 4 by its handle from a Float32Array is the one at x = 0
#     by its handle from a Float64Array it is the one at x = 4
set -euo pipefail

command -v npm >/dev/null || { echo "needs node and npm" >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . @dimforge/rapier3d-compat@0.21.0
cat > finding.mjs <<'END'
import assert from "node:assert";
import RAPIER from "@dimforge/rapier3d-compat";

console.warn = () => {};
await RAPIER.init();
const world = new RAPIER.World({ x: 0, y: 0, z: 0 });
const make = (x) => world.createRigidBody(RAPIER.RigidBodyDesc.dynamic().setTranslation(x, 0, 0));
const bodies = [0, 2, 4].map(make);
console.log(`handles of three bodies: ${bodies.map((body) => body.handle).join(", ")}`);
assert.deepStrictEqual(bodies.map((body) => body.handle), [0, 5e-324, 1e-323], "no longer as found");
world.removeRigidBody(bodies[1]);
bodies[1] = make(6);
console.log(`the second is removed, the next has: ${bodies[1].handle}`);

const view = new DataView(new ArrayBuffer(8));
const ways = {
    setUint32: (handle) => (view.setUint32(0, handle), view.getUint32(0)),
    "a Float32Array": (handle) => new Float32Array([handle])[0],
    JSON: (handle) => JSON.parse(JSON.stringify(handle)),
    "a Float64Array": (handle) => new Float64Array([handle])[0],
};
const handles = [bodies[0], bodies[2], bodies[1]].map((body) => body.handle);
const back = Object.fromEntries(Object.entries(ways).map(([name, way]) => [name, handles.map(way)]));
const told = Object.keys(ways).slice(0, 3).map((name) => `from ${name}: ${back[name].join(", ")}`);
console.log(`read back ${told.join("; ")}`);
assert.deepStrictEqual(back.setUint32, [0, 0, 0], "no longer as found");
assert.deepStrictEqual(back["a Float32Array"], [0, 0, 0], "no longer as found");
assert.deepStrictEqual(back.JSON, handles);
assert.deepStrictEqual(back["a Float64Array"], handles);

const found = (name) => world.getRigidBody(ways[name](bodies[2].handle)).translation().x;
console.log(`the body at x = 4 by its handle from a Float32Array is the one at x = ${found("a Float32Array")}`);
console.log(`by its handle from a Float64Array it is the one at x = ${found("a Float64Array")}`);
assert.deepStrictEqual([found("a Float32Array"), found("a Float64Array")], [0, 4], "no longer as found");
END
node finding.mjs
