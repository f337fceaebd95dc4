//! Rooms full of clients under every fault at once: after some quiet, everyone holds exactly what is
//! published of what they may see.

use auspice::sim::{Arena, Link};
use auspice::{Micros, Rng, Terms};

use crate::games::arena_with;
use crate::games::zoo::{Want, Zoo};

const SEEDS: u64 = 1000;
const CLIENTS: usize = 20;
pub const NOISY_TICKS: u32 = 90;
/// Longer than any delay, stall and backlog that the noise can leave behind.
const QUIET_SECONDS: u32 = 3;

/// Which faults a run has at all: drawn once, so that some runs have one alone.
struct Faults {
    delay: bool,
    jitter: bool,
    stalls: bool,
    slow: bool,
    cuts: bool,
    /// Who is cut comes back by itself, as the same player. Otherwise somebody new comes.
    returns: bool,
}

impl Faults {
    fn draw(rng: &mut Rng) -> Self {
        let mut coin = || rng.one_in(2);
        Self { delay: coin(), jitter: coin(), stalls: coin(), slow: coin(), cuts: coin(), returns: coin() }
    }

    fn link(&self, rng: &mut Rng) -> Link {
        let millis =
            |on: bool, most: u32, rng: &mut Rng| Micros::from_millis(if on { u64::from(rng.below(most)) } else { 0 });
        Link {
            delay: millis(self.delay, 150, rng),
            jitter: millis(self.jitter, 60, rng),
            bytes_per_second: if self.slow && rng.one_in(4) { 1500 + rng.below(3000) } else { 0 },
            ..Link::default()
        }
    }
}

/// Plays one session and hands it back after the quiet.
fn play(seed: u64) -> Arena<Zoo> {
    play_with(seed, |_, _| {})
}

/// The same; `meanwhile` is called after each noisy tick, with how many there have been.
pub fn play_with(seed: u64, mut meanwhile: impl FnMut(&mut Arena<Zoo>, u32)) -> Arena<Zoo> {
    let mut rng = Rng::new(seed);
    let terms = Terms {
        tick_hz: [10, 20, 30, 60][rng.below(4) as usize],
        send_every: 1 + rng.below(3) * rng.below(2),
        input_every: 1 + rng.below(4) * rng.below(2),
        patience_millis: [0, 167, 250][rng.below(3) as usize],
        ..Terms::of::<Zoo>(())
    };
    let faults = Faults::draw(&mut rng);
    let tick_hz = terms.tick_hz;
    let mut arena: Arena<Zoo> = arena_with(terms, rng.bits());
    arena.is_resumable = faults.returns;
    for _ in 0..CLIENTS {
        let (up, down) = (faults.link(&mut rng), faults.link(&mut rng));
        let index = arena.connect(up, down).expect("the name should fit");
        arena.clients[index].returns = faults.returns.then_some((up, down));
    }
    for tick in 1..=NOISY_TICKS {
        disturb(&mut arena, &faults, &mut rng);
        arena.step();
        meanwhile(&mut arena, tick);
    }
    arena.calm(QUIET_SECONDS * tick_hz);
    arena
}

fn disturb(arena: &mut Arena<Zoo>, faults: &Faults, rng: &mut Rng) {
    for index in 0..arena.clients.len() {
        if rng.one_in(8) {
            arena.clients[index].replica_mut().set_input(Want { steer: rng.below(16) as u8 });
        }
        if rng.one_in(50) {
            // Refused before the welcome, which is fine.
            let _ = arena.clients[index].replica_mut().command(&(rng.below(256) as u8));
        }
        let now = arena.now();
        if faults.stalls && rng.one_in(60) {
            arena.clients[index].down.stall(now + Micros::from_millis(u64::from(rng.below(1500))));
        }
        if faults.stalls && rng.one_in(60) {
            arena.clients[index].up.stall(now + Micros::from_millis(u64::from(rng.below(800))));
        }
        if faults.cuts && rng.one_in(200) && arena.clients[index].seat.is_some() {
            arena.cut(index);
            if !faults.returns {
                let (up, down) = (faults.link(rng), faults.link(rng));
                arena.connect(up, down).expect("the name should fit");
            }
        }
    }
}

#[test]
fn after_quiet_everyone_holds_what_is_published() {
    let (mut cuts, mut resumes) = (0, 0);
    for seed in 0..SEEDS {
        let mut arena = play(seed);
        let stats = arena.room.stats();
        (cuts, resumes) = (cuts + stats.suspensions, resumes + stats.resumes);
        let playing = arena.clients.iter().filter(|client| client.seat.is_some()).count();
        let expected = if arena.is_resumable { CLIENTS } else { CLIENTS - 2 };
        assert!(playing >= expected, "seed {seed}: only {playing} still play: {:?}", closings(&arena));
        // In quiet over links without delay, an update is there in the tick in which it was sent.
        assert!(arena.check_all(20), "seed {seed}: someone never catches up");
        assert!(arena.faults.is_empty(), "seed {seed}: {:#?}", arena.faults);
    }
    // A cut in the middle of coming back, before the hello arrived, is no resume of its own.
    assert!(cuts > 500 && resumes * 10 >= cuts * 9, "{resumes} came back after {cuts} cuts");
}

fn closings(arena: &Arena<Zoo>) -> Vec<String> {
    arena.clients.iter().filter_map(|client| Some(client.closed.as_ref()?.to_string())).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    for seed in 0..20 {
        assert_eq!(play(seed).digest(), play(seed).digest(), "seed {seed}");
    }
}
