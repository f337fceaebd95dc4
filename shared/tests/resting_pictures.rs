//! A picture costs what moves in it, and shows what one would that works everything out anew.

use std::collections::VecDeque;

use auspice::authority::{Outgoing, Room};
use auspice::replica::{Frame, PictureSettings, Replica, Shown};
use auspice::state::Display;
use auspice::{ClientId, Micros, Rng};

use crate::games::yard::{ADVANCED, Crate, Rules, Yard, terms};

/// A room and a player twice over: the second works out everything in each picture. Both are told the same, and only
/// the first one is heard.
struct Twins {
    room: Room<Yard>,
    client: ClientId,
    twins: [Replica<Yard>; 2],
    /// Messages on their way to the players, and when they arrive.
    on_the_way: VecDeque<(Micros, Vec<u8>)>,
    now: Micros,
    half_ticks: u32,
    dice: Rng,
}

impl Twins {
    fn new(rules: Rules, seed: u64, interest_radius: f32) -> Self {
        let mut terms = terms(rules);
        terms.interest_radius = interest_radius;
        let mut room = Room::new(terms, seed, 1).expect("the terms are right");
        let twins = [0, 1].map(|_| Replica::new("player", "test").expect("the name fits"));
        let client = room.connect().expect("there is room");
        Self {
            room,
            client,
            twins,
            on_the_way: VecDeque::new(),
            now: Micros(1_000_000),
            half_ticks: 0,
            dice: Rng::new(seed),
        }
    }

    /// Half a tick: a new one of the room every other time, whose update arrives `late` milliseconds later.
    fn half_tick(&mut self, late: u64, settings: &PictureSettings) {
        self.half_ticks += 1;
        self.now = self.now + Micros(16_667);
        if self.half_ticks.is_multiple_of(2) {
            self.room.admit_all();
            self.room.tick().expect("nothing is misused");
        }
        while let Outgoing::Message(message) = self.room.poll_update(self.client) {
            let arrives = self.now + Micros::from_millis(late);
            let arrives = self.on_the_way.back().map_or(arrives, |(before, _)| arrives.max(*before));
            self.on_the_way.push_back((arrives, message.to_vec()));
        }
        while let Some((_, message)) = self.on_the_way.pop_front_if(|(arrives, _)| *arrives <= self.now) {
            for twin in &mut self.twins {
                twin.handle_message(&message, self.now).expect("the room is honest");
            }
        }
        // Both say the same, and when: what the second wants is not heard, so that it must not want more.
        self.twins.iter_mut().for_each(|twin| twin.set_settings(*settings));
        let [first, second] = &mut self.twins;
        while let Some(message) = first.poll_transmit(self.now) {
            self.room.handle_message(self.client, message).expect("the replica is honest");
        }
        while second.poll_transmit(self.now).is_some() {}
        // Another setting than in the last picture, which this game does not notice.
        second.set_settings(PictureSettings { compensation: self.half_ticks.is_multiple_of(2), ..*settings });
    }

    /// A picture of each.
    fn look(&mut self) -> [Frame<'_, Yard>; 2] {
        let now = self.now;
        self.twins.each_mut().map(|twin| twin.frame(now))
    }
}

fn sorted(frame: &Frame<'_, Yard>) -> Vec<Shown<Crate>> {
    let mut shown = frame.shown.to_vec();
    shown.sort_by_key(|shown| (shown.id.slot, shown.before.left, shown.id.generation));
    shown
}

/// Plays a life in which everything happens that happens to a picture. The entities that were shown, and those of them
/// that were worked out.
fn play(seed: u64, crates: u32, touched: u32) -> [usize; 2] {
    let mut twins = Twins::new(Rules { crates, touched, ..Rules::default() }, seed, 400.0 + 40.0 * seed as f32);
    let mut settings = PictureSettings::default();
    let mut counts = [0; 2];
    for half_tick in 0..1800 {
        match twins.dice.below(700) {
            0 => settings = settings.with_display(Some(Display::Interpolate)),
            1 => settings = settings.with_display(Some(Display::Advance)),
            2 => settings.prediction ^= true,
            3 => settings.smoothing ^= true,
            4 => twins.twins.iter_mut().for_each(Replica::ask_fresh),
            // Nothing arrives for a while.
            5 => twins.on_the_way.iter_mut().for_each(|(arrives, _)| *arrives = *arrives + Micros::from_millis(900)),
            _ => {}
        }
        let late = 40 + u64::from(twins.dice.below(60));
        twins.half_tick(late, &settings);
        let [lazy, eager] = twins.look();
        let context = format!("seed {seed}, half tick {half_tick}");
        assert_eq!(sorted(&lazy), sorted(&eager), "{context}");
        assert_eq!(
            (lazy.tick, lazy.blend, lazy.corrections),
            (eager.tick, eager.blend, eager.corrections),
            "{context}"
        );
        assert_eq!(eager.renewed.len(), eager.shown.len(), "{context}");
        counts = [counts[0] + lazy.shown.len(), counts[1] + lazy.renewed.len()];
    }
    counts
}

#[test]
fn a_picture_that_leaves_alone_what_rests_is_one_that_works_out_everything() {
    let mut all = [0; 2];
    for seed in 0..24 {
        let [shown, renewed] = play(seed, 100 + 20 * (seed as u32 % 5), 20 + 30 * (seed as u32 % 4));
        all = [all[0] + shown, all[1] + renewed];
    }
    let [shown, renewed] = all;
    println!("{shown} shown, {renewed} worked out");
    assert!(renewed < shown && renewed > shown / 20, "{shown} shown, {renewed} worked out");
}

#[test]
fn a_picture_of_thousands_that_rest_works_out_the_own_entity_alone() {
    for crates in [50, 5000] {
        let mut twins = Twins::new(Rules { crates, ..Rules::default() }, 1, 100_000.0);
        (0..300).for_each(|_| {
            twins.half_tick(0, &PictureSettings::default());
            twins.look();
        });
        ADVANCED.set(0);
        let (mut renewed, mut shown) = (0, 0);
        for _ in 0..100 {
            twins.half_tick(0, &PictureSettings::default());
            let now = twins.now;
            let frame = twins.twins[0].frame(now);
            (renewed, shown) = (renewed + frame.renewed.len(), frame.shown.len());
        }
        assert_eq!((shown, renewed), (crates as usize, 100));
        // The own one is predicted, a tick ahead and then another.
        assert!(ADVANCED.get() < 1000, "{} of {crates} crates were advanced", ADVANCED.get());
    }
}
