//! [`MeasuredWindow`]: the figures of a while in which the link stays as it is.

use std::time::Duration;

use auspice_bots::exposition::Exposition;

use super::crossing::SegmentCounts;
use super::goals::Goals;
use super::measures::{Measures, ms, share_above};
use super::player::InputCount;
use super::stage::{BARE_PORT, GAME_PORT, Setting, TrialStage};
use super::way::KeptOrder;
use crate::figure::TrialFigure;

/// Greatest time that the server's answers to what is asked may take.
const ANSWER_MAX: Duration = Duration::from_secs(3);

/// What both ends have counted at some moment.
pub(super) struct Counted {
    inputs: Vec<Option<InputCount>>,
    server: Exposition,
    game: [SegmentCounts; 2],
    bare: [SegmentCounts; 2],
}

impl Counted {
    pub(super) fn of(stage: &TrialStage) -> Result<Self, String> {
        stage.crowd.ask_inputs();
        // Whoever does not answer is left out, and that is told.
        let _ = stage.wait_for_all(ANSWER_MAX, |state| state.inputs.is_some());
        Ok(Self {
            inputs: stage.crowd.states().into_iter().map(|state| state.inputs).collect(),
            server: stage.scrape()?,
            game: stage.link.counts(GAME_PORT),
            bare: stage.link.counts(BARE_PORT),
        })
    }
}

/// Shares of players' ticks, by the server's word on their inputs at both ends of a window.
#[derive(Debug, PartialEq)]
struct InputShares {
    /// Ticks without an input.
    missing: f64,
    /// Inputs that came after their tick.
    late: f64,
    /// Players of whom that is: both ends of the window are known, on the same connection.
    players: usize,
}

impl InputShares {
    fn between(before: &[Option<InputCount>], after: &[Option<InputCount>]) -> Self {
        let (mut missing, mut late, mut ticks, mut players) = (0, 0, 0, 0);
        for (before, after) in before.iter().zip(after) {
            let (Some(before), Some(after)) = (before, after) else { continue };
            if before.connection == after.connection {
                missing += after.inputs.missing - before.inputs.missing;
                late += after.inputs.late - before.inputs.late;
                ticks += after.ticks - before.ticks;
                players += 1;
            }
        }
        let share = |count: u64| count as f64 / ticks.max(1) as f64;
        Self { missing: share(missing), late: share(late), players }
    }

    /// Number of `players` who are in no share: they are the ones who fared worst, and without them it is no figure
    /// of all.
    fn left_out(&self, players: usize) -> TrialFigure {
        let name = "players who changed connection or did not answer";
        TrialFigure::exactly(name, (players - self.players) as u64, 0)
    }
}

/// A measured window.
pub(super) struct MeasuredWindow {
    pub(super) setting: Setting,
    pub(super) before: Counted,
    pub(super) after: Counted,
    pub(super) measures: Measures,
    pub(super) seconds: f64,
}

impl MeasuredWindow {
    pub(super) fn figures(&self, goals: &Goals) -> Vec<TrialFigure> {
        let (measures, setting) = (&self.measures, &self.setting);
        let inputs = InputShares::between(&self.before.inputs, &self.after.inputs);
        let hz = f64::from(setting.tick_hz);
        let client_seconds = self.seconds * setting.players as f64;
        let pair = |histogram, unit: &str| format!("{:.1} / {:.1} {unit}", ms(histogram, 0.5), ms(histogram, 0.99));
        let judged = |name, measured: f64, goal: Option<f64>, unit: &str| match goal {
            Some(goal) => TrialFigure::at_most(name, measured, goal, unit),
            None => TrialFigure::told(name, format!("{measured:.2}{unit}")),
        };
        // A bare message that is later than this would miss its tick with a lead of one tick.
        let lead_us =
            (setting.round_trip / 2 + setting.jitter).as_micros() as u64 + 1_000_000 / u64::from(setting.tick_hz);
        let (age, bare_age) = (ms(&measures.age_us, 0.99), ms(&measures.bare_age_us, 0.99));
        let echo_beyond = ms(&measures.echo_us, 0.5) - ms(&measures.bare_echo_us, 0.5);
        let messages = measures.messages_up as f64 / client_seconds;
        let mut figures = vec![
            judged("inputs missing", inputs.missing * 100.0, goals.missing_percent, " %"),
            TrialFigure::told("inputs late", format!("{:.2} %", inputs.late * 100.0)),
            inputs.left_out(setting.players).judged(goals.missing_percent.is_some()),
            TrialFigure::told(
                "bare messages later than a lead of one tick",
                format!("{:.2} %", share_above(&measures.way_up_us, lead_us) * 100.0),
            ),
            TrialFigure::told("age of the newest state, p50 / p99", pair(&measures.age_us, "ms")),
            TrialFigure::told("bare streams' age, p50 / p99", pair(&measures.bare_age_us, "ms")),
            judged("age p99 by the bare streams'", age / bare_age.max(1e-3), goals.age_ratio, ""),
            TrialFigure::told("input to echo, p50 / p99", pair(&measures.echo_us, "ms")),
            TrialFigure::told("bare streams' echo, p50 / p99", pair(&measures.bare_echo_us, "ms")),
            judged("echo p50 beyond the bare streams'", echo_beyond, goals.echo_beyond_ms, " ms"),
            judged("updates held back", self.held_back() * 100.0, goals.held_back_percent, " %"),
            TrialFigure::told("updates, each client", format!("{:.2} /s", measures.updates as f64 / client_seconds)),
            judged("messages up, each client", messages, goals.messages_per_tick.map(|goal| goal * hz), " /s"),
            TrialFigure::told("lead of inputs, mean / share of none", self.leads()),
            TrialFigure::told(
                "bare way up, p1 / p50",
                format!("{:.1} / {:.1} ms", ms(&measures.way_up_us, 0.01), ms(&measures.way_up_us, 0.5)),
            ),
            TrialFigure::told(
                "bare way down, p1 / p50",
                format!("{:.1} / {:.1} ms", ms(&measures.way_down_us, 0.01), ms(&measures.way_down_us, 0.5)),
            ),
        ];
        figures.push(self.way_is_as_asked());
        let sides = [("game, up", 0, true), ("game, down", 1, true), ("bare, up", 0, false), ("bare, down", 1, false)];
        for (name, side, is_game) in sides {
            let (before, after) =
                if is_game { (&self.before.game, &self.after.game) } else { (&self.before.bare, &self.after.bare) };
            figures.push(TrialFigure::told(name, shown(&after[side].since(&before[side]), client_seconds)));
        }
        figures
    }

    /// Share of updates that were held back.
    fn held_back(&self) -> f64 {
        let since = |name| self.after.server.get(name) - self.before.server.get(name);
        let held_back = since("auspice_updates_held_back_total");
        held_back / (since("auspice_updates_total") + held_back).max(1.0)
    }

    /// Mean lead of inputs in ticks, by the server's samples.
    fn leads(&self) -> String {
        let since = |name| self.after.server.get(name) - self.before.server.get(name);
        let count = since("auspice_input_lead_ticks_count").max(1.0);
        let at_most_none = since("auspice_input_lead_ticks_bucket{le=\"0\"}");
        format!("{:.2} ticks / {:.0} %", since("auspice_input_lead_ticks_sum") / count, at_most_none / count * 100.0)
    }

    /// Whether the quickest bare messages took as long as was asked for: the lab's own check.
    fn way_is_as_asked(&self) -> TrialFigure {
        let asked = self.setting.round_trip.as_secs_f64() * 1e3;
        let quickest = ms(&self.measures.way_up_us, 0.01) + ms(&self.measures.way_down_us, 0.01);
        // Of a hundred messages the quickest have next to no jitter, unless all share a queue.
        let most = if self.setting.order == KeptOrder::All { self.setting.jitter.as_secs_f64() * 2e3 } else { 3.0 };
        // Where a rate is the bound, even the quickest wait for others.
        let is_judged = self.setting.rate.is_none();
        TrialFigure::at_most("quickest round trip beyond what was asked for", quickest - asked, most, " ms")
            .judged(is_judged)
    }
}

fn shown(counts: &SegmentCounts, client_seconds: f64) -> String {
    let each = |count: u64| count as f64 / client_seconds;
    let all = (counts.data + counts.repeated + counts.acks + counts.others).max(1);
    format!(
        "{:.1} + {:.1} again + {:.1} acks /s, {:.0} B/s, {:.2} % lost",
        each(counts.data),
        each(counts.repeated),
        each(counts.acks),
        each(counts.ip_bytes),
        counts.lost as f64 / all as f64 * 100.0
    )
}

#[cfg(test)]
mod tests {
    use auspice::Micros;
    use auspice::message::{Credential, InputReport};
    use auspice::replica::Replica;
    use auspice::session::{Closed, ConnectionId, Session};
    use auspice_demo::Demo;

    use super::*;

    /// Two connections of a player, one after the other.
    fn connections() -> [ConnectionId; 2] {
        let mut session = Session::<Replica<Demo>>::new("player", "test", 1, || Credential::Open);
        let first = session.poll_dial(Micros(0)).expect("a new session dials at once");
        session.handle_closed(first, Closed::without_word("cut"), Micros(0));
        [first, session.poll_dial(Micros::from_seconds(1)).expect("a session dials anew")]
    }

    fn count(connection: ConnectionId, ticks: u64, missing: u64) -> Option<InputCount> {
        let inputs = InputReport { missing, ..InputReport::default() };
        Some(InputCount { ticks, inputs, connection: Some(connection) })
    }

    #[test]
    fn whoever_changed_connection_or_did_not_answer_is_in_no_share_and_fails_the_trial() {
        let [first, second] = connections();
        let before = [count(first, 100, 1), count(first, 100, 0), count(first, 100, 0)];
        let shares = InputShares::between(&before, &[count(first, 200, 3), count(second, 200, 90), None]);
        assert_eq!(shares, InputShares { missing: 0.02, late: 0.0, players: 1 });
        let left_out = shares.left_out(3);
        assert!(!left_out.holds() && left_out.measured == "2", "{left_out}");
        let all = InputShares::between(&before, &before);
        assert!(all.left_out(3).holds());
    }
}
