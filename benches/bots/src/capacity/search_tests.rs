//! Searches of servers that are made up, whose capacity is known.

use auspice::Rng;

use super::*;

const BOUNDS: SearchBounds = SearchBounds { first: 200, most: 20_000, precision: 0.05, passes: 3 };

/// Tries that a search may take: a search of some minutes.
const TRIES_MAX: u32 = 80;

/// A server that serves so many, give or take what else its machine does.
struct MadeUp {
    capacity: f64,
    /// Standard deviation of the capacity from try to try, as a share of it.
    noise: f64,
    /// One in so many tries breaks whatever the number; 0 for none.
    hiccup_in: u32,
    rng: Rng,
}

impl MadeUp {
    fn new(capacity: f64) -> Self {
        Self { capacity, noise: 0.0, hiccup_in: 0, rng: Rng::new(7) }
    }

    fn tried_with(&mut self, bots: u32) -> Option<Demand> {
        // Twelve throws are normal enough.
        let normal = (0..12).map(|_| f64::from(self.rng.below(1000)) / 1000.0).sum::<f64>() - 6.0;
        let capacity = self.capacity * (normal * self.noise).exp();
        let hiccups = self.hiccup_in > 0 && self.rng.one_in(self.hiccup_in);
        (hiccups || f64::from(bots) > capacity).then_some(Demand::Tick)
    }
}

/// What a search finds, and after how many tries.
fn search(bounds: SearchBounds, mut tried_with: impl FnMut(u32) -> Option<Demand>) -> (Capacity, u32) {
    let (mut search, mut tries) = (CapacitySearch::new(bounds), 0);
    loop {
        match search.ask() {
            SearchStep::Done(finding) => return (finding, tries),
            SearchStep::Try(bots) => {
                assert!((1..=bounds.most).contains(&bots), "{bots} are tried");
                tries += 1;
                assert!(tries <= 200, "it never ends");
                search.tell(tried_with(bots));
            }
        }
    }
}

#[test]
fn a_server_of_a_known_capacity_is_found_to_have_it() {
    for capacity in [1.0, 2.0, 3.0, 17.0, 199.0, 200.0, 201.0, 390.0, 1000.0, 4321.0, 19_999.0] {
        let mut server = MadeUp::new(capacity);
        let (finding, tries) = search(BOUNDS, |bots| server.tried_with(bots));
        let held = f64::from(finding.held());
        assert!(held <= capacity && held >= capacity / 1.06 - 1.0, "{held} of {capacity}");
        assert_eq!((finding.sureness(), finding.gave_out()), (Sureness::Agreed, Some(Demand::Tick)), "{capacity}");
        assert!(tries <= TRIES_MAX, "{tries} tries for {capacity}");
        assert!(finding.passes.iter().all(|pass| pass.broke.is_some_and(|broke| f64::from(broke) > capacity)));
    }
}

#[test]
fn hiccups_of_the_machine_are_no_end() {
    for seed in 0..200 {
        let mut server = MadeUp { hiccup_in: 20, rng: Rng::new(seed), ..MadeUp::new(1000.0) };
        let (finding, tries) = search(BOUNDS, |bots| server.tried_with(bots));
        // Two in a row are one search in many, and then one pass of three.
        assert!((900..=1000).contains(&finding.held()), "seed {seed}: {finding:?}");
        assert!(tries <= TRIES_MAX, "{tries} tries");
    }
}

#[test]
fn under_noise_the_passes_lie_as_far_apart_as_it_is_strong() {
    let of_noise = |noise: f64| {
        let (mut spread, mut off) = (0.0, 0.0);
        for seed in 0..200 {
            let mut server = MadeUp { noise, rng: Rng::new(seed), ..MadeUp::new(1000.0) };
            let (finding, _) = search(BOUNDS, |bots| server.tried_with(bots));
            let (least, greatest) = finding.range();
            spread += f64::from(greatest) / f64::from(least.max(1)) / 200.0;
            off += (f64::from(finding.held()) / 1000.0).ln().abs() / 200.0;
        }
        (spread, off)
    };
    let ((calm, near), (rough, far)) = (of_noise(0.03), of_noise(0.12));
    assert!(calm < 1.1 && near < 0.06, "passes lie {calm} apart, the answer is off by {near}");
    assert!(rough > calm * 1.05 && far < 0.2, "passes lie {rough} apart, the answer is off by {far}");
}

#[test]
fn passes_that_do_not_agree_are_called_noisy() {
    let noisy = (0..200).filter(|&seed| {
        let mut server = MadeUp { noise: 1.0, rng: Rng::new(seed), ..MadeUp::new(1000.0) };
        search(BOUNDS, |bots| server.tried_with(bots)).0.sureness() == Sureness::Noisy
    });
    let noisy = noisy.count();
    assert!(noisy > 120, "{noisy} of 200");
    let mut tries = 0;
    let finding = search(BOUNDS, |bots| {
        tries += 1;
        // Something else took the machine after the first pass.
        (bots > if tries < 12 { 3000 } else { 700 }).then_some(Demand::Cores)
    });
    assert_eq!(finding.0.sureness(), Sureness::Noisy, "{finding:?}");
}

#[test]
fn a_server_that_serves_nobody_is_given_up_soon() {
    let (finding, tries) = search(BOUNDS, |_| Some(Demand::Age));
    assert_eq!((finding.sureness(), finding.held()), (Sureness::NotOne, 0));
    assert_eq!(finding.gave_out(), Some(Demand::Age));
    assert!(tries <= 24, "{tries} tries");
}

#[test]
fn a_server_that_is_too_small_for_the_first_number_is_found_below_it() {
    let mut server = MadeUp::new(12.0);
    let (finding, _) = search(BOUNDS, |bots| server.tried_with(bots));
    assert_eq!((finding.held(), finding.sureness()), (12, Sureness::Agreed));
}

#[test]
fn the_most_that_may_be_tried_are_tried_once_a_pass_and_nothing_beyond() {
    let (finding, tries) = search(SearchBounds { most: 3000, ..BOUNDS }, |_| None);
    assert_eq!((finding.held(), finding.sureness(), finding.gave_out()), (3000, Sureness::NeverBroke, None));
    assert!(tries <= 8, "{tries} tries");
    let (finding, _) = search(SearchBounds { first: 500, most: 300, ..BOUNDS }, |_| None);
    assert_eq!(finding.held(), 300);
}

#[test]
fn what_gave_out_is_what_did_in_most_passes() {
    let mut tries = 0;
    let (finding, _) = search(BOUNDS, |bots| {
        tries += 1;
        let demand = if tries < 16 { Demand::Bots } else { Demand::Cpu };
        (bots > 1000).then_some(demand)
    });
    assert_eq!(finding.passes[0].gave_out, Some(Demand::Bots), "{finding:?}");
    assert_eq!(finding.gave_out(), Some(Demand::Cpu), "{finding:?}");
}
