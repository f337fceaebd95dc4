//! [`FoundLog`]: a room's log as it is found, or begun, before anything is written; [`RoomLogs`]: the logs of many
//! rooms, each in a folder of its own.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::LogConfig;
use super::files::{is_closed, lock_folder, make_folder};
use super::folder::{LoggedRoom, Segments};
use super::followed::FollowedLog;
use super::follower::LogFollower;
use super::frame::{Head, LogSegment, RoomAbout};
use super::owner::{ClaimError, LogClaim, LogOwner};
use super::threads::LogThreads;
use super::writer::LogPlace;
use crate::limits::{LOG_HEAD_BYTES_MAX, LOG_NAME_BYTES_MAX};
use crate::operate::metrics::Metrics;

/// A log that is not written yet.
#[derive(Debug)]
pub(crate) struct FoundLog {
    pub(super) place: LogPlace,
    pub(super) segments: Segments,
    /// Particulars of a room that is one of many.
    pub(super) room: Option<RoomAbout>,
    pub(super) owner: Option<LogOwner>,
    pub(super) lock: Option<File>,
    pub(super) threads: Arc<LogThreads>,
}

impl FoundLog {
    /// The log of a server's one room. None where another server has its folder.
    ///
    /// # Errors
    /// Where the folder cannot be used, or there are no threads.
    pub(crate) fn of_one(config: &LogConfig, metrics: Arc<Metrics>) -> io::Result<Option<Self>> {
        fs::create_dir_all(&config.dir)?;
        let Some(lock) = lock_folder(&config.dir)? else { return Ok(None) };
        let threads = LogThreads::start(config, metrics, false)?;
        let place = place_of(config, config.dir.clone());
        let segments = Segments::list(&config.dir)?;
        Ok(Some(Self { place, segments, room: None, owner: None, lock: Some(lock), threads }))
    }

    /// The folder.
    pub(crate) fn dir(&self) -> &Path {
        &self.place.dir
    }

    /// The room that the log tells of.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub(crate) fn find_last(&self) -> io::Result<Option<LoggedRoom>> {
        self.segments.find_last(self.owner.is_some())
    }

    /// Whether it is one of many.
    pub(crate) const fn is_of_many(&self) -> bool {
        self.room.is_some()
    }
}

/// The logs of many rooms.
///
/// In a fleet several nodes have the same folder, and each log is bound to its owner: nobody may write it who does not
/// show a claim that is greater than all before. Else the folder is one server's, for as long as this is there.
#[derive(Debug)]
pub(crate) struct RoomLogs {
    config: LogConfig,
    threads: Arc<LogThreads>,
    lock: Option<File>,
}

impl RoomLogs {
    /// Opens a folder of logs, which is this server's alone unless it `is_shared`. None where another server has it.
    ///
    /// # Errors
    /// Where it cannot be used, or there are no threads.
    pub(crate) fn open(config: LogConfig, metrics: Arc<Metrics>, is_shared: bool) -> io::Result<Option<Self>> {
        fs::create_dir_all(&config.dir)?;
        let lock = if is_shared { None } else { lock_folder(&config.dir)? };
        if lock.is_none() && !is_shared {
            return Ok(None);
        }
        let threads = LogThreads::start(&config, metrics, true)?;
        Ok(Some(Self { config, threads, lock }))
    }

    /// Whether other nodes have the same folder.
    pub(crate) const fn is_shared(&self) -> bool {
        self.lock.is_none()
    }

    /// The folder of all of them.
    pub(crate) fn dir(&self) -> &Path {
        &self.config.dir
    }

    /// Names of the rooms that have a log and have not ended.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub(crate) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = rooms_in(&self.config.dir)?;
        names.retain(|name| !is_closed(&self.config.dir.join(name)));
        Ok(names)
    }

    /// The head of the newest segment of a room's log, and its owner. None where no head is whole.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(crate) fn about(&self, name: &str) -> io::Result<Option<Head>> {
        let dir = self.folder(name)?;
        let owner = LogOwner::of(&dir)?;
        for (_, path) in Segments::list(&dir)?.files.iter().rev() {
            let mut bytes = Vec::new();
            File::open(path)?.take(LOG_HEAD_BYTES_MAX).read_to_end(&mut bytes)?;
            if let Some(segment) = LogSegment::read(bytes) {
                return Ok(Some(Head { owner: owner.or(segment.head.owner), ..segment.head }));
            }
        }
        Ok(None)
    }

    /// Makes a log for a new room. A disk that is full keeps no room from being made: the log begins when it can.
    ///
    /// # Errors
    /// [`ClaimError`]: in a fleet, where somebody has it by a claim that is as great, or it cannot be bound.
    pub(crate) fn begin(&self, name: &str, room: RoomAbout, claim: Option<&LogClaim>) -> Result<FoundLog, ClaimError> {
        let dir = self.folder(name)?;
        if claim.is_some() {
            make_folder(&dir)?;
        }
        self.open_at(dir, Some(room), claim)
    }

    /// Finds a room's log to go on with it: in a fleet it is bound to the claim first, and read only then.
    ///
    /// # Errors
    /// [`ClaimError`]: where there is none, or somebody else has it.
    pub(crate) fn take_up(&self, name: &str, claim: Option<&LogClaim>) -> Result<FoundLog, ClaimError> {
        let dir = self.folder(name)?;
        if is_closed(&dir) {
            return Err(io::Error::new(ErrorKind::NotFound, "the room has ended").into());
        }
        let found = self.open_at(dir, None, claim)?;
        let about = self.about(name)?.and_then(|head| head.room);
        Ok(FoundLog { room: Some(about.unwrap_or_default()), ..found })
    }

    /// The log of a room that another node writes, from its last room on. None where there is none.
    ///
    /// # Errors
    /// Where it cannot be read, or there is no thread that reads on.
    pub(crate) fn follow(&self, name: &str) -> io::Result<Option<(LogFollower, LoggedRoom)>> {
        let Some((log, room)) = FollowedLog::begin(&self.folder(name)?)? else { return Ok(None) };
        Ok(Some((LogFollower::start(log)?, room)))
    }

    /// The log of a room that was followed, to go on with it. It is bound to nobody yet: a claim is to be the first
    /// thing that is handed over.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub(crate) fn inherit(&self, name: &str, room: RoomAbout) -> io::Result<FoundLog> {
        let dir = self.folder(name)?;
        let (segments, threads) = (Segments::list(&dir)?, Arc::clone(&self.threads));
        Ok(FoundLog {
            place: place_of(&self.config, dir),
            segments,
            room: Some(room),
            owner: None,
            lock: None,
            threads,
        })
    }

    fn open_at(&self, dir: PathBuf, room: Option<RoomAbout>, claim: Option<&LogClaim>) -> Result<FoundLog, ClaimError> {
        let owner = claim.map(|claim| LogOwner::bind(&dir, claim)).transpose()?;
        let segments = match Segments::list(&dir) {
            Err(error) if error.kind() == ErrorKind::NotFound && room.is_some() => Segments { files: Vec::new() },
            listed => listed?,
        };
        let (place, threads) = (place_of(&self.config, dir), Arc::clone(&self.threads));
        Ok(FoundLog { place, segments, room, owner, lock: None, threads })
    }

    fn folder(&self, name: &str) -> io::Result<PathBuf> {
        if is_name(name) {
            Ok(self.config.dir.join(name))
        } else {
            Err(io::Error::new(ErrorKind::InvalidInput, "no room can have that name"))
        }
    }
}

/// Names of the rooms that have a log in a folder.
///
/// # Errors
/// Where it cannot be read.
pub(crate) fn rooms_in(dir: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().into_string().ok().filter(|name| is_name(name));
        names.extend(name.filter(|_| entry.path().is_dir()));
    }
    names.sort();
    Ok(names)
}

fn place_of(config: &LogConfig, dir: PathBuf) -> LogPlace {
    LogPlace { dir, keep_bytes: config.keep_bytes, keep: config.keep }
}

/// Whether it is the name of a room's folder: nothing that leads anywhere else.
fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte);
    (1..=LOG_NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(is_plain)
}

#[cfg(test)]
#[path = "found_tests.rs"]
mod tests;
