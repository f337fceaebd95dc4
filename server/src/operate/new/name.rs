//! Names that a game may have: that of a folder, of packages and of modules at once, on any machine.

use std::path::Path;

/// Most characters of a name: its packages' names are longer, and stay fit to be read.
const NAME_CHARS_MAX: usize = 32;

/// Folders that Windows does not have.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The game's name, by its folder.
pub(super) fn name_of(folder: &Path) -> Result<&str, String> {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match wrong_with(name) {
        None => Ok(name),
        Some(wrong) => Err(format!("\"{name}\" is no name for a game: {wrong}")),
    }
}

fn wrong_with(name: &str) -> Option<&'static str> {
    let is_fit = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        Some("it must begin with a small letter from a to z")
    } else if !name.chars().all(is_fit) {
        Some("it may have small letters from a to z, digits and dashes")
    } else if name.ends_with('-') || name.contains("--") {
        Some("a dash stands between two letters or digits")
    } else if name.len() > NAME_CHARS_MAX {
        Some("it may have 32 characters")
    } else if DEVICES.contains(&name) {
        Some("Windows has no folder of that name")
    } else if name.starts_with("auspice") {
        Some("the engine's own packages begin like that")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_a_folder_a_package_and_a_module() {
        for name in ["pond", "p", "duck-pond-2", "test", "fn", "tokio"] {
            assert_eq!(name_of(&Path::new("../games").join(name)), Ok(name));
        }
        for name in [
            "",
            "Pond",
            "2pond",
            "duck pond",
            "duck_pond",
            "étang",
            "-pond",
            "pond-",
            "a--b",
            "con",
            "auspice-x",
            "..",
            "/",
        ] {
            assert!(name_of(Path::new(name)).is_err(), "{name}");
        }
        assert!(name_of(Path::new(&"a".repeat(NAME_CHARS_MAX))).is_ok());
        assert!(name_of(Path::new(&"a".repeat(NAME_CHARS_MAX + 1))).is_err());
    }
}
