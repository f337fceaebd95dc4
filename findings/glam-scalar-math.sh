#!/usr/bin/env bash
# glam 0.32.1, x86-64: without SIMD a product of two quaternions has other bits, even with the feature `libm`.
#
# Expected: the feature `libm` puts portable Rust in the place of the platform's sin and cos; what remains is sums,
# products and roots of 32-bit floats, which IEEE 754 fixes to the last bit. So one source gives one result, on a
# server with SSE2 and on a machine without SIMD, and `scalar-math` ("disables SIMD support") is a matter of speed and
# alignment.
#
# What happens: the code for SIMD and the scalar code add the same terms in different orders, or divide by a length
# where the other multiplies by its reciprocal. Three of four products of quaternions differ in their last bits, half
# of all normalised Vec3A, 40 % of Vec4's dot products. Vec2 and Vec3, which have one code for all targets, are equal.
# So are Quat * Vec3 and Mat4 * Mat4, given the same bits, which makes a test of those alone misleading: a quaternion
# that glam composed or normalised has other bits already, and so has what it turns. Also, features add up over a
# build. Once any crate in the tree asks for `scalar-math`, everybody's comparison of two Vec4 gives a BVec4 in place
# of a BVec4A, and code that names the latter no longer compiles.
#
# Why it matters: a client that predicts with the server's own function, or a peer in lockstep, drifts from the server
# once one side has no SIMD (32-bit x86 without SSE2, wasm without simd128, small ARM). Keep such state in Vec2 and
# Vec3 with the arithmetic written out, or in whole numbers. And call `mask.bitmask()` as a method, so that the mask's
# type need not be named.
#
# Versions: glam 0.32.1, libm 0.2.16; seen with rustc 1.95.0 on x86-64. Needs cargo and the network; half a minute.
#
# Seen:
#     Vec2.dot               0.0 % of 10000 results have other bits
#     Vec2.normalize         0.0 % of 10000 results have other bits
#     Vec3.dot               0.0 % of 10000 results have other bits
#     Vec3.cross             0.0 % of 10000 results have other bits
#     Vec3.normalize         0.0 % of 10000 results have other bits
#     Vec3A.normalize       52.6 % of 10000 results have other bits
#     Vec4.dot              40.5 % of 10000 results have other bits
#     Vec4.normalize        65.3 % of 10000 results have other bits
#     Quat*Quat             77.5 % of 10000 results have other bits
#     Quat*Vec3              0.0 % of 10000 results have other bits
#     Quat.normalize*Vec3   60.5 % of 10000 results have other bits
#     Quat*Quat*Vec3        69.0 % of 10000 results have other bits
#     Mat4*Mat4              0.0 % of 10000 results have other bits
#     Mat4*Vec4              0.0 % of 10000 results have other bits
#     Mat4.determinant      40.0 % of 10000 results have other bits
#     Mat4.inverse          35.6 % of 10000 results have other bits
#     code that names BVec4A: compiles
#     the same with scalar-math anywhere in the tree: error[E0308]: mismatched types, expected BVec4A, found BVec4
set -euo pipefail

[ "$(uname -m)" = x86_64 ] || { echo "this compares SSE2 with scalar code, and wants x86-64" >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
unset CARGO_TARGET_DIR RUSTFLAGS
mkdir src
cat > Cargo.toml <<'END'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"
[features]
scalar = ["glam/scalar-math"]
[dependencies]
glam = { version = "=0.32.1", default-features = false, features = ["libm"] }
libm = "=0.2.16"
[workspace]
END
cat > src/main.rs <<'END'
use glam::*;

struct Random(u64);

impl Random {
    /// A multiple of 2^-23 in -1..1 times 8: the same on every machine.
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 40) as f32 / (1 << 23) as f32 - 1.0) * 8.0
    }
}

/// Prints one line: the operation, and the bits of its result.
fn show(operation: &str, result: &[f32]) {
    print!("{operation}");
    for value in result {
        print!(" {:08x}", value.to_bits());
    }
    println!();
}

fn main() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..10_000 {
        let mut four = || [random.next(), random.next(), random.next(), random.next()];
        let (a, b, c, d) = (four(), four(), four(), four());
        let (a2, b2) = (Vec2::new(a[0], a[1]), Vec2::new(b[0], b[1]));
        let (a3, b3) = (Vec3::new(a[0], a[1], a[2]), Vec3::new(b[0], b[1], b[2]));
        let (a4, b4) = (Vec4::from_array(a), Vec4::from_array(b));
        // Made unit by plain arithmetic, so that both builds multiply the same quaternions.
        let unit = |q: [f32; 4]| {
            let length = (q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]).sqrt();
            Quat::from_xyzw(q[0] / length, q[1] / length, q[2] / length, q[3] / length)
        };
        let (p, q) = (unit(a), unit(b));
        let m4 = Mat4::from_cols_array_2d(&[a, b, c, d]);
        let n4 = Mat4::from_cols_array_2d(&[d, a, c, b]);
        show("Vec2.dot", &[a2.dot(b2)]);
        show("Vec2.normalize", &a2.normalize().to_array());
        show("Vec3.dot", &[a3.dot(b3)]);
        show("Vec3.cross", &a3.cross(b3).to_array());
        show("Vec3.normalize", &a3.normalize().to_array());
        show("Vec3A.normalize", &Vec3A::from(a3).normalize().to_array());
        show("Vec4.dot", &[a4.dot(b4)]);
        show("Vec4.normalize", &a4.normalize().to_array());
        show("Quat*Quat", &(p * q).to_array());
        show("Quat*Vec3", &(p * b3).to_array());
        show("Quat.normalize*Vec3", &(Quat::from_array(a).normalize() * b3).to_array());
        show("Quat*Quat*Vec3", &(p * q * b3).to_array());
        show("Mat4*Mat4", &(m4 * n4).to_cols_array());
        show("Mat4*Vec4", &(m4 * a4).to_array());
        show("Mat4.determinant", &[m4.determinant()]);
        show("Mat4.inverse", &m4.inverse().to_cols_array());
    }
}
END

# `sqrt` of a float is in std, and exact; nothing else of std computes here.
cargo run --quiet > simd.txt
cargo run --quiet --features scalar > scalar.txt
paste -d ' ' simd.txt scalar.txt | awk '
    {
        half = NF / 2; total[$1]++
        for (i = 1; i <= half; i++) if ($i != $(half + i)) { other[$1]++; break }
    }
    !($1 in place) { place[$1] = ++count; name[count] = $1 }
    END {
        for (i = 1; i <= count; i++) {
            share = 100 * other[name[i]] / total[name[i]]
            printf "%-20s %5.1f %% of %d results have other bits\n", name[i], share, total[name[i]]
        }
    }' > shares.txt
cat shares.txt
awk '
    /^(Vec2|Vec3)\.|^Quat\*Vec3 |^Mat4\*/ && $2 != 0 { print "no longer equal: " $1; bad = 1 }
    !/^(Vec2|Vec3)\.|^Quat\*Vec3 |^Mat4\*/ && $2 < 20 { print "no longer as different: " $1; bad = 1 }
    END { exit bad || NR != 16 }' shares.txt

mkdir examples
cat > examples/mask.rs <<'END'
use glam::{BVec4A, Vec4};

fn main() {
    let near: BVec4A = Vec4::ONE.cmple(Vec4::ZERO);
    println!("{}", near.bitmask());
}
END
cargo check --quiet --example mask
echo "code that names BVec4A: compiles"
if cargo check --quiet --example mask --features scalar 2> errors.txt; then
    echo "it compiles with scalar-math too: no longer as found"
    exit 1
fi
# shellcheck disable=SC2016 # the quotes are the compiler's
grep -q 'expected `BVec4A`, found `BVec4`' errors.txt
echo "the same with scalar-math anywhere in the tree: $(grep -m 1 '^error' errors.txt), expected BVec4A, found BVec4"
