//! Foresight is the same bits on every machine, and a game can see whether its own is.
//!
//! `cargo test -p auspice --features scalar-math foresight` runs the same without the processor's vectors.

use auspice::sim::foresight_digest;
use auspice::{ClientId, Context, Fate, Game, Ground, Publisher, Replicate, Step, Terms};
use glam::{Quat, Vec3};

use crate::games::range::Range;
use crate::games::zoo::Zoo;

/// Something that turns, by a product of quaternions if `COMPOSES`, and else by turning a vector.
struct Turning<const COMPOSES: bool>;

#[derive(Clone, Copy, Debug, Replicate)]
struct Top {
    #[field(rotation(bits = 16))]
    attitude: Quat,
    #[field(vec3(min = -100, max = 100, step = 0.01), position)]
    nose: Vec3,
}

impl<const COMPOSES: bool> Game for Turning<COMPOSES> {
    const NAME: &'static str = "turning";
    const INTEREST_RADIUS: f32 = 100.0;
    type Rules = ();
    type Level = ();
    type Input = ();
    type Entity = Top;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _: u64) -> Self {
        Self
    }

    fn join(&mut self, _: ClientId, _: &str, _: &mut Context<'_, Self>) {}

    fn leave(&mut self, _: ClientId, _: &mut Context<'_, Self>) {}

    fn step(&mut self, _: &mut Step<'_, Self>) {}

    fn publish(&self, _: &mut Publisher<'_, Self>) {}

    fn advance(_: &Ground<Self>, top: &mut Top) -> Fate {
        if COMPOSES {
            let turn = Quat::from_xyzw(0.1, 0.2, 0.3, 0.927_361_85);
            let turned = turn * top.attitude;
            // What lies below the grid's step becomes visible where it is enlarged.
            top.nose = Vec3::new(turned.x, turned.y, turned.z) * 1e6 % 100.0;
            top.attitude = turned;
        } else {
            top.nose = (top.attitude * Vec3::new(1.0, 2.0, 3.0)) * 1e6 % 100.0;
        }
        Fate::Continues
    }
}

fn digest<G: Game<Rules: Default>>() -> u64 {
    foresight_digest::<G>(Terms::of::<G>(G::Rules::default()), 1).expect("the tables are right")
}

#[test]
fn the_motion_of_the_engine_is_the_same_with_and_without_vectors() {
    // Linear motion, spin and floats; whole numbers.
    assert_eq!([digest::<Zoo>(), digest::<Range<200>>()], [4_757_065_237_243_017_110, 15_304_293_605_339_674_585]);
}

#[test]
fn turning_a_vector_is_the_same_with_and_without_vectors() {
    assert_eq!(digest::<Turning<false>>(), 586_856_662_481_906_341);
}

#[test]
fn a_product_of_quaternions_is_not_and_the_digest_sees_it() {
    let has_vectors = cfg!(all(target_arch = "x86_64", not(feature = "scalar-math")));
    assert_eq!(
        digest::<Turning<true>>(),
        if has_vectors { 2_343_982_674_570_458_577 } else { 16_895_086_477_922_628_665 }
    );
}

#[test]
fn a_digest_depends_on_its_seed_and_on_the_terms() {
    let of = |tick_hz, seed| foresight_digest::<Zoo>(Terms { tick_hz, ..Terms::of::<Zoo>(()) }, seed);
    assert_eq!(of(30, 1), of(30, 1));
    assert_ne!(of(30, 1), of(30, 2));
    assert_ne!(of(30, 1), of(60, 1));
}
