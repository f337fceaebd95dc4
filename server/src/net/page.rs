//! The page for browsers: who asks the game's own address for something else than a WebSocket is shown the files of a
//! folder, or of the program itself, by libraries' HTTP. So a browser has page and game from one place, with one
//! certificate.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::task::AbortHandle;

use super::files::{BuiltFile, Files, FolderFiles};
use super::source::Source;
use super::waiting::{Eviction, Waiting};
use crate::error::ServeError;
use crate::limits::VISITORS_MAX;

/// A page's files, and those who are looking at them.
pub(crate) struct Page {
    files: Files,
    visitors: Mutex<Waiting>,
}

impl Page {
    /// The page in `folder`. What is there as `FILE.gz` as well is sent like that to whoever takes it.
    ///
    /// # Errors
    ///
    /// When there is no `index.html` in it that can be read.
    pub(crate) fn open(folder: &Path) -> Result<Self, ServeError> {
        let first = folder.join("index.html");
        std::fs::File::open(&first).map_err(|error| ServeError::Page { file: first, error })?;
        Ok(Self::of(Files::Folder(FolderFiles::of(folder))))
    }

    /// The page of files that the program has within it.
    pub(crate) fn built(files: &'static [BuiltFile]) -> Self {
        Self::of(Files::Built(files))
    }

    fn of(files: Files) -> Self {
        Self { files, visitors: Mutex::new(Waiting::new(VISITORS_MAX)) }
    }

    /// The page's files.
    pub(super) const fn files(&self) -> &Files {
        &self.files
    }

    /// Keeps count of a visitor from `source`, which may have so many, whom `begin` serves by a task of its own
    /// until the eviction tells it that its time is over.
    pub(super) fn let_in(
        &self,
        source: Option<Source>,
        most_of_address: usize,
        begin: impl FnOnce(Arc<Eviction>) -> AbortHandle,
    ) {
        let now = Instant::now();
        let eviction = Eviction::new(now);
        // Whom it holds is right after any panic: nothing is half done under the lock.
        let mut visitors = self.visitors.lock().unwrap_or_else(PoisonError::into_inner);
        visitors.make_room(source, most_of_address, now);
        visitors.push(source, begin(Arc::clone(&eviction)), eviction);
    }
}
