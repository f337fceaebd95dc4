//! What a game shows from afar stays against the rule by which things leave a view: *pinned*, and only for as
//! long as it is that.

use auspice::authority::{Outgoing, Room};
use auspice::replica::{Replica, ReplicaEvent};
use auspice::{
    ClientId, Context, EntityId, Game, Ground, Micros, Publisher, Replicate, Sight, Step, Terms, Tick, Viewpoint,
};
use glam::IVec2;

use crate::games::tiny::Walk;

/// Every so many ticks there is another beacon, in the slot of the one before.
const BEACON_TICKS: u32 = 7;

#[derive(Clone, Debug, Replicate)]
pub struct Spot {
    #[field(vec2(min = -100_000, max = 100_000, step = 1), position)]
    pub at: IVec2,
}

/// A player who stands still, and a beacon far away that everyone is shown.
pub struct Lit {
    client: Option<ClientId>,
    tick: Tick,
}

impl Lit {
    fn beacon(&self) -> EntityId {
        EntityId::new(1, (self.tick.0 / BEACON_TICKS) as u8)
    }
}

impl Game for Lit {
    const NAME: &'static str = "lit";
    const INTEREST_RADIUS: f32 = 100.0;
    type Rules = ();
    type Level = ();
    type Input = Walk;
    type Entity = Spot;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _: u64) -> Self {
        Self { client: None, tick: Tick(0) }
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        self.client = Some(client);
    }

    fn leave(&mut self, _: ClientId, _: &mut Context<'_, Self>) {
        self.client = None;
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        self.tick = step.tick;
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        out.put(EntityId::new(0, 0), &Spot { at: IVec2::ZERO });
        out.put(self.beacon(), &Spot { at: IVec2::new(5000, 0) });
        if let Some(client) = self.client {
            out.viewpoint(client, Viewpoint::of(EntityId::new(0, 0)));
        }
    }

    fn adjust_sight(&self, _: ClientId, sight: &mut Sight<'_>) {
        sight.show(self.beacon());
    }
}

#[test]
fn another_tenant_of_a_slot_is_not_pinned_because_the_one_before_was() {
    let mut room = Room::<Lit>::new(Terms::of::<Lit>(()).strict(), 1, 1).expect("the tables are right");
    let mut ann = Replica::<Lit>::new("ann", "test").expect("the name fits");
    let client = room.connect().expect("there is room");
    let mut beacons = 0;
    for tick in 0..200 {
        let now = Micros(1_000_000 + tick * 33_334);
        while let Some(message) = ann.poll_transmit(now) {
            room.handle_message(client, message).expect("the replica is honest");
        }
        room.admit_all();
        room.tick().expect("nothing is misused");
        while let Outgoing::Message(message) = room.poll_update(client) {
            ann.handle_message(message, now).expect("the room is honest");
        }
        if ann.visible() > 0 {
            assert!(ann.entity(room.game().beacon()).is_some(), "the beacon of tick {tick} is not shown");
            beacons += 1;
        }
    }
    assert!(beacons > 190, "{beacons} ticks with a beacon");
    let differs = std::iter::from_fn(|| ann.poll_event()).any(|it| matches!(it, ReplicaEvent::Diverged { .. }));
    assert!(!differs);
}
