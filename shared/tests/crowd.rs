//! More than one update can tell: a crowd comes into view over several, nearest first, and nobody waits for ever.

use auspice::authority::{Outgoing, Room};
use auspice::limits::{UPDATE_BUDGET_BYTES, UPDATE_BUDGET_BYTES_MAX};
use auspice::replica::Replica;
use auspice::{ClientId, Context, EntityId, Game, Ground, Micros, Publisher, Replicate, Rng, Step, Terms, Viewpoint};
use glam::IVec2;

const CROWD: u32 = 1000;

#[derive(Clone, Debug, Replicate)]
pub struct Person {
    #[field(vec2(min = -100_000, max = 100_000, step = 1), position)]
    pub at: IVec2,
    #[field(counter(max = 1_000_000), news_bits = 12)]
    pub number: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Replicate)]
pub struct Nothing {
    #[field(flags(bits = 1))]
    pub unused: bool,
}

/// A thousand people around each client, who stand still.
pub struct Crowd {
    people: Vec<Person>,
    clients: Vec<ClientId>,
}

impl Game for Crowd {
    const NAME: &'static str = "crowd";
    const INTEREST_RADIUS: f32 = 100_000.0;
    type Rules = ();
    type Level = ();
    type Input = Nothing;
    type Entity = Person;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let mut person =
            |number| Person { at: IVec2::new(rng.between(-30_000, 30_000), rng.between(-30_000, 30_000)), number };
        Self { people: (0..CROWD).map(&mut person).collect(), clients: Vec::new() }
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        self.clients.push(client);
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.clients.retain(|other| *other != client);
    }

    fn step(&mut self, _: &mut Step<'_, Self>) {}

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (slot, person) in self.people.iter().enumerate() {
            out.put(EntityId::new(slot as u32, 0), person);
        }
        for client in &self.clients {
            out.viewpoint(*client, Viewpoint::of(EntityId::new(7, 0)));
        }
    }
}

#[test]
fn a_crowd_comes_into_view_within_the_budget_nearest_first() {
    let mut room = Room::<Crowd>::new(Terms::of::<Crowd>(()), 3, 4).expect("the tables are right");
    let mut ann = Replica::<Crowd>::new("ann", "test").expect("the name fits");
    let client = room.connect().expect("there is room");
    let (mut sizes, mut seen) = (Vec::new(), Vec::new());
    for tick in 0..40 {
        let now = Micros(1_000_000 + tick * 33_334);
        while let Some(message) = ann.poll_transmit(now) {
            room.handle_message(client, message).expect("the replica is honest");
        }
        room.admit_all();
        room.tick().expect("nothing is misused");
        if let Outgoing::Message(message) = room.poll_update(client) {
            ann.handle_message(message, now).expect("the room is honest");
            sizes.push(message.len());
            seen.push(ann.visible());
        }
        if seen.len() == 3 {
            let own = ann.own().and_then(|own| ann.entity(own)).expect("the own entity is among the first").entity.at;
            let far = |at: IVec2| (at - own).as_vec2().length();
            let furthest_held = ann.entities().map(|held| far(held.entity.at)).fold(0.0, f32::max);
            let nearest_waiting = room
                .game()
                .people
                .iter()
                .filter(|person| !ann.entities().any(|held| held.entity.number == person.number));
            let nearest_waiting = nearest_waiting.map(|person| far(person.at)).fold(f32::INFINITY, f32::min);
            assert!(furthest_held < nearest_waiting * 1.3, "{furthest_held} came before {nearest_waiting}");
        }
    }
    assert_eq!(ann.visible(), CROWD as usize);
    let full = seen.iter().position(|&visible| visible == CROWD as usize).expect("all are seen in the end");
    assert!(full < 8, "all in view after {full} updates");
    // The own entity and one more go in whatever the budget. That doubles only when its updates have arrived.
    let is_within = |(nth, &size): (usize, &usize)| size <= UPDATE_BUDGET_BYTES * (1 << (nth / 2).min(3)) + 32;
    assert!(sizes.iter().enumerate().all(is_within), "{sizes:?}");
    assert!(sizes[full..].iter().all(|&size| size <= UPDATE_BUDGET_BYTES), "{sizes:?}");
}

#[derive(Clone, Debug, Replicate)]
#[replicate(priority = 4)]
pub struct Ship {
    #[field(vec2(min = -100_000, max = 100_000, step = 1), position)]
    pub at: IVec2,
}

#[derive(Clone, Debug, Replicate)]
pub struct Rock {
    #[field(vec2(min = -100_000, max = 100_000, step = 1), position)]
    pub at: IVec2,
}

#[derive(Clone, Debug, Replicate)]
pub enum Thing {
    Ship(Ship),
    Rock(Rock),
}

const ROCKS: u32 = 600;

/// Number of ships: of those that are others in each tick, more than an update takes.
const fn ships(bustle: bool) -> u32 {
    if bustle { 2500 } else { 250 }
}

/// Rocks nearby, and ships beyond them. With `Bustle` all ships are others in each tick: more than an update can tell.
pub struct Harbour<const BUSTLE: bool> {
    clients: Vec<ClientId>,
    tick: u8,
}

impl<const BUSTLE: bool> Game for Harbour<BUSTLE> {
    const NAME: &'static str = "harbour";
    const INTEREST_RADIUS: f32 = 100_000.0;
    type Rules = ();
    type Level = ();
    type Input = Nothing;
    type Entity = Thing;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _: u64) -> Self {
        Self { clients: Vec::new(), tick: 0 }
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        self.clients.push(client);
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.clients.retain(|other| *other != client);
    }

    fn step(&mut self, _: &mut Step<'_, Self>) {
        self.tick = self.tick.wrapping_add(1);
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for slot in 0..ROCKS {
            let at = IVec2::new(slot as i32 * 100, 5000);
            out.put(EntityId::new(slot, 0), &Thing::Rock(Rock { at }));
        }
        for slot in 0..ships(BUSTLE) {
            let at = IVec2::new(-60_000, slot as i32 * 10);
            out.put(EntityId::new(ROCKS + slot, if BUSTLE { self.tick } else { 0 }), &Thing::Ship(Ship { at }));
        }
        for client in &self.clients {
            out.viewpoint(*client, Viewpoint::of(EntityId::new(0, 0)));
        }
    }
}

/// How many ships and rocks are held after each update.
fn watch<const BUSTLE: bool>(ticks: u64) -> Vec<(usize, usize)> {
    let mut room = Room::<Harbour<BUSTLE>>::new(Terms::of::<Harbour<BUSTLE>>(()), 3, 4).expect("the tables are right");
    let mut ann = Replica::<Harbour<BUSTLE>>::new("ann", "test").expect("the name fits");
    let client = room.connect().expect("there is room");
    let mut seen = Vec::new();
    for tick in 0..ticks {
        let now = Micros(1_000_000 + tick * 33_334);
        while let Some(message) = ann.poll_transmit(now) {
            room.handle_message(client, message).expect("the replica is honest");
        }
        room.admit_all();
        room.tick().expect("nothing is misused");
        if let Outgoing::Message(message) = room.poll_update(client) {
            assert!(message.len() <= UPDATE_BUDGET_BYTES_MAX + 32, "{} bytes", message.len());
            ann.handle_message(message, now).expect("the room is honest");
            let ships = ann.entities().filter(|held| matches!(held.entity, Thing::Ship(_))).count();
            seen.push((ships, ann.visible() - ships));
        }
    }
    seen
}

#[test]
fn kinds_with_priority_come_into_view_before_others_that_are_nearer() {
    let seen = watch::<false>(12);
    let ships_of_peace = ships(false) as usize;
    let all_ships = seen.iter().position(|&(ships, _)| ships == ships_of_peace).expect("all ships are seen in the end");
    assert!(seen[all_ships].1 < ROCKS as usize / 3, "rocks did not wait for ships: {seen:?}");
    assert_eq!(seen.last(), Some(&(ships_of_peace, ROCKS as usize)));
}

#[test]
fn nothing_waits_for_ever_however_much_with_priority_comes() {
    let seen = watch::<true>(160);
    assert!(
        seen[1..10].iter().all(|&(ships, rocks)| ships > 0 && rocks < ROCKS as usize),
        "not crowded enough: {seen:?}"
    );
    assert_eq!(seen.last().map(|&(_, rocks)| rocks), Some(ROCKS as usize), "{seen:?}");
}
