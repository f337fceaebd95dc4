//! The comparison: everything that is measured of the server, in sections, each beside its goal.
//!
//! - [`load`], [`quiet`], [`tls`], [`proxied`], [`stress`], [`kept`], [`rooms`](mod@rooms) and
//!   [`neighbours`](mod@neighbours): real sockets, in processes of their own ([`runs`], two by two [`paired`]);
//!   [`wire`](mod@wire): the same over a cable ([`veth`]); [`memory`]: the core alone, without sockets;
//! - [`figure`] (a figure and its goal) and [`fit`] (medians, exponents);
//! - [`page`] (the table, the page, the JSON file), [`plot`] (its pictures), [`machine`] (where it was measured).

pub mod figure;
mod findings;
pub mod fit;
pub mod kept;
pub mod load;
pub mod machine;
pub mod memory;
pub mod neighbours;
pub mod page;
mod paired;
pub mod plot;
pub mod proxied;
pub mod quiet;
pub mod rooms;
pub mod runs;
mod samples;
mod sending;
pub mod stress;
pub mod tls;
pub mod veth;
pub mod wire;

use clap::ValueEnum;
use serde::Serialize;

use self::figure::{Figure, Verdict};
pub use self::findings::{Findings, Scale, note};
use self::sending::SendingTerms;

/// A section: figures that are measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// W1 with 1000 clients, in pairs with the floor: payload, processor time, ticks, memory.
    Floor,
    /// W1 with 1000 clients and patience, in pairs with the floor.
    Quiet,
    /// W1 and the demo over a cable, with patience and without: bytes and packets.
    Wire,
    /// W1 with 1000 clients over TLS, in pairs with plain connections.
    Tls,
    /// W1 with 1000 clients and patience behind nginx, in pairs with the server's own TLS.
    Nginx,
    /// W1 at 60 ticks a second, in pairs with 30.
    Rate,
    /// The same with patience.
    QuietRate,
    /// W1 from 250 clients to as many as the clients' core bears, and the floor.
    Clients,
    /// The same with patience.
    QuietClients,
    /// W2.
    W2,
    /// A thousand clients in one view, in pairs with the floor.
    Crowd,
    /// The same with patience.
    QuietCrowd,
    /// Stalls of one client of 500 that stops reading.
    Stall,
    /// A thousand joins in a second.
    Storm,
    /// W1 with a log, in pairs with none.
    Log,
    /// W1 in 250 rooms of 8, in pairs with one room of 2000.
    Rooms,
    /// Rooms beside one that takes all its worker's time, or panics.
    Neighbours,
    /// Lateness of ticks, beside a program that only sleeps.
    Schedule,
    /// W1 at a quarter and at four times its density, without sockets.
    Density,
    /// W1 with a third axis, without sockets.
    Space,
    /// W1 by other ways to encode it.
    Schemes,
}

impl Section {
    /// In order of the page.
    pub const ALL: &[Self] = &[
        Self::Floor,
        Self::Quiet,
        Self::Wire,
        Self::Tls,
        Self::Nginx,
        Self::Rate,
        Self::QuietRate,
        Self::Clients,
        Self::QuietClients,
        Self::W2,
        Self::Crowd,
        Self::QuietCrowd,
        Self::Stall,
        Self::Storm,
        Self::Log,
        Self::Rooms,
        Self::Neighbours,
        Self::Schedule,
        Self::Density,
        Self::Space,
        Self::Schemes,
    ];

    /// Its heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Floor => "Beside bare sockets",
            Self::Quiet => "Where news may wait",
            Self::Wire => "On a cable",
            Self::Tls => "Over TLS",
            Self::Nginx => "Beside nginx",
            Self::Rate => "Twice the tick rate",
            Self::QuietRate => "Twice the tick rate, where news may wait",
            Self::Clients => "More and more clients",
            Self::QuietClients => "More and more clients, where news may wait",
            Self::W2 => "Contacts and hidden forces",
            Self::Crowd => "A crowd in one view",
            Self::QuietCrowd => "A crowd in one view, where news may wait",
            Self::Stall => "One client stalls",
            Self::Storm => "A storm of joins",
            Self::Log => "Nothing is lost",
            Self::Rooms => "Many small rooms",
            Self::Neighbours => "Beside a bad room",
            Self::Schedule => "When ticks begin",
            Self::Density => "Thin and dense",
            Self::Space => "Three dimensions",
            Self::Schemes => "Other encodings",
        }
    }

    /// Measures it.
    ///
    /// # Errors
    /// Why there are no figures: a plain sentence.
    pub fn measure(self, scale: &Scale) -> Result<Findings, String> {
        match self {
            Self::Floor => load::floor(scale),
            Self::Quiet => quiet::quiet(scale),
            Self::Wire => wire::wire(scale),
            Self::Tls => tls::tls(scale),
            Self::Nginx => proxied::proxied(scale),
            Self::Rate => load::rate(scale, SendingTerms::Strict),
            Self::QuietRate => load::rate(scale, SendingTerms::Patient),
            Self::Clients => load::clients(scale, SendingTerms::Strict),
            Self::QuietClients => load::clients(scale, SendingTerms::Patient),
            Self::W2 => load::w2(scale),
            Self::Crowd => load::crowd(scale, SendingTerms::Strict),
            Self::QuietCrowd => load::crowd(scale, SendingTerms::Patient),
            Self::Stall => stress::stall(scale),
            Self::Storm => stress::storm(scale),
            Self::Log => kept::log(scale),
            Self::Rooms => rooms::rooms(scale),
            Self::Neighbours => neighbours::neighbours(scale),
            Self::Schedule => stress::schedule(scale),
            Self::Density => memory::density(scale),
            Self::Space => memory::space(scale),
            Self::Schemes => memory::schemes(scale),
        }
    }
}

/// A section, and what came of it.
#[derive(Debug)]
pub struct Outcome {
    /// The section.
    pub section: Section,
    /// Why there are no findings: a plain sentence.
    pub result: Result<Findings, String>,
}

impl Outcome {
    /// Measures `section`.
    #[must_use]
    pub fn of(section: Section, scale: &Scale) -> Self {
        let mut result = section.measure(scale);
        if let (Ok(findings), true) = (&mut result, scale.is_quick) {
            // At these sizes a goal means nothing.
            findings.figures.iter_mut().for_each(|figure| figure.verdict = Verdict::None);
        }
        Self { section, result }
    }

    /// Faults, which must not be on whatever machine.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        match &self.result {
            Ok(findings) => findings.faults.clone(),
            Err(sentence) => vec![sentence.clone()],
        }
    }

    /// Its figures, if there are any.
    #[must_use]
    pub fn figures(&self) -> &[Figure] {
        self.result.as_ref().map_or(&[], |findings| &findings.figures)
    }
}
