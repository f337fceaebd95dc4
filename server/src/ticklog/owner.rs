//! [`LogOwner`]: who may write a room's log, where several nodes read its folder; and how a later one takes it over.
//!
//! A file names the owner. It is replaced whole, under a lock that is held for that moment alone, since a node that
//! stands still is not to keep others out. An owner looks at it before each write, and a write of one that was fenced
//! off all the same is in a segment of its own, which is left alone.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::files::{LOCK, OWNER, private};
use crate::limits::LOG_BINDING_MAX;

/// Name of the file that takes the place of the one that names the owner.
const NEXT: &str = "owner.next";

/// A right to write a room's log: a later one is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct LogEpoch {
    /// The life of whatever gives such rights.
    pub(crate) life: u64,
    /// Counts within it.
    pub(crate) revision: u64,
}

/// The owner of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogOwner {
    pub(crate) epoch: LogEpoch,
    /// The node, by a number of its own.
    pub(crate) node: u64,
}

/// A claim on a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogClaim {
    pub(crate) epoch: LogEpoch,
    pub(crate) node: u64,
    /// The node that the log must name as its owner, where that matters.
    pub(crate) from: Option<u64>,
}

/// Reasons for which a claim comes to nothing.
#[derive(Debug)]
pub(crate) enum ClaimError {
    /// The log has this owner, whose epoch is as great or greater, or who is not the one that was named.
    Owned(Option<LogOwner>),
    /// The folder cannot be used.
    Folder(io::Error),
}

impl From<io::Error> for ClaimError {
    fn from(error: io::Error) -> Self {
        Self::Folder(error)
    }
}

impl LogOwner {
    /// The owner that a log's folder names, if any.
    pub(crate) fn of(dir: &Path) -> io::Result<Option<Self>> {
        match fs::read(dir.join(OWNER)) {
            Ok(text) => {
                serde_json::from_slice(&text).map(Some).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Binds a log to whoever claims it. What its folder has from then on is all that former owners told.
    ///
    /// # Errors
    /// [`ClaimError`]
    pub(crate) fn bind(dir: &Path, claim: &LogClaim) -> Result<Self, ClaimError> {
        let _binding = lock_for_binding(dir)?;
        let before = Self::of(dir)?;
        let is_later = before.is_none_or(|before| before.epoch < claim.epoch);
        let is_named = claim.from.is_none_or(|from| before.is_some_and(|before| before.node == from));
        if !is_later || !is_named {
            return Err(ClaimError::Owned(before));
        }
        let owner = Self { epoch: claim.epoch, node: claim.node };
        let next = dir.join(NEXT);
        let mut file = private().write(true).create(true).truncate(true).open(&next)?;
        file.write_all(&serde_json::to_vec(&owner).map_err(io::Error::from)?)?;
        file.sync_all()?;
        fs::rename(next, dir.join(OWNER))?;
        // So that the new name outlasts a power cut. Not every system syncs a folder.
        let _ = File::open(dir).and_then(|dir| dir.sync_all());
        Ok(owner)
    }

    /// Whether nobody has bound the log since.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub(super) fn holds(&self, dir: &Path) -> io::Result<bool> {
        Ok(Self::of(dir)?.is_some_and(|owner| owner.epoch == self.epoch))
    }
}

fn lock_for_binding(dir: &Path) -> io::Result<File> {
    let file = private().write(true).create(true).truncate(false).open(dir.join(LOCK))?;
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if started.elapsed() >= LOG_BINDING_MAX => {
                return Err(ErrorKind::WouldBlock.into());
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(revision: u64, node: u64, from: Option<u64>) -> LogClaim {
        LogClaim { epoch: LogEpoch { life: 1, revision }, node, from }
    }

    #[test]
    fn a_log_is_bound_to_greater_epochs_alone_and_by_whoever_it_is_to_be_taken_from() {
        let dir = std::env::temp_dir().join(format!("auspice-owner-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).unwrap();
        assert!(matches!(LogOwner::bind(&dir, &claim(1, 1, Some(1))), Err(ClaimError::Owned(None))), "nobody had it");
        let first = LogOwner::bind(&dir, &claim(5, 1, None)).unwrap();
        for (revision, node, from) in [(5, 2, None), (4, 2, None), (6, 2, Some(3))] {
            let refused = LogOwner::bind(&dir, &claim(revision, node, from)).err();
            assert!(
                matches!(refused, Some(ClaimError::Owned(Some(owner))) if owner == first),
                "{revision} {node} {from:?}"
            );
        }
        assert!(first.holds(&dir).unwrap());
        let second = LogOwner::bind(&dir, &claim(6, 2, Some(1))).unwrap();
        assert_eq!((first.holds(&dir).unwrap(), second.holds(&dir).unwrap()), (false, true));
        let life = LogClaim { epoch: LogEpoch { life: 2, revision: 1 }, ..claim(1, 1, None) };
        assert!(LogOwner::bind(&dir, &life).is_ok(), "a later life of what gives them counts from 1");
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn of_many_who_claim_a_log_at_once_the_latest_has_it_and_no_claim_is_half_done() {
        let dir = std::env::temp_dir().join(format!("auspice-claims-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).unwrap();
        std::thread::scope(|scope| {
            for revision in 1..=16 {
                let dir = &dir;
                scope.spawn(move || match LogOwner::bind(dir, &claim(revision, revision, None)) {
                    Ok(_) => {}
                    Err(ClaimError::Owned(Some(owner))) => assert!(owner.epoch.revision >= revision),
                    Err(other) => panic!("{other:?}"),
                });
            }
        });
        assert_eq!(LogOwner::of(&dir).unwrap().map(|owner| owner.node), Some(16));
        fs::remove_dir_all(dir).unwrap();
    }
}
