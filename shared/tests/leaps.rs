//! What was no motion is not shown as one: a game says that an entity jumped, and what its velocity cannot explain
//! is shown at once; all else is smoothed. And a body that another now steers is shown as it is held.

use auspice::replica::PictureSettings;
use auspice::sim::Arena;
use auspice::{ClientId, Context, EntityId, Fate, Game, Ground, Obstacles, Publisher, Replicate, Step, Viewpoint};
use glam::IVec2;

use crate::games::tiny::Walk;
use crate::games::{arena, check_all, connect};

/// Steps of place in a metre.
const STEPS: i32 = 100;
/// Metres a second that the range of a velocity allows.
const FASTEST: i32 = 60;
const LEAPER: EntityId = EntityId::new(0, 0);
/// The entities that the player steers, one after the other.
const BODIES: [EntityId; 2] = [EntityId::new(1, 0), EntityId::new(2, 0)];
/// The tick in which the player is given the second.
const HANDED_OVER: u32 = 150;

#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
pub struct Body {
    #[field(vec2(min = -1000.0, max = 1000.0, step = 0.01), position, moved_by = velocity)]
    pub at: IVec2,
    #[field(vec2(min = -FASTEST, max = FASTEST, step = 0.01))]
    pub velocity: IVec2,
    #[field(counter(max = 255), jumps)]
    pub jumps: u8,
}

impl Body {
    const fn resting(x: i32) -> Self {
        Self { at: IVec2::new(x, 0), velocity: IVec2::ZERO, jumps: 0 }
    }
}

/// Something that stands still, and at tick 100 is `METRES` further, which the game calls a jump if `SAYS_SO`;
/// and two bodies, of which the player steers the first and then the second.
pub struct Leaping<const METRES: i32, const SAYS_SO: bool> {
    leaper: Body,
    bodies: [Body; 2],
    steered: usize,
    client: Option<ClientId>,
}

impl<const METRES: i32, const SAYS_SO: bool> Game for Leaping<METRES, SAYS_SO> {
    const NAME: &'static str = "leaping";
    const INTEREST_RADIUS: f32 = 900.0;
    type Rules = ();
    type Level = ();
    type Input = Walk;
    type Entity = Body;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _: u64) -> Self {
        let bodies = [Body::resting(-50 * STEPS), Body::resting(-60 * STEPS)];
        Self { leaper: Body::resting(0), bodies, steered: 0, client: None }
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        self.client = Some(client);
    }

    fn leave(&mut self, _: ClientId, _: &mut Context<'_, Self>) {
        self.client = None;
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        if step.tick.0 == 100 {
            self.leaper.at.x += METRES * STEPS;
            self.leaper.jumps += u8::from(SAYS_SO);
        }
        self.steered = usize::from(step.tick.0 >= HANDED_OVER);
        if let Some((_, input)) = step.inputs.first() {
            Self::predict_own(step.ground, &mut self.bodies[self.steered], input, &Obstacles::NONE);
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        out.put(LEAPER, &self.leaper);
        for (id, body) in BODIES.into_iter().zip(&self.bodies) {
            out.put(id, body);
        }
        if let Some(client) = self.client {
            out.viewpoint(client, Viewpoint::of(BODIES[self.steered]));
        }
    }

    /// The body goes as fast as its player wants, within a tick: until the server says otherwise.
    fn predict_own(ground: &Ground<Self>, own: &mut Body, input: &Walk, _: &Obstacles<'_, Self>) -> Fate {
        own.velocity = IVec2::new(i32::from(input.on) * 10 * STEPS, 0);
        Self::advance(ground, own)
    }
}

/// Pictures in which the leaper is between where it was and where it is, of a leap by `METRES`; and whether the
/// correction said that it is shown at once.
fn between<const METRES: i32, const SAYS_SO: bool>() -> (usize, bool) {
    let mut arena: Arena<Leaping<METRES, SAYS_SO>> = arena(1);
    connect(&mut arena, 40);
    let (mut count, mut at_once, mut there) = (0, false, false);
    for _ in 0..200 {
        arena.step_with(|_, client, now| {
            let frame = client.replica_mut().frame(now);
            at_once |= frame.corrections.iter().any(|correction| correction.id == LEAPER && correction.is_teleport);
            let Some(shown) = frame.shown.iter().find(|shown| shown.id == LEAPER) else { return };
            // Half-way through a tick as well.
            for x in [shown.before.at.x, shown.after.at.x] {
                count += usize::from((1..METRES * STEPS).contains(&x));
                there |= x == METRES * STEPS;
            }
        });
    }
    assert!(there, "it arrives");
    check_all(&mut arena, "leaps");
    (count, at_once)
}

#[test]
fn what_its_velocity_explains_is_smoothed() {
    // 60 m/s are two metres in a tick.
    let (count, at_once) = between::<1, false>();
    assert!(count > 20 && !at_once, "{count} pictures on its way, at once: {at_once}");
}

#[test]
fn what_a_game_calls_a_jump_is_shown_at_once_however_short() {
    assert_eq!(between::<1, true>(), (0, true));
    assert_eq!(between::<30, true>(), (0, true));
}

#[test]
fn what_no_velocity_of_its_range_explains_is_shown_at_once() {
    // A fifth of the interest radius would be 180 m.
    assert_eq!(between::<3, false>(), (0, true));
    assert_eq!(between::<30, false>(), (0, true));
}

/// The body that the player steered at first: where it is shown and believed, and where it is held, in pictures
/// of the first second after control has gone to the other.
fn left_behind(smoothing: bool) -> Vec<(i32, i32, i32)> {
    type G = Leaping<0, false>;
    let mut arena: Arena<G> = arena(1);
    let ann = connect(&mut arena, 100);
    arena.clients[ann].replica_mut().set_settings(PictureSettings { smoothing, ..PictureSettings::default() });
    let mut seen = Vec::new();
    for _ in 0..HANDED_OVER + 90 {
        // What the player wants for the first body comes when it has the second: nothing moves the first, and
        // there is no news of it.
        let on = arena.room.tick_now().0 >= HANDED_OVER - 2;
        arena.clients[ann].replica_mut().set_input(Walk { on });
        arena.step_with(|_, client, now| {
            let replica = client.replica_mut();
            let (was_left, shown) = {
                let was_left = replica.own() == Some(BODIES[1]);
                let frame = replica.frame(now);
                (was_left, frame.shown.iter().find(|shown| shown.id == BODIES[0]).map(|shown| shown.before.at.x))
            };
            let Some(ghosts) = replica.ghosts(BODIES[0]) else { return };
            if let Some(shown) = shown.filter(|_| was_left) {
                seen.push((shown, ghosts.predicted.at.x, ghosts.held.at.x));
            }
        });
    }
    assert_eq!(arena.clients[ann].replica().own(), Some(BODIES[1]));
    check_all(&mut arena, "the body left behind");
    seen
}

#[test]
fn a_body_left_behind_is_shown_as_held_at_once() {
    let seen = left_behind(false);
    assert!(seen.len() > 100, "{} pictures", seen.len());
    for (shown, believed, held) in seen {
        assert_eq!((shown, believed), (held, held));
    }
}

#[test]
fn a_body_left_behind_slides_to_where_it_is_held_where_pictures_are_smoothed() {
    let seen = left_behind(true);
    assert!(seen.iter().all(|(_, believed, held)| believed == held), "it is believed to be there at once");
    let off = |(shown, _, held): &(i32, i32, i32)| (shown - held).abs();
    assert!(off(&seen[0]) > STEPS, "200 ms at 10 m/s are two metres");
    // Two metres at 12 m/s at the most, then ever slower; 240 pictures a second.
    assert!(seen.windows(2).all(|two| off(&two[1]) <= off(&two[0])));
    assert!(seen.iter().skip(2 * 240).all(|seen| off(seen) == 0), "nothing is left of it after two seconds");
}
