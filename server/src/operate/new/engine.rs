//! The engine that a new game depends on: a checkout, or what git has of it.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use toml::Value;

/// Places of the engine's crates.
pub(super) enum EngineSource {
    /// In a checkout, at its whole path.
    Checkout(PathBuf),
    /// Address of the repository.
    Git(&'static str),
}

impl EngineSource {
    /// The checkout in a folder.
    pub(super) fn checkout(folder: &Path) -> Result<Self, String> {
        if !is_checkout(folder) {
            return Err(format!("{} is no checkout of Auspice: it has no shared/Cargo.toml of it", folder.display()));
        }
        fs::canonicalize(folder).map(Self::Checkout).map_err(|error| format!("{}: {error}", folder.display()))
    }

    /// The checkout that a folder lies in, or what git has.
    pub(super) fn around(folder: &Path) -> Self {
        let found = folder.ancestors().find(|folder| is_checkout(folder));
        found.map_or(Self::Git(env!("CARGO_PKG_REPOSITORY")), |checkout| Self::Checkout(checkout.into()))
    }

    /// The way to the package that has this folder in the repository, as a manifest has it.
    pub(super) fn package(&self, folder: &str) -> String {
        match self {
            Self::Checkout(checkout) => {
                format!("path = {}", Value::from(checkout.join(folder).to_string_lossy().into_owned()))
            }
            Self::Git(address) => format!("git = {}", Value::from(*address)),
        }
    }

    /// The lock file of a checkout: the versions by which it was tested, and which a machine that built it has.
    pub(super) fn lock(&self) -> Option<String> {
        let Self::Checkout(checkout) = self else { return None };
        fs::read_to_string(checkout.join("Cargo.lock")).ok()
    }
}

impl fmt::Display for EngineSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checkout(checkout) => write!(f, "{}", checkout.display()),
            Self::Git(address) => f.write_str(address),
        }
    }
}

fn is_checkout(folder: &Path) -> bool {
    fs::read_to_string(folder.join("shared/Cargo.toml")).is_ok_and(|manifest| manifest.contains("name = \"auspice\"\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_by_git_where_there_is_no_checkout_around() {
        let git = EngineSource::around(Path::new("/"));
        assert_eq!(git.package("shared"), "git = \"https://github.com/auspice-rs/auspice\"");
        assert!(git.lock().is_none());
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        let checkout = EngineSource::around(own);
        assert!(
            checkout.package("client-bevy/socket").ends_with("socket\""),
            "{}",
            checkout.package("client-bevy/socket")
        );
        assert!(checkout.lock().is_some());
        assert!(EngineSource::checkout(own).is_err_and(|told| told.contains("is no checkout")));
    }
}
