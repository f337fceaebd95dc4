//! What a board costs: `cargo test -p auspice-board --test main figures -- --nocapture` prints it.

use auspice::authority::{Outgoing, Room};
use auspice::replica::Replica;
use auspice::{ClientId, Micros, Rng, Terms};
use auspice_board::{Board, Command, Hand};
use glam::Vec2;

/// Strokes on the board, cursors over it, and how many of them draw.
const STROKES: usize = 5000;
const CURSORS: usize = 20;
const DRAWING: usize = 5;

const TICK_HZ: u32 = 25;

/// Bytes of a message's headers: WebSocket, TCP with its times, and IP; upwards the mask as well.
const DOWN_HEADERS: u64 = 54;
const UP_HEADERS: u64 = 58;

/// Messages and bytes of a player, each way.
#[derive(Clone, Copy, Default)]
struct Traffic {
    down: [u64; 2],
    up: [u64; 2],
}

struct Player {
    client: ClientId,
    replica: Replica<Board>,
    traffic: Traffic,
}

/// A room with players who hold everything in each tick.
struct Table {
    room: Room<Board>,
    players: Vec<Player>,
    ticks: u64,
    dice: Rng,
}

impl Table {
    fn new() -> Self {
        let board = |_: &_, _| Board::scribbled(STROKES, 1);
        let mut room = Room::with_world(Terms::of::<Board>(()), 1, CURSORS, board).expect("the terms are right");
        let players = (0..CURSORS).map(|index| Player {
            client: room.connect().expect("there is room"),
            replica: Replica::new(&format!("player {index}"), "test").expect("the name fits"),
            traffic: Traffic::default(),
        });
        Self { players: players.collect(), room, ticks: 0, dice: Rng::new(3) }
    }

    fn now(&self) -> Micros {
        Micros::from_millis(self.ticks * 1000 / u64::from(TICK_HZ))
    }

    fn tick(&mut self) {
        self.ticks += 1;
        let now = self.now();
        for Player { client, replica, traffic } in &mut self.players {
            while let Some(message) = replica.poll_transmit(now) {
                traffic.up = [traffic.up[0] + 1, traffic.up[1] + message.len() as u64];
                self.room.handle_message(*client, message).expect("the replica is honest");
            }
        }
        self.room.admit_all();
        self.room.tick().expect("nothing is misused");
        for Player { client, replica, traffic } in &mut self.players {
            while let Outgoing::Message(message) = self.room.poll_update(*client) {
                traffic.down = [traffic.down[0] + 1, traffic.down[1] + message.len() as u64];
                replica.handle_message(message, now).expect("the room is honest");
            }
            while replica.poll_event().is_some() {}
        }
    }

    /// Some draw: a stroke of a second and a pause, some forty points of which three are sent together, and the
    /// cursor goes with the pen.
    fn draw(&mut self) {
        for index in 0..DRAWING {
            let moment = (self.ticks + 7 * index as u64) % 35;
            let mut any = |most: i32| self.dice.between(-most, most);
            let hand = if moment < 25 { Vec2::new(any(400) as f32, any(400) as f32) } else { Vec2::ZERO };
            let command = match moment {
                0 => Some(Command::Begin(any(2000) as i16, any(1500) as i16)),
                1..=25 if moment.is_multiple_of(2) => {
                    Some(Command::Go((0..3).map(|_| (any(20) as i8, any(20) as i8)).collect()))
                }
                _ => None,
            };
            let replica = &mut self.players[index].replica;
            replica.set_input(Hand { velocity: hand });
            command.iter().for_each(|command| replica.command(command).expect("it plays"));
        }
    }

    /// Bytes a second of those players, each way: payload, and with headers.
    fn rates(&mut self, seconds: u64, players: std::ops::Range<usize>, mut each: impl FnMut(&mut Self)) -> [u64; 4] {
        let before: Vec<_> = self.players.iter().map(|player| player.traffic).collect();
        for _ in 0..seconds * u64::from(TICK_HZ) {
            each(self);
            self.tick();
        }
        let mut sums = [0; 4];
        let count = players.len() as u64;
        for index in players {
            let (old, new) = (before[index], self.players[index].traffic);
            for (way, headers) in [(0, DOWN_HEADERS), (1, UP_HEADERS)] {
                let of = |traffic: Traffic| if way == 0 { traffic.down } else { traffic.up };
                let [messages, bytes] = [0, 1].map(|part| of(new)[part] - of(old)[part]);
                sums[2 * way] += bytes;
                sums[2 * way + 1] += bytes + messages * headers;
            }
        }
        sums.map(|sum| sum.div_ceil(count * seconds))
    }
}

fn tell(what: &str, [down, down_wire, up, up_wire]: [u64; 4]) {
    println!("{what}: {down} B/s of payload down and {up} up, {down_wire} and {up_wire} with headers");
}

#[test]
fn figures_of_twenty_cursors_over_five_thousand_strokes() {
    let mut table = Table::new();
    let mut ticks = 0;
    while table.players.iter().any(|player| player.replica.visible() < STROKES + CURSORS) {
        table.tick();
        ticks += 1;
        assert!(ticks < 100, "a join is complete in time");
    }
    println!("{CURSORS} joins at once are complete after {} ms", ticks * 1000 / TICK_HZ);
    assert!(ticks <= TICK_HZ, "{ticks} ticks");
    (0..200).for_each(|_| table.tick());
    let quiet = table.rates(60, 0..CURSORS, |_| {});
    tell("nobody draws", quiet);
    // An update in the longest silence, of two bytes since none of its six ticks has news, and only in every other an
    // input came; and hashes.
    assert!(quiet[0] <= 14 && quiet[1] <= 245 && quiet[3] <= 180, "{quiet:?} B/s");
    let drawing = table.rates(60, 0..DRAWING, Table::draw);
    tell(&format!("{DRAWING} draw, to one of them"), drawing);
    let looking = table.rates(60, DRAWING..CURSORS, Table::draw);
    tell(&format!("{DRAWING} draw, to one who looks on"), looking);
    let hashes: Vec<_> = table.players.iter().map(|player| player.replica.hash()).collect();
    assert!(hashes.iter().all(|hash| *hash == hashes[0]), "all hold the same");
}
