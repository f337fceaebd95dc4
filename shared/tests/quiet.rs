//! News has a deadline: what is near is told at once, what is far a few ticks later, and nothing where there is
//! nothing to tell. Whatever is told when, what is held is the truth of the tick that is held.

use std::collections::{BTreeMap, BTreeSet};

use auspice::authority::{Outgoing, Room, ServiceLevel};
use auspice::limits::{AT_ONCE_SHARE, COLUMNS_MAX, PATIENCE_MILLIS};
use auspice::replica::{Replica, ReplicaEvent};
use auspice::sim::{Arena, Link};
use auspice::{ClientId, Game, Micros, Replicate, Rng, Terms, Tick};

use crate::games::lamps::{LAMPS, Lamps, Press, is_visited, switches};
use crate::games::range::Range;
use crate::games::zoo::{Animal, Want, Zoo};
use crate::games::{arena_with, check_all, connect, delayed};

/// A room and its clients without links: whoever is told is told at once.
struct Table<G: Game> {
    room: Room<G>,
    clients: Vec<(ClientId, Replica<G>)>,
    now: Micros,
}

impl<G: Game<Rules = ()>> Table<G> {
    fn new(terms: Terms<()>, seed: u64, clients: usize) -> Self {
        let mut room = Room::new(terms, seed, 64).expect("the tables are right");
        let replica = || Replica::new("somebody", "tests").expect("the name fits");
        let clients = (0..clients).map(|_| (room.connect().expect("there is room"), replica())).collect();
        Self { room, clients, now: Micros(1_000_000) }
    }

    /// Plays a tick. Those of whom `is_asked` says so are told what the room has for them; `told` is called with each
    /// who was, after it took that.
    fn tick(&mut self, mut is_asked: impl FnMut(usize) -> bool, mut told: impl FnMut(usize, &Room<G>, &Replica<G>)) {
        self.now = self.now + Micros(1_000_000 / u64::from(self.room.terms().tick_hz) + 1);
        for (client, replica) in &mut self.clients {
            while let Some(message) = replica.poll_transmit(self.now) {
                self.room.handle_message(*client, message).expect("the replica is honest");
            }
        }
        self.room.admit_all();
        self.room.tick().expect("nothing is misused");
        for index in 0..self.clients.len() {
            let (client, replica) = &mut self.clients[index];
            let mut is_told = false;
            while is_asked(index) {
                match self.room.poll_update(*client) {
                    Outgoing::Nothing => break,
                    Outgoing::Message(message) => {
                        replica.handle_message(message, self.now).expect("the room is honest");
                    }
                    Outgoing::Close(reason) => panic!("client {index} was closed: {reason}"),
                }
                is_told = true;
            }
            if is_told {
                told(index, &self.room, &self.clients[index].1);
            }
        }
    }

    /// What went wrong with a client so far.
    fn differences(&mut self) -> Vec<String> {
        let mut differences = Vec::new();
        for (_, replica) in &mut self.clients {
            while let Some(event) = replica.poll_event() {
                if let ReplicaEvent::Diverged { tick, held, stated } = event {
                    differences.push(format!("tick {tick}: {held:08x} for {stated:08x}"));
                }
            }
        }
        differences
    }
}

/// Checks that a replica holds what is published of what it may see.
fn assert_true<G: Game>(room: &Room<G>, client: ClientId, replica: &Replica<G>, context: &str) {
    assert_eq!(replica.tick(), room.tick_now(), "{context}");
    let held: BTreeSet<_> =
        replica.entities().map(|held| (held.id, held.kind, *held.row, held.label.to_vec())).collect();
    let expected: BTreeSet<_> = room.expected_view(client).expect("it plays").into_iter().collect();
    assert!(held == expected, "{context}: {:?}", held.symmetric_difference(&expected).next());
}

#[test]
fn whichever_ticks_are_told_to_whom_each_holds_the_truth_of_the_tick_that_it_holds() {
    for seed in 0..60 {
        let mut rng = Rng::new(seed);
        let terms = Terms {
            tick_hz: [10, 30, 60][rng.below(3) as usize],
            send_every: 1 + rng.below(3) * rng.below(2),
            patience_millis: [0, 167, 250][rng.below(3) as usize],
            ..Terms::of::<Zoo>(())
        };
        let mut table = Table::<Zoo>::new(terms, seed, 6);
        let ids: Vec<_> = table.clients.iter().map(|(client, _)| *client).collect();
        // Each is told about so often, and not at all until then.
        let every: Vec<u32> = (0..6).map(|_| 1 + rng.below(12)).collect();
        let (mut deaf_until, mut told_at) = ([0; 6], [0; 6]);
        let mut told = 0;
        for tick in 0..300 {
            for (deaf_until, (_, replica)) in deaf_until.iter_mut().zip(&mut table.clients) {
                if tick >= *deaf_until && rng.one_in(150) {
                    // Beyond what news is kept for, at times.
                    *deaf_until = tick + rng.below(70);
                }
                if rng.one_in(10) {
                    replica.set_input(Want { steer: rng.below(16) as u8 });
                }
            }
            // Whoever holds nothing new for 10 s is closed.
            let is_asked = |client: usize| {
                let is_overdue = tick - told_at[client] >= 80;
                is_overdue
                    || tick >= deaf_until[client] && Rng::new(u64::from(tick * 6 + client as u32)).one_in(every[client])
            };
            let asked: Vec<bool> = (0..6).map(is_asked).collect();
            table.tick(
                |client| asked[client],
                |client, room, replica| {
                    assert_true(room, ids[client], replica, &format!("seed {seed}, client {client}"));
                    (told, told_at[client]) = (told + 1, tick);
                },
            );
        }
        assert!(told > 100, "seed {seed}: {told}");
        assert_eq!(table.differences(), Vec::<String>::new(), "seed {seed}");
    }
}

/// The row of an entity that is foreseen for so many ticks; none where that ends it.
fn foreseen(room: &Room<Zoo>, kind: usize, row: &[i32; COLUMNS_MAX], ticks: u32) -> [i32; COLUMNS_MAX] {
    let mut row = *row;
    for _ in 0..ticks {
        let mut animal = Animal::read_row(kind, &row);
        Zoo::advance(room.ground(), &mut animal);
        animal.write_row(&mut row);
    }
    row
}

#[test]
fn what_is_near_is_as_foreseen_in_every_tick_that_is_not_told() {
    const RUNNER: usize = 0;
    let (mut silent, mut told, mut near) = (0, 0, 0);
    for seed in 0..10 {
        let terms = Terms::of::<Zoo>(());
        let patience = terms.patience();
        let mut table = Table::<Zoo>::new(terms, seed, 8);
        let ids: Vec<_> = table.clients.iter().map(|(client, _)| *client).collect();
        let mut rng = Rng::new(seed);
        for tick in 0..400 {
            table.clients[rng.below(8) as usize].1.set_input(Want { steer: rng.below(16) as u8 });
            table.tick(
                |_| true,
                |client, room, replica| {
                    assert_true(room, ids[client], replica, &format!("seed {seed}, client {client}"));
                    told += 1;
                },
            );
            if tick < 20 {
                continue;
            }
            for (client, replica) in &table.clients {
                let since = table.room.tick_now().since(replica.tick());
                assert!(since < patience, "seed {seed}: nothing was said for {since} ticks");
                silent += u64::from(since > 0);
                let context = format!("seed {seed}, {client:?} at {}, {since} ticks after", table.room.tick_now());
                let Some(own) = replica.own().and_then(|own| replica.entity(own)) else { continue };
                let expected = table.room.expected_view(*client).expect("it plays");
                let now: BTreeMap<_, _> = expected.iter().map(|(id, kind, row, _)| (*id, (*kind, *row))).collect();
                let Some(centre) = Zoo::place(&Animal::read_row(own.kind, &now[&own.id].1)) else { continue };
                for (id, (kind, row)) in now.iter().filter(|(_, (kind, _))| *kind == RUNNER) {
                    let Some(place) = Zoo::place(&Animal::read_row(*kind, row)) else { continue };
                    if place.0.distance(centre.0) > AT_ONCE_SHARE * Zoo::INTEREST_RADIUS {
                        continue;
                    }
                    let held = replica.entity(*id).unwrap_or_else(|| panic!("{context}: {id} is not held"));
                    assert_eq!(foreseen(&table.room, *kind, held.row, since), *row, "{context}: {id}");
                    near += 1;
                }
            }
        }
        assert_eq!(table.differences(), Vec::<String>::new(), "seed {seed}");
    }
    println!("{told} ticks told, {silent} not, {near} rows near in those");
    assert!(silent > 3000 && near > 10_000, "{silent}, {near}");
}

/// The ticks at which news of the lamps is due, by the rule as it is said.
fn due_ticks(from: u32, until: u32, patience: u32) -> Vec<u32> {
    let (mut sent, mut due, mut ticks) = (from, u32::MAX, Vec::new());
    for tick in from + 1..until {
        for (lamp, (_, wait)) in LAMPS.iter().enumerate().filter(|(lamp, _)| switches(tick, *lamp)) {
            let _ = lamp;
            due = due.min(tick + wait);
        }
        if is_visited(tick) != is_visited(tick - 1) {
            // It comes and goes near, where nothing waits.
            due = tick;
        }
        if due <= tick || tick - sent >= patience {
            (sent, due) = (tick, u32::MAX);
            ticks.push(tick);
        }
    }
    ticks
}

#[test]
fn each_tick_is_told_that_is_due_and_no_other() {
    let mut table = Table::<Lamps>::new(Terms::of::<Lamps>(()), 1, 1);
    let mut told = Vec::new();
    for _ in 0..1500 {
        table.tick(|_| true, |_, room, _| told.push(room.tick_now().0));
    }
    // Whoever was let in with others is told first some ticks apart from them.
    let from = told.iter().position(|tick| *tick > 20).expect("it was told more");
    let due = due_ticks(told[from], 1500, 5);
    assert_eq!(told[from + 1..].iter().take_while(|tick| **tick < 1500).copied().collect::<Vec<_>>(), due);
    println!("{} of 1500 ticks", told.len());
    assert!(told.len() < 800);
}

#[test]
fn a_game_that_says_nothing_of_it_has_the_usual_patience_and_strict_terms_have_none() {
    let terms = Terms::of::<Lamps>(());
    assert_eq!((terms.patience_millis, terms.patience(), terms.longest_silence()), (PATIENCE_MILLIS, 5, 5));
    let strict = terms.strict();
    assert_eq!((strict.patience(), strict.longest_silence(), strict.input_silence()), (0, 1, 1));
}

#[test]
fn with_no_patience_every_tick_is_told() {
    for send_every in [1, 3] {
        let terms = Terms { send_every, ..Terms::of::<Lamps>(()).strict() };
        let mut table = Table::<Lamps>::new(terms, 1, 2);
        let mut told = 0;
        (0..600).for_each(|_| table.tick(|_| true, |_, _, _| told += 1));
        assert!((1190 / send_every..=1202 / send_every + 2).contains(&told), "{told}");
    }
}

#[test]
fn the_own_entity_obeys_at_once_and_its_news_is_told_in_the_tick() {
    let mut table = Table::<Lamps>::new(Terms::of::<Lamps>(()), 1, 1);
    (0..60).for_each(|_| table.tick(|_| true, |_, _, _| {}));
    for press in 0..40 {
        let on = press % 2 == 0;
        table.clients[0].1.set_input(Press { on });
        let mut ticks = 0;
        loop {
            let mut held = None;
            table.tick(
                |_| true,
                |_, _, replica| {
                    held = replica.own().and_then(|own| replica.entity(own)).map(|own| own.entity.is_lit);
                },
            );
            ticks += 1;
            if held == Some(on) {
                break;
            }
            assert!(ticks <= 3, "not within {ticks} ticks");
        }
        (0..press % 7).for_each(|_| table.tick(|_| true, |_, _, _| {}));
    }
}

#[test]
fn events_are_told_at_once_unless_the_game_says_that_they_can_wait() {
    for may_wait in [false, true] {
        let mut table = Table::<Lamps>::new(Terms::of::<Lamps>(()), 1, 1);
        (0..60).for_each(|_| table.tick(|_| true, |_, _, _| {}));
        let (mut late, mut count) = (0, 0);
        for _ in 0..200 {
            table.clients[0].1.command(&may_wait).expect("there is room");
            for _ in 0..7 {
                table.tick(|_| true, |_, _, _| {});
                let now = table.room.tick_now().0;
                while let Some(event) = table.clients[0].1.poll_event() {
                    if let ReplicaEvent::Event { tick, event } = event {
                        assert_eq!(tick.0, now);
                        late += now - event;
                        assert!(now - event < 5);
                        count += 1;
                    }
                }
            }
        }
        assert!(count > 190);
        assert_eq!(late > 0, may_wait, "{late} ticks");
    }
}

#[test]
fn an_overloaded_server_thins_out_what_is_due_at_once() {
    let mut table = Table::<Lamps>::new(Terms::of::<Lamps>(()), 1, 1);
    (0..60).for_each(|_| table.tick(|_| true, |_, _, _| {}));
    table.room.set_service_level(ServiceLevel { send_every_times: 2, ..ServiceLevel::default() });
    (0..10).for_each(|_| table.tick(|_| true, |_, _, _| {}));
    let mut last = 0;
    for _ in 0..400 {
        table.tick(
            |_| true,
            |_, room, _| {
                let since = room.tick_now().0 - std::mem::replace(&mut last, room.tick_now().0);
                assert!(last == since || (2..=5).contains(&since), "{since} ticks");
            },
        );
    }
}

/// A player on this path: seconds from the tick in which a near lamp switches until its state is held, sorted.
fn waits(terms: Terms<()>, link: Link, seed: u64) -> (Vec<f64>, f64) {
    let mut arena: Arena<Lamps> = arena_with(terms, seed);
    arena.has_exact_timers = true;
    for _ in 0..6 {
        arena.connect(link, link).expect("the name fits");
    }
    arena.steps(90);
    let mut waits = Vec::new();
    let mut made: BTreeMap<Tick, Micros> = BTreeMap::new();
    let mut next = vec![arena.room.tick_now().next(); arena.clients.len()];
    let before = arena.room.stats().updates;
    let seconds = 90;
    for _ in 0..seconds * arena.room.terms().tick_hz {
        arena.step_with(|index, client, now| {
            let held = client.replica().tick();
            for tick in next[index].0..=held.0 {
                if switches(tick, 0) {
                    waits.push(now.since(made[&Tick(tick)]).as_seconds());
                }
            }
            next[index] = next[index].max(held.next());
        });
        made.insert(arena.room.tick_now(), arena.now());
    }
    assert!(arena.faults.is_empty(), "{:#?}", arena.faults);
    waits.sort_by(f64::total_cmp);
    let updates = (arena.room.stats().updates - before) as f64;
    (waits, updates / 6.0 / f64::from(seconds))
}

#[test]
fn on_a_lossy_path_what_is_near_is_no_later_for_patience() {
    println!("ms from making to holding, of what is near; 80 ms there and back:");
    for losses_in_10_000 in [0, 100, 200, 500] {
        let link = Link { losses_in_10_000, ..delayed(40) };
        let quantile = |sorted: &[f64], share: f64| 1e3 * sorted[(sorted.len() as f64 * share) as usize];
        let [(strict, often), (patient, seldom)] =
            [Terms::of::<Lamps>(()).strict(), Terms::of::<Lamps>(())].map(|terms| waits(terms, link, 3));
        println!(
            "{} %: strict p50 {:.0} p99 {:.0} ({often:.1} updates a second), patient p50 {:.0} p99 {:.0} ({seldom:.1})",
            losses_in_10_000 / 100,
            quantile(&strict, 0.5),
            quantile(&strict, 0.99),
            quantile(&patient, 0.5),
            quantile(&patient, 0.99),
        );
        let worse = quantile(&patient, 0.99) / quantile(&strict, 0.99);
        assert!(worse <= 1.05, "{losses_in_10_000} in 10,000 lost: {worse} times as late");
        assert!(losses_in_10_000 > 0 || seldom < 0.6 * often, "{seldom} updates a second, of {often}");
    }
}

#[test]
fn a_client_that_hears_little_knows_that_nothing_is_wrong() {
    for (tick_hz, milliseconds) in [(10, 0), (20, 125), (30, 0), (30, 100), (30, 125), (60, 50), (240, 20)] {
        let mut arena: Arena<Lamps> = arena_with(Terms { tick_hz, ..Terms::of::<Lamps>(()) }, 5);
        let ann = connect(&mut arena, milliseconds);
        arena.steps(3 * tick_hz);
        let missing = |arena: &Arena<Lamps>| {
            let seat = arena.clients[ann].seat.expect("ann plays");
            arena.room.input_report(seat).expect("ann plays").missing
        };
        let (before, sent) = (missing(&arena), arena.clients[ann].messages_sent);
        for step in 0..20 * tick_hz {
            arena.clients[ann].replica_mut().set_input(Press { on: step / (2 * tick_hz) % 2 == 0 });
            arena.step();
            let (client, now) = (&arena.clients[ann], arena.now());
            assert!(matches!(client.session.connection(now), auspice::session::Connection::Playing));
            assert!(matches!(client.replica().condition(now), auspice::replica::Condition::Playing));
        }
        let case = format!("{tick_hz} Hz, {milliseconds} ms each way");
        assert_eq!(missing(&arena) - before, 0, "{case}");
        assert_eq!(arena.room.stats().held_back, 0, "{case}");
        let messages = arena.clients[ann].messages_sent - sent;
        // Of twelve updates a second none needs an answer; at 240 Hz a message brings 12 inputs at most.
        let each_second = if tick_hz < 240 { if tick_hz == 10 { 11 } else { 6 } } else { 21 };
        assert!(messages < 20 * each_second, "{case}: {messages} messages in 20 s");
        check_all(&mut arena, &case);
    }
}

/// Plays with a client that wants nothing: ticks sent to it that it had not said to hold at most, and messages that it
/// sent in a second.
fn unacked<G: Game<Rules = ()>>() -> (u32, u64) {
    let mut arena: Arena<G> = arena_with(Terms::of::<G>(()), 5);
    arena.has_exact_timers = true;
    let ann = connect(&mut arena, 0);
    arena.steps(90);
    let (sent, mut most) = (arena.clients[ann].messages_sent, 0);
    for _ in 0..600 {
        arena.step();
        let seat = arena.clients[ann].seat.expect("ann plays");
        most = most.max(arena.room.client(seat).expect("ann plays").unacked_ticks);
    }
    (most, (arena.clients[ann].messages_sent - sent) / 20)
}

#[test]
fn a_game_that_judges_by_what_a_shooter_saw_is_told_soon_what_is_held_and_another_seldom() {
    let [(soon, often), (late, seldom)] = [unacked::<Range<500>>(), unacked::<Lamps>()];
    println!("{soon} ticks and {often} messages a second, {late} and {seldom}");
    assert!(soon <= 7 && late <= 16 && seldom <= 3 && often > seldom, "{soon}, {often}, {late}, {seldom}");
}

#[test]
fn a_ping_is_not_longer_for_what_an_update_waited() {
    let ping = |terms: Terms<()>| {
        let mut arena: Arena<Lamps> = arena_with(terms, 5);
        arena.has_exact_timers = true;
        let ann = connect(&mut arena, 40);
        arena.steps(300);
        let now = arena.now();
        arena.clients[ann].replica().net_stats(now).ping.as_seconds() * 1e3
    };
    let (strict, patient) = (ping(Terms::of::<Lamps>(()).strict()), ping(Terms::of::<Lamps>(())));
    println!("{strict:.0} ms, and {patient:.0} with patience");
    assert!((patient - strict).abs() < 34.0, "{strict}, {patient}");
}

#[test]
fn a_swarm_with_patience_holds_what_is_published() {
    let mut arena: Arena<Zoo> = arena_with(Terms::of::<Zoo>(()), 4);
    for index in 0..12 {
        connect(&mut arena, 10 * index);
    }
    arena.steps(300);
    check_all(&mut arena, "at the end");
}
