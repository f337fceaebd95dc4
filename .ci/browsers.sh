#!/usr/bin/env bash
# Installs what the pages are built and driven with, where it is missing: npm, Chromium and Firefox, Debian's, by apt-get as root, and npm's packages of
# client-web as its lock file has them. Ends with status 77, and says what is missing, where it cannot.
set -euo pipefail
cd "$(dirname "$0")/../client-web"

missing() {
    command -v npm >/dev/null || echo npm
    [ -x "${CHROMIUM:-/usr/bin/chromium}" ] || echo chromium
    command -v "${FIREFOX:-firefox}" >/dev/null || command -v firefox-esr >/dev/null || echo firefox-esr
}

wanted=$(missing)
if [ -n "$wanted" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update --quiet >/dev/null 2>&1 || true
    # Each by itself: one without the others is worth having.
    for package in $wanted; do
        DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "$package" >/dev/null 2>&1 || true
    done
fi
wanted=$(missing)
npm ci --silent --no-audit --no-fund 2>/dev/null || wanted="$wanted npm's packages"
if [ -n "$wanted" ]; then
    echo "to build and drive pages there lack:" $wanted
    exit 77
fi
