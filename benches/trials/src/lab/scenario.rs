//! [`Trial`]: what is done to those who play, and what is said of how they fared.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use auspice::Micros;
use auspice::error::CloseCode;

use super::goals::Goals;
use super::measures::ms;
use super::player::PlayerState;
use super::stage::{Setting, TrialStage};
use super::window::{Counted, MeasuredWindow};
use crate::figure::TrialFigure;

/// Time for clocks to find their lead on the link as it is.
const SETTLING: Duration = Duration::from_secs(5);
/// The same before something is done to a link that harms nothing.
const SETTLING_CLEAN: Duration = Duration::from_secs(2);
/// Greatest time to wait for somebody to play again.
const RETURN_MAX: Duration = Duration::from_secs(45);
/// Time for which all play on after the last is back: who is thrown out for what waited for it is thrown out now.
const AFTERMATH: Duration = Duration::from_secs(4);
/// Time in which what was on its way at some moment has arrived.
const ON_ITS_WAY: Duration = Duration::from_millis(150);

/// Something that happens to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disturbance {
    /// Nothing passes for so long.
    Cut(Duration),
    /// The clients' router forgets its table: all connections go on from other ports.
    Rebind,
    /// The clients' address changes: all connections end without a word.
    NewAddress,
    /// The server's process stands still for so long.
    ServerPause(Duration),
    /// The clients' programs stand still for so long.
    ClientPause(Duration),
}

/// Kinds of trial.
#[derive(Clone, Copy, Debug)]
pub enum TrialKind {
    /// The link stays as it is for so long.
    Steady(Duration),
    /// Something happens.
    Sudden(Disturbance),
}

/// A trial.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Its name, for `--only`.
    pub name: String,
    /// Its link and game.
    pub setting: Setting,
    /// What is done.
    pub kind: TrialKind,
    /// What should come of it.
    pub goals: Goals,
}

impl Trial {
    /// Plays it.
    ///
    /// # Errors
    /// A sentence where there is nothing to judge.
    pub fn play(&self, server: Option<&Path>) -> Result<Vec<TrialFigure>, String> {
        let stage = TrialStage::set_up(self.setting, server)?;
        let mut figures = match self.kind {
            TrialKind::Steady(length) => self.play_steady(&stage, length)?,
            TrialKind::Sudden(disturbance) => self.play_sudden(&stage, disturbance)?,
        };
        let error_us = stage.link.take_error_us();
        let quantiles = [0.5, 0.99, 0.999].map(|quantile| ms(&error_us, quantile));
        let error = format!("{:.2} / {:.2} / {:.2} ms", quantiles[0], quantiles[1], quantiles[2]);
        figures.push(TrialFigure::told("link's own error, p50 / p99 / p99.9", error));
        if !stage.link.is_precise {
            figures.push(TrialFigure::told("the link's thread has no precedence", "coarse"));
        }
        figures
            .push(TrialFigure::told("congestion control, clients / server", stage.congestion_controls().join(" / ")));
        Ok(figures)
    }

    fn play_steady(&self, stage: &TrialStage, length: Duration) -> Result<Vec<TrialFigure>, String> {
        thread::sleep(SETTLING.min(length));
        let states = stage.crowd.states();
        let before = Counted::of(stage)?;
        stage.crowd.begin();
        let _ = stage.link.take_error_us();
        let began = Instant::now();
        thread::sleep(length);
        let (measures, seconds) = (stage.crowd.end(), began.elapsed().as_secs_f64());
        let after = Counted::of(stage)?;
        let window = MeasuredWindow { setting: self.setting, before, after, measures, seconds };
        let mut figures = window.figures(&self.goals);
        figures.extend(fates(stage, &states));
        Ok(figures)
    }

    fn play_sudden(&self, stage: &TrialStage, disturbance: Disturbance) -> Result<Vec<TrialFigure>, String> {
        thread::sleep(SETTLING_CLEAN);
        let before = stage.crowd.states();
        disturb(stage, disturbance)?;
        let began = Instant::now();
        // Whoever does not come is told of below.
        let _ = stage.wait_for_all(RETURN_MAX, |state| state.back_after.is_some());
        thread::sleep(AFTERMATH.max(ON_ITS_WAY.saturating_sub(began.elapsed())));
        let mut backs: Vec<Option<Micros>> = stage.crowd.states().iter().map(|state| state.back_after).collect();
        let on_its_way = match disturbance {
            Disturbance::Rebind | Disturbance::NewAddress => ON_ITS_WAY,
            _ => Duration::ZERO,
        };
        let (middle, last) = middle_and_last(&mut backs, on_its_way);
        let mut figures = vec![
            TrialFigure::told("playing again after, median", format!("{middle:.2} s")),
            match self.goals.back_seconds {
                Some(goal) => TrialFigure::at_most("playing again after, the last", last, goal, " s"),
                None => TrialFigure::told("playing again after, the last", format!("{last:.2} s")),
            },
        ];
        if on_its_way.is_zero() {
            // Those that the others end have nobody who would dial anew.
            let (middle, last) = middle_and_last(&mut stage.crowd.bare_backs(), on_its_way);
            figures.push(TrialFigure::told("bare streams, median / last", format!("{middle:.2} / {last:.2} s")));
        }
        figures.extend(fates(stage, &before));
        Ok(figures)
    }
}

/// Does it, and marks the moment from which on coming back is timed.
fn disturb(stage: &TrialStage, disturbance: Disturbance) -> Result<(), String> {
    match disturbance {
        Disturbance::Cut(length) => {
            stage.link.reshape(|shape| shape.is_cut = true);
            thread::sleep(length);
            stage.crowd.watch(Duration::ZERO);
            stage.link.reshape(|shape| shape.is_cut = false);
        }
        Disturbance::Rebind => {
            stage.crowd.watch(ON_ITS_WAY);
            stage.link.rebind();
        }
        Disturbance::NewAddress => {
            stage.crowd.watch(ON_ITS_WAY);
            stage.link.blackhole();
        }
        Disturbance::ServerPause(length) => {
            stage.pause_server(length)?;
            stage.crowd.watch(Duration::ZERO);
        }
        Disturbance::ClientPause(length) => {
            stage.crowd.pause(length);
            stage.crowd.watch(Duration::ZERO);
        }
    }
    Ok(())
}

/// Median and last of times since a mark that lies `later` behind the moment itself, in seconds; infinite where
/// somebody never came.
fn middle_and_last(times: &mut [Option<Micros>], later: Duration) -> (f64, f64) {
    times.sort_by_key(|time| time.map_or(u64::MAX, |time| time.0));
    let seconds = |time: Option<&Option<Micros>>| {
        time.copied().flatten().map_or(f64::INFINITY, |time| time.as_seconds() + later.as_secs_f64())
    };
    (seconds(times.get(times.len() / 2)), seconds(times.last()))
}

/// Whether everybody is still who it was, and what was said to those who are not.
fn fates(stage: &TrialStage, before: &[PlayerState]) -> Vec<TrialFigure> {
    let (after, record) = (stage.crowd.states(), stage.crowd.record());
    let is_same = |(before, after): &(&PlayerState, &PlayerState)| {
        after.is_playing && before.client == after.client && before.own == after.own
    };
    let same = before.iter().zip(&after).filter(is_same).count();
    // Ends that a client answers by coming back as who it is are no throwing out.
    let is_out = |code: &Option<CloseCode>| {
        // A player's own newer connection takes over from its older one.
        code.is_some_and(|code| (code.ends_session() || code.is_final()) && code != CloseCode::TAKEN_OVER)
    };
    let thrown_out = record.ends.iter().filter(|(code, _)| is_out(code)).count();
    let mut figures = vec![
        TrialFigure::exactly("players in the same ship as before", same as u64, before.len() as u64),
        TrialFigure::exactly("players thrown out", thrown_out as u64, 0),
        TrialFigure::exactly("views that differed", record.divergences, 0),
    ];
    let mut said: Vec<String> =
        record.ends.into_iter().map(|(code, sentence)| format!("{code:?} {sentence}")).collect();
    said.sort();
    for sentence in said.chunk_by(|one, other| one == other) {
        figures.push(TrialFigure::told("connections that ended", format!("{} x {}", sentence.len(), sentence[0])));
    }
    figures
}
