//! [`LabLink`]: a [`Crossing`] at work between the devices of two namespaces, on a thread of its own.

use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tun_rs::SyncDevice;

use super::crossing::{Crossing, Direction, SegmentCounts};
use super::namespace::take_precedence;
use super::way::WayShape;

/// Longest wait of the thread, after which it sees what it is told.
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// Packets that are read of one device before the other's turn.
const READS_MAX: usize = 64;
/// Precedence of the thread: before those who play.
const PRECEDENCE: u8 = 50;
/// Bytes of the largest packet that IP knows.
const PACKET_BYTES_MAX: usize = 65_535;

/// Something done to the crossing between two packets.
type LinkOrder = Box<dyn FnOnce(&mut Work) + Send>;

/// State of the thread.
struct Work {
    crossing: Crossing,
    /// Time by which packets came out too late, in microseconds.
    error_us: Histogram<u64>,
    is_over: bool,
}

/// A link between two devices. Ends when dropped.
pub struct LabLink {
    orders: Sender<LinkOrder>,
    thread: Option<JoinHandle<()>>,
    /// Whether its thread goes before others.
    pub is_precise: bool,
}

impl LabLink {
    /// A link of this shape in both directions, from `client` to `server`; `seed` says what chance does.
    ///
    /// # Errors
    /// A sentence where there is no thread for it.
    pub fn start(client: SyncDevice, server: SyncDevice, shape: WayShape, seed: u64) -> Result<Self, String> {
        let (orders, received) = channel();
        let (say_precise, precise) = channel();
        let run = move || {
            let _ = say_precise.send(take_precedence(PRECEDENCE));
            let error_us = Histogram::new_with_bounds(1, 60_000_000, 3).expect("these bounds should be valid");
            carry(
                [&client, &server],
                Work { crossing: Crossing::new(shape, seed), error_us, is_over: false },
                &received,
            );
        };
        let thread = thread::Builder::new().name("link".into()).spawn(run).map_err(|error| error.to_string())?;
        let is_precise = precise.recv().unwrap_or_default();
        Ok(Self { orders, thread: Some(thread), is_precise })
    }

    /// Changes the shape of both directions.
    pub fn reshape(&self, change: impl Fn(&mut WayShape) + Send + 'static) {
        self.order(move |work| {
            Direction::BOTH.into_iter().for_each(|direction| change(work.crossing.shape_mut(direction)));
        });
    }

    /// See [`Crossing::blackhole`].
    pub fn blackhole(&self) {
        self.order(|work| work.crossing.blackhole());
    }

    /// See [`Crossing::rebind`].
    pub fn rebind(&self) {
        self.order(|work| work.crossing.rebind());
    }

    /// See [`Crossing::counts`].
    #[must_use]
    pub fn counts(&self, port: u16) -> [SegmentCounts; 2] {
        self.order(move |work| work.crossing.counts(port))
    }

    /// Time by which packets came out too late since this was asked last, in microseconds.
    #[must_use]
    pub fn take_error_us(&self) -> Histogram<u64> {
        self.order(|work| {
            let taken = work.error_us.clone();
            work.error_us.reset();
            taken
        })
    }

    /// Has the thread do `work`; returns when it is done.
    fn order<T: Send + 'static>(&self, work: impl FnOnce(&mut Work) -> T + Send + 'static) -> T {
        let (answer, answered) = channel();
        let order = move |state: &mut Work| drop(answer.send(work(state)));
        self.orders.send(Box::new(order)).expect("the link's thread should live as long as the link");
        answered.recv().expect("the link's thread should answer")
    }
}

impl Drop for LabLink {
    fn drop(&mut self) {
        let _ = self.orders.send(Box::new(|work| work.is_over = true));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Reads each device and writes into the other what is due, to the end.
fn carry(devices: [&SyncDevice; 2], mut work: Work, orders: &Receiver<LinkOrder>) {
    let (start, mut buffer) = (Instant::now(), vec![0; PACKET_BYTES_MAX]);
    while !work.is_over {
        match orders.try_recv() {
            Ok(order) => order(&mut work),
            Err(TryRecvError::Disconnected) => return,
            Err(TryRecvError::Empty) => {}
        }
        deliver(devices, &mut work, start);
        let now = start.elapsed();
        let wait = work.crossing.next_due().map_or(LOOK_EVERY, |due| due.saturating_sub(now).min(LOOK_EVERY));
        let mut ready = devices.map(|device| PollFd::new(device, PollFlags::IN));
        let timeout = Timespec { tv_sec: 0, tv_nsec: i64::from(wait.subsec_nanos()) };
        // Whatever woke it, it looks.
        let _ = poll(&mut ready, Some(&timeout));
        let is_ready = ready.map(|device| !device.revents().is_empty());
        for direction in Direction::BOTH {
            let reads = if is_ready[direction as usize] { READS_MAX } else { 0 };
            for _ in 0..reads {
                let Ok(bytes) = devices[direction as usize].recv(&mut buffer) else { break };
                work.crossing.enter(direction, buffer[..bytes].to_vec(), start.elapsed());
            }
        }
    }
}

fn deliver(devices: [&SyncDevice; 2], work: &mut Work, start: Instant) {
    while let Some((direction, packet, due)) = work.crossing.leave(start.elapsed()) {
        // A device that takes nothing more loses packets, as a network does.
        let _ = devices[1 - direction as usize].send(&packet);
        work.error_us.saturating_record((start.elapsed() - due).as_micros() as u64);
    }
}
