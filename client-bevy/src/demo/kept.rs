//! Settings kept from one run to the next: files, or, in a browser, entries of the page's own storage that
//! are called like files.

#[cfg(not(target_arch = "wasm32"))]
pub(in crate::demo) use native::{read, usual_folder, write};
#[cfg(target_arch = "wasm32")]
pub(in crate::demo) use page::{read, usual_folder, write};

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::path::{Path, PathBuf};
    use std::{env, fs, io};

    /// `None` if there is none.
    pub(in crate::demo) fn read(file: &Path) -> io::Result<Option<String>> {
        match fs::read_to_string(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }

    pub(in crate::demo) fn write(file: &Path, text: &str) -> io::Result<()> {
        file.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(file, text)
    }

    /// The folder in which this system keeps settings.
    pub(in crate::demo) fn usual_folder() -> Option<PathBuf> {
        let home = |below: &str| Some(PathBuf::from(env::var_os("HOME")?).join(below));
        if cfg!(windows) {
            env::var_os("APPDATA").map(PathBuf::from)
        } else if cfg!(target_os = "macos") {
            home("Library/Application Support")
        } else {
            env::var_os("XDG_CONFIG_HOME")
                .filter(|folder| !folder.is_empty())
                .map(PathBuf::from)
                .or_else(|| home(".config"))
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod page {
    use std::io;
    use std::path::{Path, PathBuf};

    use web_sys::Storage;

    fn storage() -> io::Result<Storage> {
        let storage = web_sys::window().and_then(|window| window.local_storage().ok().flatten());
        storage.ok_or_else(|| io::Error::other("this browser keeps nothing for this page"))
    }

    /// `None` if there is none.
    pub(in crate::demo) fn read(file: &Path) -> io::Result<Option<String>> {
        Ok(storage()?.get_item(&file.to_string_lossy()).unwrap_or_default())
    }

    pub(in crate::demo) fn write(file: &Path, text: &str) -> io::Result<()> {
        storage()?.set_item(&file.to_string_lossy(), text).map_err(|_| io::Error::other("the page's storage is full"))
    }

    /// Names begin at the top there.
    #[expect(clippy::unnecessary_wraps, reason = "a system may have no such folder")]
    pub(in crate::demo) fn usual_folder() -> Option<PathBuf> {
        Some(PathBuf::new())
    }
}
