//! Cost: what a recorded world takes on the wire, with perfect links, an update in every tick, and clients that see
//! all.

use std::collections::HashMap;
use std::sync::Arc;

use auspice::error::SetupError;
use auspice::replica::Replica;
use auspice::sim::{Arena, Link};
use auspice::{EntityId, Replicate, Terms};
use serde::Serialize;

use crate::body::{BodyKinds, Driven};
use crate::entropy::{Expectation, SchemeEntropy, news_bits};
use crate::fidelity::{Fidelity, FieldFidelity};
use crate::foresight::Foresight;
use crate::playback::{Playback, Rules};
use crate::trace::Recording;

/// Number of clients, all of which see all.
const CLIENTS: usize = 4;
/// Ticks that do not count: hello, welcome, first sight.
pub const JOIN_TICKS: u32 = 30;

/// Bits of a part of the updates.
#[derive(Clone, Debug, Serialize)]
pub struct PartBits {
    /// The part: of a kind, a field of it, or of the update.
    pub part: String,
    /// Bits for a client and tick.
    pub bits: f64,
}

/// A usual scheme's bytes: at least, by entropy, or in codes that fit.
#[derive(Clone, Debug, Serialize)]
pub struct SchemeBytes {
    /// The scheme.
    pub scheme: String,
    /// Bytes for a client and tick.
    pub bytes: f64,
}

/// The cost of a recorded world.
#[derive(Clone, Debug, Serialize)]
pub struct Cost {
    /// Clients times ticks that counted.
    pub client_ticks: u64,
    /// Entities of a tick, in the mean.
    pub entities: f64,
    /// Bytes for a client and tick, everything inside but headers of WebSocket, TCP and IP.
    pub bytes: f64,
    /// Share of entities and ticks that had news.
    pub news_share: f64,
    /// Bits by part, the largest first.
    pub parts: Vec<PartBits>,
    /// Bits of rows for a client and tick: who has news, which fields, and the fields.
    pub state_bits: f64,
    /// Bits of the same news for a client and tick, by an ideal code that knows how often each number comes.
    pub news_entropy_bits: f64,
    /// Bytes of usual schemes.
    pub schemes: Vec<SchemeBytes>,
    /// Share of entities and ticks that were off by more than the tolerance in any field.
    pub tolerance_missed: f64,
    /// The same by field.
    pub fidelity: Vec<FieldFidelity>,
    /// Whatever must not happen, and did.
    pub faults: Vec<String>,
}

/// The parts of updates that rows are made of.
fn is_state(part: &str) -> bool {
    part == "news: who" || (part.contains(" news: ") && !part.ends_with("gone or label"))
}

/// The arena of a recorded world with `clients` who see all.
pub(crate) fn arena<B: BodyKinds>(
    trace: &Arc<Recording>,
    foresight: Foresight,
    clients: usize,
    link: Link,
) -> Result<Arena<Playback<B>>, SetupError> {
    let terms = Terms::of::<Playback<B>>(Rules { foresight }).strict();
    let mut arena = Arena::with_world(terms, 1, |_, _| Playback::of(trace))?;
    for _ in 0..clients {
        arena.connect(link, link)?;
    }
    Ok(arena)
}

/// Plays `trace`, which is live, by the field tables of `B`, and says what it took.
///
/// # Errors
/// [`SetupError`] where the field tables are wrong.
pub fn measure<B: BodyKinds>(trace: &Arc<Recording>, foresight: Foresight) -> Result<Cost, SetupError> {
    let mut arena = arena::<B>(trace, foresight, CLIENTS, Link::default())?;
    let hz = arena.room.terms().tick_hz;
    let mut noted = Noted::new(foresight, hz);
    let (mut at_start, mut parts_at_start) = (*arena.room.stats(), arena.room.breakdown());
    for tick in 1..=trace.ticks.len() as u32 {
        if tick == JOIN_TICKS + 1 {
            (at_start, parts_at_start) = (*arena.room.stats(), arena.room.breakdown());
            arena.room.learn_codes();
        }
        arena.step();
        arena.deliver();
        noted.note(arena.clients[0].replica(), arena.room.game(), tick > JOIN_TICKS);
    }
    let stats = arena.room.stats();
    let client_ticks = stats.updates - at_start.updates;
    let per_client_tick = |amount: f64| amount / client_ticks.max(1) as f64;
    let mut parts: Vec<_> = arena.room.breakdown().into_iter().zip(parts_at_start).collect();
    parts.sort_by_key(|((_, bits), (_, before))| core::cmp::Reverse(bits - before));
    let parts: Vec<_> = parts
        .into_iter()
        .map(|((part, bits), (_, before))| PartBits { part, bits: per_client_tick((bits - before) as f64) })
        .filter(|part| part.bits > 0.0)
        .collect();
    let entity_ticks = noted.entity_ticks.iter().sum::<u64>();
    let ticks = (trace.ticks.len() as f64 - f64::from(JOIN_TICKS)).max(1.0);
    Ok(Cost {
        client_ticks,
        entities: entity_ticks as f64 / ticks,
        bytes: per_client_tick((stats.payload_bytes - at_start.payload_bytes) as f64),
        news_share: (stats.news - at_start.news) as f64 / entity_ticks.max(1) as f64,
        state_bits: parts.iter().filter(|part| is_state(&part.part)).map(|part| part.bits).sum(),
        parts,
        news_entropy_bits: news_bits(&arena.room, &noted.entity_ticks) / ticks,
        schemes: noted
            .schemes
            .iter()
            .flat_map(|(name, exact)| {
                let bytes =
                    |how, bits: f64| SchemeBytes { scheme: format!("{name}, {how}"), bytes: bits / ticks / 8.0 };
                [bytes("entropy", exact.bits()), bytes("fitted codes", exact.fitted_bits())]
            })
            .collect(),
        tolerance_missed: noted.fidelity.missed(),
        fidelity: noted.fidelity.fields(),
        faults: arena.faults.iter().map(|fault| fault.0.clone()).collect(),
    })
}

/// Notes of a run, tick by tick.
struct Noted {
    /// Entities and ticks, by kind.
    entity_ticks: [u64; Driven::KINDS.len()],
    fidelity: Fidelity,
    schemes: Vec<(String, SchemeEntropy)>,
}

impl Noted {
    fn new(foresight: Foresight, tick_hz: u32) -> Self {
        let scheme = |name: &str, prediction| (name.into(), SchemeEntropy::new(prediction, tick_hz));
        let schemes = vec![
            scheme("difference to the last sent", Expectation::LastSent),
            scheme("linear, last sent", Expectation::Linear),
            scheme("constant velocity", Expectation::Foresight(Foresight::None)),
            scheme("drift and foresight, without what lasts", Expectation::Foresight(foresight)),
        ];
        Self { entity_ticks: Default::default(), fidelity: Fidelity::default(), schemes }
    }

    /// A tick, as it is held and as it was recorded.
    fn note<B: BodyKinds>(&mut self, held: &Replica<Playback<B>>, game: &Playback<B>, counts: bool) {
        let recorded: Vec<_> = game.bodies(held.tick().0).map(|(id, body)| (id, Driven::from(body))).collect();
        let held: HashMap<EntityId, Driven> = held.entities().map(|held| (held.id, held.entity.into())).collect();
        if counts {
            held.values().for_each(|held| self.entity_ticks[held.kind()] += 1);
            for (id, recorded) in &recorded {
                let Some(now) = held.get(id) else { continue };
                self.fidelity.add(&now.motion(), &recorded.motion());
            }
            self.schemes.iter_mut().for_each(|(_, scheme)| scheme.add(&recorded));
        }
    }
}
