//! [`LogFollower`]: what another node adds to a log from now on, read by a thread of its own, so that rooms which are
//! played meanwhile do not wait for it.

use std::io;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;
use std::time::Duration;

use super::followed::{FollowedLog, FollowedPart};

/// Time from one look into the log to the next, where nothing new was found.
const LOOK: Duration = Duration::from_millis(5);

/// Looks that wait to be played.
const LOOKS_AHEAD: usize = 4;

/// A log that is read as it grows, until this is dropped.
#[derive(Debug)]
pub(crate) struct LogFollower {
    looks: Receiver<io::Result<Vec<FollowedPart>>>,
}

impl LogFollower {
    /// Reads the log from now on, until it cannot be read.
    ///
    /// # Errors
    /// Where there is no thread for it.
    pub(crate) fn start(mut log: FollowedLog) -> io::Result<Self> {
        let (to, looks) = sync_channel(LOOKS_AHEAD);
        let read = move || {
            loop {
                let look = log.read_on();
                let (is_over, is_idle) = (look.is_err(), look.as_ref().is_ok_and(Vec::is_empty));
                if to.send(look).is_err() || is_over {
                    return;
                }
                if is_idle {
                    thread::sleep(LOOK);
                }
            }
        };
        thread::Builder::new().name("auspice-follow".into()).spawn(read)?;
        Ok(Self { looks })
    }

    /// News of the next look, if there was one since this was asked last: none of them where nothing was written.
    ///
    /// # Errors
    /// Where the log cannot be read, or goes on from something that was not written where it was looked for.
    pub(crate) fn next(&self) -> io::Result<Option<Vec<FollowedPart>>> {
        match self.looks.try_recv() {
            Ok(look) => look.map(Some),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(io::Error::other("the log is not read any more")),
        }
    }
}
