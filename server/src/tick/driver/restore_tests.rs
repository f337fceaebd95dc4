//! A log that was cut off anywhere, or is another's, as a start finds it.

use std::time::Duration;

use auspice::authority::{Outgoing, Room};
use auspice::message::Credential;
use auspice::replica::Replica;
use auspice::{ClientId, Context, EntityId, Game, Ground, Micros, Publisher, Replicate, Rng, Step, Terms};
use serde::{Deserialize, Serialize};

use super::super::room_spec::RoomSpec;
use super::super::tape::{OfAllTapes, Tape, TapeConfig};
use super::restored;
use crate::error::ServeError;
use crate::operate::metrics::Metrics;
use crate::ticklog::{FoundLog, Head, LogConfig, LogSegment, LoggedRoom, LookBack, LookBackBytes, Saves};

/// Somebody who walks wherever chance leads.
#[derive(Clone, Copy, Debug, Default, Replicate, Serialize, Deserialize)]
struct Walker {
    #[field(scalar(min = -10_000, max = 10_000, step = 1))]
    at: i32,
}

/// Players who walk, and some who are always there.
#[derive(Serialize, Deserialize)]
struct Walkers(Vec<Walker>);

impl Game for Walkers {
    const NAME: &'static str = "walkers";
    const INTEREST_RADIUS: f32 = 100.0;
    type Rules = ();
    type Level = ();
    type Input = ();
    type Entity = Walker;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _: u64) -> Self {
        Self(vec![Walker::default(); 20])
    }

    fn join(&mut self, _: ClientId, _: &str, _: &mut Context<'_, Self>) {
        self.0.push(Walker::default());
    }

    fn leave(&mut self, _: ClientId, _: &mut Context<'_, Self>) {}

    fn step(&mut self, step: &mut Step<'_, Self>) {
        self.0.iter_mut().for_each(|walker| walker.at += step.rng.between(-3, 3));
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        (0..).zip(&self.0).for_each(|(slot, walker)| out.put(EntityId::new(slot, 0), walker));
    }
}

/// Ticks of the log that is cut, with a keyframe in the middle.
const TICKS: u32 = 40;
const KEYFRAME_AT: u32 = 20;

/// Cuts in the ordinary test. `AUSPICE_POWER_CUTS=10000` makes it as many.
fn cuts() -> u32 {
    std::env::var("AUSPICE_POWER_CUTS").ok().and_then(|count| count.parse().ok()).unwrap_or(1000)
}

fn terms() -> Terms<()> {
    Terms::of::<Walkers>(())
}

fn room_spec() -> RoomSpec<Walkers> {
    RoomSpec { terms: terms(), world: Box::new(Walkers::new), seed: 1, clients_max: 8, grace_ticks: 300 }
}

fn head() -> Head {
    Head { game: Walkers::NAME.into(), ..Head::of_test() }
}

/// A game of two players: the file of its log, and the hash of what each tick published, the first at 0.
fn a_log() -> (Vec<u8>, Vec<u32>) {
    let mut room = room_spec().make(0).expect("the tables are right");
    let mut players =
        ["ann", "bob"].map(|name| Replica::<Walkers>::enter(name, "test", Credential::Open).expect("the name fits"));
    let clients = ["ann", "bob"].map(|_| room.connect().expect("there is room"));
    let (mut look_back, mut hashes) = (LookBack::new(u32::MAX, LookBackBytes::default()), vec![room.published_hash()]);
    look_back.begin(0, room.save().into());
    room.record();
    for tick in 1..=TICKS {
        let (now, mut record) = (Micros(1_000_000 + u64::from(tick) * 33_334), Vec::new());
        for (player, &client) in players.iter_mut().zip(&clients) {
            while let Some(message) = player.poll_transmit(now) {
                room.handle_message(client, message).expect("the replica is honest");
            }
        }
        room.admit_all();
        room.tick().expect("nothing is misused");
        for (player, &client) in players.iter_mut().zip(&clients) {
            while let Outgoing::Message(message) = room.poll_update(client) {
                player.handle_message(message, now).expect("the room is honest");
            }
        }
        hashes.push(room.published_hash());
        room.take_record(&mut record);
        look_back.add(tick, &record);
        if tick == KEYFRAME_AT {
            look_back.begin(tick, room.save().into());
            room.record();
        }
    }
    (look_back.since(0).as_file(&head()), hashes)
}

fn found_in(bytes: &[u8]) -> Option<LoggedRoom> {
    LoggedRoom::last_of(&LogSegment::read(bytes.to_vec())?)
}

fn start_with(found: &LoggedRoom) -> Option<Room<Walkers>> {
    restored(found, &head(), Saves::new(), &room_spec())
}

#[test]
fn a_log_that_is_cut_off_anywhere_goes_on_at_its_last_whole_tick() {
    let (bytes, hashes) = a_log();
    let whole = LogSegment::read(bytes.clone()).expect("the head is whole");
    // A frame ends behind its payload and its checksum.
    let ends: Vec<_> = whole.frames.iter().map(|frame| (frame.payload.end + 8, frame.tick)).collect();
    assert_eq!(ends.last().map(|(end, _)| *end), Some(bytes.len()));
    let mut rng = Rng::new(1);
    for cut in 0..cuts() {
        let length = rng.below(bytes.len() as u32 + 1) as usize;
        let last = ends.iter().take_while(|(end, _)| *end <= length).last().map(|(_, tick)| *tick);
        let room = found_in(&bytes[..length]).map(|found| start_with(&found).expect("the room goes on"));
        let came_out = room.map(|mut room| (room.tick_now().0, room.published_hash(), room.clients()));
        assert_eq!(came_out, last.map(|tick| (tick, hashes[tick as usize], 0)), "cut {cut}, after {length} bytes");
    }
}

#[test]
fn another_build_goes_on_from_the_last_keyframe_alone_and_other_tables_do_not() {
    let (bytes, hashes) = a_log();
    let found = found_in(&bytes).expect("there is a room");
    let by = |change: fn(&mut LoggedRoom)| {
        let mut found = found.clone();
        change(&mut found);
        start_with(&found).map(|mut room| (room.tick_now().0, room.published_hash()))
    };
    assert_eq!(by(|_| {}), Some((TICKS, hashes[TICKS as usize])));
    assert_eq!(by(|found| found.head.build = "other".into()), Some((KEYFRAME_AT, hashes[KEYFRAME_AT as usize])));
    assert_eq!(by(|found| found.head.schema = "other".into()), None);
    assert_eq!(by(|found| found.saved.truncate(100)), None);
    assert_eq!(by(|found| found.calls[3].1 = vec![0x0f]), Some((KEYFRAME_AT + 3, hashes[KEYFRAME_AT as usize + 3])));
}

#[test]
fn a_game_that_panics_where_its_room_is_loaded_begins_a_new_world() {
    let found = found_in(&a_log().0).expect("there is a room");
    let panics = Saves { load: |_, _| panic!("a room that this game cannot load"), ..Saves::new() };
    assert!(restored::<Walkers>(&found, &head(), panics, &room_spec()).is_none());
}

#[test]
fn a_folder_with_the_log_of_another_game_is_refused() {
    let dir = std::env::temp_dir().join(format!("auspice-others-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let mut look_back = LookBack::new(1, LookBackBytes::default());
    look_back.begin(7, std::sync::Arc::new(b"room".to_vec()));
    let file = look_back.since(0).as_file(&Head { game: "chess".into(), ..head() });
    std::fs::write(dir.join("0000000001.ticks"), &file).unwrap();
    let log = LogConfig {
        dir: dir.clone(),
        sync: Duration::from_millis(50),
        keep_bytes: 1 << 30,
        keep: Duration::from_secs(60),
    };
    let metrics = std::sync::Arc::new(Metrics::new("tests"));
    let log = FoundLog::of_one(&log, std::sync::Arc::clone(&metrics)).unwrap();
    let of_all = OfAllTapes::default();
    let config = TapeConfig { log, must_go_on: false, look_back: Duration::ZERO, of_all };
    let opened = Tape::open(config, Saves::<Walkers>::new(), &mut room_spec(), metrics, 0.0);
    assert!(matches!(opened.err(), Some(ServeError::LogOfAnotherGame { game, .. }) if game == "chess"));
    assert_eq!(std::fs::read(dir.join("0000000001.ticks")).unwrap(), file, "it is as it was");
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_log_that_must_go_on_and_has_no_room_for_this_program_is_refused() {
    let dir = std::env::temp_dir().join(format!("auspice-must-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let mut look_back = LookBack::new(1, LookBackBytes::default());
    look_back.begin(7, std::sync::Arc::new(b"a room that cannot be loaded".to_vec()));
    let own = Head { schema: Head::schema_here::<Walkers>(), ..head() };
    std::fs::write(dir.join("0000000001.ticks"), look_back.since(0).as_file(&own)).unwrap();
    let log = LogConfig {
        dir: dir.clone(),
        sync: Duration::from_millis(50),
        keep_bytes: 1 << 30,
        keep: Duration::from_secs(60),
    };
    let opened = |must_go_on| {
        let metrics = std::sync::Arc::new(Metrics::new("tests"));
        let log = FoundLog::of_one(&log, std::sync::Arc::clone(&metrics)).unwrap();
        let config = TapeConfig { log, must_go_on, look_back: Duration::ZERO, of_all: OfAllTapes::default() };
        Tape::open(config, Saves::<Walkers>::new(), &mut room_spec(), metrics, 0.0).map(|_| ())
    };
    assert!(matches!(opened(true), Err(ServeError::LogHasNoRoom { .. })));
    assert!(opened(false).is_ok(), "a new world begins");
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_room_whose_ticks_take_long_is_saved_more_often() {
    let metrics = std::sync::Arc::new(Metrics::new("tests"));
    let of_all = OfAllTapes::default();
    let config = TapeConfig { log: None, must_go_on: false, look_back: Duration::from_secs(60), of_all };
    let opened = Tape::open(config, Saves::<Walkers>::new(), &mut room_spec(), std::sync::Arc::clone(&metrics), 0.0);
    let Ok((Some(mut tape), mut room)) = opened else { panic!("the room can be saved") };
    let mut keyframes = |ticks: u32, work: Duration| {
        let before = metrics.log.keyframe_seconds.get_sample_count();
        for _ in 0..ticks {
            room.tick().expect("nothing is misused");
            assert!(tape.hand_over_tick(&mut room, work).is_ok());
        }
        metrics.log.keyframe_seconds.get_sample_count() - before
    };
    let ten_seconds = 10 * terms().tick_hz;
    assert_eq!(keyframes(ten_seconds, Duration::from_millis(1)), 1);
    assert_eq!(
        keyframes(ten_seconds, Duration::from_millis(20)),
        u64::from(ten_seconds / 25),
        "each half second of work"
    );
    assert_eq!(keyframes(3, Duration::from_secs(2)), 3);
}
