//! Names and rights of a log's files; and folders of rooms that have ended, which are closed, and go in their time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Ending of a segment's name, before which is its number in ten digits.
const ENDING: &str = ".ticks";

/// Name of the file that is locked by whoever writes the log.
pub(super) const LOCK: &str = "lock";

/// Name of the file that names the owner of a log that several nodes may write.
pub(super) const OWNER: &str = "owner";

/// Name of the file that a room's folder has once the room has ended for ever.
const OVER: &str = "over";

/// Keeps other servers from a folder, for as long as the file is open. None where one has it.
pub(crate) fn lock_folder(dir: &Path) -> io::Result<Option<File>> {
    let file = private().write(true).create(true).truncate(false).open(dir.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Makes a room's folder, in one that there is.
pub(super) fn make_folder(dir: &Path) -> io::Result<()> {
    match fs::create_dir(dir) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Notes that a room has ended for ever: nobody takes it up any more.
pub(super) fn close_folder(dir: &Path) -> io::Result<()> {
    private().write(true).create(true).truncate(false).open(dir.join(OVER)).map(drop)
}

/// Whether a room's folder is of one that has ended for ever.
pub(crate) fn is_closed(dir: &Path) -> bool {
    dir.join(OVER).exists()
}

/// Removes the logs of rooms that have ended, the oldest first: those that are too old, and while all that have ended
/// take more than `keep_bytes`. Whatever is nobody's of ours stays, and keeps its folder.
pub(super) fn remove_closed(dir: &Path, keep_bytes: u64, keep: Duration) {
    let now = SystemTime::now();
    let mut closed: Vec<(Duration, u64, PathBuf)> = Vec::new();
    for path in fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let Ok(ended) = fs::metadata(path.join(OVER)).and_then(|about| about.modified()) else { continue };
        let files = fs::read_dir(&path).into_iter().flatten().flatten().filter_map(|entry| entry.metadata().ok());
        closed.push((now.duration_since(ended).unwrap_or_default(), files.map(|about| about.len()).sum(), path));
    }
    closed.sort();
    let mut total = 0;
    for (age, bytes, path) in closed {
        total += bytes;
        if age > keep || total > keep_bytes {
            remove_room(&path);
        }
    }
}

/// Removes a room's folder, its last word at last: one that is half gone is still of a room that has ended.
fn remove_room(dir: &Path) {
    let segments = segments_in(dir).into_iter().flatten().map(|(_, path)| path);
    let others = [OWNER, LOCK, OVER].map(|name| dir.join(name));
    for path in segments.chain(others) {
        let _ = fs::remove_file(path);
    }
    let _ = fs::remove_dir(dir);
}

/// A file that was not there before.
pub(super) fn new_file(path: &Path) -> io::Result<File> {
    private().append(true).create_new(true).open(path)
}

/// Options for a file that others than its owner may not read, where the system knows such.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The segments in a folder, oldest first.
pub(super) fn segments_in(dir: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(ENDING));
        files.extend(name.and_then(|name| name.parse().ok()).map(|number| (number, path.clone())));
    }
    files.sort();
    Ok(files)
}

/// The path of a segment.
pub(super) fn segment_path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number:010}{ENDING}"))
}
