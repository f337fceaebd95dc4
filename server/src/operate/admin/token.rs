//! The operator's token, and who may try it how often.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use subtle::ConstantTimeEq;

use crate::limits::{TOKEN_ADDRESSES_MAX, WRONG_TOKENS_MAX};

/// Characters of a token: 16 random ones of base64 are 96 bits, which nobody guesses at ten a minute.
const TOKEN_CHARACTERS_MIN: usize = 16;

/// Time until a wrong token is forgotten.
const WRONG_FORGOTTEN: Duration = Duration::from_secs(6);

/// The token that an operator must show.
#[derive(Clone)]
pub(crate) struct Token(String);

/// No debug output, log or panic shows it.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// Why a file has no token.
#[derive(Debug)]
pub enum TokenError {
    /// The file cannot be read.
    Unreadable(PathBuf, io::Error),
    /// The token can be guessed, or cannot be sent in a header.
    Weak(PathBuf),
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, error) => write!(f, "cannot read the admin token from {}: {error}", path.display()),
            Self::Weak(path) => write!(
                f,
                "{} must hold one line of at least {TOKEN_CHARACTERS_MIN} visible characters, for example from: \
                 openssl rand -base64 24",
                path.display()
            ),
        }
    }
}

impl std::error::Error for TokenError {}

impl Token {
    /// The first line of a file, which must be its only one.
    pub(crate) fn read(path: &Path) -> Result<Self, TokenError> {
        let text = std::fs::read_to_string(path).map_err(|error| TokenError::Unreadable(path.into(), error))?;
        let token = text.trim();
        let distinct = token.bytes().collect::<std::collections::BTreeSet<_>>().len();
        // Sixteen times the same letter is as long, and no token.
        if token.len() < TOKEN_CHARACTERS_MIN || distinct < 6 || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TokenError::Weak(path.into()));
        }
        Ok(Self(token.into()))
    }

    /// Another one each time: 144 random bits.
    pub(crate) fn draw() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 18];
        getrandom::fill(&mut bytes)?;
        Ok(Self(BASE64_URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The token itself, for the terminal of whoever started the program.
    pub(crate) fn for_its_owner(&self) -> &str {
        &self.0
    }

    /// Takes as long for a nearly right one as for a wrong one.
    fn is(&self, shown: &str) -> bool {
        self.0.as_bytes().ct_eq(shown.as_bytes()).into()
    }
}

/// Verdict on an operator who shows a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenVerdict {
    Welcome,
    Wrong,
    TooOften,
}

/// Counts wrong tokens by address.
#[derive(Debug)]
pub(super) struct Doorman(Mutex<HashMap<IpAddr, Wrong>>);

#[derive(Clone, Copy, Debug)]
struct Wrong {
    count: u32,
    since: Instant,
}

impl Doorman {
    pub(super) fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    /// Judges what `peer` shows at `now`. One who has to wait is not even looked at.
    pub(super) fn check(&self, token: &Token, peer: IpAddr, shown: Option<&str>, now: Instant) -> TokenVerdict {
        let mut peers = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let wrong = peers.get(&peer).map_or(0, |wrong| wrong.at(now));
        if wrong >= WRONG_TOKENS_MAX {
            return TokenVerdict::TooOften;
        }
        if shown.is_some_and(|shown| token.is(shown)) {
            return TokenVerdict::Welcome;
        }
        if peers.len() >= TOKEN_ADDRESSES_MAX {
            peers.clear();
        }
        peers.insert(peer, Wrong { count: wrong + 1, since: now });
        TokenVerdict::Wrong
    }
}

impl Wrong {
    /// Number of wrong tokens that count at `now`.
    fn at(self, now: Instant) -> u32 {
        let forgotten = now.saturating_duration_since(self.since).as_secs() / WRONG_FORGOTTEN.as_secs();
        self.count.saturating_sub(u32::try_from(forgotten).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    #[test]
    fn guessing_is_slow_and_does_not_lock_others_out() {
        let (token, doorman, start) = (Token("correct horse".into()), Doorman::new(), Instant::now());
        for _ in 0..WRONG_TOKENS_MAX {
            assert_eq!(doorman.check(&token, address(1), Some("guess"), start), TokenVerdict::Wrong);
        }
        assert_eq!(doorman.check(&token, address(1), Some("correct horse"), start), TokenVerdict::TooOften);
        assert_eq!(doorman.check(&token, address(2), Some("correct horse"), start), TokenVerdict::Welcome);
        let later = start + WRONG_FORGOTTEN;
        assert_eq!(doorman.check(&token, address(1), None, later), TokenVerdict::Wrong);
        assert_eq!(doorman.check(&token, address(1), None, later), TokenVerdict::TooOften);
    }

    #[test]
    fn many_addresses_take_no_more_memory() {
        let (token, doorman) = (Token("correct horse".into()), Doorman::new());
        for number in 0..5000_u32 {
            doorman.check(&token, IpAddr::from(number.to_be_bytes()), None, Instant::now());
        }
        assert!(doorman.0.lock().unwrap().len() <= TOKEN_ADDRESSES_MAX);
    }

    #[test]
    fn weak_tokens_are_refused() {
        let path = std::env::temp_dir().join(format!("auspice-token-{}", std::process::id()));
        for (text, is_fit) in [
            ("Zm9vYmFyYmF6cXV4\n", true),
            ("short", false),
            ("", false),
            ("aaaaaaaaaaaaaaaaaaaaaaaa", false),
            ("two words are not a token", false),
            ("0123456789abcdef\nanother line", false),
        ] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(Token::read(&path).is_ok(), is_fit, "{text:?}");
        }
        std::fs::remove_file(&path).unwrap();
        assert!(Token::read(&path).unwrap_err().to_string().contains("cannot read"));
        assert_eq!(format!("{:?}", Token("secret".into())), "Token");
    }
}
