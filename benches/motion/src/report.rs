//! The report: everything that was measured, as tables or as JSON.

use std::sync::Arc;

use auspice::Display;
use auspice::error::SetupError;
use auspice::replica::PictureSettings;
use auspice_output::say;
use serde::Serialize;

use crate::cost::{self, Cost};
use crate::foresight::Foresight;
use crate::shown::{self, Looks, Middle};
use crate::trace::Recording;

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
    /// Bytes and bits.
    pub cost: Cost,
    /// Figures of what a player sees.
    pub looks: Vec<NamedLook>,
}

impl Report {
    /// Plays a recorded world, over perfect links and over a network.
    ///
    /// # Errors
    /// As [`cost::measure`].
    pub fn of(trace: &Recording, foresight: Foresight) -> Result<Self, SetupError> {
        let live = Arc::new(trace.live());
        let plain = PictureSettings { smoothing: false, ..PictureSettings::default() };
        let ways = [
            ("as usual", PictureSettings::default()),
            ("without smoothing", plain),
            ("in the past", PictureSettings::default().with_display(Some(Display::Interpolate))),
        ];
        let look = |(name, settings)| Ok(NamedLook { name, look: shown::measure(&live, foresight, settings)? });
        Ok(Self {
            ticks: [trace.ticks.len(), live.ticks.len()],
            foresight,
            cost: cost::measure(&live, foresight)?,
            looks: ways.into_iter().map(look).collect::<Result<_, SetupError>>()?,
        })
    }

    /// Says all of it.
    pub fn say(&self) {
        let Self { ticks: [recorded, live], cost, .. } = self;
        say!("{live} of {recorded} ticks are live, with {:.2} bodies; {} client-ticks", cost.entities, cost.client_ticks);
        say!(
            "{:.2} B a client-tick, everything inside; news of {:.1} % of bodies and ticks",
            cost.bytes,
            cost.news_share * 100.0
        );
        say_parts(cost);
        say_schemes(cost);
        say_fidelity(cost);
        say_looks(&self.looks);
        cost.faults.iter().for_each(|fault| say!("FAULT: {fault}"));
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
        "corrections, cm | jumps/min"
    );
    say!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for NamedLook { name, look } in looks {
        say!(
            "| {name} | {:.0} | {:.2} | {} | {} | {} | {} | {} | {:.2} |",
            look.delay_ms,
            look.ahead_ticks,
            pair(look.bodies),
            pair(look.cars),
            pair(look.balls),
            pair(look.rotation),
            pair(look.corrections),
            look.jumps_a_minute
        );
    }
}
