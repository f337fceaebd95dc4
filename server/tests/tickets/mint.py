#!/usr/bin/env python3
"""Mints tickets as a backend in Python would, with a library of other people's: `pip install pyseto==1.10.0`.

Prints what `minted.txt` beside it holds: the public key, then tickets, each behind a word that says what it is. Key, times and `jti` are
fixed, and Ed25519 draws nothing, so the output is always the same.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta, timezone

import pyseto
from pyseto import Key

# 2027-01-15T08:00:00Z.
NOW = datetime.fromtimestamp(1_800_000_000, timezone.utc)
# A key for tests: whoever reads this has it.
SEED = bytes(range(32))


def claims(**changes):
    return {
        "sub": "player-7",
        "name": "Ann",
        "aud": "arena-1",
        "protocol": 3,
        "iat": NOW.isoformat(),
        "exp": (NOW + timedelta(seconds=30)).isoformat(),
        "jti": "0123456789abcdef",
        **changes,
    }


def main():
    secret = Key.from_asymmetric_key_params(version=4, d=SEED)
    # A secret key's line has both halves.
    halves = urlsafe_b64decode(secret.to_paserk().removeprefix("k4.secret.") + "==")
    print("public", "k4.public." + urlsafe_b64encode(halves[32:]).decode().rstrip("="))

    def mint(payload, **more):
        return pyseto.encode(secret, json.dumps(payload), **more).decode()

    print("plain", mint(claims()))
    # A footer names the key, and a claim of the backend's own is nobody's business here.
    print("footed", mint(claims(jti="fedcba9876543210", team="red"), footer=json.dumps({"kid": "2027-01"})))
    print("foreign", mint(claims(aud="arena-2")))
    print("long", mint(claims(exp=(NOW + timedelta(seconds=31)).isoformat())))


if __name__ == "__main__":
    main()
