#!/usr/bin/env bash
# Has systemd look at auspice-server.service, alone and with what DEPLOY.md adds to it for certificates. Fails where `systemd-analyze verify` has anything to
# say, and where the unit's exposure is more than DEPLOY.md says. Nothing is started. Without systemd-analyze the script says so and ends with status 77.
#
# Usage: server/deploy/try-systemd.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() { echo "systemd: failed, $1" >&2; exit 1; }
command -v systemd-analyze >/dev/null || { echo "systemd: skipped, there is no systemd-analyze"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# It looks whether there is a program, which need not be installed here.
install_unit() { sed 's|/usr/local/bin/auspice-server|/bin/true|'; }
install_unit <server/deploy/auspice-server.service >"$work/auspice-server.service"
verify() {
    said=$(systemd-analyze verify "$work/auspice-server.service" 2>&1) || fail "$1: $said"
    [ -z "$said" ] || fail "$1: $said"
}
verify "the unit"
said=$(sed -n 's/.*exposure at \([0-9.]*\),.*/\1/p' server/DEPLOY.md)
found=$(systemd-analyze security --offline=true --no-pager "$work/auspice-server.service" | sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p')
[ "$found" = "$said" ] || fail "the exposure is $found, and DEPLOY.md says $said"

mkdir "$work/auspice-server.service.d"
sed -n '/^```ini$/,/^```$/{/^```/d;p;}' server/DEPLOY.md | install_unit >"$work/auspice-server.service.d/override.conf"
grep -q "tls-cert %d/cert" "$work/auspice-server.service.d/override.conf" || fail "DEPLOY.md has no such addition any more"
verify "the unit with certificates"
echo "systemd: PASS; exposure $found"
