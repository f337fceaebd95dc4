//! A large room's record, whose keyframes its twin brings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread::yield_now;

use auspice::authority::{Outgoing, Saved};
use auspice::error::LoadError;
use auspice::game::Viewpoint;
use auspice::message::Credential;
use auspice::replica::Replica;
use auspice::{ClientId, Context, EntityId, Ground, Micros, Publisher, Replicate, Rng, Step, Terms};
use auspice_cars::Cars;
use auspice_cars::hands::Hands;
use glam::IVec2;
use serde::{Deserialize, Serialize};

use super::*;
use crate::ticklog::{FrameKind, LogConfig, LogSegment, Segments};

/// A bird of a flock, which flies straight on and turns now and then.
#[derive(Replicate, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Bird {
    #[field(vec2(min = -100_000, max = 100_000, step = 1), moved_by = pace, position)]
    place: IVec2,
    #[field(vec2(min = -300, max = 300, step = 1), control)]
    pace: IVec2,
}

/// A player's wish for its bird.
#[derive(Replicate, Clone, Copy, Debug, Default, PartialEq)]
struct Flap {
    #[field(vec2(min = -300, max = 300, step = 1))]
    pace: IVec2,
}

/// Birds that nobody has, and players' behind them.
#[derive(Serialize, Deserialize)]
struct Flock {
    wild: Vec<Bird>,
    players: Vec<(ClientId, EntityId, Bird)>,
    next: u32,
}

impl Game for Flock {
    const NAME: &'static str = "flock";
    const INTEREST_RADIUS: f32 = 5_000.0;
    /// Birds more than usual.
    type Rules = u32;
    type Level = ();
    type Input = Flap;
    type Entity = Bird;
    type Command = ();
    type Event = ();

    fn new(ground: &Ground<Self>, _: u64) -> Self {
        let count = 400 + ground.terms.rules;
        let place = |number: i32| IVec2::new(number % 20 * 400 - 4000, number / 20 * 400 - 4000);
        let wild = (0..count as i32).map(|number| Bird { place: place(number), pace: IVec2::new(60, -30) });
        Self { wild: wild.collect(), players: Vec::new(), next: count }
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        self.players.push((client, EntityId::new(self.next, 0), Bird { place: IVec2::ZERO, pace: IVec2::ZERO }));
        self.next += 1;
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.players.retain(|(player, ..)| *player != client);
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        for (client, _, bird) in &mut self.players {
            bird.pace = step.inputs.iter().find(|(from, _)| from == client).map_or(bird.pace, |(_, flap)| flap.pace);
        }
        for bird in &mut self.wild {
            if step.rng.one_in(40) {
                bird.pace = IVec2::new(step.rng.between(-200, 200), step.rng.between(-200, 200));
            }
        }
        let hz = step.ground.terms.tick_hz;
        self.wild.iter_mut().chain(self.players.iter_mut().map(|(.., bird)| bird)).for_each(|bird| bird.drift(hz));
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        (0..).zip(&self.wild).for_each(|(slot, bird)| out.put(EntityId::new(slot, 0), bird));
        for (client, id, bird) in &self.players {
            out.put(*id, bird);
            out.viewpoint(*client, Viewpoint::of(*id));
        }
    }
}

/// Ticks from one keyframe to the next, by the work that each is said to have taken.
const TICKS_APART: u32 = 10;
const WORK: Duration = Duration::from_millis(50);

/// A room with players and a record, which is played tick by tick.
struct Taped<G: Saved> {
    room: Room<G>,
    tape: Tape<G>,
    twins: Twins,
    metrics: Arc<Metrics>,
    players: Vec<(Replica<G>, ClientId)>,
    rng: Rng,
    dir: PathBuf,
    /// Times in which the tape took what happened in a tick, those of ticks with a keyframe by themselves.
    took: [Vec<Duration>; 2],
}

impl<G: Saved> Drop for Taped<G> {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

fn log_in(dir: &Path, metrics: &Arc<Metrics>) -> FoundLog {
    let keep = Duration::from_secs(3600);
    let config = LogConfig { dir: dir.into(), sync: Duration::from_millis(20), keep_bytes: 1 << 30, keep };
    FoundLog::of_one(&config, Arc::clone(metrics)).unwrap().expect("nobody else should have the folder")
}

fn room_spec<G: Saved<Rules: Default>>() -> RoomSpec<G> {
    room_spec_by(G::Rules::default())
}

fn room_spec_by<G: Saved>(rules: G::Rules) -> RoomSpec<G> {
    let terms = Terms::of::<G>(rules);
    RoomSpec { terms, world: Box::new(G::new), seed: 1, clients_max: 16, grace_ticks: 300 }
}

impl<G: Saved<Rules: Default>> Taped<G> {
    fn new(name: &str, twins: Twins, saves: Saves<G>) -> Self {
        Self::by(name, twins, saves, G::Rules::default())
    }

    fn by(name: &str, twins: Twins, saves: Saves<G>, rules: G::Rules) -> Self {
        let dir = std::env::temp_dir().join(format!("auspice-twin-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        let metrics = Arc::new(Metrics::new("tests"));
        let log = Some(log_in(&dir, &metrics));
        let of_all = OfAllTapes { twins: twins.clone(), ..OfAllTapes::default() };
        let config = TapeConfig { log, must_go_on: false, look_back: Duration::from_secs(60), of_all };
        let opened = Tape::open(config, saves, &mut room_spec_by(rules), Arc::clone(&metrics), 0.0);
        let Ok((Some(tape), room)) = opened else { panic!("the room can be saved") };
        Self { room, tape, twins, metrics, players: Vec::new(), rng: Rng::new(7), dir, took: Default::default() }
    }

    fn join(&mut self, name: &str) {
        let replica = Replica::enter(name, "test", Credential::Open).expect("the name fits");
        self.players.push((replica, self.room.connect().expect("there is room")));
    }

    /// Makes a tick, with inputs by `wish`.
    fn tick(&mut self, wish: impl Fn(&mut Rng) -> G::Input) {
        let now = Micros(1_000_000 + u64::from(self.room.tick_now().0 + 1) * 33_334);
        for (replica, client) in &mut self.players {
            if self.rng.one_in(6) {
                replica.set_input(wish(&mut self.rng));
            }
            while let Some(message) = replica.poll_transmit(now) {
                let _ = self.room.handle_message(*client, message);
            }
        }
        self.room.admit_all();
        assert!(self.tape.hand_over(&mut self.room).is_ok());
        self.room.tick().expect("nothing is misused");
        for (replica, client) in &mut self.players {
            while let Outgoing::Message(message) = self.room.poll_update(*client) {
                replica.handle_message(message, now).expect("the room is honest");
            }
        }
        while self.room.poll_notice().is_some() {}
        let (keyframe, began) = (self.tape.saved_at(), Instant::now());
        assert!(self.tape.hand_over_tick(&mut self.room, WORK).is_ok());
        self.took[usize::from(self.tape.saved_at() != keyframe)].push(began.elapsed());
    }

    /// Waits for the keyframe that was ordered, and takes it as the next tick would.
    fn have_keyframe(&mut self) {
        let started = Instant::now();
        while self.tape.ordered.is_some() && !self.tape.hear_twin(self.room.tick_now().0) {
            assert!(started.elapsed() < Duration::from_secs(60), "the twin should be saved");
            yield_now();
        }
    }

    /// Plays a while, with somebody who comes late and somebody who is lost; the rooms that were saved in place of this
    /// one's, by tick, each with the bytes that this one would have been saved as.
    fn play(&mut self, ticks: u32, wish: impl Fn(&mut Rng) -> G::Input) -> BTreeMap<u32, Vec<u8>> {
        let mut wanted = BTreeMap::new();
        for tick in 1..=ticks {
            match tick {
                1 => ["ann", "bob", "cid"].into_iter().for_each(|name| self.join(name)),
                15 => self.join("dan"),
                38 => {
                    let (_, client) = self.players.remove(1);
                    self.room.disconnect(client);
                }
                _ => {}
            }
            self.tick(&wish);
            if let Some(of) = self.tape.ordered.filter(|&of| of == self.room.tick_now().0) {
                wanted.insert(of, self.room.save());
            }
            // Some come in the same tick, and some as late as they may.
            if tick % (2 * TICKS_APART) < TICKS_APART || tick % TICKS_APART == TICKS_APART - 1 {
                self.have_keyframe();
            }
        }
        self.have_keyframe();
        wanted
    }

    /// Waits until its twin is given up for this.
    fn have_fault(&mut self, label: &str) {
        let started = Instant::now();
        while self.count(label) == 0 {
            assert!(!self.tape.hear_twin(self.room.tick_now().0), "nothing was ordered");
            assert!(started.elapsed() < Duration::from_secs(60), "the twin should be given up");
            yield_now();
        }
    }

    /// Waits until all is written.
    fn write(&self) {
        assert!(self.tape.log.as_ref().is_some_and(|log| log.wait(Duration::from_secs(20))));
    }

    fn count(&self, label: &str) -> u64 {
        self.metrics.log.twins_given_up.get(label)
    }

    /// Times that the room itself was saved.
    fn saved(&self) -> u64 {
        self.metrics.log.keyframe_seconds.get_sample_count()
    }

    /// The room that a start would go on with: its tick, and the hash of what it publishes.
    fn restarted(&self) -> (u32, u32) {
        self.write();
        let found = Segments::list(&self.dir).unwrap().find_last(false).unwrap().expect("there is a room");
        let room = restored(&found, &Head::here::<G>(G::TICK_HZ), Saves::<G>::new(), &room_spec());
        let mut room = room.expect("it can be loaded");
        (room.tick_now().0, room.published_hash())
    }

    /// Keyframes of all files, by tick.
    fn keyframes(&self) -> BTreeMap<u32, Vec<u8>> {
        self.write();
        let mut keyframes = BTreeMap::new();
        for (_, path) in Segments::list(&self.dir).unwrap().files {
            let segment = LogSegment::read(std::fs::read(path).unwrap()).expect("its head is whole");
            let all = segment.frames.iter().filter(|frame| frame.kind == FrameKind::Keyframe);
            keyframes.extend(all.map(|frame| (frame.tick, segment.payload(frame).to_vec())));
        }
        keyframes
    }
}

fn flap(rng: &mut Rng) -> Flap {
    Flap { pace: IVec2::new(rng.between(-300, 300), rng.between(-300, 300)) }
}

fn press(rng: &mut Rng) -> Hands {
    let throttle = rng.between(-64, 64) as f32 / 64.0;
    Hands { throttle, steer: -throttle, boost: rng.one_in(2), jump: rng.one_in(4), ..Hands::default() }
}

/// Every keyframe but the first is the twin's, and the same bytes; and what is in the files goes on.
fn is_saved_by_its_twin<G: Saved<Rules: Default>>(name: &str, wish: impl Fn(&mut Rng) -> G::Input) {
    let mut taped = Taped::<G>::new(name, Twins::of_rooms_from(1), Saves::new());
    let wanted = taped.play(205, wish);
    assert_eq!((wanted.len(), taped.saved()), (20, 1), "{name}: the room itself was saved once");
    assert_eq!(taped.metrics.log.twin_keyframes.get(), 20);
    let keyframes = taped.keyframes();
    for (tick, wanted) in &wanted {
        assert!(keyframes.get(tick) == Some(wanted), "{name}: at tick {tick} the twin's bytes are others");
    }
    let now = (taped.room.tick_now().0, taped.room.published_hash());
    assert_eq!(taped.restarted(), now, "{name}");
    let rebuilt = taped.tape.rebuild(&mut taped.room, &room_spec());
    assert_eq!(rebuilt.map(|mut room| (room.tick_now().0, room.published_hash())), Some(now), "{name}: from memory");
    assert!(taped.tape.finish(&mut taped.room).is_ok());
    assert_eq!(taped.restarted(), now, "{name}: put aside");
}

#[test]
fn twin_of_a_flock_is_saved_as_the_bytes_that_its_room_would_be() {
    is_saved_by_its_twin::<Flock>("flock", flap);
}

#[test]
fn twin_of_a_physics_engine_is_saved_as_the_bytes_that_its_room_would_be() {
    is_saved_by_its_twin::<Cars>("cars", press);
}

#[test]
fn twin_of_a_game_that_forgets_something_is_told_and_the_room_is_saved_itself() {
    let forgets = |saved: &[u8]| -> Result<_, LoadError> {
        let mut room = Room::<Flock>::load_as_it_was(saved)?;
        room.tick().expect("nothing is misused");
        Ok(room)
    };
    let saves = Saves { load_as_it_was: forgets, ..Saves::new() };
    let mut taped = Taped::new("forgets", Twins::of_rooms_from(1), saves);
    (0..3).for_each(|_| taped.tick(flap));
    taped.have_fault("differs");
    taped.play(105, flap);
    let made = taped.metrics.log.twin_keyframes.get();
    assert_eq!((taped.count("differs"), made, taped.saved()), (1, 0, 11), "it has no other twin");
    let now = (taped.room.tick_now().0, taped.room.published_hash());
    assert_eq!(taped.restarted(), now);
}

#[test]
fn twin_that_cannot_be_loaded_or_panics_is_told_and_the_room_is_saved_itself() {
    type Load = fn(&[u8]) -> Result<Room<Flock>, LoadError>;
    let loads: [(_, Load); 2] =
        [("panicked", |_| panic!("a room that this game cannot load")), ("unloadable", |_| Err(LoadError::World))];
    for (label, load_as_it_was) in loads {
        let mut taped = Taped::new(label, Twins::of_rooms_from(1), Saves { load_as_it_was, ..Saves::new() });
        taped.have_fault(label);
        taped.play(55, flap);
        assert_eq!((taped.count(label), taped.saved()), (1, 6), "{label}");
        assert_eq!(taped.restarted(), (taped.room.tick_now().0, taped.room.published_hash()));
    }
}

/// Held by a test while a twin is not to go on.
static STANDS: Mutex<()> = Mutex::new(());

#[test]
fn twin_that_falls_behind_is_told_and_the_room_is_saved_itself() {
    let stands = |saved: &[u8]| {
        drop(STANDS.lock());
        Room::<Flock>::load_as_it_was(saved)
    };
    let holds = STANDS.lock().unwrap();
    let mut taped = Taped::new("behind", Twins::of_rooms_from(1), Saves { load_as_it_was: stands, ..Saves::new() });
    ["ann", "bob"].into_iter().for_each(|name| taped.join(name));
    (0..2 * TICKS_APART - 1).for_each(|_| taped.tick(flap));
    assert_eq!((taped.tape.ordered, taped.saved()), (Some(TICKS_APART), 1));
    assert_eq!(taped.restarted().0, taped.room.tick_now().0, "and nothing waits for it");
    taped.tick(flap);
    assert_eq!((taped.tape.ordered, taped.saved(), taped.count("behind")), (None, 2, 1));
    drop(holds);
    (0..TICKS_APART).for_each(|_| taped.tick(flap));
    assert_eq!((taped.saved(), taped.metrics.log.twin_keyframes.get()), (3, 0), "it has none for a while");
    assert_eq!(taped.restarted(), (taped.room.tick_now().0, taped.room.published_hash()));
}

#[test]
fn twin_is_for_large_rooms_alone_and_its_thread_ends_with_them() {
    let mut taped = Taped::<Flock>::new("small", Twins::default(), Saves::new());
    taped.play(25, flap);
    assert!(!taped.twins.is_there() && taped.saved() == 3);
    let twins = Twins::of_rooms_from(1);
    let mut taped = Taped::<Flock>::new("large", twins.clone(), Saves::new());
    let other = Taped::<Flock>::new("other", twins.clone(), Saves::new());
    taped.play(25, flap);
    drop(taped);
    assert!(twins.is_there());
    drop(other);
    assert!(!twins.is_there());
}

#[test]
fn room_that_is_no_more_what_its_twin_heard_of_has_another() {
    let mut taped = Taped::<Flock>::new("anew", Twins::of_rooms_from(1), Saves::new());
    (0..TICKS_APART).for_each(|_| taped.tick(flap));
    assert!(taped.tape.ordered.is_some());
    taped.room = room_spec::<Flock>().make(1).unwrap();
    assert!(taped.tape.begin_anew(&mut taped.room).is_ok());
    assert_eq!((taped.tape.ordered, taped.saved()), (None, 2));
    taped.play(4 * TICKS_APART, flap);
    assert_eq!((taped.saved(), taped.metrics.log.twin_keyframes.get()), (2, 4));
    assert_eq!(taped.restarted(), (taped.room.tick_now().0, taped.room.published_hash()));
    // Nobody is there, and somebody comes.
    assert!(taped.tape.rest(&mut taped.room).is_ok());
    assert!(!taped.twins.is_there(), "a room that stands still needs none");
    assert!(taped.tape.wake(&mut taped.room).is_ok() && taped.twins.is_there());
}

#[test]
fn twins_of_all_rooms_have_a_bound_of_memory() {
    use crate::limits::TWINS_BYTES_MAX;
    use crate::ticklog::TwinFault;
    let twins = Twins::of_rooms_from(1);
    let room = Arc::new(room_spec::<Flock>().make(0).unwrap().save());
    let mut twin = twins.begin(Saves::<Flock>::new(), Arc::clone(&room)).unwrap();
    assert!(twin.grow_to(TWINS_BYTES_MAX).is_ok());
    assert_eq!(twins.begin(Saves::<Flock>::new(), Arc::clone(&room)).err(), Some(TwinFault::Memory));
    let metrics = Metrics::new("tests");
    for fault in [TwinFault::Memory, TwinFault::NoThread] {
        metrics.log.twins_given_up.add(fault.label());
    }
    assert!(twin.grow_to(room.len()).is_ok());
    assert!(twins.begin(Saves::<Flock>::new(), room).is_ok());
}

/// Prints what a keyframe takes of a tick: `-- figures --nocapture`.
#[test]
fn figures_of_a_keyframe_of_5000_by_the_tick_thread_and_by_a_twin() {
    let names = [("by itself", usize::MAX), ("by a twin", 1)];
    let mut both = names.map(|(name, from)| Taped::<Flock>::by(name, Twins::of_rooms_from(from), Saves::new(), 4600));
    both.iter_mut().for_each(|taped| ["ann", "bob"].into_iter().for_each(|name| taped.join(name)));
    for _ in 0..12 * TICKS_APART {
        both.iter_mut().for_each(|taped| taped.tick(flap));
        both.iter_mut().for_each(Taped::have_keyframe);
    }
    let medians = both.each_mut().map(|taped| {
        taped.took.each_mut().map(|took| {
            took.sort();
            took[took.len() / 2]
        })
    });
    for ((name, _), [other, keyframe]) in names.iter().zip(medians) {
        println!("{name}: {keyframe:?} in a tick with a keyframe, {other:?} in another, in the middle");
    }
    println!("{} bytes a keyframe", both[0].metrics.log.keyframe_bytes.get());
    assert_eq!((both[0].saved(), both[1].saved()), (13, 1));
}
