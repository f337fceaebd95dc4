//! Names of rooms in the directory, the clock that it is told, and numbers that nobody can guess.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use auspice_fleet::{FleetCode, Now};

use crate::rooms::RoomCode;

/// The room's name in the directory.
pub(super) fn fleet_code(code: RoomCode) -> FleetCode {
    FleetCode::new(&code.to_string()).expect("ten plain characters should be a code")
}

/// The room of a name in the directory. None for one that no server of ours made.
pub(super) fn room_code(code: &FleetCode) -> Option<RoomCode> {
    RoomCode::parse(code.as_str()).filter(|room| room.to_string() == code.as_str())
}

/// The time since `start`, and of the day.
pub(super) fn now_since(start: Instant) -> Now {
    let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Now { steady: micros(start.elapsed()), wall: micros(wall) }
}

/// A number that nobody can guess.
///
/// # Errors
/// The operating system's, where it gives no random numbers.
pub(super) fn draw() -> Result<u64, getrandom::Error> {
    let mut random = [0; 8];
    getrandom::fill(&mut random)?;
    Ok(u64::from_le_bytes(random))
}
