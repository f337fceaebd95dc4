//! [`LookBack`]: the last minutes of a room in memory, with or without a log; [`LastSeconds`]: some of them, as a file
//! that is played again like a log.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::frame::{FrameKind, Head, write_frame, write_head};
use crate::limits::{LOOK_BACK_BYTES_MAX, LOOK_BACK_OF_ALL_BYTES_MAX};

/// A room as it was saved, and what happened to it from there to the next such.
#[derive(Clone, Debug, Default)]
struct Chapter {
    tick: u32,
    saved: Arc<Vec<u8>>,
    calls: Vec<u8>,
    /// Parts of the calls: the tick that the room had made by then, and where each ends.
    parts: Vec<(u32, usize)>,
}

impl Chapter {
    fn bytes(&self) -> usize {
        self.saved.len() + self.calls.len()
    }
}

/// The last minutes of a room.
#[derive(Debug, Default)]
pub(crate) struct LookBack {
    before: VecDeque<Arc<Chapter>>,
    now: Chapter,
    /// The place in it at which another one begins as soon as its keyframe comes: the tick, and parts before that.
    ordered: Option<(u32, usize)>,
    keep_ticks: u32,
    /// Memory of a room that is not kept any more.
    spare: Vec<u8>,
    share: LookBackShare,
}

/// Bytes of the last minutes of all rooms of a server.
#[derive(Clone, Debug, Default)]
pub(crate) struct LookBackBytes(Arc<AtomicUsize>);

/// A room's bytes among those of all.
#[derive(Debug, Default)]
struct LookBackShare {
    all: LookBackBytes,
    bytes: usize,
}

impl LookBackShare {
    /// Bytes of the others.
    fn others(&self) -> usize {
        self.all.0.load(Ordering::Relaxed).saturating_sub(self.bytes)
    }

    fn set(&mut self, bytes: usize) {
        self.all.0.fetch_add(bytes, Ordering::Relaxed);
        self.all.0.fetch_sub(std::mem::replace(&mut self.bytes, bytes), Ordering::Relaxed);
    }
}

impl Drop for LookBackShare {
    fn drop(&mut self) {
        self.set(0);
    }
}

impl LookBack {
    /// Keeps so many ticks, or as many of them as there is memory for among all rooms, and whatever there is since the
    /// last keyframe.
    pub(crate) fn new(keep_ticks: u32, all: LookBackBytes) -> Self {
        Self { keep_ticks, share: LookBackShare { all, bytes: 0 }, ..Self::default() }
    }

    /// The room was saved after `tick`: a new chapter begins, and old ones go.
    pub(crate) fn begin(&mut self, tick: u32, saved: Arc<Vec<u8>>) {
        self.go_on_with(Chapter { tick, saved, ..Chapter::default() });
    }

    /// The room as it is now, after `tick`, is going to come later, if nothing is saved in between.
    pub(crate) fn order(&mut self, tick: u32) {
        self.ordered = Some((tick, self.now.parts.len()));
    }

    /// The room as it was when that was said: what came since is a new chapter.
    pub(crate) fn begin_late(&mut self, tick: u32, saved: Arc<Vec<u8>>) {
        let Some((_, at)) = self.ordered.take_if(|(ordered, _)| *ordered == tick) else { return };
        let end = at.checked_sub(1).map_or(0, |last| self.now.parts[last].1);
        let parts = self.now.parts.split_off(at).into_iter().map(|(tick, until)| (tick, until - end));
        let (calls, parts) = (self.now.calls.split_off(end), parts.collect());
        self.go_on_with(Chapter { tick, saved, calls, parts });
    }

    fn go_on_with(&mut self, chapter: Chapter) {
        let tick = chapter.tick;
        self.ordered = None;
        let before = std::mem::replace(&mut self.now, chapter);
        if before.saved.is_empty() {
            return self.count();
        }
        self.before.push_back(Arc::new(before));
        let oldest = tick.saturating_sub(self.keep_ticks);
        let mut bytes = self.now.bytes() + self.before.iter().map(|chapter| chapter.bytes()).sum::<usize>();
        while let Some(first) = self.before.front() {
            let next = self.before.get(1).map_or(tick, |next| next.tick);
            let others = self.share.others();
            if next > oldest && bytes <= LOOK_BACK_BYTES_MAX && bytes + others <= LOOK_BACK_OF_ALL_BYTES_MAX {
                break;
            }
            bytes -= first.bytes();
            let gone = self.before.pop_front().and_then(Arc::into_inner).map(|gone| gone.saved);
            self.spare = gone.and_then(Arc::into_inner).unwrap_or_default();
        }
        self.count();
    }

    /// Counts its bytes among those of all.
    fn count(&mut self) {
        let bytes = self.now.bytes() + self.before.iter().map(|chapter| chapter.bytes()).sum::<usize>();
        self.share.set(bytes);
    }

    /// Forgets all but the room as it was last saved, and what happened to it since.
    pub(crate) fn forget_past(&mut self) {
        (self.before, self.spare) = Default::default();
        self.count();
    }

    /// The same of a room that is not what happened to the one before made of it.
    pub(crate) fn begin_anew(&mut self, tick: u32, saved: Arc<Vec<u8>>) {
        (self.before, self.now) = Default::default();
        self.begin(tick, saved);
    }

    /// Adds what happened up to `tick`.
    pub(crate) fn add(&mut self, tick: u32, calls: &[u8]) {
        self.now.calls.extend_from_slice(calls);
        self.now.parts.push((tick, self.now.calls.len()));
    }

    /// The room as it was last saved.
    pub(crate) fn last_saved(&self) -> Arc<Vec<u8>> {
        Arc::clone(&self.now.saved)
    }

    /// The same, and what happened to it since.
    pub(crate) fn last(&self) -> (&[u8], &[u8]) {
        (&self.now.saved, &self.now.calls)
    }

    /// Memory for the next room that is saved.
    pub(crate) fn spare(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.spare)
    }

    /// The seconds from `tick` on, or from the keyframe before it.
    pub(crate) fn since(&self, tick: u32) -> LastSeconds {
        let all: Vec<_> = self.before.iter().cloned().chain([Arc::new(self.now.clone())]).collect();
        let first = all.iter().rposition(|chapter| chapter.tick <= tick).unwrap_or(0);
        LastSeconds { chapters: all[first..].to_vec() }
    }
}

/// Some of a room's last minutes, which costs whoever took it hardly anything.
#[derive(Debug)]
pub(crate) struct LastSeconds {
    chapters: Vec<Arc<Chapter>>,
}

impl LastSeconds {
    /// The seconds as a file of a log.
    pub(crate) fn as_file(&self, head: &Head) -> Vec<u8> {
        let (mut bytes, mut sum) = Default::default();
        write_head(head, self.chapters.first().map_or(0, |chapter| chapter.tick), &mut sum, &mut bytes);
        for chapter in &self.chapters {
            write_frame(FrameKind::Keyframe, chapter.tick, &chapter.saved, &mut sum, &mut bytes);
            let mut from = 0;
            for &(tick, end) in &chapter.parts {
                write_frame(FrameKind::Calls, tick, &chapter.calls[from..end], &mut sum, &mut bytes);
                from = end;
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticklog::LogSegment;

    fn saved(bytes: usize) -> Arc<Vec<u8>> {
        Arc::new(vec![7; bytes])
    }

    /// Kinds and ticks of the frames from `tick` on.
    fn frames(look_back: &LookBack, tick: u32) -> Vec<(FrameKind, u32)> {
        let head = Head::of_test();
        let segment = LogSegment::read(look_back.since(tick).as_file(&head)).expect("some seconds should be a segment");
        assert_eq!(segment.torn, 0);
        segment.frames.iter().map(|frame| (frame.kind, frame.tick)).collect()
    }

    #[test]
    fn last_seconds_begin_at_the_keyframe_before_them_and_old_ones_go() {
        let mut look_back = LookBack::new(20, LookBackBytes::default());
        for tick in 0..100 {
            if tick % 10 == 0 {
                look_back.begin(tick, saved(10));
            }
            look_back.add(tick + 1, &[0; 4]);
        }
        let (keyframe, calls) = (FrameKind::Keyframe, FrameKind::Calls);
        assert_eq!(frames(&look_back, 95)[..2], [(keyframe, 90), (calls, 91)]);
        assert_eq!(frames(&look_back, 95).len(), 11);
        assert_eq!(frames(&look_back, 0)[0], (keyframe, 70), "20 ticks before the last keyframe");
        assert_eq!(look_back.last().1.len(), 40);
        look_back.begin_anew(100, saved(10));
        assert_eq!(frames(&look_back, 0), [(keyframe, 100)]);
    }

    #[test]
    fn a_keyframe_that_comes_late_begins_a_chapter_where_it_was_ordered() {
        let mut look_back = LookBack::new(u32::MAX, LookBackBytes::default());
        look_back.begin(0, saved(10));
        for tick in 0..9 {
            if tick == 4 {
                look_back.order(tick);
            }
            look_back.add(tick + 1, &[tick as u8; 4]);
        }
        assert_eq!(look_back.last().1.len(), 36, "until then all is of the chapter before");
        look_back.begin_late(3, saved(10));
        assert_eq!(frames(&look_back, 0).len(), 10, "nobody has ordered that");
        look_back.begin_late(4, saved(10));
        let (keyframe, calls) = (FrameKind::Keyframe, FrameKind::Calls);
        assert_eq!(frames(&look_back, 0)[4..7], [(calls, 4), (keyframe, 4), (calls, 5)]);
        assert_eq!(frames(&look_back, 4)[..2], [(keyframe, 4), (calls, 5)]);
        assert_eq!((look_back.last().1.len(), look_back.last().1[0]), (20, 4));
        look_back.order(9);
        look_back.begin(9, saved(10));
        look_back.begin_late(9, saved(20));
        assert_eq!(look_back.last().0.len(), 10, "it was saved in between");
    }

    #[test]
    fn memory_is_bounded_however_large_a_room_is() {
        let mut look_back = LookBack::new(u32::MAX, LookBackBytes::default());
        for tick in 0..100 {
            look_back.begin(tick, saved(1 << 20));
        }
        let kept = frames(&look_back, 0).len();
        assert_eq!(kept, LOOK_BACK_BYTES_MAX >> 20);
    }

    #[test]
    fn memory_of_many_rooms_is_bounded_together_and_comes_free_again() {
        let all = LookBackBytes::default();
        let mut rooms: Vec<LookBack> = (0..64).map(|_| LookBack::new(u32::MAX, all.clone())).collect();
        for tick in 0..20 {
            rooms.iter_mut().for_each(|room| room.begin(tick, saved(1 << 20)));
        }
        let kept: usize = rooms.iter().map(|room| frames(room, 0).len()).sum();
        // Each has the room as it was last saved.
        assert!((64..=64 + (LOOK_BACK_OF_ALL_BYTES_MAX >> 20)).contains(&kept), "{kept}");
        rooms.truncate(1);
        rooms[0].forget_past();
        assert_eq!(all.0.load(Ordering::Relaxed), 1 << 20);
        drop(rooms);
        assert_eq!(all.0.load(Ordering::Relaxed), 0);
    }
}
