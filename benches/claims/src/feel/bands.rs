//! Errors of what is shown, by how far away it is: what patience gives up, and where.

use std::collections::{BTreeMap, HashMap};

use auspice::sim::{Arena, Client, Link};
use auspice::{EntityId, Game, Ground, Micros, Replicate, Rng, Terms};
use auspice_demo::{Demo, Pilot, Rules};
use auspice_workloads::w1::{self, W1};
use auspice_workloads::workload::Buttons;
use glam::Vec3;

use super::{PICTURE_PERIOD, PLAYERS, Spread, WARMUP_SECONDS, steer};

/// Bands of distance, each a quarter of the interest radius.
pub const BANDS: usize = 4;

/// Places by entity, in metres.
type Places = HashMap<EntityId, Vec3>;

/// Bodies shown by the tick of the picture, until the truth of that tick is there.
#[derive(Default)]
struct BandShown {
    by_tick: BTreeMap<u32, Vec<(EntityId, Vec3)>>,
    errors: [Vec<f64>; BANDS],
}

/// The distance of W1's bodies from where they truly were, as pictures showed them, in metres; and updates for a client
/// and second.
///
/// # Panics
/// Where a client holds what it should not.
#[must_use]
pub fn measure_w1(rtt_ms: u64, patience_millis: u32, seconds: u32) -> ([Spread; BANDS], f64) {
    let terms = Terms { patience_millis, ..Terms::of::<W1>(w1::Rules::of(1000)) };
    let mut rng = Rng::new(1);
    measure::<W1>(terms, rtt_ms, seconds, |_, client| {
        if rng.one_in(8) {
            client.replica_mut().set_input(Buttons { pressed: rng.below(256) as u8 });
        }
    })
}

/// The same of whatever moves in the demo.
///
/// # Panics
/// As [`measure_w1`].
#[must_use]
pub fn measure_demo(rtt_ms: u64, patience_millis: u32, seconds: u32) -> ([Spread; BANDS], f64) {
    let terms = Terms { patience_millis, ..Terms::of::<Demo>(Rules::default()) };
    let ground = Ground::new(terms.clone());
    let mut pilots: Vec<Pilot> = (0..PLAYERS as u64).map(Pilot::new).collect();
    measure::<Demo>(terms, rtt_ms, seconds, |index, client| {
        steer(client, &mut pilots[index], &ground, true);
    })
}

fn measure<G: Game>(
    terms: Terms<G::Rules>,
    rtt_ms: u64,
    seconds: u32,
    mut play: impl FnMut(usize, &mut Client<G>),
) -> ([Spread; BANDS], f64) {
    let (hz, radius) = (terms.tick_hz, terms.interest_radius / G::UNITS_PER_METRE);
    let mut arena = Arena::<G>::new(terms, 5).expect("the terms should be playable");
    let link = Link { delay: Micros(rtt_ms * 500), ..Link::default() };
    let mut shown: Vec<BandShown> = Vec::new();
    for _ in 0..PLAYERS {
        let index = arena.connect(link, link).expect("the name should fit");
        arena.clients[index].picture_period = PICTURE_PERIOD;
        shown.push(BandShown::default());
    }
    let mut updates = 0;
    for tick in 0..(WARMUP_SECONDS + seconds) * hz {
        if tick == WARMUP_SECONDS * hz {
            updates = arena.room.stats().updates;
        }
        for (index, client) in arena.clients.iter_mut().enumerate() {
            play(index, client);
        }
        arena.step_with(|index, client, now| shown[index].picture(client, now));
        for (index, shown) in shown.iter_mut().enumerate() {
            let Some(seat) = arena.clients[index].seat else { continue };
            let own = arena.clients[index].replica().own();
            let truth = arena.room.expected_view(seat).unwrap_or_default();
            let place =
                |kind: usize, row| G::place(&G::Entity::read_row(kind, row)).map(|place| place.0 / G::UNITS_PER_METRE);
            let truth = truth.iter().filter_map(|(id, kind, row, _)| Some((*id, place(*kind, row)?))).collect();
            shown.compare(arena.room.tick_now().0, own, &truth, radius, tick >= WARMUP_SECONDS * hz);
        }
    }
    assert_eq!(arena.faults, [], "a client held what it should not");
    let updates = (arena.room.stats().updates - updates) as f64 / (f64::from(seconds) * PLAYERS as f64);
    let spreads = std::array::from_fn(|band| {
        Spread::of(&mut shown.iter_mut().flat_map(|shown| shown.errors[band].drain(..)).collect::<Vec<_>>())
    });
    (spreads, updates)
}

impl BandShown {
    fn picture<G: Game>(&mut self, client: &mut Client<G>, now: Micros) {
        let replica = client.replica_mut();
        let own = replica.own();
        let frame = replica.frame(now);
        let others = frame.shown.iter().filter(|shown| Some(shown.id) != own);
        let others = others.filter_map(|shown| Some((shown.id, G::place(&shown.before)?.0 / G::UNITS_PER_METRE)));
        self.by_tick.entry(frame.tick.0).or_insert_with(|| others.collect());
    }

    /// Compares what was shown of `tick` with what was so, which `truth` says of all that may be seen.
    fn compare(&mut self, tick: u32, own: Option<EntityId>, truth: &Places, radius: f32, counts: bool) {
        let later = self.by_tick.split_off(&(tick + 1));
        let shown = std::mem::replace(&mut self.by_tick, later).remove(&tick).unwrap_or_default();
        let Some(centre) = own.and_then(|own| truth.get(&own)).filter(|_| counts) else { return };
        for (id, place) in shown {
            let Some(truth) = truth.get(&id) else { continue };
            let band = (truth.distance(*centre) / radius * BANDS as f32) as usize;
            if let Some(errors) = self.errors.get_mut(band) {
                errors.push(f64::from(truth.distance(place)));
            }
        }
    }
}
