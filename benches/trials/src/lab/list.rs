//! The trials that there are, with their goals.

use std::time::Duration;

use super::goals::Goals;
use super::player_socket;
use super::scenario::{Disturbance, Trial, TrialKind};
use super::stage::Setting;
use super::way::KeptOrder;

/// Rate of a narrow link, in bits a second, and bytes that may wait for it: nearly all of it is used by 20 players
/// and as many bare streams.
const NARROW: (u64, u64) = (1_000_000, 32 * 1024);
/// Echo at the median beyond the bare streams' where no input waits longer than it must, without loss and with
/// 2 %, in milliseconds: what was measured before inputs were given more time to arrive, and noise.
const ECHO_BEYOND_MS: [f64; 2] = [0.0, 3.0];

/// The trials: all in full, or those of the gate in little. Steady ones last `length` where that is said.
#[must_use]
pub fn trials(is_short: bool, base: Setting, length: Option<Duration>) -> Vec<Trial> {
    let mut trials = if is_short { short(base) } else { full(base) };
    for trial in &mut trials {
        if let (TrialKind::Steady(steady), Some(length)) = (&mut trial.kind, length) {
            *steady = length;
        }
    }
    trials
}

fn sudden(name: &str, setting: Setting, disturbance: Disturbance, back_seconds: Option<f64>) -> Trial {
    let goals = Goals { back_seconds, ..Goals::default() };
    Trial { name: name.into(), setting, kind: TrialKind::Sudden(disturbance), goals }
}

fn steady(name: &str, setting: Setting, length: Duration, goals: Goals) -> Trial {
    Trial { name: name.into(), setting, kind: TrialKind::Steady(length), goals }
}

/// What a busy machine can judge: who is still there.
fn short(base: Setting) -> Vec<Trial> {
    let seconds = Duration::from_secs;
    let setting = Setting { players: base.players.min(8), ..base };
    vec![
        steady("loss-2", Setting { loss: 0.02, ..setting }, seconds(8), Goals::default()),
        sudden("cut-5", setting, Disturbance::Cut(seconds(5)), None),
        sudden("rebind", setting, Disturbance::Rebind, None),
        sudden("address", setting, Disturbance::NewAddress, None),
    ]
}

fn full(base: Setting) -> Vec<Trial> {
    let (seconds, ms) = (Duration::from_secs, Duration::from_millis);
    let lossy = |loss| Setting { loss, ..base };
    let far = Setting { tick_hz: 60, round_trip: ms(150), loss: 0.01, ..base };
    let mut all = steady_with_loss(base);
    all.extend([
        steady("far-60", far, seconds(60), Goals { held_back_percent: Some(0.5), ..Goals::default() }),
        steady("reordered", Setting { order: KeptOrder::Free, ..lossy(0.01) }, seconds(30), Goals::default()),
        steady("narrow", Setting { rate: Some(NARROW), ..base }, seconds(30), Goals::default()),
    ]);
    // Not only the lengths at which a try of TCP's happens to follow.
    for length in 1..=6 {
        all.push(sudden(
            &format!("cut-{length}"),
            base,
            Disturbance::Cut(seconds(length)),
            Some(back_seconds_after_cut()),
        ));
    }
    all.extend([
        sudden("cut-8", base, Disturbance::Cut(seconds(8)), Some(back_seconds_after_cut())),
        sudden("cut-12", base, Disturbance::Cut(seconds(12)), Some(back_seconds_after_cut())),
        sudden("cut-35", base, Disturbance::Cut(seconds(35)), Some(back_seconds_after_cut())),
        sudden("rebind", base, Disturbance::Rebind, Some(1.0)),
        sudden("address", base, Disturbance::NewAddress, Some(3.5)),
        sudden("server-pause", base, Disturbance::ServerPause(seconds(5)), Some(0.6)),
        sudden("client-pause", base, Disturbance::ClientPause(seconds(5)), Some(0.6)),
    ]);
    all
}

/// A minute each of a link that loses nothing, one, two and five of a hundred.
fn steady_with_loss(base: Setting) -> Vec<Trial> {
    let period_ms = 1e3 / f64::from(base.tick_hz);
    let minute = Duration::from_secs(60);
    let with_loss = |percent: u32, goals| {
        let setting = Setting { loss: f64::from(percent) / 100.0, ..base };
        steady(&format!("loss-{percent}"), setting, minute, goals)
    };
    let missing = |percent| Goals { missing_percent: Some(percent), ..Goals::default() };
    vec![
        with_loss(
            0,
            Goals { messages_per_tick: Some(1.01), echo_beyond_ms: Some(ECHO_BEYOND_MS[0]), ..Goals::default() },
        ),
        with_loss(1, missing(0.5)),
        with_loss(
            2,
            Goals { age_ratio: Some(1.05), echo_beyond_ms: Some(ECHO_BEYOND_MS[1] + period_ms), ..missing(1.0) },
        ),
        with_loss(5, missing(3.0)),
    ]
}

/// Seconds after which all play again where the network is back, by whether the kernel tries each second.
fn back_seconds_after_cut() -> f64 {
    if player_socket::tries_each_second() { 0.6 } else { 2.0 }
}
