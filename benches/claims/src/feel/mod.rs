//! The feel table: what a player of the demo feels over a given network, in figures, on virtual time.
//!
//! Some players fly by the demo's own pilots, each with 60 pictures a second. Nothing sleeps and nothing is
//! drawn, so a minute of eight players takes a second, and gives the same figures on every machine.

mod bands;
mod causes;
mod jumps;
mod messages;

use std::collections::{BTreeMap, HashMap, HashSet};

use auspice::authority::Room;
use auspice::replica::{Frame, PictureSettings, Replica};
use auspice::sim::{Arena, Client, Link};
use auspice::{EntityId, Game, Ground, Micros, Terms};
use auspice_demo::{Demo, Input, Pilot, Rules, Ship};
pub use bands::{BANDS, measure_demo, measure_w1};
pub use causes::Cause;
use causes::Truth;
use glam::Vec2;
use jumps::Watch;
pub use messages::{MessageSplit, split_demo, split_w1};

/// Seconds until the clocks have settled and the fight has begun.
const WARMUP_SECONDS: u32 = 5;
/// Number of players, each with a pilot.
pub const PLAYERS: usize = 8;
/// Not a whole part of a tick, so that pictures meet updates at every phase.
const PICTURE_PERIOD: Micros = Micros(16_400);
/// A stall begins so often, for each player at another moment.
const STALL_EVERY_SECONDS: u32 = 5;
/// Corrections of so many seconds after a stall are its own.
const MENDING_SECONDS: u64 = 1;

/// A network, and what there is in the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The way there and back without jitter, in milliseconds.
    pub rtt_ms: u64,
    /// Each message takes up to so much longer, in each direction, in milliseconds.
    pub jitter_ms: u64,
    /// Length of a stall in every 5 s, in both directions, in milliseconds.
    pub stall_ms: u64,
    /// Asteroids, computer-driven ships, pickups and shots, which no client can foresee. Otherwise players only.
    pub interference: bool,
    /// Ticks a second.
    pub tick_hz: u32,
}

/// Measured feel of a network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Feel {
    /// Time from sending an input to holding the state that it is part of, less the mean round trip of the
    /// network: ticks.
    pub echo: Spread,
    /// Share of the own ship's ticks that were not as they had been shown.
    pub mispredicted: f64,
    /// Share of ticks for which the server had no input.
    pub starved: f64,
    /// Distance of other ships as they were shown from where they then were: metres.
    pub remote_error: Spread,
    /// Corrections of other ships, before smoothing: metres.
    pub corrections: Spread,
    /// Corrections of the own ship: metres.
    pub own_corrections: Spread,
    /// The same by what caused them, as [`Cause::ALL`].
    pub own_causes: [Spread; Cause::ALL.len()],
    /// The largest correction of the own ship in the second after a stall, 0 where there was none: metres.
    pub own_after_stall: Spread,
    /// The same for each other thing that was corrected.
    pub others_after_stall: Spread,
    /// Corrections that were too far to be smoothed, for a player and minute. Not those of wrecks that are ships again.
    pub teleports_a_minute: f64,
    /// Jumps in pictures of anything that moves, for a player and minute.
    pub jumps_a_minute: f64,
    /// Things and pictures looked at.
    pub looks: u64,
    /// Number of times that a clock jumped.
    pub clock_jumps: u64,
}

/// The middle and the bad end of many values.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// Half are at most this.
    pub p50: f64,
    /// 99 of 100 are at most this.
    pub p99: f64,
    /// Number of values.
    pub count: usize,
}

impl Spread {
    fn of(values: &mut [f64]) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |share: f64| {
            values.get(((values.len() as f64 * share) as usize).min(values.len().saturating_sub(1))).copied()
        };
        Self { p50: at(0.5).unwrap_or(0.0), p99: at(0.99).unwrap_or(0.0), count: values.len() }
    }
}

/// Notes on a player.
#[derive(Default)]
struct Notes {
    /// Inputs on their way, by tick, and when they were sent.
    inputs: BTreeMap<u32, Micros>,
    newest_input: u32,
    echoes: Vec<f64>,
    /// Places where others were shown, by tick, until the truth of that tick is there.
    shown: BTreeMap<u32, Vec<(EntityId, Vec2)>>,
    errors: Vec<f64>,
    corrections: Vec<f64>,
    own_corrections: Vec<f64>,
    own_causes: [Vec<f64>; Cause::ALL.len()],
    truth: Truth,
    /// The newest tick held in the picture before.
    held_at: u32,
    teleports: u64,
    /// Ships that were alive in the picture before.
    alive: HashSet<EntityId>,
    /// The last stall: its end, and the largest correction of each thing since.
    stall: Option<(Micros, HashMap<EntityId, f64>)>,
    own_after_stall: Vec<f64>,
    others_after_stall: Vec<f64>,
    watch: Watch,
}

/// Plays `seconds` over `cell`, and says what it felt like to those who see it by `settings`.
///
/// # Panics
/// If the demo breaks its own rules or a client diverges.
#[must_use]
pub fn measure(cell: Cell, seconds: u32, settings: PictureSettings) -> Feel {
    let rules = if cell.interference {
        Rules::default()
    } else {
        Rules { size: 1500, npcs: 0, asteroids: 0, pickups: 0, ..Rules::default() }
    };
    let terms = Terms { tick_hz: cell.tick_hz, ..Terms::of::<Demo>(rules).strict() };
    let ground = Ground::new(terms.clone());
    let mut arena = arena_of_players(cell, terms, settings);
    let mut pilots: Vec<Pilot> = (0..PLAYERS as u64).map(Pilot::new).collect();
    let round_trip = Micros(cell.rtt_ms * 1000 + cell.jitter_ms * 1000);
    let mut notes: Vec<Notes> = Vec::new();
    notes.resize_with(PLAYERS, Notes::default);
    let (mut at_start, mut server_at_start) = (Vec::new(), Vec::new());
    let hz = cell.tick_hz;
    for tick in 0..(WARMUP_SECONDS + seconds) * hz {
        if tick == WARMUP_SECONDS * hz {
            server_at_start = inputs(&mut arena);
            at_start = arena.clients.iter().map(|client| client.replica().net_stats(arena.now())).collect();
        }
        let counts = tick >= WARMUP_SECONDS * hz;
        let stall_until = arena.now() + Micros::from_millis(cell.stall_ms);
        for (index, client) in arena.clients.iter_mut().enumerate() {
            // Each at another moment.
            let begins = (tick + index as u32 * 7).is_multiple_of(STALL_EVERY_SECONDS * hz);
            if cell.stall_ms > 0 && begins {
                client.up.stall(stall_until);
                client.down.stall(stall_until);
                notes[index].stall = counts.then(|| (stall_until, HashMap::new()));
            }
            steer(client, &mut pilots[index], &ground, cell.interference);
            notes[index].record_truth(client.replica().own(), &arena.room);
        }
        arena.step_with(|index, client, now| notes[index].picture(client, now, round_trip, counts));
    }
    let server_at_end = inputs(&mut arena);
    assert_eq!(arena.faults, [], "a client held what it should not");
    let now = arena.now();
    let at_end: Vec<_> = arena.clients.iter().map(|client| client.replica().net_stats(now)).collect();
    let sum = |value: &dyn Fn(usize) -> u64| (0..PLAYERS).map(value).sum::<u64>() as f64;
    let all = |of: &dyn Fn(&mut Notes) -> &mut Vec<f64>, notes: &mut [Notes]| {
        Spread::of(&mut notes.iter_mut().flat_map(|notes| std::mem::take(of(notes))).collect::<Vec<_>>())
    };
    let player_seconds = f64::from(seconds) * PLAYERS as f64;
    Feel {
        echo: all(&|notes| &mut notes.echoes, &mut notes),
        mispredicted: sum(&|i| at_end[i].ticks_mispredicted - at_start[i].ticks_mispredicted)
            / sum(&|i| at_end[i].ticks_predicted - at_start[i].ticks_predicted),
        starved: sum(&|i| server_at_end[i] - server_at_start[i]) / (player_seconds * f64::from(hz)),
        remote_error: all(&|notes| &mut notes.errors, &mut notes),
        corrections: all(&|notes| &mut notes.corrections, &mut notes),
        own_corrections: all(&|notes| &mut notes.own_corrections, &mut notes),
        own_causes: Cause::ALL.map(|cause| all(&|notes| &mut notes.own_causes[cause as usize], &mut notes)),
        own_after_stall: all(&|notes| &mut notes.own_after_stall, &mut notes),
        others_after_stall: all(&|notes| &mut notes.others_after_stall, &mut notes),
        teleports_a_minute: sum(&|i| notes[i].teleports) * 60.0 / player_seconds,
        jumps_a_minute: sum(&|i| notes[i].watch.jumps) * 60.0 / player_seconds,
        looks: notes.iter().map(|notes| notes.watch.looks).sum(),
        clock_jumps: arena
            .clients
            .iter()
            .filter_map(|client| client.replica().clock())
            .map(auspice::link::Clock::jumps)
            .sum(),
    }
}

/// The demo with [`PLAYERS`] who are connected as the cell says.
fn arena_of_players(cell: Cell, terms: Terms<Rules>, settings: PictureSettings) -> Arena<Demo> {
    let mut arena = Arena::<Demo>::new(terms, 5).expect("the demo should be playable");
    let (delay, jitter) = (Micros(cell.rtt_ms * 500), Micros::from_millis(cell.jitter_ms));
    let link = Link { delay, jitter, ..Link::default() };
    for _ in 0..PLAYERS {
        let index = arena.connect(link, link).expect("the name should fit");
        arena.clients[index].picture_period = PICTURE_PERIOD;
        arena.clients[index].replica_mut().set_settings(settings);
    }
    arena
}

/// Number of inputs that each client's inbox missed so far, as the server counted.
fn inputs(arena: &mut Arena<Demo>) -> Vec<u64> {
    arena
        .clients
        .iter()
        .map(|client| {
            arena.room.input_report(client.seat.expect("everyone should play")).map_or(0, |report| report.missing)
        })
        .collect()
}

/// The pilot's next input, by what the player holds; none while that has no ship.
fn steer(client: &mut Client<Demo>, pilot: &mut Pilot, ground: &Ground<Demo>, may_fire: bool) -> Option<Input> {
    let replica = client.replica_mut();
    let own = replica.own()?;
    let ship = replica.entity(own).and_then(|held| held.entity.as_ship().copied())?;
    let mut input = pilot.fly(ground, own, &ship, replica.entities().map(|held| (held.id, held.entity)));
    if !may_fire {
        (input.fire, input.laser, input.missile) = (false, false, false);
    }
    replica.set_input(input);
    Some(input)
}

impl Notes {
    fn picture(&mut self, client: &mut Client<Demo>, now: Micros, round_trip: Micros, counts: bool) {
        let replica = client.replica_mut();
        let (Some(clock), Some(own)) = (replica.clock(), replica.own()) else { return };
        let (period, newest) = (clock.period().0 as f64, clock.present(now) as u32);
        let first = self.newest_input.max(newest.saturating_sub(16)) + 1;
        self.inputs.extend((first..=newest).map(|tick| (tick, now)));
        self.newest_input = self.newest_input.max(newest);
        let held_at = replica.tick();
        while let Some((&tick, &sent)) = self.inputs.first_key_value()
            && tick <= held_at.0
        {
            self.inputs.pop_first();
            if counts {
                self.echoes.push((now.0 as f64 - sent.0 as f64 - round_trip.0 as f64) / period);
            }
        }
        self.compare(replica, held_at.0, counts);
        let Some(ground) = replica.ground() else { return };
        let rules = ground.terms.rules;
        let held_before = std::mem::replace(&mut self.held_at, held_at.0);
        let cause = self.truth.cause(&ground.level, held_before, held_at.0);
        let frame = replica.frame(now);
        self.watch.look(&frame, period, &rules, counts);
        self.note_corrections(&frame, (own, cause), now, counts);
        let others =
            frame.shown.iter().filter(|shown| shown.id != own && shown.before.as_ship().is_some_and(Ship::is_alive));
        let others = others.filter_map(|shown| Some((shown.id, shown.before.point()?)));
        self.shown.entry(frame.tick.0).or_insert_with(|| others.collect());
    }

    /// Records what became of the own ship in the tick that the room made last.
    fn record_truth(&mut self, own: Option<EntityId>, room: &Room<Demo>) {
        let ship = own
            .and_then(|own| room.game().world().entities().find(|(id, ..)| *id == own))
            .and_then(|(_, entity, _)| entity.as_ship());
        if let Some(ship) = ship {
            self.truth.record(room.tick_now().0, *ship);
        }
    }

    fn note_corrections(
        &mut self,
        frame: &Frame<'_, Demo>,
        (own, cause): (EntityId, Cause),
        now: Micros,
        counts: bool,
    ) {
        let alive = frame.shown.iter().filter(|shown| shown.after.as_ship().is_some_and(Ship::is_alive));
        let were_alive = std::mem::replace(&mut self.alive, alive.map(|shown| shown.id).collect());
        for correction in frame.corrections.iter().filter(|_| counts) {
            // A wreck that is a ship again is elsewhere.
            let returned = self.alive.contains(&correction.id) && !were_alive.contains(&correction.id);
            if correction.is_teleport {
                self.teleports += u64::from(!returned);
                continue;
            }
            let metres = f64::from(correction.metres);
            let kept = if correction.own { &mut self.own_corrections } else { &mut self.corrections };
            kept.push(metres);
            if correction.own {
                self.own_causes[cause as usize].push(metres);
            }
            if let Some((end, moved)) = &mut self.stall
                && now >= *end
            {
                let largest = moved.entry(correction.id).or_default();
                *largest = metres.max(*largest);
            }
        }
        if let Some((_, moved)) = self.stall.take_if(|(end, _)| now >= *end + Micros::from_seconds(MENDING_SECONDS)) {
            self.own_after_stall.push(moved.get(&own).copied().unwrap_or_default());
            self.others_after_stall.extend(moved.iter().filter(|(id, _)| **id != own).map(|(_, metres)| metres));
        }
    }

    /// Compares where others were shown at `tick` with where they were.
    fn compare(&mut self, replica: &Replica<Demo>, tick: u32, counts: bool) {
        let later = self.shown.split_off(&(tick + 1));
        let shown = std::mem::replace(&mut self.shown, later).remove(&tick).unwrap_or_default();
        for (id, place) in shown.into_iter().filter(|_| counts) {
            let truth = replica
                .entity(id)
                .filter(|held| held.entity.as_ship().is_some_and(Ship::is_alive))
                .and_then(|held| held.entity.point());
            self.errors.extend(truth.map(|truth| f64::from(truth.distance(place) / Demo::UNITS_PER_METRE)));
        }
    }
}
