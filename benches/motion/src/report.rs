//! The report: everything that was measured, as tables or as JSON.

use std::sync::Arc;

use auspice::Display;
use auspice::error::SetupError;
use auspice::replica::PictureSettings;
use auspice_output::say;
use serde::Serialize;

use crate::body::BodyKinds;
use crate::cost::{self, Cost};
use crate::foresight::Foresight;
use crate::habits::{self, Habits};
use crate::jumps::Jump;
use crate::middle::Middle;
use crate::shown::{self, Looks};
use crate::trace::Recording;

/// Jumps that are told one by one.
const JUMPS_TOLD: usize = 20;

/// A way to show the world, and what it looked like.
#[derive(Clone, Debug, Serialize)]
pub struct NamedLook {
    /// The way.
    pub name: &'static str,
    /// The figures of what was seen.
    pub look: Looks,
}

/// Measurements of a recorded world, all of them.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Ticks of the record, and those of them that were played.
    pub ticks: [usize; 2],
    /// The knowledge of motion that both ends had.
    pub foresight: Foresight,
    /// Habits of its bodies and drivers.
    pub habits: Habits,
    /// Bytes and bits.
    pub cost: Cost,
    /// Figures of what a player sees.
    pub looks: Vec<NamedLook>,
}

impl Report {
    /// Plays a recorded world by the field tables of `B`, over perfect links and over a network.
    ///
    /// # Errors
    /// As [`cost::measure`].
    pub fn of<B: BodyKinds>(trace: &Recording, foresight: Foresight) -> Result<Self, SetupError> {
        let live = Arc::new(trace.live());
        let plain = PictureSettings { smoothing: false, ..PictureSettings::default() };
        let ways = [
            ("as usual", PictureSettings::default()),
            ("without smoothing", plain),
            ("in the past", PictureSettings::default().with_display(Some(Display::Interpolate))),
        ];
        let look = |(name, settings)| Ok(NamedLook { name, look: shown::measure::<B>(&live, foresight, settings)? });
        Ok(Self {
            ticks: [trace.ticks.len(), live.ticks.len()],
            foresight,
            habits: Habits::of(&live),
            cost: cost::measure::<B>(&live, foresight)?,
            looks: ways.into_iter().map(look).collect::<Result<_, SetupError>>()?,
        })
    }

    /// Says all of it.
    pub fn say(&self) {
        let Self { ticks: [recorded, live], cost, .. } = self;
        say!(
            "{live} of {recorded} ticks are live, with {:.2} bodies; {} client-ticks",
            cost.entities,
            cost.client_ticks
        );
        say!(
            "{:.2} B a client-tick, everything inside; news of {:.1} % of bodies and ticks",
            cost.bytes,
            cost.news_share * 100.0
        );
        say_habits(&self.habits);
        say_parts(cost);
        say_schemes(cost);
        say_fidelity(cost);
        say_looks(&self.looks);
        if let Some(usual) = self.looks.first() {
            say_jumps(&usual.look.jumps);
            say_causes(&usual.look);
        }
        cost.faults.iter().for_each(|fault| say!("FAULT: {fault}"));
    }
}

/// A table of habits, beside those of two real matches of Rocket League: a dense one of 2026 with five bodies, and a
/// sparse and coarse one of 2016 with three.
fn say_habits(habits: &Habits) {
    say!("\n| habit | here | a real match of 2026 | a real match of 2016 |\n| --- | --- | --- | --- |");
    for ((habit, here), [dense, sparse]) in habits.rows.iter().zip(habits::REAL) {
        say!("| {habit} | {here:.2} | {dense:.2} | {sparse:.2} |");
    }
}

fn say_parts(cost: &Cost) {
    say!("\n| part | bits a client-tick |\n| --- | --- |");
    cost.parts.iter().for_each(|part| say!("| {} | {:.2} |", part.part, part.bits));
}

fn say_schemes(cost: &Cost) {
    let state = cost.state_bits / 8.0;
    say!("\n| state alone: no head, ids or hash | B a client-tick | by ours |\n| --- | --- | --- |");
    say!("| ours: who, which fields, and the fields | {state:.2} | 1 |");
    let entropy = cost.news_entropy_bits / 8.0;
    let by_entropy = state / entropy.max(0.01);
    say!(
        "| entropy of that very news: ours is {by_entropy:.3} times it | {entropy:.2} | {:.2} |",
        entropy / state.max(0.01)
    );
    cost.schemes
        .iter()
        .for_each(|scheme| say!("| {} | {:.2} | {:.2} |", scheme.scheme, scheme.bytes, scheme.bytes / state.max(0.01)));
}

fn say_fidelity(cost: &Cost) {
    say!("\n| published off by | median | most | beyond the tolerance |\n| --- | --- | --- | --- |");
    for field in &cost.fidelity {
        say!("| {} | {:.3} | {:.3} | {:.3} % |", field.field, field.median, field.most, field.missed * 100.0);
    }
    say!("| any of them | | | {:.3} % |", cost.tolerance_missed * 100.0);
}

fn say_looks(looks: &[NamedLook]) {
    let pair = |spread: Middle| format!("{:.1} / {:.1}", spread.median, spread.p95);
    say!("\nShown at 40 ms and up to 15 more each way: median / 95th percentile.\n");
    say!(
        "| shown | delay, ms | ahead, ticks | all off, cm | cars off, cm | ball off, cm | cars turned, degrees | {} |",
        "all turned, degrees | corrections, cm | jumps/min"
    );
    say!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for NamedLook { name, look } in looks {
        say!(
            "| {name} | {:.0} | {:.2} | {} | {} | {} | {} | {} | {} | {:.2} |",
            look.delay_ms,
            look.ahead_ticks,
            pair(look.bodies),
            pair(look.cars),
            pair(look.balls),
            pair(look.rotation),
            pair(look.turned),
            pair(look.corrections),
            look.jumps_a_minute
        );
    }
}

/// A table of what jumped as usually shown, if anything did.
fn say_jumps(jumps: &[Jump]) {
    if jumps.is_empty() {
        return;
    }
    say!("\n| jump at the tick | of slot | beyond its velocity, cm | beyond its spin, degrees |");
    say!("| --- | --- | --- | --- |");
    for Jump { tick, slot, beyond, turned_beyond } in jumps.iter().take(JUMPS_TOLD) {
        say!("| {tick} | {slot} | {beyond:.1} | {turned_beyond:.1} |");
    }
}

/// Tables of why something is off as usually shown, and of how near usual ways to go on come.
fn say_causes(look: &Looks) {
    let pair = |spread: Middle| format!("{:.1} / {:.1}", spread.median, spread.p95);
    for (kind, rows) in ["cars", "the ball"].iter().zip(&look.causes) {
        say!("\n| from the newest state to the picture, {kind} | share | off, cm | share of the worst 5 % |");
        say!("| --- | --- | --- | --- |");
        for row in rows {
            let [share, worst] = [row.share, row.share_of_worst].map(|share| share * 100.0);
            say!("| {} | {share:.1} % | {} | {worst:.1} % |", row.cause, pair(row.off));
        }
    }
    say!(
        "\n| going on from the true newest state by | cars off, cm | cars without a jump, cm | all off, cm | {} |",
        "all without a jump, cm | cars turned, degrees"
    );
    say!("| --- | --- | --- | --- | --- | --- |");
    for row in &look.bounds {
        let [cars, bodies] = [(row.cars, row.cars_smoothed), (row.bodies, row.bodies_smoothed)]
            .map(|(off, smoothed)| format!("{} | {}", pair(off), pair(smoothed)));
        say!("| {} | {cars} | {bodies} | {} |", row.way, pair(row.rotation));
    }
}
