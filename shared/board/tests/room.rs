//! Arenas with boards in them, and what a client sees of one.

use auspice::sim::{Arena, Link};
use auspice::{EntityId, Micros, Terms};
use auspice_board::{Board, Command, Cursor, Entity, Piece};

pub fn arena(strokes: usize) -> Arena<Board> {
    let board = |_: &_, _| Board::scribbled(strokes, 1);
    let mut arena = Arena::with_world(Terms::of::<Board>(()), 1, board).expect("the terms are right");
    arena.is_resumable = true;
    arena
}

/// A line with nothing wrong but its delay in milliseconds, and the bytes it carries in a second; 0 for any number.
pub fn line(delay: u64, bytes_per_second: u32) -> Link {
    Link { delay: Micros::from_millis(delay), bytes_per_second, ..Link::default() }
}

pub fn connect(arena: &mut Arena<Board>) -> usize {
    let index = arena.connect(line(20, 0), line(20, 0)).expect("the name fits");
    arena.steps(30);
    index
}

pub fn ask(arena: &mut Arena<Board>, index: usize, command: Command) {
    arena.clients[index].replica_mut().command(&command).expect("it plays");
}

/// Draws a stroke of so many moves.
pub fn draw(arena: &mut Arena<Board>, index: usize, moves: usize) {
    ask(arena, index, Command::Begin(100 * index as i16, 0));
    ask(arena, index, Command::Go(vec![(9, -3); moves]));
    arena.steps(10);
}

/// Everything of a kind that a client holds, by `of`.
fn held<T>(arena: &Arena<Board>, index: usize, of: impl Fn(Entity) -> Option<T>) -> Vec<(EntityId, T, String)> {
    let held = arena.clients[index].replica().entities();
    let told =
        held.filter_map(|held| Some((held.id, of(held.entity)?, String::from_utf8_lossy(held.label).into_owned())));
    told.collect()
}

/// The pieces of strokes that a client holds.
pub fn pieces(arena: &Arena<Board>, index: usize) -> Vec<Piece> {
    let of = |entity| if let Entity::Piece(piece) = entity { Some(piece) } else { None };
    held(arena, index, of).into_iter().map(|(_, piece, _)| piece).collect()
}

/// The cursors that a client holds, and their names.
pub fn cursors(arena: &Arena<Board>, index: usize) -> Vec<(EntityId, Cursor, String)> {
    held(arena, index, |entity| if let Entity::Cursor(cursor) = entity { Some(cursor) } else { None })
}

/// The talk that a client holds, a line each.
pub fn lines(arena: &Arena<Board>, index: usize) -> Vec<String> {
    let mut parts = held(arena, index, |entity| if let Entity::Line(line) = entity { Some(line) } else { None });
    parts.sort_by_key(|(_, line, _)| (line.number, line.part));
    let by_line = parts.chunk_by(|(_, one, _), (_, other, _)| one.number == other.number);
    let said = |line: &[(_, _, String)]| {
        let text: String = line[1..].iter().map(|(_, _, label)| label.as_str()).collect();
        format!("{}: {text}", line[0].2)
    };
    by_line.map(said).collect()
}

/// Compares every client after some quiet, and checks that nothing went wrong.
pub fn check_all(arena: &mut Arena<Board>) {
    arena.calm(30);
    assert!(arena.check_all(20), "someone never catches up");
    assert!(arena.faults.is_empty(), "{:#?}", arena.faults);
}
