//! What is corrected in the same direction tick after tick is shown where it goes; what is hit once is not shown to
//! go on.

use auspice::glam::Vec2;
use auspice::replica::PictureSettings;
use auspice::sim::{Arena, Link};
use auspice::{ClientId, Context, EntityId, Game, Ground, Micros, Place, Publisher, Replicate, Step, Terms, Viewpoint};

/// A body that is driven: its velocity turns, and nobody foresees that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Replicate)]
struct Body {
    #[field(vec2(min = -100, max = 100, step = 0.001), position, moved_by = velocity)]
    at: Vec2,
    #[field(vec2(min = -50, max = 50, step = 0.001))]
    velocity: Vec2,
}

/// Metres, and metres a second.
const RADIUS: f32 = 20.0;
const SPEED: f32 = 15.0;
const BODY: EntityId = EntityId::new(0, 0);

/// Where it is after so many ticks, and parts of one: round and round, or to and fro between two walls.
fn driven(ticks: f32, bounces: bool) -> Body {
    let seconds = ticks / 30.0;
    if bounces {
        let way = (seconds * SPEED).rem_euclid(4.0 * RADIUS);
        let (x, speed) = if way < 2.0 * RADIUS { (way, SPEED) } else { (4.0 * RADIUS - way, -SPEED) };
        return Body { at: Vec2::new(x - RADIUS, 0.0), velocity: Vec2::new(speed, 0.0) };
    }
    let ahead = Vec2::from_angle(seconds * SPEED / RADIUS);
    Body { at: ahead * RADIUS, velocity: ahead.perp() * SPEED }
}

struct Track<const BOUNCES: bool> {
    tick: u32,
    clients: Vec<ClientId>,
}

impl<const BOUNCES: bool> Game for Track<BOUNCES> {
    const NAME: &'static str = "driven";
    const INTEREST_RADIUS: f32 = 1000.0;
    type Rules = ();
    type Level = ();
    type Input = ();
    type Entity = Body;
    type Command = ();
    type Event = ();
    fn new(_: &Ground<Self>, _: u64) -> Self {
        Self { tick: 0, clients: Vec::new() }
    }
    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        self.clients.push(client);
    }
    fn leave(&mut self, _: ClientId, _: &mut Context<'_, Self>) {}
    fn step(&mut self, step: &mut Step<'_, Self>) {
        self.tick = step.tick.0;
    }
    fn publish(&self, out: &mut Publisher<'_, Self>) {
        out.put(BODY, &driven(self.tick as f32, BOUNCES));
        let centre = Viewpoint::at(Place(Default::default()));
        self.clients.iter().for_each(|client| out.viewpoint(*client, centre));
    }
}

/// Metres by which it is shown off, the smallest first, and the furthest that it moved beside its way from one
/// picture to the next.
fn shown_off<const BOUNCES: bool>(smoothing: bool) -> (Vec<f32>, f32) {
    let mut arena =
        Arena::<Track<BOUNCES>>::new(Terms::of::<Track<BOUNCES>>(()).strict(), 3).expect("the table is right");
    let way = Link { delay: Micros::from_millis(40), jitter: Micros::from_millis(15), ..Link::default() };
    let player = arena.connect(way, way).expect("the name fits");
    arena.clients[player].replica_mut().set_settings(PictureSettings { smoothing, ..PictureSettings::default() });
    let (mut off, mut beside, mut before) = (Vec::new(), 0.0_f32, None);
    for tick in 0..900 {
        arena.step_with(|_, client, now| {
            let frame = client.replica_mut().frame(now);
            let Some(shown) = frame.shown.first().filter(|_| tick > 150) else { return };
            let at = shown.before.at.lerp(shown.after.at, frame.blend);
            let error = at - driven(frame.tick.0 as f32 + frame.blend, BOUNCES).at;
            off.push(error.length());
            beside = beside.max(before.replace(error).map_or(0.0, |before: Vec2| before.distance(error)));
        });
    }
    off.sort_by(f32::total_cmp);
    (off, beside)
}

#[test]
fn what_is_pushed_in_every_tick_is_shown_nearer_to_where_it_is_than_foresight_has_it() {
    let (smooth, jerk) = shown_off::<false>(true);
    let (plain, jerk_of_plain) = shown_off::<false>(false);
    let worst = |off: &[f32]| off[off.len() * 95 / 100];
    assert!(worst(&plain) > 0.1, "it is foreseen off by {}", worst(&plain));
    assert!(worst(&smooth) < worst(&plain) / 3.0, "shown off by {}, foreseen by {}", worst(&smooth), worst(&plain));
    assert!(jerk < jerk_of_plain / 2.0, "{jerk} m from one picture to the next, {jerk_of_plain} m as foreseen");
}

#[test]
fn what_is_thrown_back_now_and_then_is_not_expected_to_be_thrown_back_again() {
    let (smooth, jerk) = shown_off::<true>(true);
    let (plain, _) = shown_off::<true>(false);
    assert!(
        smooth[smooth.len() / 2] < 0.1 && jerk < 0.25,
        "off by {} in the middle, jerk {jerk}",
        smooth[smooth.len() / 2]
    );
    let most = |off: &[f32]| off.last().copied().unwrap_or_default();
    assert!(most(&smooth) < most(&plain) * 1.05, "{} m at the most, foreseen {}", most(&smooth), most(&plain));
}
