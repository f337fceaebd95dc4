//! What a frame takes of the processor: `cargo run -p auspice-bevy --example frame_cost`.
//!
//! A client plays for half a minute of virtual time at 60 frames a second, with some 300 entities in view.
//! First without anything of a screen, where what is timed is the plugin's own work: reading updates,
//! predicting, smoothing, moving Bevy's entities, writing inputs. Then with the whole demo but no graphics
//! card, where what is timed is the whole frame up to what would be handed to a renderer.

#[path = "../tests/common/mod.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod common;

use std::time::Duration;

use auspice_bevy::Meter;
use auspice_demo::{Input, Rules};
use common::Rig;

const FRAMES: usize = 1800;

/// All of it is within sight, and one ship more.
fn crowd() -> Rules {
    Rules { size: 1600, npcs: 180, asteroids: 300, ..Rules::default() }
}

fn main() {
    for delay_ms in [0, 100, 250] {
        let mut rig = Rig::new(crowd(), Duration::from_millis(delay_ms));
        play(&mut rig, &format!("netcode, round trip {:>3} ms", 2 * delay_ms), |rig| rig.part::<Meter>().netcode);
    }
    let mut rig = Rig::shown(crowd(), Duration::from_millis(50));
    play(&mut rig, "the whole frame, no graphics", |rig| rig.took);
}

/// Flies about, and prints what `cost` says of each frame.
fn play(rig: &mut Rig, what: &str, cost: impl Fn(&mut Rig) -> Duration) {
    rig.until_playing();
    rig.frames(120);
    let (mut took, mut known) = (Vec::with_capacity(FRAMES), 0);
    for frame in 0..FRAMES {
        rig.hold(Input { turn: (frame / 40 % 3) as i8 - 1, thrust: frame / 25 % 2 == 0, ..Input::default() });
        rig.frame();
        took.push(cost(rig));
        known += rig.part::<Meter>().known;
    }
    took.sort_unstable();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "{what}: {:.3} ms, p50 {:.3}, p99 {:.3}, most {:.3}; {} entities in view",
        ms(took.iter().sum::<Duration>() / FRAMES as u32),
        ms(took[FRAMES / 2]),
        ms(took[FRAMES * 99 / 100]),
        ms(took[FRAMES - 1]),
        known / FRAMES,
    );
}
