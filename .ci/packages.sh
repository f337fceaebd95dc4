#!/usr/bin/env bash
# Packs every crate that a user would depend on, as `cargo publish` would, and builds each from its package alone: the others come from their packages
# too, not from this repository. Publishes nothing. The window's is packed and not built: with Bevy it takes a quarter of an hour, and `.ci/run` builds it.
# In the order in which they would be published: `cargo publish` with the same names keeps it by itself.
set -euo pipefail
cd "$(dirname "$0")/.."
crates=(auspice-derive auspice auspice-tcp auspice-fleet auspice-output auspice-demo auspice-socket auspice-server auspice-bots auspice-web)
names=("${crates[@]/#/--package=}")

# cargo holds a package of a version to be what it was when it was built last, as those of a registry are: ours are not.
rm -rf "${CARGO_TARGET_DIR:-target}"/debug/.fingerprint/auspice-*
# Where it unpacked them, too: the folder of a registry on this disk has a name without a host.
rm -rf "${CARGO_HOME:-$HOME/.cargo}"/registry/src/-*/auspice-*

# Nothing of what is built is run.
export CARGO_PROFILE_DEV_DEBUG=0
cargo package --locked --offline --allow-dirty --quiet "${names[@]}"
cargo package --locked --offline --allow-dirty --quiet --no-verify "${names[@]}" --package=auspice-bevy
ls -l "${CARGO_TARGET_DIR:-target}"/package/*.crate | awk '{ printf "%8d %s\n", $5, $9 }'
