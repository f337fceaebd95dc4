//! [`play`]: a fleet under a schedule of faults, and what must be true in the end.

use auspice_fleet::Rule;

use super::world::Ways;
use super::{MS, S, World};

/// Things that go wrong.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    CutOff,
    Apart,
    Split,
    Kill,
    Stop,
    Sleep,
    Pause,
    SetClock,
    Slow,
    StoreStops,
    StoreDies,
    StoreForgets,
    HandOver,
    Drain,
    Open,
}

const FAULTS: [Fault; 15] = [
    Fault::CutOff,
    Fault::Apart,
    Fault::Split,
    Fault::Kill,
    Fault::Stop,
    Fault::Sleep,
    Fault::Pause,
    Fault::SetClock,
    Fault::Slow,
    Fault::StoreStops,
    Fault::StoreDies,
    Fault::StoreForgets,
    Fault::HandOver,
    Fault::Drain,
    Fault::Open,
];

/// Things that are mended after a while.
#[derive(Clone, Copy, Debug)]
enum Mend {
    JoinStore(usize),
    Together(usize, usize),
    Start(usize),
    Quick(usize),
    StoreLives,
}

/// Plays a fleet of 2 to 4 nodes for 40 s under faults, then without. What was not as it must be, or the number of
/// writes.
pub fn play(seed: u64, left_out: &[Rule]) -> Result<u64, Vec<String>> {
    let nodes = 2 + (seed % 3) as usize;
    let mut world = World::new(nodes, seed, left_out);
    // Where machines stand still and no clock tells them, only logs can.
    world.logs_judge = seed % 5 == 4;
    world.run(5 * S);
    for node in 0..nodes {
        world.open(node);
    }
    let noise = |world: &mut World, chances: u64| if world.rng.one_in(2) { chances } else { 0 };
    world.ways = Ways { lost: noise(&mut world, 20), twice: noise(&mut world, 10), late: noise(&mut world, 30) };
    suffer(&mut world, 40 * S);
    heal(&mut world);
    if world.oracle.violations.is_empty() { Ok(world.oracle.writes) } else { Err(world.oracle.violations) }
}

fn suffer(world: &mut World, time: u64) {
    let end = world.now + time;
    let mut mends: Vec<(u64, Mend)> = Vec::new();
    while world.now < end && world.oracle.violations.is_empty() {
        let wait = world.rng.between(50 * MS, 4 * S);
        let mut left = wait;
        while left > 0 {
            let step = left.min(50 * MS);
            world.run(step);
            left -= step;
            let now = world.now;
            let due: Vec<Mend> = mends.extract_if(.., |(at, _)| *at <= now).map(|(_, mend)| mend).collect();
            due.into_iter().for_each(|mend| apply(world, mend));
        }
        let fault = FAULTS[world.rng.bits() as usize % FAULTS.len()];
        let lasts =
            if world.rng.one_in(2) { world.rng.between(100 * MS, 4 * S) } else { world.rng.between(2 * S, 15 * S) };
        mends.extend(strike(world, fault, lasts).into_iter().map(|mend| (world.now + lasts, mend)));
    }
    mends.into_iter().for_each(|(_, mend)| apply(world, mend));
}

fn apply(world: &mut World, mend: Mend) {
    match mend {
        Mend::JoinStore(node) => {
            world.cut_off.remove(&node);
        }
        Mend::Together(one, other) => {
            world.apart.remove(&(one, other));
        }
        Mend::Start(node) => {
            if world.nodes[node].process.is_none() {
                world.start(node);
            }
        }
        Mend::Quick(node) => (world.nodes[node].pace, world.nodes[node].lag) = (50 * MS, 0),
        Mend::StoreLives => world.is_store_dead = false,
    }
}

fn strike(world: &mut World, fault: Fault, lasts: u64) -> Vec<Mend> {
    let nodes = world.nodes.len();
    let node = world.rng.bits() as usize % nodes;
    let other = (node + 1 + world.rng.bits() as usize % (nodes - 1)) % nodes;
    let until = world.now + lasts;
    match fault {
        Fault::CutOff => return cut_off(world, [node]),
        Fault::Apart => return part(world, node, other).into_iter().collect(),
        Fault::Split => return split(world),
        Fault::Kill => {
            world.kill(node);
            return vec![Mend::Start(node)];
        }
        Fault::Stop => {
            stop(world, node, until);
        }
        Fault::Sleep => {
            let time = stop(world, node, until);
            world.nodes[node].skew.sleep(time);
        }
        Fault::Pause if world.logs_judge => {
            let time = stop(world, node, until);
            world.nodes[node].skew.pause(time);
        }
        Fault::Pause => {}
        // Set back while the machine slept, neither clock would tell: that is a pause.
        Fault::SetClock if world.nodes[node].stopped_until > world.now && !world.logs_judge => {}
        Fault::SetClock => {
            let by = world.rng.between(0, 7200 * S) as i64 - (3600 * S) as i64;
            world.nodes[node].skew.set_by(by);
        }
        Fault::Slow => {
            world.nodes[node].pace = world.rng.between(200 * MS, 900 * MS);
            world.nodes[node].lag = world.rng.between(0, 400 * MS);
            return vec![Mend::Quick(node)];
        }
        Fault::StoreStops => world.store_stopped_until = until,
        Fault::StoreDies => {
            world.is_store_dead = true;
            return vec![Mend::StoreLives];
        }
        Fault::StoreForgets => {
            world.forget_store();
            if world.rng.one_in(2) {
                world.is_store_dead = true;
                return vec![Mend::StoreLives];
            }
        }
        Fault::HandOver => hand_over(world, node, other),
        Fault::Drain => {
            let clock = world.clock(node);
            if let Some(process) = &mut world.nodes[node].process {
                process.directory.drain(clock);
            }
        }
        Fault::Open => {
            if world.nodes[node].process.is_some() && world.nodes[node].stopped_until < world.now {
                let (clock, schema) = (world.clock(node), world.nodes[node].schema);
                world.process(node).directory.open(schema, "", true, clock);
            }
        }
    }
    Vec::new()
}

/// A node does nothing until then. By how much longer than it was to be.
fn stop(world: &mut World, node: usize, until: u64) -> u64 {
    let machine = &mut world.nodes[node];
    let from = machine.stopped_until.max(world.now);
    machine.stopped_until = from.max(until);
    machine.stopped_until - from
}

fn cut_off(world: &mut World, nodes: impl IntoIterator<Item = usize>) -> Vec<Mend> {
    let new = nodes.into_iter().filter(|node| world.cut_off.insert(*node));
    new.map(Mend::JoinStore).collect()
}

fn part(world: &mut World, node: usize, other: usize) -> Option<Mend> {
    let (low, high) = (node.min(other), node.max(other));
    world.apart.insert((low, high)).then_some(Mend::Together(low, high))
}

/// Two sides, one of which has the store; or each of them for itself.
fn split(world: &mut World) -> Vec<Mend> {
    let nodes = world.nodes.len();
    let side = world.rng.between(1, (1 << nodes) - 1);
    let is_away = |node: &usize| side >> node & 1 == 1;
    let away: Vec<usize> = (0..nodes).filter(is_away).collect();
    let is_alone = world.rng.one_in(3);
    let mut mends = cut_off(world, away);
    for one in 0..nodes {
        for other in one + 1..nodes {
            if is_away(&one) != is_away(&other) || is_alone {
                mends.extend(part(world, one, other));
            }
        }
    }
    mends
}

fn hand_over(world: &mut World, node: usize, other: usize) {
    let (clock, Some(to)) =
        (world.clock(node), world.nodes[other].process.as_ref().map(|other| other.directory.node()))
    else {
        return;
    };
    if let Some(process) = &mut world.nodes[node].process {
        let room = process.directory.rooms().into_iter().map(|(room, _)| room).next();
        room.map(|room| process.directory.hand_over(&room, to, clock));
    }
}

/// Everything is mended. In the end every room has one owner, whom everybody finds.
fn heal(world: &mut World) {
    world.ways = Ways::default();
    world.cut_off.clear();
    world.apart.clear();
    (world.store_stopped_until, world.is_store_dead) = (0, false);
    world.run(15 * S);
    for node in 0..world.nodes.len() {
        (world.nodes[node].pace, world.nodes[node].lag) = (50 * MS, 0);
        // One that drained has gone meanwhile.
        let is_gone = world.nodes[node].process.as_ref().is_none_or(|process| process.directory.is_draining());
        if is_gone {
            world.start(node);
        }
    }
    let mut last = Ok(());
    for _ in 0..70 {
        world.run(S);
        last = world.is_all_reachable();
        if last.is_ok() || !world.oracle.violations.is_empty() {
            break;
        }
    }
    if let Err(text) = last {
        world.oracle.violations.push(format!("in the end {text}"));
    }
}
