//! [`Recording`]: a recorded world, tick by tick. `benches/motion/TRACES.md` has the file's format.

mod read;
mod write;

use glam::{Quat, Vec3};

pub use read::RecordingError;

/// Ticks a second of every trace.
pub const TICK_HZ: u32 = 30;

/// The columns of a file, in this order.
const COLUMNS: [&str; 20] = [
    "tick", "id", "kind", "px", "py", "pz", "vx", "vy", "vz", "qx", "qy", "qz", "qw", "wx", "wy", "wz", "throttle",
    "steer", "flags", "asleep",
];

/// The look of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BodyKind {
    /// Driven by somebody.
    Car,
    /// Moved by physics alone.
    Ball,
}

/// A body at a tick.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BodyState {
    /// The body's number: the same for as long as it is there, and not another's afterwards.
    pub id: u32,
    /// Its kind.
    pub kind: BodyKind,
    /// Place, in centimetres; z is up.
    pub position: Vec3,
    /// In centimetres a second.
    pub velocity: Vec3,
    /// Rotation from the body's axes (x is ahead, z is up) to the world's.
    pub rotation: Quat,
    /// Angular velocity about the world's axes, in radians a second.
    pub spin: Vec3,
    /// 0 is full reverse, 128 none, 255 full ahead.
    pub throttle: u8,
    /// 0 is full left, 128 straight on, 255 full right.
    pub steer: u8,
    /// 1 boost, 2 handbrake, 4 jump, 8 dodge, 16 double jump.
    pub flags: u8,
    /// Whether physics lets it rest.
    pub is_asleep: bool,
}

/// A recorded world: its bodies at each tick.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    /// The bodies at each tick, ascending by number.
    pub ticks: Vec<Vec<BodyState>>,
}

impl Recording {
    /// The body called `id` at `tick`, if it is there.
    #[must_use]
    pub fn body(&self, tick: usize, id: u32) -> Option<&BodyState> {
        let bodies = self.ticks.get(tick)?;
        bodies.binary_search_by_key(&id, |body| body.id).ok().map(|at| &bodies[at])
    }

    /// Most bodies that are there at once.
    #[must_use]
    pub fn bodies_most(&self) -> usize {
        self.ticks.iter().map(Vec::len).max().unwrap_or(0)
    }
}
