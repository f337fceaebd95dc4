//! Crates on a yard, most of which lie still: the game of what rests.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use auspice::{ClientId, Context, EntityId, Fate, Game, Ground, Publisher, Replicate, Rng, Step, Terms, Viewpoint};
use glam::IVec2;
use serde::{Deserialize, Serialize};

/// Crates that stay, since players look from there.
pub const PLAYERS: u32 = 4;

thread_local! {
    /// Number of crates that were advanced.
    pub static ADVANCED: Cell<u32> = const { Cell::new(0) };
}

#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
#[replicate(label)]
pub struct Crate {
    #[field(vec2(min = -4096, max = 4096, step = 1), position, moved_by = velocity)]
    pub at: IVec2,
    /// Published as foreseen within two steps.
    #[field(vec2(min = -60, max = 60, step = 1), tolerance = 2.0)]
    pub velocity: IVec2,
    /// Ticks that are left; 0 is for ever.
    #[field(scalar(min = 0, max = 200, step = 1))]
    pub left: u8,
}

/// A way in which the game neglects its duties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Neglects {
    #[default]
    Nothing,
    Moves,
    Removals,
    Labels,
    Births,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    pub crates: u32,
    /// One in so many is touched in a tick; 0 is none.
    pub touched: u32,
    pub hands_over_all: bool,
    pub neglects: Neglects,
}

/// Crates on a yard. Most lie still.
pub struct Yard {
    crates: BTreeMap<u32, (u8, Crate, String)>,
    touched: BTreeSet<u32>,
    removed: Vec<EntityId>,
    players: Vec<ClientId>,
    rules: Rules,
}

impl Game for Yard {
    const NAME: &'static str = "yard";
    const INTEREST_RADIUS: f32 = 400.0;
    type Rules = Rules;
    type Level = ();
    type Input = ();
    type Entity = Crate;
    type Command = ();
    type Event = ();

    fn new(ground: &Ground<Self>, _: u64) -> Self {
        let mut dice = Rng::new(5);
        let rules = ground.terms.rules;
        let mut put = |slot| {
            let at = IVec2::new(dice.between(-1500, 1500), dice.between(-1500, 1500));
            (slot, (0, Crate { at, velocity: IVec2::ZERO, left: 0 }, String::new()))
        };
        let crates = (0..rules.crates).map(&mut put).collect();
        Self { crates, touched: BTreeSet::new(), removed: Vec::new(), players: Vec::new(), rules }
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        self.players.push(client);
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.players.retain(|player| *player != client);
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        self.touched.clear();
        self.removed.clear();
        for (_, body, _) in self.crates.values_mut() {
            advance(body);
        }
        // Both ends foresee that these end.
        self.crates.retain(|_, (_, body, _)| body.left != 1);
        for _ in 0..if self.rules.touched == 0 { 0 } else { self.rules.crates.div_ceil(self.rules.touched) } {
            self.touch(step.rng);
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (slot, (generation, body, label)) in &self.crates {
            out.put_exactly(EntityId::new(*slot, *generation), body, label.as_bytes());
        }
        self.look(out);
    }

    fn publish_changes(&self, out: &mut Publisher<'_, Self>) {
        if self.rules.hands_over_all {
            return self.publish(out);
        }
        out.carry_on_others();
        self.removed.iter().for_each(|id| out.remove(*id));
        for slot in &self.touched {
            let Some((generation, body, label)) = self.crates.get(slot) else { continue };
            out.put_exactly(EntityId::new(*slot, *generation), body, label.as_bytes());
        }
        self.look(out);
    }

    fn advance(_: &Ground<Self>, body: &mut Crate) -> Fate {
        ADVANCED.set(ADVANCED.get() + 1);
        let ends = body.left == 2;
        advance(body);
        if ends { Fate::Ends } else { Fate::Continues }
    }
}

pub fn advance(body: &mut Crate) {
    body.at = (body.at + body.velocity).clamp(IVec2::splat(-4096), IVec2::splat(4096));
    body.left -= u8::from(body.left > 0);
}

impl Yard {
    /// Something happens to one of the crates.
    fn touch(&mut self, dice: &mut Rng) {
        let slot = dice.below(self.rules.crates);
        let neglects = self.rules.neglects;
        let Some((generation, body, label)) = self.crates.get_mut(&slot) else {
            let body = Crate { at: IVec2::new(dice.between(-1500, 1500), 0), velocity: IVec2::ZERO, left: 0 };
            self.crates.insert(slot, (dice.below(256) as u8, body, String::new()));
            if neglects != Neglects::Births {
                self.touched.insert(slot);
            }
            return;
        };
        let id = EntityId::new(slot, *generation);
        match dice.below(8) {
            0 => {
                *label = format!("{}", dice.below(1000));
                if neglects == Neglects::Labels {
                    return;
                }
            }
            // Players have the first ones.
            1 if slot >= PLAYERS && !self.touched.contains(&slot) => {
                self.crates.remove(&slot);
                if neglects != Neglects::Removals {
                    self.removed.push(id);
                }
                return;
            }
            2 if slot >= PLAYERS => body.left = 40 + dice.below(60) as u8,
            3..5 => body.velocity = IVec2::ZERO,
            _ => {
                body.velocity = IVec2::new(dice.between(-60, 60), dice.between(-60, 60));
                if neglects == Neglects::Moves {
                    return;
                }
            }
        }
        self.touched.insert(slot);
    }

    fn look(&self, out: &mut Publisher<'_, Self>) {
        for (index, player) in self.players.iter().enumerate() {
            out.viewpoint(*player, Viewpoint::of(EntityId::new(index as u32, 0)));
        }
    }
}

pub fn terms(rules: Rules) -> Terms<Rules> {
    Terms::of::<Yard>(rules)
}
