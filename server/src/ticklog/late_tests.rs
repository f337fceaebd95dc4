//! Keyframes that come late: a process that ends at any moment between the order and the first calls behind it has
//! lost nothing that was written.

use super::super::LogConfig;
use super::super::followed::{FollowedLog, FollowedPart};
use super::super::found::FoundLog;
use super::super::frame::LogSegment;
use super::super::handle::LogHandle;
use super::*;
use crate::operate::metrics::Metrics;

fn folder(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("auspice-late-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    dir
}

fn start(dir: &Path) -> LogHandle {
    let (sync, keep) = (Duration::from_millis(10), Duration::from_secs(3600));
    let config = LogConfig { dir: dir.into(), sync, keep_bytes: 1 << 30, keep };
    let found = FoundLog::of_one(&config, Arc::new(Metrics::new("tests"))).unwrap();
    LogHandle::start(found.expect("nobody else should have the folder"), Head::of_test())
}

/// Two parts of a tick: what came, and the tick.
fn hand_over_tick(log: &mut LogHandle, tick: u32) {
    log.hand_over(LogEntry::Calls(tick - 1, format!("before {tick}").into_bytes()));
    log.hand_over(LogEntry::Calls(tick, format!("tick {tick}").into_bytes()));
}

fn room(tick: u32) -> Arc<Vec<u8>> {
    Arc::new(format!("the room of tick {tick}").into_bytes())
}

/// The keyframe that a start goes on from, and the last of the calls behind it; all of them are to be there.
fn found(dir: &Path) -> (u32, String) {
    let found = Segments::list(dir).unwrap().find_last(false).unwrap().expect("there is a room");
    assert_eq!(found.saved, *room(found.saved_at));
    let calls: Vec<String> = found.calls.into_iter().map(|(_, calls)| String::from_utf8(calls).unwrap()).collect();
    let wanted = (found.saved_at + 1..).flat_map(|tick| [format!("before {tick}"), format!("tick {tick}")]);
    assert!(calls.iter().zip(wanted).all(|(found, wanted)| *found == wanted), "{calls:?}");
    (found.saved_at, calls.last().cloned().unwrap_or_default())
}

/// A log whose keyframe of tick 4 comes after tick 8, up to that; and the bytes of the file that it begins.
fn begun(dir: &Path) -> (LogHandle, Vec<u8>) {
    let mut log = start(dir);
    log.hand_over(LogEntry::Keyframe(1, room(1)));
    (2..=4).for_each(|tick| hand_over_tick(&mut log, tick));
    log.hand_over(LogEntry::Ordered(4));
    for tick in 5..=8 {
        hand_over_tick(&mut log, tick);
        assert!(log.wait(Duration::from_secs(20)), "nothing waits for the keyframe");
        assert_eq!(found(dir), (1, format!("tick {tick}")));
    }
    log.hand_over(LogEntry::LateKeyframe(4, room(4)));
    assert!(log.wait(Duration::from_secs(20)));
    assert_eq!(found(dir), (4, "tick 8".into()));
    let bytes = fs::read(segment_path(dir, 2)).unwrap();
    (log, bytes)
}

#[test]
fn a_process_that_ends_while_the_next_file_is_begun_has_lost_nothing() {
    let dir = folder("killed");
    let (log, whole) = begun(&dir);
    drop(log);
    for length in 0..=whole.len() {
        fs::write(segment_path(&dir, 2), &whole[..length]).unwrap();
        let from = if length == whole.len() { 4 } else { 1 };
        assert_eq!(found(&dir), (from, "tick 8".into()), "{length} bytes");
    }
    // The one before it is not there any more, or had a power cut: what there is of this one is used.
    let some = whole.len() - 3;
    fs::write(segment_path(&dir, 2), &whole[..some]).unwrap();
    let before = fs::read(segment_path(&dir, 1)).unwrap();
    fs::write(segment_path(&dir, 1), &before[..before.len() - 200]).unwrap();
    assert_eq!(found(&dir), (4, "before 8".into()));
    fs::remove_file(segment_path(&dir, 1)).unwrap();
    assert_eq!(found(&dir), (4, "before 8".into()));
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_log_goes_on_in_the_file_that_a_late_keyframe_began() {
    let dir = folder("goes-on");
    let (mut log, _) = begun(&dir);
    let before = fs::read(segment_path(&dir, 1)).unwrap();
    (9..=10).for_each(|tick| hand_over_tick(&mut log, tick));
    log.hand_over(LogEntry::Ordered(10));
    log.hand_over(LogEntry::LateKeyframe(10, room(10)));
    (11..=12).for_each(|tick| hand_over_tick(&mut log, tick));
    log.hand_over(LogEntry::Keyframe(12, room(12)));
    hand_over_tick(&mut log, 13);
    log.hand_over(LogEntry::End(13));
    drop(log);
    assert_eq!(found(&dir), (12, "tick 13".into()));
    assert_eq!(fs::read(segment_path(&dir, 1)).unwrap(), before, "nothing more was written there");
    let segments: Vec<_> = (1..=3).map(|number| fs::read(segment_path(&dir, number)).unwrap()).collect();
    let mut segments: Vec<_> = segments.into_iter().map(|bytes| LogSegment::read(bytes).unwrap()).collect();
    assert_eq!(segments.iter().map(|segment| segment.head.repeats).collect::<Vec<_>>(), [0, 8, 0]);
    // Read one after the other, without what comes twice.
    for at in 0..2 {
        let (before, after) = segments.split_at_mut(at + 1);
        before[at].leave_out_repeated(&after[0]);
    }
    let last_ticks: Vec<_> = segments.iter().map(LogSegment::last_tick).collect();
    assert_eq!(last_ticks, [Some(4), Some(10), Some(13)]);
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_log_is_followed_over_a_late_keyframe_whatever_of_its_file_is_there() {
    let dir = folder("followed");
    let (mut log, whole) = begun(&dir);
    (9..=10).for_each(|tick| hand_over_tick(&mut log, tick));
    drop(log);
    let all = fs::read(segment_path(&dir, 2)).unwrap();
    let calls: Vec<String> = (2..=10).flat_map(|tick| [format!("before {tick}"), format!("tick {tick}")]).collect();
    for step in [1, 7, 50, all.len()] {
        fs::write(segment_path(&dir, 2), []).unwrap();
        let (mut followed, room) = FollowedLog::begin(&dir).unwrap().expect("the first file has a room");
        assert_eq!(room.saved_at, 1);
        let mut heard: Vec<String> =
            room.calls.into_iter().map(|(_, calls)| String::from_utf8(calls).unwrap()).collect();
        for length in (0..all.len()).step_by(step).chain([all.len()]) {
            fs::write(segment_path(&dir, 2), &all[..length]).unwrap();
            for part in followed.read_on().unwrap() {
                let FollowedPart::Calls(_, calls) = part else { panic!("{part:?} is of a keyframe that came late") };
                heard.push(String::from_utf8(calls).unwrap());
            }
        }
        while heard.len() < calls.len() {
            let more = followed.read_on().unwrap();
            assert!(!more.is_empty(), "{step}: {heard:?}");
            heard.extend(more.into_iter().map(|part| match part {
                FollowedPart::Calls(_, calls) => String::from_utf8(calls).unwrap(),
                other => panic!("{other:?}"),
            }));
        }
        assert_eq!(heard, calls, "by {step}");
    }
    // Whoever begins now begins with the newest that is whole.
    assert_eq!(FollowedLog::begin(&dir).unwrap().expect("it is whole").1.saved_at, 4);
    fs::write(segment_path(&dir, 2), &whole[..whole.len() - 1]).unwrap();
    assert_eq!(FollowedLog::begin(&dir).unwrap().expect("the one before it is").1.saved_at, 1);
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_file_that_cannot_be_begun_leaves_the_one_before_going_on() {
    let dir = folder("in-vain");
    let mut log = start(&dir);
    log.hand_over(LogEntry::Keyframe(1, room(1)));
    // Somebody has the name of the next.
    let taken = segment_path(&dir, 2);
    fs::create_dir(&taken).unwrap();
    (2..=4).for_each(|tick| hand_over_tick(&mut log, tick));
    log.hand_over(LogEntry::Ordered(4));
    (5..=6).for_each(|tick| hand_over_tick(&mut log, tick));
    log.hand_over(LogEntry::LateKeyframe(4, room(4)));
    (7..=8).for_each(|tick| hand_over_tick(&mut log, tick));
    assert!(log.wait(Duration::from_secs(20)), "all of it is written");
    fs::remove_dir(taken).unwrap();
    assert_eq!(found(&dir), (1, "tick 8".into()));
    log.hand_over(LogEntry::Ordered(8));
    log.hand_over(LogEntry::LateKeyframe(8, room(8)));
    assert!(log.wait(Duration::from_secs(20)));
    assert_eq!(found(&dir), (8, String::new()));
    drop(log);
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_late_keyframe_that_is_not_the_one_that_was_ordered_or_has_a_gap_behind_it_is_not_used() {
    let dir = folder("others");
    let mut log = start(&dir);
    log.hand_over(LogEntry::Keyframe(1, room(1)));
    hand_over_tick(&mut log, 2);
    log.hand_over(LogEntry::LateKeyframe(2, room(2)));
    log.hand_over(LogEntry::Ordered(2));
    hand_over_tick(&mut log, 3);
    log.hand_over(LogEntry::LateKeyframe(1, room(1)));
    hand_over_tick(&mut log, 4);
    assert!(log.wait(Duration::from_secs(20)));
    assert_eq!((found(&dir), Segments::list(&dir).unwrap().files.len()), ((1, "tick 4".into()), 1));
    log.hand_over(LogEntry::Ordered(4));
    log.break_off();
    hand_over_tick(&mut log, 5);
    log.hand_over(LogEntry::LateKeyframe(4, room(4)));
    assert!(log.has_gap() && !log.wait(Duration::from_secs(20)));
    log.hand_over(LogEntry::Keyframe(5, room(5)));
    hand_over_tick(&mut log, 6);
    assert!(log.wait(Duration::from_secs(20)));
    assert_eq!(found(&dir), (5, "tick 6".into()));
    drop(log);
    fs::remove_dir_all(dir).unwrap();
}
