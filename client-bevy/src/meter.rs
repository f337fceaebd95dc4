//! Measurements of the connection and of the frame.

use std::collections::VecDeque;
use std::time::Duration;

use auspice::message::{InputReport, TickReport};
use auspice::replica::{NetStats, Replica};
use bevy::prelude::*;

use crate::bridge::{Playable, micros};

/// Rates are of the last second or so.
const WINDOW: Duration = Duration::from_secs(1);

/// Weight of a new frame in the means.
const MEAN_WEIGHT: f32 = 1.0 / 30.0;

/// Frames and updates that the lagometer remembers: one for each of its pixels.
pub(crate) const REMEMBERED: usize = 300;

/// The figures of a session's overlay. All of them are the client's own or the server's report; none is guessed.
#[derive(Component, Clone, Debug, Default)]
pub struct Meter {
    /// Counts of the core.
    pub net: NetStats,
    /// Time from sending the newest answered input to its answer: the way there and back, the server's wait
    /// for its tick, and this client's wait for its frame.
    pub echo: Duration,
    /// The server's counts of this client's inputs.
    pub inputs: InputReport,
    /// Corrections of the own entity in the last second.
    pub corrections_a_second: f32,
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
    /// The server's report on itself.
    pub server: TickReport,
    /// Bits of all updates to all clients, by part, in bits a second; the most first.
    pub parts: Vec<(String, f32)>,
    /// The time that the plugin took of the last frame.
    pub netcode: Duration,
    /// Mean time that the plugin took of a frame.
    pub netcode_mean: Duration,
    /// Longest time that the plugin took of a frame in the last second.
    pub netcode_max: Duration,
    /// Mean length of a frame.
    pub frame_mean: Duration,
    /// Longest frame of the last second.
    pub frame_max: Duration,
    /// The last frames, oldest first.
    pub frames: VecDeque<FrameSample>,
    /// The last updates, oldest first.
    pub arrivals: VecDeque<ArrivalSample>,
    this_frame: Duration,
    corrected: u64,
    heard_at: Duration,
    heard: u64,
    part_bits: (Duration, Vec<u64>),
    window: Window,
}

/// A frame, for the lagometer.
#[derive(Clone, Copy, Debug, Default)]
pub struct FrameSample {
    /// Ticks by which the picture is ahead of the newest state.
    pub ahead: f32,
    /// Whether nothing was heard for longer than a stall takes to be called one.
    pub is_stalled: bool,
    /// Whether the own entity was corrected.
    pub is_corrected: bool,
    /// Length of the frame.
    pub took: Duration,
}

/// The arrival of updates in one frame, for the lagometer.
#[derive(Clone, Copy, Debug, Default)]
pub struct ArrivalSample {
    /// Time since the frame in which the last ones came.
    pub gap: Duration,
    /// Number that came at once.
    pub count: u64,
    /// Ticks by which the latest input of the last second was early by then.
    pub slack: f32,
}

/// Counters at the start of the second that is being measured.
#[derive(Clone, Debug, Default)]
struct Window {
    since: Duration,
    bytes_in: u64,
    bytes_out: u64,
    updates: u64,
    corrections: u64,
    frames_lasted: Duration,
    netcode_max: Duration,
    frame_max: Duration,
}

impl Meter {
    /// A connection begins at `now`: what was counted of the last one is void.
    pub(crate) fn begin(&mut self, now: Duration) {
        self.window = Window { since: now, ..Window::default() };
        (self.inputs, self.net) = Default::default();
        (self.heard, self.heard_at) = (0, now);
        self.part_bits = Default::default();
    }

    pub(crate) fn take_reports(
        &mut self,
        now: Duration,
        ticks: TickReport,
        inputs: InputReport,
        parts: Vec<(String, u64)>,
    ) {
        (self.server, self.inputs) = (ticks, inputs);
        let (before, old) =
            std::mem::replace(&mut self.part_bits, (now, parts.iter().map(|(_, bits)| *bits).collect()));
        let seconds = now.saturating_sub(before).as_secs_f32();
        if old.len() == parts.len() && seconds > 0.0 {
            let rates =
                parts.into_iter().zip(old).map(|((name, bits), old)| (name, bits.saturating_sub(old) as f32 / seconds));
            self.parts = rates.filter(|(_, rate)| *rate > 0.0).collect();
            self.parts.sort_by(|one, other| other.1.total_cmp(&one.1));
        }
    }

    pub(crate) fn measure<G: Playable>(&mut self, replica: &Replica<G>, now: Duration) {
        let report = replica.report();
        self.echo = Duration::from_micros(report.echo.0);
        self.net = replica.net_stats(micros(now));
        self.known = replica.visible();
        if report.updates > self.heard {
            let (gap, count) = (now.saturating_sub(self.heard_at), report.updates - self.heard);
            remember(&mut self.arrivals, ArrivalSample { gap, count, slack: self.net.slack as f32 });
            (self.heard, self.heard_at) = (report.updates, now);
        }
        let window = &mut self.window;
        let lasted = now.saturating_sub(window.since);
        if lasted < WINDOW {
            return;
        }
        let rate = |new: u64, old: u64| new.saturating_sub(old) as f32 / lasted.as_secs_f32();
        self.down = rate(report.payload_bytes_in, window.bytes_in);
        self.up = rate(report.payload_bytes_out, window.bytes_out);
        self.updates = rate(report.updates, window.updates);
        self.corrections_a_second = rate(self.net.own_corrections.count, window.corrections);
        window.since = now;
        (window.bytes_in, window.bytes_out) = (report.payload_bytes_in, report.payload_bytes_out);
        (window.updates, window.corrections) = (report.updates, self.net.own_corrections.count);
    }

    /// The plugin took so long for a part of this frame.
    pub(crate) fn took(&mut self, took: Duration) {
        self.this_frame += took;
    }

    pub(crate) fn end_frame(&mut self, frame: Duration, is_stalled: bool) {
        let netcode = std::mem::take(&mut self.this_frame);
        self.netcode = netcode;
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
        let ahead = (self.net.present - f64::from(self.net.tick.0)) as f32;
        let corrections = self.net.own_corrections.count;
        let is_corrected = corrections > std::mem::replace(&mut self.corrected, corrections);
        remember(&mut self.frames, FrameSample { ahead, is_stalled, is_corrected, took: frame });
    }
}

fn remember<T>(samples: &mut VecDeque<T>, sample: T) {
    if samples.len() == REMEMBERED {
        samples.pop_front();
    }
    samples.push_back(sample);
}

fn mixed(mean: Duration, new: Duration) -> Duration {
    mean.mul_f32(1.0 - MEAN_WEIGHT) + new.mul_f32(MEAN_WEIGHT)
}
