//! A bot's hands.

use auspice::replica::Replica;
use auspice::{Micros, Rng};
use auspice_bots::driver::Driver;
use glam::Vec2;
use newgame_rules::{Wish, World};

/// Flies about, and changes its mind once a second or so.
pub struct Pilot {
    chance: Rng,
    wish: Wish,
}

impl Pilot {
    /// The bot with this number.
    pub fn new(index: usize) -> Self {
        Self { chance: Rng::new(index as u64), wish: Wish::default() }
    }
}

impl Driver<World> for Pilot {
    /// What a bot wants that sees the world.
    fn steer(&mut self, _: &mut Replica<World>, _: Micros) -> Wish {
        self.steer_blind()
    }

    /// What one wants that does not: most only count what they are sent, so that a machine has room for many.
    fn steer_blind(&mut self) -> Wish {
        if self.chance.one_in(30) {
            let mut any = || self.chance.between(-8, 8) as f32 / 8.0;
            self.wish.way = Vec2::new(any(), any());
        }
        self.wish
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use auspice::Terms;
    use auspice::sim::{Arena, Link};
    use newgame_rules::{Flyer, Thing};

    /// The bot's flyer after two minutes on virtual time.
    fn play(mut pilot: Pilot) -> Flyer {
        let mut arena = Arena::<World>::new(Terms::of::<World>(()), 1).expect("the game's tables should be right");
        arena.connect(Link::default(), Link::default()).expect("a name should fit");
        arena.steps(30);
        for _ in 0..120 * 30 {
            let now = arena.now();
            let replica = arena.clients[0].replica_mut();
            let wish = pilot.steer(replica, now);
            replica.set_input(wish);
            arena.step();
        }
        let replica = arena.clients[0].replica();
        let own = replica.own().and_then(|own| replica.entity(own)).expect("the bot plays");
        let Thing::Flyer(flyer) = own.entity else { panic!("{:?}", own.entity) };
        flyer
    }

    #[test]
    fn a_bot_flies() {
        assert_ne!(play(Pilot::new(1)).position, Vec2::ZERO);
    }
}
