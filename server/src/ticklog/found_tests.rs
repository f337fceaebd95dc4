use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::super::files::{close_folder, remove_closed, segment_path, segments_in};
use super::super::frame::{FrameKind, Sum, write_frame, write_head};
use super::super::owner::LogEpoch;
use super::*;
use crate::ticklog::{LogEntry, LogHandle};

const LONG: Duration = Duration::from_secs(20);

fn folder(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("auspice-logs-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    dir
}

fn logs_of(dir: &Path, metrics: &Arc<Metrics>, is_shared: bool) -> RoomLogs {
    let config = LogConfig {
        dir: dir.into(),
        sync: Duration::from_millis(10),
        keep_bytes: 1 << 30,
        keep: Duration::from_secs(3600),
    };
    RoomLogs::open(config, Arc::clone(metrics), is_shared).unwrap().expect("the folder is free")
}

/// The logs of a node of a fleet.
fn node(dir: &Path) -> RoomLogs {
    logs_of(dir, &Arc::new(Metrics::new("tests")), true)
}

fn claim(revision: u64, node: u64, from: Option<u64>) -> LogClaim {
    LogClaim { epoch: LogEpoch { life: 1, revision }, node, from }
}

fn about() -> RoomAbout {
    RoomAbout { number: 3, is_private: true, options: [("mode".into(), "duel".into())].into() }
}

fn keyframe(tick: u32) -> LogEntry {
    LogEntry::Keyframe(tick, Arc::new(format!("room at {tick}").into_bytes()))
}

fn calls(tick: u32) -> LogEntry {
    LogEntry::Calls(tick, format!("tick {tick}").into_bytes())
}

fn write(log: &mut LogHandle, entries: impl IntoIterator<Item = LogEntry>) {
    entries.into_iter().for_each(|entry| log.hand_over(entry));
}

/// The last tick of a room, by its log.
fn last_tick(found: &FoundLog) -> u32 {
    let room = found.find_last().unwrap().expect("there is a room");
    room.calls.last().map_or(room.saved_at, |(tick, _)| *tick)
}

#[test]
fn each_room_has_a_log_of_its_own_and_says_in_it_what_it_is() {
    let dir = folder("each");
    let logs = logs_of(&dir, &Arc::new(Metrics::new("tests")), false);
    let mut open: Vec<LogHandle> = ["aa", "bb", "cc"]
        .map(|name| LogHandle::start(logs.begin(name, about(), None).unwrap(), Head::of_test()))
        .into();
    for (log, ticks) in open.iter_mut().zip(1..) {
        write(log, [keyframe(0)].into_iter().chain((1..=ticks).map(calls)));
    }
    assert!(open.iter().all(|log| log.wait(LONG)));
    write(&mut open[2], [LogEntry::Over]);
    assert!(open[2].wait(LONG));
    assert_eq!(logs.names().unwrap(), ["aa", "bb"], "the third has ended");
    assert_eq!(logs.about("bb").unwrap().unwrap().room, Some(about()));
    drop((open, logs));
    let logs = logs_of(&dir, &Arc::new(Metrics::new("tests")), false);
    assert_eq!(["aa", "bb"].map(|name| last_tick(&logs.take_up(name, None).unwrap())), [1, 2]);
    assert!(logs.take_up("cc", None).is_err());
    for wrong in ["", "..", "a/b", "a.b", "/tmp"] {
        assert!(logs.begin(wrong, about(), None).is_err(), "{wrong}");
    }
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_node_takes_a_room_up_by_a_greater_claim_and_its_former_owner_writes_nothing_more() {
    let dir = folder("claims");
    let (a, b) = (node(&dir), node(&dir));
    let mut of_a = LogHandle::start(a.begin("room", about(), Some(&claim(1, 7, None))).unwrap(), Head::of_test());
    write(&mut of_a, [keyframe(0), calls(1)]);
    assert!(of_a.wait(LONG));
    // Neither a claim that is not greater, nor one on another's room.
    for wrong in [claim(1, 8, Some(7)), claim(2, 8, Some(9))] {
        assert!(matches!(b.take_up("room", Some(&wrong)), Err(ClaimError::Owned(Some(owner))) if owner.node == 7));
    }
    write(&mut of_a, [calls(2)]);
    assert!(of_a.wait(LONG) && !of_a.is_fenced());
    let found = b.take_up("room", Some(&claim(2, 8, Some(7)))).unwrap();
    assert_eq!((last_tick(&found), &found.room), (2, &Some(about())));
    let written = fs::read(segment_path(&dir.join("room"), 1)).unwrap();
    write(&mut of_a, [calls(3), keyframe(3), calls(4), LogEntry::End(4), LogEntry::Over]);
    assert!(!of_a.wait(LONG) && of_a.is_fenced());
    assert_eq!(fs::read(segment_path(&dir.join("room"), 1)).unwrap(), written, "not a byte more");
    assert_eq!(segments_in(&dir.join("room")).unwrap().len(), 1);
    let mut of_b = LogHandle::start(found, Head::of_test());
    write(&mut of_b, [keyframe(2), calls(3)]);
    assert!(of_b.wait(LONG) && !of_b.is_fenced());
    let owner = b.about("room").unwrap().unwrap().owner.unwrap();
    assert_eq!((owner.node, owner.epoch.revision), (8, 2));
    drop((of_a, of_b, a, b));
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_segment_of_an_owner_that_was_fenced_off_is_left_alone_though_it_is_the_newest() {
    let dir = folder("fenced");
    let logs = node(&dir);
    let of_a = logs.begin("room", about(), Some(&claim(1, 7, None))).unwrap();
    let stale = Head { owner: of_a.owner, ..Head::of_test() };
    let mut of_a = LogHandle::start(of_a, Head::of_test());
    write(&mut of_a, [keyframe(0), calls(1)]);
    assert!(of_a.wait(LONG));
    let mut of_b = LogHandle::start(logs.take_up("room", Some(&claim(2, 8, None))).unwrap(), Head::of_test());
    write(&mut of_b, [keyframe(1), calls(2)]);
    assert!(of_b.wait(LONG));
    // As if it had looked at the owner just before, and stood still until now.
    let (mut bytes, mut sum) = (Vec::new(), Sum::default());
    write_head(&stale, 9, &mut sum, &mut bytes);
    write_frame(FrameKind::Keyframe, 9, b"a room that nobody plays", &mut sum, &mut bytes);
    fs::write(segment_path(&dir.join("room"), 3), bytes).unwrap();
    let found = logs.take_up("room", Some(&claim(3, 9, Some(8)))).unwrap();
    let room = found.find_last().unwrap().unwrap();
    assert_eq!((last_tick(&found), room.told.len()), (2, 1));
    assert!(room.told[0].contains("not its owner any more"), "{:?}", room.told);
    // Where the second owner came to nothing before it wrote, the first's own ticks are the room's last.
    for number in [2, 3] {
        fs::remove_file(segment_path(&dir.join("room"), number)).unwrap();
    }
    assert_eq!(last_tick(&logs.take_up("room", Some(&claim(4, 9, None))).unwrap()), 1);
    drop((of_a, of_b, logs));
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_file_that_a_listing_did_not_show_is_neither_written_over_nor_read_in_place_of_a_later_owners() {
    let dir = folder("stale");
    let (first, second) = (node(&dir), node(&dir));
    let mut former = LogHandle::start(first.begin("aa", about(), Some(&claim(1, 1, None))).unwrap(), Head::of_test());
    write(&mut former, [keyframe(0), calls(1), calls(2)]);
    assert!(former.wait(LONG));
    let folder = dir.join("aa");
    // A file that the former owner has begun, and that this node's network file system does not show yet.
    let (late, unseen) = (segment_path(&folder, 2), folder.join("unseen"));
    write(&mut former, [LogEntry::Raise(claim(2, 1, None)), keyframe(2), calls(3)]);
    assert!(former.wait(LONG));
    let whole = fs::read(&late).unwrap();
    fs::rename(&late, &unseen).unwrap();
    let found = second.take_up("aa", Some(&claim(3, 2, Some(1)))).unwrap();
    assert_eq!(last_tick(&found), 2, "as far as it is shown");
    fs::rename(&unseen, &late).unwrap();
    let mut log = LogHandle::start(found, Head::of_test());
    write(&mut log, [keyframe(2), calls(3), calls(4)]);
    assert!(log.wait(LONG));
    assert_eq!(fs::read(&late).unwrap(), whole, "it is as it was");
    let third = second.take_up("aa", Some(&claim(4, 3, Some(2)))).unwrap();
    assert_eq!(last_tick(&third), 4, "the greatest epoch's");
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn an_owner_whose_claim_is_raised_writes_on_by_the_greater_one() {
    let dir = folder("raised");
    let logs = node(&dir);
    let mut log = LogHandle::start(logs.begin("room", about(), Some(&claim(5, 7, None))).unwrap(), Head::of_test());
    write(&mut log, [keyframe(0), calls(1)]);
    let greater = LogClaim { epoch: LogEpoch { life: 2, revision: 1 }, ..claim(0, 7, Some(7)) };
    write(&mut log, [LogEntry::Raise(greater), calls(2), keyframe(2), calls(3)]);
    assert!(log.wait(LONG) && !log.is_fenced());
    assert!(logs.take_up("room", Some(&claim(6, 8, None))).is_err(), "of an earlier life");
    let found =
        logs.take_up("room", Some(&LogClaim { epoch: LogEpoch { life: 2, revision: 2 }, ..claim(0, 8, Some(7)) }));
    assert_eq!(last_tick(&found.unwrap()), 3);
    assert_eq!(segments_in(&dir.join("room")).unwrap().len(), 2);
    drop((log, logs));
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn logs_of_rooms_that_ended_go_by_age_and_size_and_what_is_not_ours_stays() {
    let dir = folder("closed");
    let room = |name: &str, bytes: usize, age: u64| {
        let room = dir.join(name);
        fs::create_dir_all(&room).unwrap();
        fs::write(segment_path(&room, 1), vec![0; bytes]).unwrap();
        close_folder(&room).unwrap();
        let ended = SystemTime::now() - Duration::from_secs(age);
        File::options().write(true).open(room.join("over")).unwrap().set_modified(ended).unwrap();
        room
    };
    let (old, large, new) = (room("old", 10, 5000), room("large", 600, 200), room("new", 600, 100));
    let (foreign, open) = (room("foreign", 10, 6000), dir.join("open"));
    fs::write(foreign.join("notes"), b"mine").unwrap();
    fs::create_dir_all(&open).unwrap();
    fs::write(segment_path(&open, 1), vec![0; 5000]).unwrap();
    remove_closed(&dir, 1000, Duration::from_secs(3600));
    assert_eq!([&old, &large, &new, &open].map(|room| room.exists()), [false, false, true, true]);
    assert_eq!(fs::read_dir(&foreign).unwrap().count(), 1, "the notes");
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn one_rooms_folder_that_cannot_be_written_is_told_and_keeps_no_other_log() {
    let dir = folder("one");
    let metrics = Arc::new(Metrics::new("tests"));
    let logs = logs_of(&dir, &metrics, false);
    let mut one = LogHandle::start(logs.begin("one", about(), None).unwrap(), Head::of_test());
    let mut other = LogHandle::start(logs.begin("other", about(), None).unwrap(), Head::of_test());
    write(&mut one, [keyframe(0)]);
    write(&mut other, [keyframe(0)]);
    assert!(one.wait(LONG) && other.wait(LONG) && metrics.log.writing.get() == 1);
    // A file where its folder was: nothing can be made in it.
    fs::remove_dir_all(dir.join("one")).unwrap();
    fs::write(dir.join("one"), b"").unwrap();
    one.break_off();
    write(&mut one, [keyframe(1), calls(2)]);
    write(&mut other, [calls(1)]);
    assert!(!one.wait(LONG) && other.wait(LONG));
    assert_eq!(metrics.log.writing.get(), 0, "one of them is not written");
    fs::remove_file(dir.join("one")).unwrap();
    write(&mut one, [keyframe(2), calls(3)]);
    assert!(one.wait(LONG) && metrics.log.writing.get() == 1);
    // Nor does one that ended meanwhile count for ever.
    one.break_off();
    assert_eq!(metrics.log.writing.get(), 0);
    drop(one);
    write(&mut other, [calls(2)]);
    assert!(other.wait(LONG));
    assert_eq!(metrics.log.writing.get(), 1);
    drop((other, logs));
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_power_cut_costs_each_room_what_its_own_log_lacks_and_no_other_anything() {
    let dir = folder("cut");
    let logs = logs_of(&dir, &Arc::new(Metrics::new("tests")), false);
    let names = ["aa", "bb", "cc"];
    let mut open: Vec<LogHandle> =
        names.map(|name| LogHandle::start(logs.begin(name, about(), None).unwrap(), Head::of_test())).into();
    for log in &mut open {
        write(
            log,
            [keyframe(0)].into_iter().chain((1..20).map(calls)).chain([keyframe(20)]).chain((21..40).map(calls)),
        );
        assert!(log.wait(LONG));
    }
    drop((open, logs));
    let whole: Vec<Vec<u8>> = names.iter().map(|name| fs::read(segment_path(&dir.join(name), 1)).unwrap()).collect();
    let ends: Vec<Vec<(usize, u32)>> = whole
        .iter()
        .map(|bytes| LogSegment::read(bytes.clone()).unwrap())
        .map(|segment| segment.frames.iter().map(|frame| (frame.payload.end + 8, frame.tick)).collect())
        .collect();
    let mut rng = auspice::Rng::new(1);
    for _ in 0..300 {
        let cuts: Vec<usize> = whole.iter().map(|bytes| rng.below(bytes.len() as u32 + 1) as usize).collect();
        for ((name, bytes), &cut) in names.iter().zip(&whole).zip(&cuts) {
            fs::write(segment_path(&dir.join(name), 1), &bytes[..cut]).unwrap();
        }
        let logs = logs_of(&dir, &Arc::new(Metrics::new("tests")), false);
        for ((name, ends), &cut) in names.iter().zip(&ends).zip(&cuts) {
            let last = ends.iter().take_while(|(end, _)| *end <= cut).last().map(|(_, tick)| *tick);
            let found = logs.take_up(name, None).unwrap();
            assert_eq!(found.find_last().unwrap().map(|_| last_tick(&found)), last, "{name}, cut at {cut}");
        }
    }
    fs::remove_dir_all(dir).unwrap();
}
