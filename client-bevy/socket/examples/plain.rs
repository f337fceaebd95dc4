//! A client of the demo without an engine: joins, flies, and says each second what it sees.
//!
//! `cargo run -p auspice-socket --example plain -- ws://127.0.0.1:7700 10`

use std::thread::sleep;
use std::time::{Duration, Instant};

use auspice::Micros;
use auspice::message::Credential;
use auspice::replica::Replica;
use auspice::session::Session;
use auspice_demo::{Demo, Input};
use auspice_socket::{Socket, Sockets, chance};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "ws://127.0.0.1:7700".into());
    let seconds: u64 = arguments.next().and_then(|seconds| seconds.parse().ok()).unwrap_or(u64::MAX);
    let mut session = Session::<Replica<Demo>>::new("plain", "plain 1", chance(), || Credential::Open);
    let (mut sockets, start, mut told) = (Sockets::new(), Instant::now(), 0);
    while start.elapsed().as_secs() < seconds {
        let now = Micros::from(start.elapsed());
        sockets.tend(&mut session, now, &address, Socket::open);
        sockets.receive(&mut session, now);
        if let Some(replica) = session.follower_mut().filter(|replica| replica.is_playing()) {
            replica.set_input(Input { thrust: true, turn: 1, ..Input::default() });
            while replica.poll_event().is_some() {}
        }
        sockets.transmit(&mut session, now);
        // A picture comes last in each pass: the input that it shows must be the one that was sent.
        let shown = session.follower_mut().map_or(0, |replica| replica.frame(now).shown.len());
        if told < start.elapsed().as_secs() {
            told += 1;
            println!("{}: {shown} in the picture", session.connection(now));
        }
        sleep(Duration::from_millis(10));
    }
    // Says goodbye, so that nobody waits for this player to come back. A socket needs a moment for that.
    sockets.clear();
    sleep(Duration::from_millis(200));
}
