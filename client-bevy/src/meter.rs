//! What is measured of the connection and of the frame.

use std::time::Duration;

use auspice::Tick;
use auspice::message::{InputReport, TickReport};
use auspice::replica::Replica;
use bevy::prelude::*;

use crate::plugin::Playable;

/// Rates are of the last second or so.
const WINDOW: Duration = Duration::from_secs(1);

/// Weight of a new frame in the means.
const MEAN_WEIGHT: f32 = 1.0 / 30.0;

/// The figures of a session's overlay. All of them are the client's own or the server's report; none is guessed.
#[derive(Component, Clone, Debug, Default)]
pub struct Meter {
    /// From sending an input to the update that answers it: the way there and back, the server's wait for its tick, and this
    /// client's wait for its frame.
    pub echo: Duration,
    /// The newest state held.
    pub tick: Tick,
    /// The player's present, in ticks.
    pub present: f64,
    /// Since the newest state came.
    pub state_age: Duration,
    /// By how many ticks inputs are early at the server, as a mean.
    pub lead: f64,
    /// Inputs that came too late, as the server counted.
    pub inputs: InputReport,
    /// How often the own entity was not where it was predicted.
    pub corrections: u64,
    /// Distance of the last such correction, in metres.
    pub correction: f32,
    /// Payload received, bytes a second.
    pub down: f32,
    /// Payload sent, bytes a second.
    pub up: f32,
    /// Updates received, a second.
    pub updates: f32,
    /// Entities held.
    pub known: usize,
    /// Entities on the screen, where the game counts them.
    pub on_screen: Option<usize>,
    /// What the server says of itself.
    pub server: TickReport,
    /// Mean time that the plugin took of a frame.
    pub netcode_mean: Duration,
    /// Longest time that the plugin took of a frame in the last second.
    pub netcode_max: Duration,
    /// Mean length of a frame.
    pub frame_mean: Duration,
    /// Longest frame of the last second.
    pub frame_max: Duration,
    this_frame: Duration,
    window: Window,
}

/// Counters at the start of the second that is being measured.
#[derive(Clone, Debug, Default)]
struct Window {
    since: Duration,
    bytes_in: u64,
    bytes_out: u64,
    updates: u64,
    frames_lasted: Duration,
    netcode_max: Duration,
    frame_max: Duration,
}

impl Meter {
    /// A connection begins at `now`: what was counted of the last one is void.
    pub(crate) fn begin(&mut self, now: Duration) {
        self.window = Window { since: now, ..Window::default() };
        (self.inputs, self.corrections) = (InputReport::default(), 0);
    }

    pub(crate) const fn take_reports(&mut self, ticks: TickReport, inputs: InputReport) {
        (self.server, self.inputs) = (ticks, inputs);
    }

    pub(crate) fn measure<G: Playable>(&mut self, replica: &Replica<G>, now: Duration, heard_at: Duration) {
        let (report, clock) = (replica.report(), replica.clock());
        self.echo = Duration::from_micros(report.echo.0);
        self.tick = replica.tick();
        let stats = replica.net_stats(crate::session::micros(now));
        (self.corrections, self.correction) = (stats.own_corrections.count, stats.own_corrections.last);
        self.known = replica.visible();
        self.state_age = now.saturating_sub(heard_at);
        self.lead = clock.map_or(0.0, |clock| clock.lead());
        self.present = clock.map_or(0.0, |clock| clock.present(crate::session::micros(now)));
        let window = &mut self.window;
        let lasted = now.saturating_sub(window.since);
        if lasted < WINDOW {
            return;
        }
        let rate = |new: u64, old: u64| new.saturating_sub(old) as f32 / lasted.as_secs_f32();
        self.down = rate(report.payload_bytes_in, window.bytes_in);
        self.up = rate(report.payload_bytes_out, window.bytes_out);
        self.updates = rate(report.updates, window.updates);
        window.since = now;
        (window.bytes_in, window.bytes_out) = (report.payload_bytes_in, report.payload_bytes_out);
        window.updates = report.updates;
    }

    /// The plugin took so long for a part of this frame.
    pub(crate) fn netcode(&mut self, took: Duration) {
        self.this_frame += took;
    }

    pub(crate) fn end_frame(&mut self, frame: Duration) {
        let netcode = std::mem::take(&mut self.this_frame);
        self.netcode_mean = mixed(self.netcode_mean, netcode);
        self.frame_mean = mixed(self.frame_mean, frame);
        let window = &mut self.window;
        window.netcode_max = window.netcode_max.max(netcode);
        window.frame_max = window.frame_max.max(frame);
        window.frames_lasted += frame;
        if window.frames_lasted >= WINDOW {
            (self.netcode_max, self.frame_max) = (window.netcode_max, window.frame_max);
            (window.netcode_max, window.frame_max, window.frames_lasted) = Default::default();
        }
    }
}

fn mixed(mean: Duration, new: Duration) -> Duration {
    mean.mul_f32(1.0 - MEAN_WEIGHT) + new.mul_f32(MEAN_WEIGHT)
}
