//! A week of ticks in one room, which is saved, loaded and cut off from its players again and again,
//! and held against a twin all the time.

use auspice::Rng;
use auspice::authority::Room;
use auspice::sim::Arena;

use crate::games::tiny::{Tiny, Walk};
use crate::games::{arena, connect, delayed};

/// Ticks of the ordinary test. `AUSPICE_WEEK_TICKS=18144000` makes it a week at 30 Hz.
fn ticks() -> u32 {
    std::env::var("AUSPICE_WEEK_TICKS").ok().and_then(|count| count.parse().ok()).unwrap_or(30_000)
}

/// Ticks from one thing that happens to the next, at most, and from one comparison to the next.
const HAPPENS_WITHIN: u32 = 600;
const COMPARED_TICKS: u32 = 3000;

/// What happens to the room. From then on it has a twin that was saved and loaded, and is told whatever happens to it:
/// where they differ is a fault of the arena.
fn happen(arena: &mut Arena<Tiny>, what: u32) {
    match what {
        // The twin alone is loaded: it is held against the room that was not.
        0 => {}
        1 => load(arena),
        // The process ends, and the next one goes on from its log.
        2 => {
            (0..arena.clients.len()).for_each(|index| arena.cut(index));
            load(arena);
            arena.room.lose_everyone();
        }
        index => arena.cut(index as usize % arena.clients.len()),
    }
    arena.keep_twin();
}

/// What was saved goes on in place of the room, with all its counts.
fn load(arena: &mut Arena<Tiny>) {
    let (saved, stats) = (arena.room.save(), *arena.room.stats());
    arena.room = Room::load(arena.room.terms().clone(), &saved).expect("what was saved is whole");
    assert_eq!((arena.room.save() == saved, *arena.room.stats()), (true, stats));
}

/// Sums of the counters that must hold while everyone is there.
fn check_counters(arena: &Arena<Tiny>, made: u32) {
    let stats = arena.room.stats();
    let players = arena.room.players() as u64;
    let context = format!("after {made} ticks: {stats:?}");
    assert_eq!((stats.joins, stats.leaves, players, stats.entities), (3, 0, 3, 3), "{context}");
    assert_eq!(stats.resumes, stats.suspensions, "whoever was away is back, {context}");
    // Whoever comes back is told everything anew.
    assert!(stats.fresh_states >= stats.joins + stats.resumes && stats.updates >= stats.fresh_states, "{context}");
    assert!(stats.payload_bytes >= stats.updates && stats.visible_sum <= players * stats.updates, "{context}");
    assert!(stats.enters - stats.leaves_of_view <= stats.fresh_states * players, "{context}");
    assert_eq!((stats.resyncs, stats.messages_dropped), (0, 0), "{context}");
}

#[test]
fn a_room_does_not_drift_nor_grow_in_a_week_of_saves_loads_and_cuts() {
    let (mut arena, mut rng) = (arena::<Tiny>(7), Rng::new(7));
    arena.is_resumable = true;
    for index in 0..3 {
        connect(&mut arena, 30);
        arena.clients[index].returns = Some((delayed(30), delayed(30)));
    }
    arena.steps(100);
    let (first, start) = (arena.room.tick_now().0, *arena.room.stats());
    let owns = |arena: &Arena<Tiny>| arena.clients.iter().map(|client| client.replica().own()).collect::<Vec<_>>();
    let (own, size) = (owns(&arena), arena.room.save().len());
    let (mut next, mut compared) = (0, 0);
    for made in 1..=ticks() {
        if made >= next {
            next = made + 1 + rng.below(HAPPENS_WITHIN);
            if made > 1 {
                let is_alike = arena.is_like_its_twin();
                assert!(
                    is_alike && arena.faults.is_empty(),
                    "after {made} ticks the twin differs: {:#?}",
                    arena.faults
                );
                compared += 1;
            }
            happen(&mut arena, rng.below(6));
            let index = rng.below(3) as usize;
            arena.clients[index].replica_mut().set_input(Walk { on: rng.one_in(2) });
        }
        arena.step();
        if made % COMPARED_TICKS == 0 {
            arena.calm(60);
            assert!(arena.check_all(20), "after {made} ticks someone never catches up");
            assert!(arena.faults.is_empty(), "after {made} ticks: {:#?}", arena.faults);
            assert_eq!(
                (owns(&arena), arena.room.clients(), arena.room.suspended()),
                (own.clone(), 3, 0),
                "after {made} ticks"
            );
            let leads: Vec<_> =
                arena.room.game().dots.keys().filter_map(|id| Some(arena.room.client(*id)?.lead)).collect();
            assert!(
                leads.iter().all(|lead| (0..=6).contains(lead)),
                "after {made} ticks inputs are {leads:?} ticks ahead"
            );
            let bytes = arena.room.save().len();
            assert!(bytes < 2 * size + 4096, "a room of {size} bytes has {bytes} after {made} ticks");
            check_counters(&arena, made);
        }
    }
    let stats = arena.room.stats();
    assert_eq!(stats.ticks - start.ticks, u64::from(arena.room.tick_now().0 - first));
    assert!(arena.room.tick_now().0 - first >= ticks());
    // Something happens after half of that time, by chance, and more than half of what happens is a cut.
    let expected = ticks() / HAPPENS_WITHIN;
    assert!(compared >= expected && stats.suspensions >= u64::from(expected), "{compared} twins, {stats:?}");
}
