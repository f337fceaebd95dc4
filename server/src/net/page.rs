//! The page for browsers: who asks the game's own address for something else than a WebSocket is shown the files of a folder, by libraries'
//! HTTP. So a browser has page and game from one place, with one certificate.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::accept::{Guest, Reception};
use super::files::Files;
use super::visit::{Rewound, visit};
use super::waiting::{Eviction, Waiting};
use crate::limits::{VISITORS_MAX, VISITORS_PER_ADDRESS_MAX};
use crate::server::ServeError;

/// A folder's files, and those who are looking at them.
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
        let visitors = Mutex::new(Waiting::new(VISITORS_MAX, VISITORS_PER_ADDRESS_MAX));
        Ok(Self { files: Files::of(folder), visitors })
    }

    /// Serves a connection of which `head` was read already, by a task of its own.
    pub(super) fn show(&self, reception: &Arc<Reception>, stream: impl Guest, head: Vec<u8>, peer: SocketAddr) {
        let eviction = Eviction::default();
        let visit = visit(Arc::clone(reception), self.files.clone(), Rewound::new(head, stream), peer, Arc::clone(&eviction));
        let source = reception.source(peer.ip());
        // Whom it holds is right after any panic: nothing is half done under the lock.
        let mut visitors = self.visitors.lock().unwrap_or_else(PoisonError::into_inner);
        visitors.make_room(source);
        visitors.push(source, tokio::spawn(visit).abort_handle(), eviction);
    }
}
