//! PASETO `v4.public`, the format of tickets: Ed25519 with no choice of algorithm in the message; and PASERK, the
//! format of its keys. All arithmetic is ring's, which TLS trusts too; here is what is signed, and in which order.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::signature::{ED25519, ED25519_PUBLIC_KEY_LEN, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

const HEADER: &str = "v4.public.";
const SECRET_HEADER: &str = "k4.secret.";
const PUBLIC_HEADER: &str = "k4.public.";

/// Bytes of the random half of a secret key; the public key follows them.
const SEED_BYTES: usize = 32;

/// Bytes of a signature, at the end of what it signs.
const SIGNATURE_BYTES: usize = 64;

/// The key that signs.
pub(super) struct Signer(Ed25519KeyPair);

impl Signer {
    /// The key of 32 random bytes, and its line of text.
    pub(super) fn of_seed(seed: &[u8; SEED_BYTES]) -> Option<(Self, String)> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        let line =
            SECRET_HEADER.to_owned() + &BASE64_URL_SAFE_NO_PAD.encode([&seed[..], pair.public_key().as_ref()].concat());
        Some((Self(pair), line))
    }

    /// Parses a key's line. Where its two halves do not belong to each other, it is none.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(line.strip_prefix(SECRET_HEADER)?).ok()?;
        let (seed, public) = bytes.split_at_checked(SEED_BYTES)?;
        Ed25519KeyPair::from_seed_and_public_key(seed, public).ok().map(Self)
    }

    pub(super) fn verifier(&self) -> Option<Verifier> {
        self.0.public_key().as_ref().try_into().ok().map(Verifier)
    }

    /// A token of `payload`, without a footer.
    pub(super) fn sign(&self, payload: &[u8]) -> String {
        let signature = self.0.sign(&authenticated(payload, b""));
        HEADER.to_owned() + &BASE64_URL_SAFE_NO_PAD.encode([payload, signature.as_ref()].concat())
    }
}

/// The key that knows what its [`Signer`] signed.
#[derive(Clone)]
pub(super) struct Verifier([u8; ED25519_PUBLIC_KEY_LEN]);

impl Verifier {
    /// Parses a key's line.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(line.strip_prefix(PUBLIC_HEADER)?).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The key's line.
    pub(super) fn line(&self) -> String {
        PUBLIC_HEADER.to_owned() + &BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Whether this key's other half signed `token`.
    pub(super) fn knows(&self, token: &Token) -> bool {
        let signed = authenticated(token.payload(), &token.footer);
        UnparsedPublicKey::new(&ED25519, self.0).verify(&signed, token.signature()).is_ok()
    }
}

/// A token whose signature has not been looked at.
pub(super) struct Token {
    /// The payload and its signature.
    body: Vec<u8>,
    footer: Vec<u8>,
}

impl Token {
    /// Parses a token's text, with or without a footer.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(HEADER)?;
        let (body, footer) = rest.split_once('.').map_or((rest, None), |(body, footer)| (body, Some(footer)));
        // A point with nothing behind it would be a second way to write the same.
        let footer = footer.map_or(Some(Vec::new()), |footer| decode(footer).filter(|footer| !footer.is_empty()))?;
        let body = decode(body)?;
        (body.len() > SIGNATURE_BYTES).then_some(Self { body, footer })
    }

    pub(super) fn payload(&self) -> &[u8] {
        &self.body[..self.body.len() - SIGNATURE_BYTES]
    }

    fn signature(&self) -> &[u8] {
        &self.body[self.body.len() - SIGNATURE_BYTES..]
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}

/// The bytes that are signed, PASETO's "pre-authentication encoding": each piece behind its length, so that no two
/// lists of pieces come to the same. The last piece is the implicit assertion, of which tickets have none.
fn authenticated(payload: &[u8], footer: &[u8]) -> Vec<u8> {
    let pieces = [HEADER.as_bytes(), payload, footer, b""];
    let mut bytes = (pieces.len() as u64).to_le_bytes().to_vec();
    for piece in pieces {
        bytes.extend((piece.len() as u64).to_le_bytes());
        bytes.extend(piece);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Official test vectors `4-S-1` to `4-S-3` and `k4.secret-1` (paseto-standard/test-vectors).
    const SEED: [u8; SEED_BYTES] = [
        0xb4, 0xcb, 0xfb, 0x43, 0xdf, 0x4c, 0xe2, 0x10, 0x72, 0x7d, 0x95, 0x3e, 0x4a, 0x71, 0x33, 0x07, 0xfa, 0x19,
        0xbb, 0x7d, 0x9f, 0x85, 0x04, 0x14, 0x38, 0xd9, 0xe1, 0x1b, 0x94, 0x2a, 0x37, 0x74,
    ];
    const PAYLOAD: &str = r#"{"data":"this is a signed message","exp":"2022-01-01T00:00:00+00:00"}"#;
    const PLAIN: &str = concat!(
        "v4.public.eyJkYXRhIjoidGhpcyBpcyBhIHNpZ25lZCBtZXNzYWdlIiwiZXhwIjoiMjAyMi0wMS0wMVQwMDowMDowMCswMDowMCJ9",
        "bg_XBBzds8lTZShVlwwKSgeKpLT3yukTw6JUz3W4h_ExsQV-P0V54zemZDcAxFaSeef1QlXEFtkqxT1ciiQEDA",
    );
    const FOOTED: &str = concat!(
        "v4.public.eyJkYXRhIjoidGhpcyBpcyBhIHNpZ25lZCBtZXNzYWdlIiwiZXhwIjoiMjAyMi0wMS0wMVQwMDowMDowMCswMDowMCJ9",
        "v3Jt8mx_TdM2ceTGoqwrh4yDFn0XsHvvV_D0DtwQxVrJEBMl0F2caAdgnpKlt4p7xBnx1HcO-SPo8FPp214HDw",
        ".eyJraWQiOiJ6VmhNaVBCUDlmUmYyc25FY1Q3Z0ZUaW9lQTlDT2NOeTlEZmdMMVc2MGhhTiJ9",
    );

    /// With an implicit assertion, which no ticket has.
    const ASSERTING: &str = concat!(
        "v4.public.eyJkYXRhIjoidGhpcyBpcyBhIHNpZ25lZCBtZXNzYWdlIiwiZXhwIjoiMjAyMi0wMS0wMVQwMDowMDowMCswMDowMCJ9",
        "NPWciuD3d0o5eXJXG5pJy-DiVEoyPYWs1YSTwWHNJq6DZD3je5gf-0M4JR9ipdUSJbIovzmBECeaWmaqcaP0DQ",
        ".eyJraWQiOiJ6VmhNaVBCUDlmUmYyc25FY1Q3Z0ZUaW9lQTlDT2NOeTlEZmdMMVc2MGhhTiJ9",
    );
    const ZERO_KEY: &str =
        "k4.secret.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA7aie8zrakLWKjqNAqbw1zZTIVdx3iQ6Y6wEihi1naKQ";

    #[test]
    fn the_standard_s_own_examples_are_signed_and_known() {
        let (signer, line) = Signer::of_seed(&SEED).unwrap();
        assert_eq!(signer.sign(PAYLOAD.as_bytes()), PLAIN);
        let verifier = Verifier::parse(&signer.verifier().unwrap().line()).unwrap();
        for text in [PLAIN, FOOTED] {
            let token = Token::parse(text).unwrap();
            assert!(verifier.knows(&token) && token.payload() == PAYLOAD.as_bytes(), "{text}");
        }
        assert!(!verifier.knows(&Token::parse(ASSERTING).unwrap()));
        assert_eq!(Signer::of_seed(&[0; SEED_BYTES]).unwrap().1, ZERO_KEY);
        assert_eq!(Signer::parse(&line).unwrap().sign(b"x"), signer.sign(b"x"));
    }

    #[test]
    fn halves_of_two_keys_are_no_key() {
        let (one, other) = (Signer::of_seed(&SEED).unwrap().1, Signer::of_seed(&[7; SEED_BYTES]).unwrap().1);
        let bytes = |line: &str| BASE64_URL_SAFE_NO_PAD.decode(&line[SECRET_HEADER.len()..]).unwrap();
        let mixed = [&bytes(&one)[..SEED_BYTES], &bytes(&other)[SEED_BYTES..]].concat();
        assert!(Signer::parse(&format!("{SECRET_HEADER}{}", BASE64_URL_SAFE_NO_PAD.encode(mixed))).is_none());
        for line in ["", "k4.secret.", "k4.secret.AAAA", "k4.public.AAAA"] {
            assert!(Signer::parse(line).is_none() && Verifier::parse(line).is_none(), "{line}");
        }
    }
}
