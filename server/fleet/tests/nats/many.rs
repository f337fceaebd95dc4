//! A directory of many rooms.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use auspice_fleet::{
    Ask, Directory, Fabric, FabricNews, FleetCode, FoundAt, Home, NatsFabric, NatsOptions, NodeId, NodeRecord,
    NodeState, Now, Reply, RoomRecord, Timing,
};

use crate::server::{Folder, Nats, server_program};

/// Rooms of a short run. `AUSPICE_FLEET_ROOMS=100000` is the long form.
fn rooms() -> u64 {
    std::env::var("AUSPICE_FLEET_ROOMS").map_or(2000, |text| text.parse().expect("a number of rooms"))
}

/// Memory of this process in KiB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Waits for the answers of some questions.
fn answers(fabric: &mut NatsFabric, mut count: usize) -> Vec<Reply> {
    let (start, mut replies) = (Instant::now(), Vec::new());
    while count > 0 {
        match fabric.told() {
            Some(FabricNews::Reply { reply, .. }) => {
                replies.push(reply);
                count -= 1;
            }
            Some(_) => {}
            None => std::thread::sleep(Duration::from_millis(1)),
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{count} answers are missing");
    }
    replies
}

/// Writes records of a node that has many rooms.
fn fill(fabric: &mut NatsFabric, rooms: u64) -> Vec<FleetCode> {
    fabric.ask(Ask::Read { op: 1, key: "life".into() });
    let Some(Reply::StoreItem(Some(life))) = answers(fabric, 1).pop() else { panic!("there is a life") };
    let life: u64 = String::from_utf8_lossy(&life.value).parse().expect("it is a number");
    let node = NodeId(0xfeed);
    let record = NodeRecord {
        node,
        state: NodeState::Live,
        address: "ws://far".into(),
        direct: String::new(),
        build: String::new(),
        schema: 1,
        rooms: 0,
        rooms_max: 1,
        draining: false,
        known: Vec::new(),
    };
    let write = |op, key, value| Ask::Write { op, key, expected: 0, value };
    fabric.ask(write(2, format!("{life:x}.n.{node}"), serde_json::to_vec(&record).expect("it is JSON")));
    assert!(matches!(answers(fabric, 1)[..], [Reply::Written(_)]));
    let room = RoomRecord { owner: node, former: None, schema: 1, is_logged: true };
    let room = serde_json::to_vec(&room).expect("it is JSON");
    let codes: Vec<FleetCode> =
        (0..rooms).map(|bits| FleetCode::draw(bits.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    for some in codes.chunks(200) {
        some.iter().for_each(|code| fabric.ask(write(3, format!("{life:x}.r.{}", code.token()), room.clone())));
        assert!(answers(fabric, some.len()).iter().all(|reply| matches!(reply, Reply::Written(_))));
    }
    codes
}

#[test]
fn a_room_among_very_many_is_found_at_once() {
    let Some(program) = server_program() else { return };
    let folder = Folder::new("many");
    let nats = Nats::start(&program, &folder.0.join("store"));
    let connect =
        || NatsFabric::connect(NatsOptions { url: nats.url(), ..NatsOptions::default() }).expect("it is there");
    let start = Instant::now();
    let now = || Now {
        steady: start.elapsed().as_micros() as u64,
        wall: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as u64,
    };
    let home =
        Home { address: "ws://here".into(), direct: String::new(), build: String::new(), schema: 1, rooms_max: 1 };
    let (mut fabric, mut count) = (connect(), 1);
    let draw = Box::new(move || {
        count += 1;
        count
    });
    let mut directory = Directory::new(home, Timing::default(), draw, now());
    let mut pass = |directory: &mut Directory, time: Duration| {
        let end = Instant::now() + time;
        while Instant::now() < end {
            directory.pass_time(now());
            while let Some(ask) = directory.next_ask() {
                fabric.ask(ask);
            }
            while let Some(told) = fabric.told() {
                directory.take(told, now());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    pass(&mut directory, Duration::from_secs(2));
    let mut other = connect();
    let before = memory();
    let codes = fill(&mut other, rooms());
    drop(other);
    pass(&mut directory, Duration::from_secs(2));
    directory.take(FabricNews::Renewed, now());
    let read = Instant::now();
    while codes.iter().any(|code| directory.known_place(code).is_none()) {
        assert!(read.elapsed() < Duration::from_secs(60), "all of them are read");
        pass(&mut directory, Duration::from_millis(200));
    }
    let mut times: Vec<Duration> = Vec::new();
    for code in &codes {
        let asked = Instant::now();
        let found = directory.find(code, now());
        times.push(asked.elapsed());
        // Its node is a record alone, and nobody is sent to one that is not heard.
        assert_eq!((found, directory.known_place(code)), (FoundAt::Later, Some(NodeId(0xfeed))), "{code}");
    }
    times.sort_unstable();
    let p99 = times[times.len() * 99 / 100];
    let more = memory().saturating_sub(before);
    println!("{} rooms: found within {p99:?} (p99); {more} KiB more memory, codes of the test among them", codes.len());
    assert!(p99 < Duration::from_millis(20), "{p99:?}");
}
