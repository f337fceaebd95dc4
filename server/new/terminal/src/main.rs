//! newgame in a terminal: `cargo play [NAME] [ADDRESS]`, while the server runs.
//!
//! W, A, S and D fly, space stands, Q leaves.

mod keys;
mod map;

use std::io::Write;
use std::thread::sleep;
use std::time::{Duration, Instant};

use auspice::Micros;
use auspice::message::Credential;
use auspice::replica::{Replica, ReplicaEvent};
use auspice::session::Session;
use auspice_socket::{Socket, Sockets, chance};
use newgame_rules::World;

use keys::{Key, Keys};
use map::Map;

/// Time from one picture to the next.
const PERIOD: Duration = Duration::from_millis(50);

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "somebody".into());
    let address = arguments.next().unwrap_or_else(|| "ws://127.0.0.1:7700".into());
    let mut session = Session::<Replica<World>>::new(&name, "newgame-terminal 0.1", chance(), || Credential::Open);
    let (mut sockets, mut keys, start) = (Sockets::new(), Keys::listen(), Instant::now());
    let mut said = String::new();
    loop {
        let now = Micros::from(start.elapsed());
        sockets.tend(&mut session, now, &address, Socket::open);
        sockets.receive(&mut session, now);
        match keys.pressed() {
            Some(Key::Leave) => break,
            Some(Key::Wish(change)) => change(&mut keys.wish),
            None => {}
        }
        if let Some(replica) = session.follower_mut().filter(|replica| replica.is_playing()) {
            replica.set_input(keys.wish);
            while let Some(event) = replica.poll_event() {
                if let ReplicaEvent::Event { event, .. } = event {
                    said = format!("{event:?}");
                }
            }
        }
        if let Some(back) = session.poll_return() {
            said = back.to_string();
        }
        sockets.transmit(&mut session, now);
        // The picture comes last: the input that it shows must be the one that was sent.
        let mut map = Map::default();
        if let Some(replica) = session.follower_mut() {
            let own = replica.own();
            map.draw(&replica.frame(now), own);
        }
        let state = session.connection(now).to_string();
        // Whoever reads this may have gone; then the game is over as well.
        if map.print(&format!("{state}. {said}")).and_then(|()| std::io::stdout().flush()).is_err() {
            break;
        }
        sleep(PERIOD);
    }
    // Says goodbye, so that nobody waits for this player to come back.
    sockets.clear();
    sleep(Duration::from_millis(200));
}
