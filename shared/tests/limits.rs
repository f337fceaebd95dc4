//! The page of what a game cannot do names the numbers that are so.

use auspice::limits;

/// Every constant that the page may name.
const CONSTANTS: &[(&str, usize)] = &[
    ("COLUMNS_MAX", limits::COLUMNS_MAX),
    ("KINDS_MAX", limits::KINDS_MAX),
    ("LABEL_BYTES_MAX", limits::LABEL_BYTES_MAX),
    ("CONTROL_BYTES_MAX", limits::CONTROL_BYTES_MAX),
    ("COMMANDS_PER_TICK_MAX", limits::COMMANDS_PER_TICK_MAX),
    ("EVENTS_PENDING_MAX", limits::EVENTS_PENDING_MAX),
    ("SLOTS_MAX", limits::SLOTS_MAX as usize),
    ("VISIBLE_MAX", limits::VISIBLE_MAX as usize),
    ("UPDATE_BUDGET_BYTES", limits::UPDATE_BUDGET_BYTES),
    ("UPDATE_BUDGET_BYTES_MAX", limits::UPDATE_BUDGET_BYTES_MAX),
    ("NAME_CHARS_MAX", limits::NAME_CHARS_MAX),
    ("NAME_BYTES_MAX", limits::NAME_BYTES_MAX),
    ("PREDICT_MILLIS_MAX", limits::PREDICT_MILLIS_MAX as usize),
    ("GRACE_SECONDS", limits::GRACE_SECONDS as usize),
];

#[test]
fn every_number_that_a_game_is_held_to_is_the_one_that_its_page_names() {
    let page = include_str!("../LIMITS.md").split_once("## By number").expect("the page has numbers").1;
    let rows = page.lines().filter(|line| line.contains(" | `")).map(|line| line.split(" | ").collect::<Vec<_>>());
    let mut named: Vec<&str> = Vec::new();
    for row in rows {
        let (number, name) = (row[1], row[2].trim_matches('`'));
        let known = CONSTANTS.iter().find(|(known, _)| *known == name);
        let (name, value) = known.unwrap_or_else(|| panic!("{name} is not looked up"));
        assert_eq!(number.parse(), Ok(*value), "{name}");
        named.push(name);
    }
    assert!(CONSTANTS.iter().all(|(name, _)| named.contains(name)), "the page leaves some out: {named:?}");
}
