//! The page of what a game cannot do names the numbers that are so.

use auspice::limits;

/// Every constant that the page may name.
const CONSTANTS: &[(&str, usize)] = &[
    ("MAX_COLUMNS", limits::MAX_COLUMNS),
    ("MAX_KINDS", limits::MAX_KINDS),
    ("MAX_LABEL_BYTES", limits::MAX_LABEL_BYTES),
    ("MAX_CONTROL_BYTES", limits::MAX_CONTROL_BYTES),
    ("MAX_COMMANDS_PER_TICK", limits::MAX_COMMANDS_PER_TICK),
    ("MAX_EVENTS_PENDING", limits::MAX_EVENTS_PENDING),
    ("MAX_SLOTS", limits::MAX_SLOTS as usize),
    ("MAX_VISIBLE", limits::MAX_VISIBLE as usize),
    ("UPDATE_BUDGET_BYTES", limits::UPDATE_BUDGET_BYTES),
    ("MAX_NAME_BYTES", limits::MAX_NAME_BYTES),
    ("PREDICT_TICKS_MAX", limits::PREDICT_TICKS_MAX as usize),
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
