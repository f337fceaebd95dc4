//! A node's process: its directory, and a program that plays rooms by it.

use std::collections::{BTreeMap, VecDeque};

use auspice_fleet::{
    Act, Directory, Epoch, FabricNews, FleetCode, FoundAt, Home, NodeId, Orphan, Rule, Timing, WritePermit,
};

use super::clock::Skew;
use super::oracle::{Log, Oracle};
use super::{MS, Rng};

/// Times that hold in the simulation: as in earnest, but that blind nodes go on for 20 s at most.
pub const TIMING: Timing = Timing {
    lease: 3_000_000,
    margin: 500_000,
    renew: 400_000,
    beat: 250_000,
    patience: 1_000_000,
    blind_after: 1_100_000,
    blind_for: 20_000_000,
    fresh: 2_000_000,
    reread: 5_000_000,
    word: 10_000_000,
    hand_over: 10_000_000,
};

/// Things that the program does a little later.
#[derive(Clone, Debug)]
enum Task {
    Load { room: FleetCode, epoch: Epoch, owner: Option<NodeId> },
    Follow(FleetCode),
    Wait(FleetCode),
    Cut(FleetCode),
}

/// One run of a process.
pub struct Process {
    pub directory: Directory,
    /// The permit that its rooms are written by.
    permit: WritePermit,
    /// News that wait for it.
    pub inbox: VecDeque<FabricNews>,
    /// The next tick of each room.
    ticks: BTreeMap<FleetCode, u32>,
    tasks: Vec<(u64, Task)>,
    pub opened: Vec<Option<(FleetCode, FoundAt)>>,
    pub found: Vec<(u64, FoundAt)>,
    pub sought: Vec<(Option<FleetCode>, bool)>,
    pub sent: Vec<Option<(auspice_fleet::OneTimeWord, String)>>,
    pub late: Vec<Vec<u8>>,
    /// Writes that were decided on and are not done yet, with the time at which they are.
    flying: Vec<(u64, FleetCode, Epoch)>,
    rng: Rng,
}

/// A machine.
pub struct Node {
    pub process: Option<Process>,
    /// Runs of processes before this one.
    pub runs: u64,
    pub skew: Skew,
    /// It does nothing until then.
    pub stopped_until: u64,
    /// Time between two looks at its clock.
    pub pace: u64,
    pub next_pass: u64,
    /// Time between deciding on a write and the write.
    pub lag: u64,
    /// When it looks into the folder of logs.
    pub next_scan: u64,
    pub schema: u64,
}

impl Node {
    pub fn new(skew: Skew) -> Self {
        Self {
            process: None,
            runs: 0,
            skew,
            stopped_until: 0,
            pace: 50 * MS,
            next_pass: 0,
            lag: 0,
            next_scan: 0,
            schema: 1,
        }
    }

    /// Starts a process.
    pub fn start(&mut self, index: usize, now: u64, seed: u64, left_out: &[Rule]) {
        self.runs += 1;
        let mut draws = Rng(seed ^ (self.runs << 32) ^ index as u64);
        let rng = Rng(draws.bits());
        let home = Home {
            address: format!("ws://{index}"),
            direct: index.to_string(),
            build: "sim".into(),
            schema: self.schema,
            rooms_max: 100,
        };
        let mut directory = Directory::new(home, TIMING, Box::new(move || draws.bits()), self.skew.read(now));
        left_out.iter().for_each(|rule| directory.leave_out(*rule));
        let (ticks, tasks, inbox) = (BTreeMap::new(), Vec::new(), VecDeque::new());
        let (opened, found, sought, sent, late) = Default::default();
        let permit = WritePermit::default();
        self.process = Some(Process {
            directory,
            permit,
            inbox,
            ticks,
            tasks,
            opened,
            found,
            sought,
            sent,
            late,
            flying: Vec::new(),
            rng,
        });
        self.next_pass = now;
        self.pace = 50 * MS;
    }
}

impl Process {
    /// Does what the directory says, and what is due of it.
    pub fn work(&mut self, now: u64, skew: &Skew, logs: &mut BTreeMap<FleetCode, Log>) {
        self.permit.set(skew.read(now), self.directory.may_write_for(skew.read(now)));
        while let Some(act) = self.directory.next_act() {
            self.act(act, now, skew, logs);
        }
        let due: Vec<Task> = self.tasks.extract_if(.., |(at, _)| *at <= now).map(|(_, task)| task).collect();
        for task in due {
            self.perform(task, now, skew, logs);
        }
    }

    fn act(&mut self, act: Act, now: u64, skew: &Skew, logs: &mut BTreeMap<FleetCode, Log>) {
        let later = now + self.rng.between(10 * MS, 400 * MS);
        match act {
            Act::Begin { room, epoch, .. } => {
                logs.insert(room.clone(), Log { epoch, owner: self.directory.node(), tick: 0 });
                self.ticks.insert(room, 1);
            }
            Act::Restore { room, epoch, owner, .. } => self.tasks.push((later, Task::Load { room, epoch, owner })),
            Act::Raise { room, epoch } => {
                if let Some(log) =
                    logs.get_mut(&room).filter(|log| log.epoch < epoch && log.owner == self.directory.node())
                {
                    log.epoch = epoch;
                }
            }
            Act::Follow { room, .. } => {
                // Its players come a little later, and are told of.
                let then = later + self.rng.between(10 * MS, 200 * MS);
                self.tasks.extend([(later, Task::Follow(room.clone())), (then, Task::Wait(room))]);
            }
            // All are there, or that takes too long.
            Act::Dial { room, .. } => self.tasks.push((later, Task::Cut(room))),
            Act::Awaited { room, players } if players > 0 => self.tasks.push((now, Task::Cut(room))),
            Act::Lose { room } | Act::GivenAway { room, .. } => {
                self.ticks.remove(&room);
            }
            // The number of its ticks stands for that of its players, and its code for a seat in it.
            Act::Seek { from, ask, wish } => {
                let is_meant = |room: &FleetCode| wish == "any" || wish == room.as_str();
                let fullest = self.ticks.iter().filter(|(room, _)| is_meant(room)).max_by_key(|(_, next)| **next);
                let fullest = fullest.map(|(room, next)| (room.clone(), *next));
                self.directory.answer_seek(from, ask, fullest, skew.read(now));
            }
            Act::Sought { room, is_moving, .. } => self.sought.push((room, is_moving)),
            Act::Opened { room, .. } => self.opened.push(room),
            Act::FoundAt { ask, found } => self.found.push((ask, found)),
            Act::Sent { word, .. } => self.sent.push(word),
            Act::Late { bytes, .. } => self.late.push(bytes),
            Act::Stop | Act::GoOn | Act::Awaited { .. } | Act::Unfollow { .. } | Act::Kept { .. } => {}
        }
    }

    fn perform(&mut self, task: Task, now: u64, skew: &Skew, logs: &mut BTreeMap<FleetCode, Log>) {
        let clock = skew.read(now);
        match task {
            Task::Load { room, epoch, owner } => {
                if self.directory.epoch(&room) != Some(epoch) {
                    return;
                }
                let log = logs.get_mut(&room);
                let log = log.filter(|log| log.epoch < epoch && owner.is_none_or(|owner| owner == log.owner));
                let is_loaded = log.is_some();
                if let Some(log) = log {
                    (log.epoch, log.owner) = (epoch, self.directory.node());
                    self.ticks.insert(room.clone(), log.tick + 1);
                }
                self.directory.restored(&room, is_loaded, clock);
            }
            Task::Follow(room) => self.directory.following(&room, 0, clock),
            Task::Wait(room) => self.directory.following(&room, 3, clock),
            // What is being written is waited for.
            Task::Cut(room) if self.flying.iter().any(|(_, flying, _)| *flying == room) => {
                self.tasks.push((now + 10 * MS, Task::Cut(room)));
            }
            Task::Cut(room) => {
                let Some(next) = self.ticks.get(&room) else { return };
                // One that is kept by now is played on.
                if self.directory.cut(&room, next - 1, clock) {
                    self.ticks.remove(&room);
                }
            }
        }
    }

    /// Decides on a tick of each room that may be written. It is done `lag` later.
    pub fn play(&mut self, now: u64, skew: &Skew, lag: u64) {
        let rooms: Vec<FleetCode> = self.ticks.keys().cloned().collect();
        for room in rooms {
            let is_flying = self.flying.iter().any(|(_, flying, _)| *flying == room);
            if !is_flying && self.permit.holds(skew.read(now)) {
                let epoch = self.directory.epoch(&room).expect("what is played has an epoch");
                self.flying.push((now + lag, room, epoch));
            }
        }
    }

    /// Writes what was decided on. Where `logs_judge`, a write that the log refuses is none, and tells the node. Else
    /// logs say nothing, as if there were none, and the rules alone must do.
    pub fn land(
        &mut self,
        now: u64,
        skew: &Skew,
        logs: &mut BTreeMap<FleetCode, Log>,
        oracle: &mut Oracle,
        logs_judge: bool,
    ) {
        let node = self.directory.node();
        let due: Vec<_> = self.flying.extract_if(.., |(at, _, _)| *at <= now).collect();
        for (_, room, epoch) in due {
            let (Some(log), Some(tick)) = (logs.get_mut(&room), self.ticks.get_mut(&room)) else { continue };
            let is_refused = epoch <= log.epoch && log.owner != node;
            if !is_refused || !logs_judge {
                oracle.write(now, &room, epoch, node);
            }
            if is_refused {
                if logs_judge {
                    self.directory.refused(&room, skew.read(now));
                    self.ticks.remove(&room);
                }
                continue;
            }
            if *tick != log.tick + 1 {
                oracle.violations.push(format!("at {now}: {node} plays tick {tick} of {room} after {}", log.tick));
            }
            log.tick = *tick;
            *tick += 1;
        }
    }

    /// Tells the directory of all logs, as a program does that looks into the folder now and then.
    pub fn look_into_logs(&mut self, now: u64, skew: &Skew, logs: &BTreeMap<FleetCode, Log>, schema: u64) {
        for (room, log) in logs {
            self.directory.offer_orphan(
                room.clone(),
                Orphan { owner: log.owner, epoch: log.epoch, schema },
                skew.read(now),
            );
        }
    }
}
