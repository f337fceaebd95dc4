//! A secret that a server shares with all its players: for friends, not for the public.

use std::fmt;
use std::path::Path;

use subtle::ConstantTimeEq;

use crate::digest::sha256;

/// Bytes of a secret. Sixteen random letters are some 75 bits; nobody tries that many over a network.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 16..=256;

/// Different characters that a secret has at least: `aaaaaaaaaaaaaaaa` is long and no secret.
const DIFFERENT_CHARACTERS_MIN: usize = 8;

/// Secrets that examples and lazy people write, in lower case.
const GUESSES: [&str; 8] =
    ["password", "changeme", "change-me", "secret", "auspice", "12345678", "qwertyui", "example"];

/// The secret's digest: what lies in memory is not the secret.
#[derive(Clone)]
pub struct Secret([u8; 32]);

impl Secret {
    pub(super) fn read(file: &Path) -> Result<Self, String> {
        let shown = file.display();
        let text = std::fs::read_to_string(file)
            .map_err(|error| format!("the secret cannot be read from {shown}: {error}"))?;
        Self::new(text.trim()).map_err(|what| format!("the secret in {shown} {what}"))
    }

    fn new(text: &str) -> Result<Self, &'static str> {
        let lower = text.to_lowercase();
        let mut characters: Vec<char> = lower.chars().collect();
        characters.sort_unstable();
        characters.dedup();
        if !SECRET_BYTES.contains(&text.len()) {
            return Err("must have 16 to 256 bytes, like those that `openssl rand -base64 24` writes");
        }
        if characters.len() < DIFFERENT_CHARACTERS_MIN || GUESSES.iter().any(|guess| lower.contains(guess)) {
            return Err("is too easy to guess; take one that `openssl rand -base64 24` writes");
        }
        Ok(Self(sha256(text.as_bytes())))
    }

    /// Whether `shown` is the secret. How long that takes says nothing about where they differ.
    pub(super) fn is(&self, shown: &str) -> bool {
        self.0.ct_eq(&sha256(shown.as_bytes())).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_secrets_are_refused_and_others_are_known_again() {
        let weak = [
            "",
            "hunter2",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            "Password-Password-1",
            "my-secret-of-auspice",
            "abcabcabcabcabcabcabc",
        ];
        for weak in weak {
            assert!(Secret::new(weak).is_err(), "{weak:?}");
        }
        let secret = Secret::new("zV4j1kQ8s0dXh3mPq7Lw").unwrap();
        assert!(secret.is("zV4j1kQ8s0dXh3mPq7Lw"));
        assert!(!secret.is("zV4j1kQ8s0dXh3mPq7LW") && !secret.is(""));
        assert_eq!(format!("{secret:?}"), "Secret(..)");
    }
}
