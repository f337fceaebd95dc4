//! [`ConfigError`]: why settings cannot be used.

use std::fmt;

/// Why settings cannot be used: one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(String);

impl ConfigError {
    /// An error in a game's own settings.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// Checks that a setting is from `low` to `high`.
///
/// # Errors
///
/// A sentence that names the setting, its value and its range.
pub fn within(name: &str, value: u64, low: u64, high: u64) -> Result<(), ConfigError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(ConfigError(format!("{name} is {value}, but must be {low} to {high}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_told_with_the_value() {
        assert_eq!(within("tick-hz", 0, 1, 240).unwrap_err().to_string(), "tick-hz is 0, but must be 1 to 240");
        assert!(within("tick-hz", 240, 1, 240).is_ok());
    }
}
