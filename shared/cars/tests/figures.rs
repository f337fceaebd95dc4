//! What players see of their own cars and of the others, by how the own car is predicted:
//! `cargo test -p auspice-cars --test main figures -- --nocapture`.

use auspice_cars::Prediction;

use crate::table::{Table, spread};

/// Ticks of each run: half a minute, or as many seconds as `AUSPICE_CARS_SECONDS` says.
fn ticks() -> u32 {
    let seconds = std::env::var("AUSPICE_CARS_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    seconds.unwrap_or(30) * 30
}

/// Centimetres, and degrees.
fn row(off: &[(f32, f32)]) -> ([f32; 2], [f32; 2]) {
    let metres = spread(off.iter().map(|off| off.0 * 100.0).collect());
    (metres, spread(off.iter().map(|off| off.1.to_degrees()).collect()))
}

#[test]
fn a_player_sees_its_own_car_nearer_to_where_it_is_by_a_small_world_than_by_its_wheels_or_by_nothing() {
    println!("four players, 40 ms and up to 15 more each way; median / 95th of a hundred; cm and degrees");
    println!(
        "| own car by | all | alone | among others | turned | corrected by | jumps/min | other cars | turned | B/tick |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut medians = Vec::new();
    for prediction in [Prediction::Nothing, Prediction::Alone, Prediction::Walls, Prediction::Others] {
        let mut table = Table::new(prediction, 4);
        table.play(150 + ticks());
        let (all, turned) = row(&table.off(true, None));
        let (alone, _) = row(&table.off(true, Some(false)));
        let (among, _) = row(&table.off(true, Some(true)));
        let (others, others_turned) = row(&table.off(false, None));
        let corrected = spread(table.corrections.iter().map(|metres| metres * 100.0).collect());
        let jumps = table.jumps as f32 / (ticks() as f32 / 30.0 / 60.0) / 4.0;
        let stats = table.arena.room.stats();
        let bytes = stats.payload_bytes as f64 / stats.updates as f64;
        let pair = |[middle, most]: [f32; 2]| format!("{middle:.1} / {most:.1}");
        println!(
            "| {prediction:?} | {} | {} | {} | {} | {} | {jumps:.1} | {} | {} | {bytes:.1} |",
            pair(all),
            pair(alone),
            pair(among),
            pair(turned),
            pair(corrected),
            pair(others),
            pair(others_turned)
        );
        assert_eq!(table.arena.faults, []);
        medians.push((all, among));
    }
    let [nothing, wheels, walls, others] = [0, 1, 2, 3].map(|at| medians[at]);
    assert!(others.0[0] < nothing.0[0] / 2.0 && others.0[1] < nothing.0[1] / 2.0, "{medians:?}");
    assert!(others.0[1] < wheels.0[1] && walls.0[1] < nothing.0[1], "{medians:?}");
}
