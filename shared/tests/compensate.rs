//! Lag compensation: what a shooter aims at on its screen is what it hits.

use auspice::ClientId;
use auspice::replica::PictureSettings;
use auspice::sim::Arena;

use crate::games::range::{Aim, Judged, LATE, Range, TARGET, x};
use crate::games::{arena, connect, delayed};

/// A shooter that aims at what its screen shows, `one_way` milliseconds from the server, and how its shots were judged.
fn shoot<const BOUND: u32>(one_way: u64, late: bool, compensation: bool) -> Vec<Judged> {
    let mut arena = arena::<Range<BOUND>>(4);
    let ann = connect(&mut arena, one_way);
    // What is hidden by smoothing is the one thing that the server does not know of.
    arena.clients[ann].replica_mut().set_settings(PictureSettings {
        smoothing: false,
        compensation,
        ..PictureSettings::default()
    });
    aim_for(&mut arena, 120, late);
    let settled = arena.room.game().judged.len();
    aim_for(&mut arena, 600, late);
    assert_eq!(arena.faults, []);
    arena.room.game().judged[settled..].to_vec()
}

fn aim_for<const BOUND: u32>(arena: &mut Arena<Range<BOUND>>, ticks: u32, late: bool) {
    let target = if late { LATE } else { TARGET };
    for _ in 0..ticks {
        arena.step_with(|_, client, now| {
            let seen = client
                .replica_mut()
                .frame(now)
                .shown
                .iter()
                .find(|shown| shown.id == target)
                .map(|shown| x(&shown.after));
            client.replica_mut().set_input(Aim {
                shoots: seen.is_some(),
                late,
                at: seen.unwrap_or_default(),
                ..Aim::default()
            });
        });
    }
}

fn hits(judged: &[Judged]) -> f64 {
    assert!(judged.len() > 500, "only {} shots were judged", judged.len());
    judged.iter().filter(|judged| judged.hit).count() as f64 / judged.len() as f64
}

#[test]
fn a_shot_hits_what_the_screen_showed_whatever_the_round_trip() {
    for late in [false, true] {
        for one_way in [0, 10, 25, 50, 100, 125] {
            // A bound of half a second, so that no shot here is beyond it.
            let judged = shoot::<500>(one_way, late, true);
            let share = hits(&judged);
            assert!(share > 0.95, "late {late}, {one_way} ms each way: {share:.3} hit");
            assert!(judged.iter().all(|judged| !judged.is_clamped), "{one_way} ms each way: clamped");
        }
    }
}

#[test]
fn without_compensation_it_misses_over_a_long_round_trip() {
    let near = hits(&shoot::<500>(0, false, false));
    let far = hits(&shoot::<500>(125, false, false));
    assert!(near > 0.85 && far < 0.7, "{near:.3} hit from near, {far:.3} from far");
    // What is shown in the past is never where it is shown.
    let late = hits(&shoot::<500>(125, true, false));
    assert!(late < 0.2, "{late:.3} hit what is shown late");
}

#[test]
fn nobody_is_believed_beyond_the_bound() {
    // 200 ms at 30 Hz are 6 ticks.
    for late in [false, true] {
        let judged = shoot::<200>(250, late, true);
        assert!(judged.iter().all(|judged| judged.rewound <= 6), "rewound further than the bound");
        assert!(judged.iter().all(|judged| judged.is_clamped), "half a second was not said to be clamped");
        let judged = shoot::<200>(40, late, true);
        assert!(judged.iter().all(|judged| !judged.is_clamped && judged.rewound <= 6), "80 ms were clamped");
    }
}

#[test]
fn who_claims_an_old_view_gains_the_bound_and_no_more() {
    let mut arena = arena::<Range<200>>(4);
    let honest = connect(&mut arena, 10);
    // Its updates come late, its inputs do not: what it says it holds is old.
    let cheat = arena.connect(delayed(10), delayed(700)).expect("the name fits");
    aim_for(&mut arena, 600, false);
    let seat = |index: usize| arena.clients[index].seat.expect("both play");
    let (honest, cheat) = (seat(honest), seat(cheat));
    let of = |client: ClientId| arena.room.game().judged.iter().filter(move |judged| judged.client == client);
    let most = |client| of(client).map(|judged| judged.rewound).max().unwrap_or(0);
    assert!(most(honest) <= 3, "{}", most(honest));
    assert_eq!(most(cheat), 6, "the bound");
    assert!(of(cheat).filter(|judged| judged.is_clamped).count() > 300);
    // In six ticks a target that turns round at once is twice its way from where it was believed to be.
    assert!(of(cheat).all(|judged| judged.gained <= 2 * 6 * 20));
}
