//! `train-codes`: plays each game without clients, counts which fields have news together, and prints the
//! code lengths that fit: the `#[replicate(news = "...")]` of each kind. Code lengths are part of a game's
//! schema, so client and server must be built alike.

use std::process::ExitCode;

use auspice::authority::Room;
use auspice::state::{Kind, Symbol};
use auspice::{Game, Replicate as _, Terms};
use auspice_demo::Demo;
use auspice_output::{self as output, complain, say};
use auspice_workloads::w1::W1;

/// Long enough for rare things to happen some times: 5 minutes at 30 Hz.
const TICKS: u32 = 9000;
/// Sets that are rarer than one in so many are said in full.
const RAREST: u64 = 200;
/// Longest code word that a table may have.
const BITS_MAX: u32 = 16;

fn main() -> ExitCode {
    train::<W1>();
    train::<Demo>();
    output::conclude(ExitCode::SUCCESS)
}

fn train<G: Game>() {
    let mut room = match Room::<G>::new(Terms::of::<G>(G::Rules::default()), 1, 1) {
        Ok(room) => room,
        Err(error) => return complain!("{}: {error}", G::NAME),
    };
    for _ in 0..TICKS {
        if let Err(misuse) = room.tick() {
            return complain!("{}: {misuse}", G::NAME);
        }
    }
    say!("{} in {TICKS} ticks:", G::NAME);
    for (index, kind) in G::Entity::KINDS.iter().enumerate() {
        let counts = room.news_counts().into_iter().filter(|(of, ..)| *of == index).map(|(_, fields, count)| (fields, count));
        let total: u64 = counts.clone().map(|(_, count)| count).sum();
        let (frequent, rare): (Vec<_>, Vec<_>) =
            counts.partition(|(fields, count)| *fields != Symbol::OTHER && count * RAREST >= total);
        // However rare, everything must be sayable.
        let other = rare.iter().map(|(_, count)| count).sum::<u64>().max(1);
        if frequent.is_empty() {
            continue;
        }
        let mut symbols = frequent;
        symbols.push((Symbol::OTHER, other));
        symbols.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let lengths = huffman(&symbols.iter().map(|(_, count)| *count).collect::<Vec<_>>());
        let items: Vec<String> =
            symbols.iter().zip(lengths).map(|((fields, _), bits)| format!("{}:{bits}", topic(kind, *fields))).collect();
        say!("  {} ({total} news): #[replicate(news = \"{}\")]", kind.name, items.join(" "));
    }
}

/// The fields as they stand in the attribute.
fn topic(kind: &Kind, fields: u32) -> String {
    match fields {
        Symbol::OTHER => "other".to_string(),
        Symbol::GONE => "gone".to_string(),
        fields => {
            let names = kind.fields.iter().enumerate().filter(|(index, _)| fields >> index & 1 == 1);
            names.map(|(_, field)| field.name).collect::<Vec<_>>().join("+")
        }
    }
}

/// Code lengths for counts in descending order: the two rarest are joined until one is left (Huffman 1952).
fn huffman(counts: &[u64]) -> Vec<u32> {
    let mut lengths = vec![0; counts.len()];
    let mut trees: Vec<(u64, Vec<usize>)> = counts.iter().enumerate().map(|(index, count)| (*count, vec![index])).collect();
    while trees.len() > 1 {
        trees.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        let (Some(rarest), Some(next)) = (trees.pop(), trees.pop()) else { break };
        let members: Vec<usize> = rarest.1.into_iter().chain(next.1).collect();
        members.iter().for_each(|&member| lengths[member] += 1);
        trees.push((rarest.0 + next.0, members));
    }
    lengths.into_iter().map(|length| length.clamp(1, BITS_MAX)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_symbols_get_short_words_that_can_be_told_apart() {
        let lengths = huffman(&[60, 20, 10, 9, 1]);
        assert_eq!(lengths, [1, 2, 3, 4, 4]);
        assert_eq!(lengths.iter().map(|bits| 1 << (4 - bits)).sum::<u32>(), 1 << 4);
    }
}
