//! Thousands of strokes in one view: how soon they are there, over a quick line and a slow one, and what one more
//! costs.

use auspice::limits::UPDATE_BUDGET_BYTES_MAX;
use auspice::sim::Arena;
use auspice_board::{Board, Command};

use crate::room::{arena, ask, check_all, draw, line, pieces};

/// Plays on until a client holds so many pieces. The ticks until then, and the most that were on their way to it.
fn fill(arena: &mut Arena<Board>, index: usize, strokes: usize) -> (u32, u32) {
    let (mut ticks, mut most) = (0, 0);
    while arena.clients[index].replica().visible() < strokes || pieces(arena, index).len() < strokes {
        arena.step();
        ticks += 1;
        assert!(ticks < 900, "{} of {strokes} strokes after half a minute", pieces(arena, index).len());
        let client = arena.clients[index].replica().client().and_then(|client| arena.room.client(client));
        most = most.max(client.map_or(0, |client| client.unacked_ticks));
    }
    (ticks, most)
}

#[test]
fn five_thousand_strokes_are_in_view_within_a_second() {
    for (delay, at_most) in [(0, 24), (25, 25), (75, 33)] {
        let mut arena = arena(5000);
        arena.steps(10);
        let ann = arena.connect(line(delay, 0), line(delay, 0)).expect("the name fits");
        let (ticks, most) = fill(&mut arena, ann, 5000);
        let bytes = arena.room.stats().payload_bytes;
        println!("{delay} ms each way: all of 5000 after {ticks} ticks, {bytes} B, {most} ticks on their way at most");
        assert!(ticks <= at_most, "{delay} ms: {ticks} ticks");
        assert!(bytes < 5000 * 34 && arena.faults.is_empty(), "{bytes} B, {:?}", arena.faults);
    }
}

#[test]
fn over_a_slow_line_a_full_board_comes_as_the_line_can_and_what_happens_is_told_all_the_same() {
    // The slowest carries less than the least budget, and nobody knows before the client's first word. A client answers
    // an update within half of its longest silence, three ticks, so that some more are not known to have come.
    for (bytes_per_second, at_most) in [(20_000, 44), (60_000, 20), (200_000, 20)] {
        let mut arena = arena(5000);
        arena.steps(10);
        let ann = arena.connect(line(40, 0), line(40, bytes_per_second)).expect("the name fits");
        let held_back = arena.room.stats().held_back;
        let (ticks, most) = fill(&mut arena, ann, 5000);
        let bytes = arena.room.stats().payload_bytes;
        let least = bytes as f64 / f64::from(bytes_per_second) * 25.0;
        println!(
            "{bytes_per_second} B/s: after {ticks} ticks, {least:.0} by the line alone, {most} on their way at most, \
             {} held back",
            arena.room.stats().held_back - held_back
        );
        assert!(most <= at_most, "{bytes_per_second} B/s: {most} ticks on their way");
        assert!(
            f64::from(ticks) < 1.35 * least + 30.0,
            "{bytes_per_second} B/s: {ticks} ticks, {least} by the line alone"
        );
        assert!(arena.clients[ann].closed.is_none() && arena.faults.is_empty(), "{:?}", arena.faults);
    }
}

#[test]
fn a_board_of_ten_thousand_strokes_is_joined_drawn_on_and_come_back_to() {
    const STROKES: usize = 10_000;
    let mut arena = arena(STROKES);
    let [ann, bob] = [0, 0].map(|_| arena.connect(line(20, 0), line(20, 0)).expect("the name fits"));
    let (ticks, _) = fill(&mut arena, ann, STROKES);
    println!("all of {STROKES} after {ticks} ticks");
    assert!(ticks <= 45, "{ticks} ticks");
    let (more, _) = fill(&mut arena, bob, STROKES);
    assert!(more <= 2, "both came at the same time");
    arena.steps(20);
    let before = arena.room.stats().payload_bytes;
    draw(&mut arena, ann, 8);
    assert_eq!([ann, bob].map(|player| pieces(&arena, player).len()), [STROKES + 1; 2]);
    let bytes = arena.room.stats().payload_bytes - before;
    assert!(bytes < 140, "a stroke took {bytes} bytes for two players");

    let own = arena.clients[bob].replica().client();
    arena.cut(bob);
    arena.steps(20);
    ask(&mut arena, ann, Command::Undo);
    arena.steps(10);
    arena.redial(bob, line(20, 0), line(20, 0)).expect("the name fits");
    arena.steps(5);
    let (ticks, _) = fill(&mut arena, bob, STROKES);
    assert!(ticks <= 45, "{ticks} ticks");
    assert_eq!((arena.clients[bob].replica().client(), pieces(&arena, bob).len()), (own, STROKES));
    check_all(&mut arena);
}

#[test]
fn no_update_is_larger_than_the_largest_budget() {
    let mut arena = arena(12_000);
    let ann = arena.connect(line(0, 0), line(0, 0)).expect("the name fits");
    let mut before = 0;
    while arena.clients[ann].replica().visible() < 12_000 {
        arena.step();
        let bytes = arena.room.stats().payload_bytes;
        // The own entity and one more go in whatever the budget.
        assert!(bytes - before <= UPDATE_BUDGET_BYTES_MAX as u64 + 64, "{} bytes", bytes - before);
        before = bytes;
    }
}
