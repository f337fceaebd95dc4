//! Many fleets, each under faults that its seed draws. A failure prints the seed; `play(seed, &[])` is that fleet.

use crate::sim::play;

/// Fleets in a short run. `AUSPICE_FLEETS=10000` plays so many.
const FLEETS: u64 = 200;

#[test]
fn of_two_nodes_never_both_write_a_room_and_in_the_end_every_room_is_found() {
    let fleets = std::env::var("AUSPICE_FLEETS").ok().map_or(FLEETS, |text| text.parse().expect("a number of fleets"));
    let first = std::env::var("AUSPICE_FLEETS_FROM").ok().map_or(0, |text| text.parse().expect("a seed"));
    let (mut writes, mut failed) = (0, 0);
    for seed in first..first + fleets {
        match play(seed, &[]) {
            Ok(done) => writes += done,
            Err(violations) => {
                failed += 1;
                println!("seed {seed}: {:#?}", &violations[..violations.len().min(3)]);
            }
        }
    }
    println!("{fleets} fleets from seed {first}, {writes} writes, {failed} failed");
    assert_eq!(failed, 0);
}
