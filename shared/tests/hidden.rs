//! What a client may not see is not on its wire: its messages are the same, bit for bit and tick for tick, whatever is
//! done out of its sight.

use std::collections::BTreeMap;

use auspice::authority::{Outgoing, Room};
use auspice::game::Sight;
use auspice::replica::Replica;
use auspice::{
    Audience, ClientId, Context, EntityId, Game, Ground, Micros, Publisher, Replicate, Rng, Step, Terms, Viewpoint,
};
use glam::IVec2;

/// What is done where the watcher cannot see it.
const NOTHING_IS_THERE: u32 = 0;
const IT_STANDS: u32 = 1;
const IT_LIVES: u32 = 2;
/// The same, and one of them comes into sight.
const ONE_COMES: u32 = 3;

#[derive(Clone, Copy, Debug, Replicate)]
#[replicate(label)]
pub struct Actor {
    #[field(vec2(min = -20_000, max = 20_000, step = 1), moved_by = pace, position)]
    pub place: IVec2,
    #[field(vec2(min = -300, max = 300, step = 1), control)]
    pub pace: IVec2,
    #[field(scalar(min = 0, max = 255, step = 1))]
    pub mood: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Replicate)]
pub struct Press {
    #[field(flags(bits = 1))]
    pub on: bool,
}

/// One of the actors: who plays it, if somebody does; its label; whether the watcher's side must not see it,
/// however near.
struct Role {
    actor: Actor,
    generation: u8,
    label: Vec<u8>,
    is_veiled: bool,
}

/// Actors about the origin, in even slots, that do the same in every room; far away or under a veil others,
/// in odd slots, that do what `WORLD` says.
pub struct Stage<const WORLD: u32> {
    roles: BTreeMap<u32, Role>,
    players: Vec<(ClientId, u32)>,
    /// Both sides draw, and neither from the other's.
    seen: Rng,
    hidden: Rng,
}

const FAR: IVec2 = IVec2::new(9000, -7000);
const SEEN: u32 = 12;
const HIDDEN: u32 = 14;

impl<const WORLD: u32> Stage<WORLD> {
    /// Something happens to the actor in `slot`, drawn from `rng`.
    fn change(
        roles: &mut BTreeMap<u32, Role>,
        slot: u32,
        rng: &mut Rng,
        sides: u32,
        centre: IVec2,
    ) -> Option<EntityId> {
        let role = roles.get_mut(&slot)?;
        match rng.below(sides) {
            0 => role.actor.pace = IVec2::new(rng.between(-300, 300), rng.between(-300, 300)),
            1 => role.actor.mood = rng.below(256) as u8,
            2 => role.label = vec![b'a' + rng.below(26) as u8; rng.below(20) as usize],
            // Another is born where this one was.
            3 => (role.generation, role.actor.place) = (role.generation.wrapping_add(1), centre),
            4 => return Some(EntityId::new(slot, role.generation)),
            _ => {}
        }
        None
    }
}

impl<const WORLD: u32> Game for Stage<WORLD> {
    const NAME: &'static str = "stage";
    const INTEREST_RADIUS: f32 = 300.0;
    /// Sides of the dice by which something happens to an actor.
    type Rules = u32;
    type Level = ();
    type Input = Press;
    type Entity = Actor;
    type Command = String;
    type Event = String;

    fn new(_: &Ground<Self>, _: u64) -> Self {
        let mut roles = BTreeMap::new();
        let mut put = |slot: u32, place: IVec2, is_veiled: bool| {
            let actor = Actor { place, pace: IVec2::ZERO, mood: 0 };
            roles.insert(slot, Role { actor, generation: 0, label: b"x".to_vec(), is_veiled });
        };
        (0..SEEN).for_each(|number| put(2 * number, IVec2::new(number as i32 * 40 - 200, 10), false));
        // How many slots there are is no secret, rounded up to a power of two: every world has as many.
        put(63, IVec2::splat(-19_000), false);
        if WORLD != NOTHING_IS_THERE {
            for number in 0..HIDDEN {
                let is_veiled = number % 2 == 0;
                let place = if is_veiled { IVec2::new(number as i32 * 10, -10) } else { FAR };
                put(2 * number + 1, place, is_veiled);
            }
        }
        Self { roles, players: Vec::new(), seen: Rng::new(1), hidden: Rng::new(2) }
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        // The watcher is first; who comes next is one of the hidden.
        let slot = if self.players.is_empty() { 0 } else { 1 };
        self.players.push((client, slot));
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.players.retain(|(player, _)| *player != client);
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        for slot in (2..2 * SEEN).step_by(2) {
            if let Some(near) =
                Self::change(&mut self.roles, slot, &mut self.seen, step.ground.terms.rules, IVec2::ZERO)
            {
                step.events.send(Audience::Near(near, None), format!("{near} waves"));
            }
        }
        if WORLD >= IT_LIVES {
            for slot in (1..2 * HIDDEN).step_by(2) {
                let centre = if slot % 4 == 1 { IVec2::ZERO } else { FAR };
                if let Some(near) = Self::change(&mut self.roles, slot, &mut self.hidden, 12, centre) {
                    step.events.send(Audience::Near(near, None), format!("{near} whispers"));
                }
            }
        }
        if WORLD == ONE_COMES
            && step.tick.0 == 300
            && let Some(role) = self.roles.get_mut(&3)
        {
            role.actor.place = IVec2::ZERO;
        }
        for (client, press) in step.inputs {
            let slot = self.players.iter().find(|(player, _)| player == client).map(|(_, slot)| *slot);
            if let Some(role) = slot.and_then(|slot| self.roles.get_mut(&slot)) {
                role.actor.pace.x = if press.on { 200 } else { -200 };
            }
        }
        for (client, command) in step.commands.drain(..) {
            step.events.send(Audience::One(client), command);
        }
        for role in self.roles.values_mut() {
            role.actor.drift(step.ground.terms.tick_hz);
            // Nobody wanders from one side into the other's sight by chance.
            let home = if role.actor.place.x > 4000 { FAR } else { IVec2::ZERO };
            if (role.actor.place - home).abs().max_element() > 1500 && role.actor.place.x > -15_000 {
                role.actor.place = home;
            }
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (slot, role) in &self.roles {
            out.put_labelled(EntityId::new(*slot, role.generation), &role.actor, &role.label);
        }
        for (client, slot) in &self.players {
            let id = self.roles.get(slot).map(|role| EntityId::new(*slot, role.generation));
            if let Some(id) = id {
                out.viewpoint(*client, Viewpoint::of(id));
            }
        }
    }

    fn adjust_sight(&self, client: ClientId, sight: &mut Sight<'_>) {
        let is_watcher = self.players.first().is_some_and(|(watcher, _)| *watcher == client);
        for (slot, role) in self.roles.iter().filter(|(_, role)| role.is_veiled && is_watcher) {
            sight.hide(EntityId::new(*slot, role.generation));
        }
    }
}

struct Watched {
    /// Each with the tick in which it came: that tells something too.
    messages: Vec<(u64, Vec<u8>)>,
    /// How many entities the watcher ever held, and how many events it was told.
    held: usize,
    events: usize,
}

/// Everything that the watcher is sent in twenty seconds, where news may wait for so long, and those whom it sees
/// change by dice of so many sides.
fn watch<const WORLD: u32>(patience_millis: u32, sides: u32) -> Watched {
    let terms = Terms { patience_millis, ..Terms::of::<Stage<WORLD>>(sides) };
    let mut room = Room::<Stage<WORLD>>::new(terms, 1, 4).expect("the tables are right");
    let mut clients: Vec<(ClientId, Replica<Stage<WORLD>>)> = Vec::new();
    let (mut watched, mut held) =
        (Watched { messages: Vec::new(), held: 0, events: 0 }, std::collections::BTreeSet::new());
    for tick in 0..600 {
        let now = Micros(1_000_000 + tick * 33_334);
        let others = if WORLD == NOTHING_IS_THERE { 0 } else { 1 };
        if tick == 0 || (tick == 5 && others == 1) {
            let client = room.connect().expect("there is room");
            clients.push((client, Replica::new("somebody", "tests").expect("the name fits")));
        }
        for (index, (client, replica)) in clients.iter_mut().enumerate() {
            // The other does what it likes, and often something else.
            replica.set_input(Press { on: if index == 0 { tick / 40 % 2 == 0 } else { tick % 3 == 0 } });
            if index == 1 && tick % 20 == 10 {
                replica.command(&"a word to itself".to_string()).expect("there is room");
                replica.ask_report();
            }
            while let Some(message) = replica.poll_transmit(now) {
                room.handle_message(*client, message).expect("the replica is honest");
            }
        }
        room.admit_all();
        room.tick().expect("nothing is misused");
        for (index, (client, replica)) in clients.iter_mut().enumerate() {
            let Outgoing::Message(message) = room.poll_update(*client) else { continue };
            replica.handle_message(message, now).expect("the room is honest");
            if index == 0 {
                watched.messages.push((tick, message.to_vec()));
                held.extend(replica.entities().map(|held| held.id));
                while let Some(event) = replica.poll_event() {
                    watched.events += usize::from(matches!(event, auspice::replica::ReplicaEvent::Event { .. }));
                }
            }
        }
    }
    watched.held = held.len();
    watched
}

#[test]
fn what_is_out_of_sight_changes_no_bit_and_no_moment() {
    for (patience_millis, sides, least, most) in [(0, 12, 550, 600), (167, 12, 300, 580), (167, 150, 120, 400)] {
        let nothing = watch::<NOTHING_IS_THERE>(patience_millis, sides);
        let bytes: usize = nothing.messages.iter().map(|(_, message)| message.len()).sum();
        let count = nothing.messages.len();
        println!("{count} messages of {bytes} bytes, {} entities, {} events", nothing.held, nothing.events);
        assert!(nothing.held >= SEEN as usize && nothing.events > 20, "the watcher has something to see");
        assert!((least..=most).contains(&count), "{count} messages");
        let worlds = [
            ("others stand there", watch::<IT_STANDS>(patience_millis, sides)),
            ("others live there", watch::<IT_LIVES>(patience_millis, sides)),
        ];
        for (what, world) in worlds {
            let first = nothing.messages.iter().zip(&world.messages).position(|(one, other)| one != other);
            assert_eq!((first, world.messages.len()), (None, count), "{what}: the first message that differs");
        }
        // One step into sight, and it is told, at once where it is near.
        let comes = watch::<ONE_COMES>(patience_millis, sides);
        let same = nothing.messages.iter().zip(&comes.messages).take_while(|(one, other)| one == other).count();
        let tick = comes.messages.get(same).map_or(0, |(tick, _)| *tick);
        assert!((298..308).contains(&tick), "{tick}");
    }
}
