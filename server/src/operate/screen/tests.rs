//! A log that is shown: a client of the log's game holds what was published then, wherever the log goes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auspice::authority::{Glance, Outgoing, Room};
use auspice::message::Credential;
use auspice::replica::{Replica, ReplicaEvent};
use auspice::{
    Audience, ClientId, Context, EntityId, Game, Ground, Micros, Publisher, Replicate, Rng, Step, Terms, Viewpoint,
};
use glam::Vec2;
use serde::{Deserialize, Serialize};

use super::screened::each_entity;
use super::{LogPlayer, ScreenStart, ScreenedLog};
use crate::talk::OrderLines;
use crate::ticklog::{Head, LookBack, LookBackBytes, Saves};

/// Somebody who walks by a physics of its own: what is published of it is not just what is true.
#[derive(Clone, Copy, Debug, Default, PartialEq, Replicate, Serialize, Deserialize)]
#[replicate(label)]
struct Wanderer {
    #[field(vec2(min = -500, max = 500, step = 0.01), position, moved_by = velocity, tolerance = 0.05)]
    at: Vec2,
    #[field(vec2(min = -90, max = 90, step = 0.1))]
    velocity: Vec2,
}

/// A meadow on which some wander. Now and then one ends, and another has its slot.
#[derive(Serialize, Deserialize)]
struct Meadow {
    wanderers: Vec<(EntityId, Wanderer)>,
    players: BTreeMap<ClientId, (EntityId, String)>,
}

/// Wanderers of nobody.
const OTHERS: u32 = 30;
const RADIUS: f32 = 200.0;

impl Game for Meadow {
    const NAME: &'static str = "meadow";
    const INTEREST_RADIUS: f32 = RADIUS;
    type Rules = ();
    type Level = ();
    type Input = ();
    type Entity = Wanderer;
    type Command = ();
    type Event = u32;

    fn new(_: &Ground<Self>, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let mut place = || Vec2::new(rng.between(-400, 400) as f32, rng.between(-400, 400) as f32);
        let wanderer = |slot| (EntityId::new(slot, 0), Wanderer { at: place(), velocity: Vec2::ZERO });
        Self { wanderers: (0..OTHERS).map(wanderer).collect(), players: BTreeMap::new() }
    }

    fn join(&mut self, client: ClientId, name: &str, _: &mut Context<'_, Self>) {
        let id = EntityId::new(self.wanderers.len() as u32, 0);
        let at = Vec2::splat(40.0 * self.players.len() as f32);
        self.wanderers.push((id, Wanderer { at, velocity: Vec2::ZERO }));
        self.players.insert(client, (id, name.to_owned()));
    }

    fn leave(&mut self, _: ClientId, _: &mut Context<'_, Self>) {}

    fn step(&mut self, step: &mut Step<'_, Self>) {
        for (_, wanderer) in &mut self.wanderers {
            if step.rng.below(8) == 0 {
                wanderer.velocity = Vec2::new(step.rng.between(-40, 40) as f32, step.rng.between(-40, 40) as f32);
            }
            wanderer.at = (wanderer.at + wanderer.velocity / 30.3).clamp(Vec2::splat(-450.0), Vec2::splat(450.0));
        }
        let (id, wanderer) = &mut self.wanderers[step.rng.below(OTHERS) as usize];
        *id = EntityId::new(id.slot, id.generation.wrapping_add(1));
        wanderer.at = -wanderer.at;
        let tick = step.tick.0;
        if tick.is_multiple_of(10) {
            step.events.send(Audience::All, tick);
        }
        for (number, client) in (1..).zip(self.players.keys()) {
            if tick.is_multiple_of(15) {
                step.events.send(Audience::One(*client), 1000 * number + tick);
            }
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        let name = |id: &EntityId| self.players.values().find(|(own, _)| own == id).map_or("", |(_, name)| name);
        self.wanderers.iter().for_each(|(id, wanderer)| out.put_labelled(*id, wanderer, name(id).as_bytes()));
        self.players.iter().for_each(|(client, (own, _))| out.viewpoint(*client, Viewpoint::of(*own)));
    }

    fn watched_event(watched: EntityId) -> Option<u32> {
        Some(9000 + watched.slot)
    }
}

/// All entities that were published at a tick.
type PublishedThen = BTreeMap<EntityId, (Wanderer, Vec<u8>)>;

/// Ticks of the log, and from one keyframe to the next.
const TICKS: u32 = 200;
const KEYFRAME_EVERY: u32 = 60;

fn terms() -> Terms<()> {
    Terms::of::<Meadow>(()).strict()
}

/// A player and its seat.
struct Seated {
    replica: Replica<Meadow>,
    client: ClientId,
}

impl Seated {
    fn enter<G: Game>(room: &mut Room<G>, name: &str) -> Self {
        let replica = Replica::enter(name, "test", Credential::Open).expect("the name fits");
        Self { replica, client: room.connect().expect("there is room") }
    }

    fn say<G: Game>(&mut self, room: &mut Room<G>, now: Micros) {
        while let Some(message) = self.replica.poll_transmit(now) {
            room.handle_message(self.client, message).expect("the replica is honest");
        }
    }

    fn hear<G: Game>(&mut self, room: &mut Room<G>, now: Micros) {
        while let Outgoing::Message(message) = room.poll_update(self.client) {
            self.replica.handle_message(message, now).expect("the room is honest");
        }
    }
}

fn at_tick(tick: u32) -> Micros {
    Micros(1_000_000 + u64::from(tick) * 33_334)
}

/// A game of two players: the file of its log, and what was published at each tick, by number.
fn a_log(name: &str) -> (PathBuf, Vec<PublishedThen>) {
    let mut room = Room::<Meadow>::new(terms(), 7, 8).expect("the tables are right");
    let mut players = ["ann", "bob"].map(|name| Seated::enter(&mut room, name));
    let (mut look_back, mut glance, mut then) =
        (LookBack::new(u32::MAX, LookBackBytes::default()), Glance::default(), Vec::new());
    for tick in 0..=TICKS {
        if tick > 0 {
            players.iter_mut().for_each(|player| player.say(&mut room, at_tick(tick)));
            room.admit_all();
            room.tick().expect("nothing is misused");
            players.iter_mut().for_each(|player| player.hear(&mut room, at_tick(tick)));
            let mut record = Vec::new();
            room.take_record(&mut record);
            look_back.add(tick, &record);
        }
        if tick.is_multiple_of(KEYFRAME_EVERY) {
            look_back.begin(tick, room.save().into());
            room.record();
        }
        room.glance(&mut glance);
        then.push(
            each_entity::<Meadow>(&glance).map(|(id, wanderer, label)| (id, (wanderer, label.to_vec()))).collect(),
        );
    }
    let head = Head { game: Meadow::NAME.into(), schema: Head::schema_here::<Meadow>(), ..Head::of_test() };
    let path = std::env::temp_dir().join(format!("auspice-screen-{name}-{}.ticks", std::process::id()));
    std::fs::write(&path, look_back.since(0).as_file(&head)).expect("the log should be written");
    (path, then)
}

/// A log that is shown to one client.
struct Screening {
    room: Room<ScreenedLog<Meadow>>,
    orders: Arc<OrderLines>,
    eve: Seated,
    then: Vec<PublishedThen>,
    /// Events that it was told.
    told: Vec<u32>,
    /// Answers to it, and to all.
    answers: Vec<String>,
}

impl Screening {
    fn open(name: &str, start: ScreenStart) -> Self {
        let (path, then) = a_log(name);
        let (player, about) = LogPlayer::open(Saves::<Meadow>::new(), vec![path.clone()]).expect("the log is whole");
        std::fs::remove_file(path).expect("it is there");
        assert_eq!((about.first, about.last, &about.terms), (0, TICKS, &terms()));
        let start =
            ScreenStart { ticks: (about.first, about.last), tick_hz: 30, patience: Duration::from_secs(60), ..start };
        let (player, orders) = (Arc::new(Mutex::new(player)), Arc::new(OrderLines::new()));
        let said = Arc::clone(&orders);
        let make = move |_: &Ground<ScreenedLog<Meadow>>, _| ScreenedLog::of(player, said, &start);
        let mut room = Room::with_world(about.terms, 1, 8, make).expect("the tables are right");
        let eve = Seated::enter(&mut room, "eve");
        Self { room, orders, eve, then, told: Vec::new(), answers: Vec::new() }
    }

    /// A tick of the server. Its client holds what was published at the tick of the log that is shown: that tick.
    fn step(&mut self) -> Option<u32> {
        let now = at_tick(self.room.tick_now().0 + 1);
        self.eve.say(&mut self.room, now);
        self.room.admit_all();
        self.room.tick().expect("nothing is misused");
        self.eve.hear(&mut self.room, now);
        while let Some(event) = self.eve.replica.poll_event() {
            match event {
                ReplicaEvent::Event { event, .. } => self.told.push(event),
                ReplicaEvent::Diverged { .. } => panic!("it holds something else than it was told"),
                _ => {}
            }
        }
        self.answers.extend(std::iter::from_fn(|| self.orders.next_answer()).map(|(_, line)| line));
        let tick = self.room.game().shown_tick()?;
        let published = &self.then[tick as usize];
        let held = self.eve.replica.entities();
        let held: PublishedThen = held.map(|held| (held.id, (held.entity, held.label.to_vec()))).collect();
        for (id, row) in &held {
            assert_eq!(Some(row), published.get(id), "{id} at tick {tick}");
        }
        if let Some(centre) = self.room.game().centre_of(self.eve.client) {
            let near =
                published.iter().filter(|(_, (wanderer, _))| wanderer.at.distance(centre.0.truncate()) < RADIUS - 0.1);
            near.for_each(|(id, _)| assert!(held.contains_key(id), "{id} is near at tick {tick}"));
        }
        Some(tick)
    }

    fn steps(&mut self, count: usize) -> Vec<u32> {
        (0..count).filter_map(|_| self.step()).collect()
    }

    fn order(&mut self, line: &str) {
        assert!(self.orders.take(self.eve.client, line), "{line} is an order");
    }
}

#[test]
fn a_client_holds_at_each_tick_what_was_published_wherever_the_log_goes() {
    let mut screening = Screening::open("goes", ScreenStart::default());
    let shown = screening.steps(70);
    // The first tick asks for it.
    assert_eq!(shown, (0..69).collect::<Vec<_>>());
    assert!(screening.eve.replica.visible() > 3, "there is something to see");
    screening.order("/pause");
    let paused = screening.steps(10);
    let at = *paused.last().unwrap();
    assert_eq!(paused[1..], [at; 9], "a tick was on its way");
    for (line, wanted) in
        [("/tick 12", 12), ("/seek +5", 162), ("/seek 0:02", 60), ("/tick -1", 59), ("/tick 119", 119)]
    {
        screening.order(line);
        assert_eq!(screening.steps(4)[2..], [wanted; 2], "{line}");
    }
    assert_eq!(screening.answers.last().unwrap(), "0:03 of 0:06, tick 119 of 0 to 200, speed 1, paused");
    screening.order("/play");
    screening.order("/speed 4");
    assert_eq!(screening.steps(3)[1..], [123, 127]);
    screening.order("/speed 0.5");
    assert_eq!((screening.steps(3).len(), screening.orders.pace_percent()), (3, 50));
    screening.order("/tick 197");
    let last = screening.steps(9);
    assert_eq!(last[last.len() - 3..], [TICKS; 3], "{last:?}");
    assert_eq!(screening.answers.last().unwrap(), "0:06 of 0:06, tick 200 of 0 to 200, speed 0.5, the end");
    screening.order("/seek -1");
    assert_eq!(screening.steps(4)[1..], [170, 171, 172], "it goes on");
    screening.order("/stop");
    screening.step();
    assert!(screening.answers.last().unwrap().contains("/pause"), "whoever says another is told them");
}

#[test]
fn a_client_is_told_what_whoever_it_follows_was_told() {
    let start = ScreenStart { at: Some(100), follow: Some("bob".into()), ..ScreenStart::default() };
    let mut screening = Screening::open("told", start);
    screening.steps(8);
    assert_eq!(screening.told, [9000 + OTHERS + 1, 2105], "whom it follows, and what that one was told");
    screening.order("/as ann");
    screening.steps(20);
    let of_ann = [9000 + OTHERS, 110, 120, 1120];
    assert_eq!(screening.told[2..], of_ann, "what is for all, and for ann");
    assert!(screening.answers.contains(&"You follow ann.".into()), "{:?}", screening.answers);
    let told = screening.told.len();
    screening.order("/tick 60");
    screening.order("/as cid");
    screening.steps(8);
    assert_eq!(screening.told[told..], [0; 0], "nothing of the way that was leapt over, and nobody is followed");
    screening.order("/as ann");
    screening.steps(2);
    assert_eq!(screening.told[told..], [9000 + OTHERS]);
    assert!(
        screening.answers.contains(&"You follow cid, who is not there just now.".into()),
        "{:?}",
        screening.answers
    );
}

#[test]
fn whoever_follows_nobody_sees_from_the_middle() {
    let start = ScreenStart { at: Some(50), follow: Some("cid".into()), ..ScreenStart::default() };
    let mut screening = Screening::open("middle", start);
    screening.order("/pause");
    assert_eq!(screening.steps(6), [50; 5]);
    let middle = screening.room.game().centre_of(screening.eve.client).expect("something is somewhere").0.truncate();
    let then = &screening.then[50];
    let sum: Vec2 = then.values().map(|(wanderer, _)| wanderer.at).sum();
    assert!(middle.distance(sum / then.len() as f32) < 0.1, "{middle}");
}

#[test]
fn a_log_that_is_another_s_or_not_whole_is_told_in_a_sentence() {
    let (path, _) = a_log("broken");
    let open = || LogPlayer::open(Saves::<Meadow>::new(), vec![path.clone()]).map(|(_, about)| about);
    let bytes = std::fs::read(&path).expect("it was written");
    std::fs::write(&path, &bytes[..bytes.len() - 100]).expect("it should be written");
    let about = open().expect("what is before is whole");
    assert!(about.last < TICKS && about.last > TICKS / 2, "{}", about.last);
    assert!(about.told.iter().any(|told| told.contains("are no whole frame")), "{:?}", about.told);
    std::fs::write(&path, &bytes[..200]).expect("it should be written");
    assert_eq!(open().err(), Some("there is no whole keyframe, so there is nothing to look at".into()));
    let mut other = LookBack::new(u32::MAX, LookBackBytes::default());
    other.begin(0, vec![1].into());
    std::fs::write(&path, other.since(0).as_file(&Head::of_test())).expect("it should be written");
    let told = open().err().expect("it is not played");
    assert!(told.ends_with(".ticks: a log of the game \"g\""), "{told}");
    std::fs::remove_file(path).expect("it is there");
}
