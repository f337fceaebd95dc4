//! A shooting range on a line: targets that change their minds without warning, one shown advanced and one in
//! the past, and shooters that say where they aim. `BOUND` is how far back they are believed, in
//! milliseconds.

use std::collections::BTreeMap;

use auspice::{
    ClientId, Context, Display, EntityId, Fate, Game, Ground, Obstacles, Publisher, Replicate, Step, Viewpoint,
};

/// Steps of place in a metre.
pub const STEPS: i32 = 100;
/// How fast a target moves, in steps a tick.
pub const PACE: i32 = 20;
/// A shot within so many steps of a target hits.
pub const RADIUS: i32 = 30;
/// Ticks from one bolt to the next.
pub const RELOAD: u8 = 10;
/// How fast a bolt flies, in steps a tick.
pub const BOLT: i32 = 50;
/// Ticks that a bolt flies.
const LIFE: u8 = 40;
/// How far a bolt may be thrown, in steps.
pub const THROW: i32 = 300;

#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
#[replicate(rewinds)]
pub struct Target {
    #[field(vec2(min = -1000.0, max = 1000.0, step = 0.01), position)]
    pub at: glam::IVec2,
    #[field(scalar(min = -100, max = 100, step = 1))]
    pub pace: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
#[replicate(rewinds, interpolate)]
pub struct Late {
    #[field(vec2(min = -1000.0, max = 1000.0, step = 0.01), position)]
    pub at: glam::IVec2,
    #[field(scalar(min = -100, max = 100, step = 1))]
    pub pace: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
pub struct Shooter {
    #[field(vec2(min = -1000.0, max = 1000.0, step = 0.01), position)]
    pub at: glam::IVec2,
    #[field(flags(bits = 1), control)]
    pub trigger: bool,
    #[field(counter(max = 10))]
    pub reload: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
pub struct Bolt {
    #[field(vec2(min = -1000.0, max = 1000.0, step = 0.01), position)]
    pub at: glam::IVec2,
    #[field(counter(max = 60))]
    pub left: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
pub enum Thing {
    Target(Target),
    Late(Late),
    Shooter(Shooter),
    Bolt(Bolt),
}

/// Where a shooter aims with its gun that hits at once, and whether its slow one is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Replicate)]
pub struct Aim {
    #[field(flags(bits = 1))]
    pub shoots: bool,
    #[field(flags(bits = 1))]
    pub bolt: bool,
    /// Whether every bolt in flight is thrown [`THROW`] ahead, and flies anew from there.
    #[field(flags(bits = 1))]
    pub throws: bool,
    /// At the target that is shown late.
    #[field(flags(bits = 1))]
    pub late: bool,
    #[field(scalar(min = -100_000, max = 100_000, step = 1))]
    pub at: i32,
}

/// One shot, as it was judged.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    pub client: ClientId,
    pub hit: bool,
    pub rewound: u32,
    pub is_clamped: bool,
    /// How far the target seen is from where it is, in steps.
    pub gained: i32,
}

thread_local! {
    /// How often anything was advanced on this thread.
    pub static ADVANCED: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

pub struct Range<const BOUND: u32> {
    target: Target,
    late: Target,
    pub shooters: BTreeMap<ClientId, (u32, Shooter)>,
    bolts: Vec<(u32, Bolt)>,
    slots: u32,
    pub judged: Vec<Judged>,
}

pub const TARGET: EntityId = EntityId::new(0, 0);
pub const LATE: EntityId = EntityId::new(1, 0);

pub fn x(thing: &Thing) -> i32 {
    match thing {
        Thing::Target(Target { at, .. })
        | Thing::Late(Late { at, .. })
        | Thing::Shooter(Shooter { at, .. })
        | Thing::Bolt(Bolt { at, .. }) => at.x,
    }
}

impl<const BOUND: u32> Game for Range<BOUND> {
    const NAME: &'static str = "range";
    const INTEREST_RADIUS: f32 = 900.0;
    const REWIND_MILLIS: u32 = BOUND;
    type Rules = ();
    type Level = ();
    type Input = Aim;
    type Entity = Thing;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _: u64) -> Self {
        let target = Target { at: glam::IVec2::ZERO, pace: PACE };
        Self { target, late: target, shooters: BTreeMap::new(), bolts: Vec::new(), slots: 2, judged: Vec::new() }
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        let shooter = Shooter { at: glam::IVec2::new(0, 500), trigger: false, reload: 0 };
        self.shooters.insert(client, (self.slots, shooter));
        self.slots += 1;
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.shooters.remove(&client);
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        for target in [&mut self.target, &mut self.late] {
            if step.rng.one_in(12) {
                target.pace = -target.pace;
            }
            // Not off the line, and not past the end of a turn.
            if target.at.x.abs() > 40_000 {
                target.pace = -target.at.x.signum() * PACE;
            }
            target.at.x += target.pace;
        }
        self.bolts.retain_mut(|(_, bolt)| fly(bolt) == Fate::Continues);
        for (client, aim) in step.inputs {
            let Some((_, shooter)) = self.shooters.get_mut(client) else { continue };
            shooter.trigger = aim.bolt;
            pull(shooter);
            for (_, bolt) in self.bolts.iter_mut().filter(|_| aim.throws) {
                (bolt.at.x, bolt.left) = (bolt.at.x + THROW, LIFE);
            }
            let own = Thing::Shooter(*shooter);
            if let Some(Thing::Bolt(bolt)) = Self::predict_spawn(step.ground, &own, aim) {
                self.bolts.push((self.slots, bolt));
                self.slots += 1;
            }
            if !aim.shoots {
                continue;
            }
            let (id, now) = if aim.late { (LATE, self.late.at.x) } else { (TARGET, self.target.at.x) };
            let Some(seen) = step.rewind.seen_by(*client, id) else { continue };
            assert!(seen.display == Display::Interpolate || seen.tick == step.tick);
            let at = x(&seen.entity);
            self.judged.push(Judged {
                client: *client,
                hit: (at - aim.at).abs() <= RADIUS,
                rewound: seen.rewound,
                is_clamped: seen.is_clamped,
                gained: (at - now).abs(),
            });
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        out.put(TARGET, &Thing::Target(self.target));
        out.put(LATE, &Thing::Late(Late { at: self.late.at, pace: self.late.pace }));
        for (client, (slot, shooter)) in &self.shooters {
            out.put(EntityId::new(*slot, 0), &Thing::Shooter(*shooter));
            out.viewpoint(*client, Viewpoint::of(EntityId::new(*slot, 0)));
        }
        for (slot, bolt) in &self.bolts {
            out.put(EntityId::new(*slot, 0), &Thing::Bolt(*bolt));
        }
    }

    fn advance(_: &Ground<Self>, thing: &mut Thing) -> Fate {
        ADVANCED.set(ADVANCED.get() + 1);
        match thing {
            Thing::Target(target) => target.at.x += target.pace,
            Thing::Late(late) => late.at.x += late.pace,
            Thing::Shooter(shooter) => pull(shooter),
            Thing::Bolt(bolt) => return fly(bolt),
        }
        Fate::Continues
    }

    fn predict_own(ground: &Ground<Self>, thing: &mut Thing, aim: &Aim, _: &Obstacles<'_, Self>) -> Fate {
        if let Thing::Shooter(shooter) = thing {
            shooter.trigger = aim.bolt;
        }
        Self::advance(ground, thing)
    }

    fn predict_spawn(_: &Ground<Self>, own: &Thing, _: &Aim) -> Option<Thing> {
        let Thing::Shooter(shooter) = own else { return None };
        (shooter.reload == RELOAD).then_some(Thing::Bolt(Bolt { at: shooter.at, left: LIFE }))
    }
}

fn pull(shooter: &mut Shooter) {
    shooter.reload = if shooter.trigger && shooter.reload == 0 { RELOAD } else { shooter.reload.saturating_sub(1) };
}

fn fly(bolt: &mut Bolt) -> Fate {
    bolt.at.x += BOLT;
    bolt.left = bolt.left.saturating_sub(1);
    if bolt.left == 0 { Fate::Ends } else { Fate::Continues }
}
