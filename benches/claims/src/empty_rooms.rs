//! Empty rooms: what each takes of memory, and all of them of a core.

use std::time::{Duration, Instant};

use auspice_bots::process::{CpuSeconds, anonymous_kib};
use auspice_server::{Config, RoomOptions, RoomsConfig, Server};
use auspice_workloads::w1::W1;
use auspice_workloads::workload::Workload as _;

/// Time over which it is looked how much of a core they take.
const WATCHED: Duration = Duration::from_secs(5);

/// Longest time that the rooms may take to be made.
const MADE_MAX: Duration = Duration::from_secs(120);

/// Makes so many rooms of W1 with `entities` bodies each, and says in a sentence what they take.
///
/// # Errors
/// A sentence, where they cannot be made or this system does not tell.
pub fn measure(rooms: u32, entities: u32, side: Option<f64>) -> Result<String, String> {
    let mut config = Config::for_game::<W1>(W1::rules(entities, side));
    config.listen = "127.0.0.1:0".parse().map_err(|_| "no address")?;
    config.rooms = RoomsConfig { most: rooms + 1, size: 8, workers: 1, idle: Duration::from_secs(3600) };
    let server = Server::<W1>::start(config).map_err(|error| error.to_string())?;
    let of_this =
        || anonymous_kib(std::process::id()).zip(CpuSeconds::of(std::process::id())).ok_or("nothing is known here");
    let (kib, _) = of_this()?;
    for _ in 0..rooms {
        server.make_room(RoomOptions::new(), false).map_err(str::to_owned)?;
    }
    let made = Instant::now();
    let standing = format!("auspice_rooms{{state=\"standing\"}} {}\n", rooms + 1);
    while !server.metrics().contains(&standing) {
        if made.elapsed() > MADE_MAX {
            return Err("the rooms do not come to rest".into());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let took = made.elapsed();
    let (with_rooms, before) = of_this()?;
    std::thread::sleep(WATCHED);
    let (_, after) = of_this()?;
    let share = after.since(before).total / WATCHED.as_secs_f64() * 100.0;
    let each = (with_rooms - kib) as f64 / f64::from(rooms);
    Ok(format!(
        "{rooms} empty rooms of {entities} bodies: {each:.1} KiB each, {share:.2} % of a core; made in {:.1} s",
        took.as_secs_f64()
    ))
}
