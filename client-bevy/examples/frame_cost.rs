//! What the netcode takes of a frame: `cargo run -p auspice-bevy --example frame_cost`.
//!
//! A client without a window plays for half a minute of virtual time at 60 frames a second, with some 250 entities in view. What is timed is
//! the plugin's own work: reading updates, predicting, smoothing, moving Bevy's entities, writing inputs.

#[path = "../tests/common/mod.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod common;

use std::time::Duration;

use auspice_bevy::Meter;
use auspice_demo::{Input, Rules};
use common::Rig;

const FRAMES: usize = 1800;

fn main() {
    // All of it is within sight, and one ship more.
    let rules = Rules { size: 1600, npcs: 110, asteroids: 180, ..Rules::default() };
    for delay_ms in [0, 100, 250] {
        let mut rig = Rig::new(rules, Duration::from_millis(delay_ms));
        rig.until_playing();
        rig.frames(120);
        let mut took = Vec::with_capacity(FRAMES);
        let mut known = 0;
        for frame in 0..FRAMES {
            rig.hold(Input { turn: (frame / 40 % 3) as i8 - 1, thrust: frame / 25 % 2 == 0, ..Input::default() });
            rig.frame();
            let meter = rig.part::<Meter>();
            took.push(meter.netcode);
            known += meter.known;
        }
        took.sort_unstable();
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let mean = took.iter().sum::<Duration>() / FRAMES as u32;
        println!(
            "round trip {:>3} ms: {:.3} ms a frame, p50 {:.3}, p99 {:.3}, most {:.3}; {} entities in view",
            2 * delay_ms,
            ms(mean),
            ms(took[FRAMES / 2]),
            ms(took[FRAMES * 99 / 100]),
            ms(took[FRAMES - 1]),
            known / FRAMES,
        );
    }
}
