//! The tests' game: everyone is a dot that walks where its player says, among a crowd that stands still.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use auspice::game::Viewpoint;
use auspice::{ClientId, Context, EntityId, Fate, Game, Ground, Obstacles, Publisher, Replicate, Step};
use glam::IVec2;
use serde::{Deserialize, Serialize, Serializer};

#[derive(Replicate, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Dot {
    #[field(vec2(min = -100_000, max = 100_000, step = 1), moved_by = pace, position)]
    pub(crate) place: IVec2,
    #[field(vec2(min = -300, max = 300, step = 1), control)]
    pub(crate) pace: IVec2,
}

#[derive(Replicate, Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Wish {
    #[field(vec2(min = -300, max = 300, step = 1))]
    pub(crate) pace: IVec2,
}

/// The pace at which a player makes every step take longer than a tick.
pub(crate) const HEAVY_PACE: IVec2 = IVec2::new(-298, 298);

/// The pace at which a player makes the first step that it is in hang, and for how long.
pub(crate) const HANGING_PACE: IVec2 = IVec2::new(-293, 293);
pub(crate) const HANGING: Duration = Duration::from_secs(6);

/// Whether somebody had it.
static HAS_HUNG: AtomicBool = AtomicBool::new(false);

/// The pace at which a player makes the game panic, on purpose.
pub(crate) const FATAL_PACE: IVec2 = IVec2::new(-299, 299);

/// The pace at which a player makes the game panic, the first time that this program is asked for it.
pub(crate) const TRIPPING_PACE: IVec2 = IVec2::new(-297, 297);

/// Another such pace.
pub(crate) const STUMBLING_PACE: IVec2 = IVec2::new(-296, 296);

/// And another.
pub(crate) const SLIPPING_PACE: IVec2 = IVec2::new(-294, 294);

/// And one more.
pub(crate) const MARKED_PACE: IVec2 = IVec2::new(-292, 292);

/// Whether somebody had each of the four.
static HAS_TRIPPED: [AtomicBool; 4] = [const { AtomicBool::new(false) }; 4];

/// The pace at which a player makes the game panic where it is saved.
pub(crate) const UNSAVABLE_PACE: IVec2 = IVec2::new(-295, 295);

/// How many stand still.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Rules {
    pub(crate) crowd: u32,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Dots {
    crowd: Vec<IVec2>,
    #[serde(serialize_with = "save_walkers")]
    walkers: Vec<Walker>,
    slot: u32,
}

type Walker = (ClientId, EntityId, Dot);

fn save_walkers<S: Serializer>(walkers: &[Walker], to: S) -> Result<S::Ok, S::Error> {
    assert!(walkers.iter().all(|(.., dot)| dot.pace != UNSAVABLE_PACE), "a pace that this game cannot save");
    walkers.serialize(to)
}

impl Dots {
    /// A world in which somebody stands at each of these places.
    pub(crate) fn among(places: &[IVec2]) -> Self {
        Self { crowd: places.to_vec(), walkers: Vec::new(), slot: places.len() as u32 }
    }
}

impl Game for Dots {
    const NAME: &'static str = "dots";
    const TICK_HZ: u32 = 60;
    const INTEREST_RADIUS: f32 = 50_000.0;

    type Rules = Rules;
    type Level = ();
    type Input = Wish;
    type Entity = Dot;
    type Command = ();
    type Event = ();

    fn new(Ground { terms, .. }: &Ground<Self>, _: u64) -> Self {
        let place = |number: u32| IVec2::new(number as i32 % 100 * 37, number as i32 / 100 * 41);
        Self::among(&(0..terms.rules.crowd).map(place).collect::<Vec<_>>())
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        let dot = Dot { place: IVec2::ZERO, pace: IVec2::ZERO };
        self.walkers.push((client, EntityId::new(self.slot, 0), dot));
        self.slot += 1;
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.walkers.retain(|(walker, ..)| *walker != client);
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        for (client, _, dot) in &mut self.walkers {
            if let Some((_, wish)) = step.inputs.iter().find(|(from, _)| from == client) {
                dot.pace = wish.pace;
                for (pace, has_tripped) in
                    [TRIPPING_PACE, STUMBLING_PACE, SLIPPING_PACE, MARKED_PACE].iter().zip(&HAS_TRIPPED)
                {
                    assert!(dot.pace != *pace || has_tripped.swap(true, Ordering::Relaxed), "the first at this pace");
                }
                assert_ne!(dot.pace, FATAL_PACE, "a pace that this game cannot take");
                if dot.pace == HEAVY_PACE {
                    sleep(Duration::from_millis(40));
                }
                if dot.pace == HANGING_PACE && !HAS_HUNG.swap(true, Ordering::Relaxed) {
                    sleep(HANGING);
                }
            }
            dot.drift(step.ground.terms.tick_hz);
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (slot, &place) in (0..).zip(&self.crowd) {
            out.put(EntityId::new(slot, 0), &Dot { place, pace: IVec2::ZERO });
        }
        for (client, id, dot) in &self.walkers {
            out.put(*id, dot);
            out.viewpoint(*client, Viewpoint::of(*id));
        }
    }

    fn predict_own(ground: &Ground<Self>, dot: &mut Dot, wish: &Wish, _: &Obstacles<'_, Self>) -> Fate {
        dot.pace = wish.pace;
        Self::advance(ground, dot)
    }
}
