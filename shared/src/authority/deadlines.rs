//! [`Deadlines`]: how long news may wait.

use alloc::vec::Vec;

use glam::Vec3;

use super::update_cause::UpdateCause;
use crate::game::Terms;
use crate::limits::{AT_ONCE_SHARE, PATIENT_SHARE};
use crate::state::{Display, Replicate};

/// Ticks for which news may wait, by its kind and by how far from the viewer it is.
#[derive(Clone, Debug)]
pub(super) struct Deadlines {
    /// The longest of all; 0 where nothing waits.
    most: u32,
    /// The interest radius.
    radius: f32,
    kinds: Vec<KindPatience>,
}

/// Ticks for which news of a kind may wait.
#[derive(Clone, Copy, Debug)]
struct KindPatience {
    /// Ticks at the edge of interest.
    at_edge: u32,
    /// Ticks where the entity has no place.
    nowhere: u32,
}

impl Deadlines {
    pub(super) fn new<E: Replicate, R>(terms: &Terms<R>) -> Self {
        let most = terms.patience();
        let ticks = |millis: u32| most.min((u64::from(millis) * u64::from(terms.tick_hz) / 1000) as u32);
        let kinds = E::KINDS.iter().map(|kind| KindPatience {
            // What is shown in the past is to be known by then.
            at_edge: kind.patience_millis.map_or(if kind.display == Display::Interpolate { 0 } else { most }, ticks),
            nowhere: kind.patience_millis.map_or(0, ticks),
        });
        Self { most, radius: terms.interest_radius, kinds: kinds.collect() }
    }

    /// Ticks from one update to the next at most; 0 where one goes out each time that it may.
    pub(super) const fn most(&self) -> u32 {
        self.most
    }

    /// Ticks for which news of an entity may wait where the viewer is at `centre`.
    pub(super) fn of_one(&self, it: &Whereabouts, centre: Vec3) -> u32 {
        self.of(it.kind, it.place.map(|place| place.distance_squared(centre)))
    }

    /// The cause of an update that is for news of an entity, where the viewer is at `centre`.
    pub(super) fn cause(&self, it: &Whereabouts, centre: Vec3) -> UpdateCause {
        UpdateCause::of_news(it.place.map(|place| place.distance(centre) / self.radius))
    }

    /// Ticks for which news of `kind` may wait so far from the viewer: the distance squared, if there is one.
    fn of(&self, kind: usize, squared: Option<f32>) -> u32 {
        let Some(squared) = squared else { return self.kinds[kind].nowhere };
        let near = self.radius * AT_ONCE_SHARE;
        if squared <= near * near {
            return 0;
        }
        // Whatever is further away than that waits for a tick at least: rounded down, a band as wide as that within
        // which nothing waits would have most of the messages to itself.
        let (from, at_edge) = (self.radius * PATIENT_SHARE, self.kinds[kind].at_edge);
        let share = ((libm::sqrtf(squared) - from) / (self.radius - from)).clamp(0.0, 1.0);
        let ticks = libm::sqrtf(share) * at_edge as f32;
        // Rounded up without a call: it is asked for each piece of news and client.
        let whole = ticks as u32;
        (whole + u32::from(ticks > whole as f32)).max(1).min(at_edge)
    }
}

/// An entity of a tick, and where it was then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whereabouts {
    pub(super) slot: u32,
    pub(super) kind: usize,
    /// None where it has no place, so that everyone sees it.
    pub(super) place: Option<Vec3>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Kind;

    struct Things;

    impl Replicate for Things {
        const KINDS: &'static [Kind] = &[
            <() as Replicate>::KINDS[0],
            Kind { patience_millis: Some(0), ..<() as Replicate>::KINDS[0] },
            Kind { patience_millis: Some(100), ..<() as Replicate>::KINDS[0] },
        ];

        fn kind(&self) -> usize {
            0
        }

        fn write_row(&self, _: &mut crate::state::Row) {}

        fn read_row(_: usize, _: &crate::state::Row) -> Self {
            Self
        }
    }

    fn deadlines(tick_hz: u32) -> Deadlines {
        Deadlines::new::<Things, ()>(&Terms {
            tick_hz,
            send_every: 1,
            input_every: 1,
            patience_millis: 167,
            interest_radius: 100.0,
            rules: (),
        })
    }

    #[test]
    fn patience_is_a_tick_beyond_a_quarter_of_the_radius_and_grows_with_the_root_of_the_way_to_its_edge() {
        let deadlines = deadlines(30);
        let at = |kind: usize, metres: f32| deadlines.of(kind, Some(metres * metres));
        assert_eq!(
            [0.0, 25.0, 26.0, 32.0, 34.0, 41.0, 42.0, 55.0, 56.0, 74.0, 76.0, 100.0, 109.0].map(|metres| at(0, metres)),
            [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5]
        );
        assert_eq!([30.0, 100.0].map(|metres| at(1, metres)), [0, 0], "a kind that never waits");
        assert_eq!([25.0, 100.0].map(|metres| at(2, metres)), [0, 3], "one that waits for less");
        assert_eq!([0, 1, 2].map(|kind| deadlines.of(kind, None)), [0, 0, 3], "where there is no distance");
    }

    #[test]
    fn patience_is_the_same_time_at_any_rate() {
        assert_eq!([10, 20, 30, 60, 120, 240].map(|tick_hz| deadlines(tick_hz).most()), [0, 3, 5, 10, 20, 40]);
    }
}
