//! Each rule, in the case that it is for: with it one node writes the room, without it two do.

use auspice_fleet::Rule;

use crate::sim::{MS, S, World};

/// A fleet that knows each other, whose node 0 has a room.
fn fleet(nodes: usize, seed: u64, left_out: &[Rule]) -> World {
    let mut world = World::new(nodes, seed, left_out);
    world.leaks = false;
    world.run(5 * S);
    while world.process(0).directory.rooms().is_empty() {
        world.open(0).expect("there is a store");
    }
    world.run(S);
    world
}

/// A node does not reach the others any more.
fn part(world: &mut World, node: usize) {
    let nodes = world.nodes.len();
    world.apart.extend((0..nodes).filter(|other| *other != node).map(|other| (node.min(other), node.max(other))));
}

/// Cut off from everything: it stops before the other takes the room.
fn is_cut_off(world: &mut World) {
    world.cut_off.insert(0);
    part(world, 0);
    world.run(12 * S);
}

/// Cut off, while each of its writes takes 450 ms after it was decided on.
fn is_slow_and_cut_off(world: &mut World) {
    world.nodes[0].lag = 450 * MS;
    let when = world.rng.between(0, 2 * S);
    world.run(when);
    is_cut_off(world);
}

/// Two nodes are cut off from the store and hear each other and the third, which sees it.
fn hears_one_who_sees(world: &mut World) {
    world.cut_off.extend([0, 2]);
    world.run(12 * S);
}

/// Two nodes are cut off from the store and from the third, which sees it.
fn does_not_hear_one(world: &mut World) {
    part(world, 1);
    hears_one_who_sees(world);
}

/// The store is silent for all, and answers another one first.
fn is_answered_last(world: &mut World) {
    world.is_store_dead = true;
    world.run(10 * S);
    world.cut_off.insert(0);
    part(world, 0);
    world.is_store_dead = false;
    world.run(12 * S);
}

/// The store is silent for all. What the other promised while it was blind comes when it sees again.
fn hears_late(world: &mut World) {
    world.is_store_dead = true;
    world.run(10 * S);
    world.held = Some((0, world.now + 2200 * MS));
    world.run(200 * MS);
    world.cut_off.insert(0);
    world.is_store_dead = false;
    world.run(12 * S);
}

/// It stands still for as long as its lease holds and a little longer.
fn stands_still(world: &mut World) {
    world.nodes[0].stopped_until = world.now + 5 * S;
    world.run(15 * S);
}

/// Its machine sleeps, and the steady clock does not count.
fn sleeps(world: &mut World) {
    world.nodes[0].stopped_until = world.now + 10 * S;
    world.nodes[0].skew.sleep(10 * S);
    world.run(15 * S);
}

/// Both are cut off from the store and go on. One comes who never heard of them, and whom they do not hear.
fn is_met_by_a_stranger(world: &mut World) {
    world.kill(2);
    world.run(10 * S);
    world.cut_off.extend([0, 1]);
    part(world, 2);
    world.start(2);
    world.run(40 * S);
}

/// The others begin another life of the store, beside which the records of the former one can still be written.
fn misses_another_life(world: &mut World) {
    world.deaf = Some(0);
    let orphan = auspice_fleet::Orphan {
        owner: auspice_fleet::NodeId(1),
        epoch: auspice_fleet::Epoch { incarnation: auspice_fleet::Incarnation(u64::MAX / 2), revision: 1 },
        schema: 1,
    };
    let (clock, room) = (world.clock(1), auspice_fleet::FleetCode::draw(1));
    world.process(1).directory.offer_orphan(room, orphan, clock);
    world.run(15 * S);
}

#[test]
fn each_rule_keeps_two_nodes_from_writing_one_room() {
    type Case = (Rule, usize, fn(&mut World));
    let cases: [Case; 11] = [
        (Rule::LeaseEnds, 2, is_cut_off),
        (Rule::Margin, 2, is_slow_and_cut_off),
        (Rule::SeeingPeersStopMe, 3, hears_one_who_sees),
        (Rule::UnheardPeersStopMe, 3, does_not_hear_one),
        (Rule::WaitOneLease, 2, is_answered_last),
        (Rule::EchoCounts, 2, hears_late),
        (Rule::FenceFirst, 2, stands_still),
        (Rule::FencedGivesUp, 2, stands_still),
        (Rule::MostCounts, 2, sleeps),
        (Rule::StrangersWait, 3, is_met_by_a_stranger),
        (Rule::LifeIsRead, 2, misses_another_life),
    ];
    let mut fails = Vec::new();
    for (rule, nodes, case) in cases {
        let violations = |left_out: &[Rule]| {
            let of = |seed| {
                let mut world = fleet(nodes, seed, left_out);
                case(&mut world);
                world.oracle.violations
            };
            (0..8).flat_map(of).collect::<Vec<_>>()
        };
        let kept = violations(&[]);
        assert!(kept.is_empty(), "with all rules, {rule:?} among them: {:?}", kept.first());
        let left_out = violations(&[rule]);
        println!("without {rule:?}: {:?}", left_out.first());
        fails.extend(left_out.is_empty().then_some(rule));
    }
    assert_eq!(fails, [], "without these nothing is wrong");
}
