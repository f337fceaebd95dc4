//! Smoothness: how long frames took, in a line for the log when the app quits.

use std::time::Duration;

use bevy::prelude::*;

/// At the start pictures are decoded, shaders compiled and a server is joined: frames of the first seconds
/// tell of that.
const WARM_UP: Duration = Duration::from_secs(3);
/// Frames that are remembered: an hour at 60 a second.
const FRAMES_MAX: usize = 216_000;

/// Writes what frames took, and when the first was there, into the log when the app quits.
#[derive(Clone, Copy, Debug, Default)]
pub struct PacePlugin;

impl Plugin for PacePlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Last, tell);
    }
}

fn tell(time: Res<Time<Real>>, mut exits: MessageReader<AppExit>, mut frames: Local<Vec<Duration>>) {
    if time.elapsed() > WARM_UP && frames.len() < FRAMES_MAX {
        frames.push(time.delta());
    }
    if exits.read().next().is_some() && !frames.is_empty() {
        info!("{}", said(&mut frames));
    }
}

/// Frames in words: how many a second, and how long they took.
fn said(frames: &mut [Duration]) -> String {
    frames.sort_unstable();
    let all: Duration = frames.iter().sum();
    let ms = |share: usize| frames[(frames.len() - 1) * share / 100].as_secs_f64() * 1e3;
    format!(
        "{} frames in {:.1} s, {:.1} a second: p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
        frames.len(),
        all.as_secs_f64(),
        frames.len() as f64 / all.as_secs_f64().max(1e-9),
        ms(50),
        ms(99),
        ms(100),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_by_their_middle_and_their_worst() {
        let mut frames: Vec<_> = (1..=100).rev().map(Duration::from_millis).collect();
        let said = said(&mut frames);
        assert_eq!(said, "100 frames in 5.0 s, 19.8 a second: p50 50.0 ms, p99 99.0 ms, longest 100.0 ms");
    }
}
