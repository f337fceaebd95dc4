//! The rows of the panel that turn: what each is called, how far it goes, and what it sets.

use crate::bridge::Playable;
use crate::lab::FrameCap;
use crate::session::Session;
use crate::socket::Dials;

/// A dial.
#[derive(Clone, Copy, Debug)]
pub struct Knob {
    /// The knob's name.
    pub name: &'static str,
    /// Unit of its value.
    pub unit: &'static str,
    /// Its largest value; the least is 0, which is off.
    pub most: u32,
    /// Step from one value to the next by key.
    pub step: u32,
    what: What,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Delay,
    Jitter,
    Stall,
    Cap,
    Frames,
}

/// All dials, as the panel shows them.
pub const KNOBS: [Knob; 5] = [
    Knob { name: "delay", unit: "ms", most: Dials::MOST.delay_ms / 2, step: 25, what: What::Delay },
    Knob { name: "jitter", unit: "ms", most: Dials::MOST.jitter_ms / 2, step: 10, what: What::Jitter },
    Knob { name: "stalls", unit: "ms", most: Dials::MOST.stall_ms / 3, step: 50, what: What::Stall },
    Knob { name: "cap", unit: "kB/s", most: Dials::MOST.cap_kbps / 10, step: 1, what: What::Cap },
    Knob { name: "frames", unit: "fps", most: 60, step: 5, what: What::Frames },
];

impl Knob {
    /// The knob's value.
    #[must_use]
    pub const fn value(&self, dials: &Dials, cap: FrameCap) -> u32 {
        match self.what {
            What::Delay => dials.delay_ms,
            What::Jitter => dials.jitter_ms,
            What::Stall => dials.stall_ms,
            What::Cap => dials.cap_kbps,
            What::Frames => cap.0,
        }
    }

    /// Turns it to `value`, or as near as it goes.
    pub fn turn<G: Playable>(&self, session: &Session<G>, cap: &mut FrameCap, value: u32) {
        let (value, mut dials) = (value.min(self.most), session.dials());
        match self.what {
            What::Delay => dials.delay_ms = value,
            What::Jitter => dials.jitter_ms = value,
            What::Stall => dials.stall_ms = value,
            What::Cap => dials.cap_kbps = value,
            What::Frames => cap.0 = value,
        }
        session.turn(dials);
    }
}
