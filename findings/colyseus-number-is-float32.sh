#!/usr/bin/env bash
# @colyseus/schema 5.0.34: a field of type `number` comes out as another number, by up to a ten-thousandth, and what is
# not finite comes out finite.
#
# Expected: the table of types says of `number` that it "auto-detects int or float type" and costs one more byte. A
# value that needs 64 bits is then written with 64 bits, as MessagePack writes JavaScript's numbers, and both ends
# hold the same number.
#
# What happens: a number that is not whole is written with 32 bits wherever that changes it by less than 0.0001. The
# bound is absolute, so which numbers are exact depends on their size: 1700000000.123 is, 0.1 is not. Infinity comes
# out as 9007199254740991, NaN and -0 as 0. Nothing is reported at either end. `float64` keeps all of them.
#
# Why it matters: the authority goes on with its own value, so a client that predicts from what it was sent begins
# each time beside it, and a check of the two for equality, or a hash over both, always fails. A longitude of 179
# degrees is off by up to 0.8 m. "No limit", written as Infinity, is a limit at the client, and NaN, which would have
# shown a fault, is a plausible 0. Give such fields the type `float64`, or round them to what 32 bits hold before they
# are used at the server too.
#
# Versions: @colyseus/schema 5.0.34; seen with Node 20.20. Needs node, npm and the network; some seconds.
#
# Seen:
#     0.1 is sent as number: 0.10000000149011612, as float64: 0.1
#     179.123456789 is sent as number: 179.1234588623047, as float64: 179.123456789
#     1000.00005 is sent as number: 1000.0000610351562, as float64: 1000.00005
#     1700000000.123 is sent as number: 1700000000.123, as float64: 1700000000.123
#     Infinity is sent as number: 9007199254740991, as float64: Infinity
#     NaN is sent as number: 0, as float64: NaN
#     -0 is sent as number: 0, as float64: -0
set -euo pipefail

command -v npm >/dev/null || { echo "needs node and npm" >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . @colyseus/schema@5.0.34
cat > finding.cjs <<'END'
const assert = require("node:assert");
const { schema, t, Decoder, Encoder } = require("@colyseus/schema");

const Place = schema({ number: t.number(), float64: t.float64() }, "Place");

/** The values that a client holds of a state whose two fields are both `value`. */
function sent(value) {
    const state = new Place();
    const encoder = new Encoder(state);
    state.number = value;
    state.float64 = value;
    const copy = new Place();
    new Decoder(copy).decode(encoder.encodeAll());
    return [copy.number, copy.float64];
}

const shown = (value) => (Object.is(value, -0) ? "-0" : `${value}`);
const changed = [0.1, 179.123456789, 1000.00005, 1700000000.123, Infinity, NaN, -0].filter((value) => {
    const [number, float64] = sent(value);
    console.log(`${shown(value)} is sent as number: ${shown(number)}, as float64: ${shown(float64)}`);
    assert(Object.is(float64, value), "float64 is no longer exact");
    return !Object.is(number, value);
});
assert.deepStrictEqual(changed, [0.1, 179.123456789, 1000.00005, Infinity, NaN, -0], "no longer as found");
assert.strictEqual(sent(0.1)[0], Math.fround(0.1));
assert.strictEqual(sent(Infinity)[0], Number.MAX_SAFE_INTEGER);
END
node finding.cjs
