//! The lab's link between two real namespaces. Where there are none to be had, nothing is tested, and that is
//! told.

#![cfg(target_os = "linux")]

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use auspice_trials::lab::link::LabLink;
use auspice_trials::lab::namespace::Namespace;
use auspice_trials::lab::stage::try_out;
use auspice_trials::lab::way::WayShape;

const MS: Duration = Duration::from_millis(1);
const NETWORK: &str = "10.77.0.0/24";

/// A link of 30 ms each way, and a connection over it: the client's end, the server's.
fn connection() -> Option<(LabLink, [Namespace; 2], [TcpStream; 2])> {
    if let Err(error) = try_out() {
        println!("not tested: {error}");
        return None;
    }
    let sides = [Namespace::new().unwrap(), Namespace::new().unwrap()];
    let [client, server] = [(0, "10.77.0.1"), (1, "10.77.0.2")]
        .map(|(side, address)| sides[side].open_device(address, NETWORK, "cubic").unwrap());
    let link = LabLink::start(client, server, WayShape::clean(MS * 30), 1).unwrap();
    let listener = sides[1].run(|| TcpListener::bind("10.77.0.2:7700").unwrap()).unwrap();
    let here = sides[0].run(|| TcpStream::connect("10.77.0.2:7700").unwrap()).unwrap();
    let there = listener.accept().unwrap().0;
    here.set_nodelay(true).unwrap();
    there.set_nodelay(true).unwrap();
    Some((link, sides, [here, there]))
}

/// The time that a byte takes to the server and back.
fn round_trip([here, there]: &mut [TcpStream; 2]) -> Duration {
    let (began, mut byte) = (Instant::now(), [7]);
    here.write_all(&byte).unwrap();
    there.read_exact(&mut byte).unwrap();
    there.write_all(&byte).unwrap();
    here.read_exact(&mut byte).unwrap();
    began.elapsed()
}

#[test]
fn a_link_takes_the_time_that_it_is_told_counts_what_passes_and_lets_nothing_through_a_cut() {
    let Some((link, _sides, mut ends)) = connection() else { return };
    let quickest = (0..10).map(|_| round_trip(&mut ends)).min().unwrap();
    // Never less; more only by what a busy machine adds to the best of ten.
    assert!(quickest >= MS * 60 && quickest < MS * 90, "{quickest:?}");
    let [up, down] = link.counts(7700);
    assert!(up.data == 10 && down.data == 10 && up.others >= 1, "{up:?}, {down:?}");
    link.reshape(|shape| shape.is_cut = true);
    ends[0].write_all(&[7]).unwrap();
    ends[1].set_read_timeout(Some(MS * 200)).unwrap();
    let read = ends[1].read(&mut [0]).map_err(|error| error.kind());
    assert!(matches!(read, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "{read:?}");
    assert!(link.counts(7700)[0].cut > 0);
    link.reshape(|shape| shape.is_cut = false);
    ends[1].set_read_timeout(Some(MS * 10_000)).unwrap();
    assert_eq!(ends[1].read(&mut [0]).unwrap(), 1, "TCP sends again what was cut");
}

#[test]
fn a_server_answers_a_connection_that_goes_on_from_another_port_by_breaking_it() {
    let Some((link, _sides, mut ends)) = connection() else { return };
    round_trip(&mut ends);
    link.rebind();
    ends[0].write_all(&[7]).unwrap();
    ends[0].set_read_timeout(Some(MS * 10_000)).unwrap();
    let read = ends[0].read(&mut [0]).map_err(|error| error.kind());
    assert_eq!(read, Err(ErrorKind::ConnectionReset));
}
