//! The dials at work: a stream whose bytes pass through a [`Line`] each way before they reach the network, or
//! come from it.

use std::io;
use std::time::Duration;

use auspice::sim::{Dials, Line, Link};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex, split};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use super::socket::LINE_BYTES_MAX;

/// Between the socket and the lines; larger than any message that a client sends.
const BUFFER_BYTES: usize = 16 * 1024;

/// Bytes of one read: about a packet or two, so that delays are of pieces as small as a network's.
const PIECE_BYTES: usize = 4 * 1024;

/// The near end of a tunnel to `tcp`, and what carries it: done once both ways are.
pub(super) fn dig(tcp: TcpStream, dials: &watch::Receiver<Dials>) -> (DuplexStream, JoinHandle<()>) {
    let (near, far) = duplex(BUFFER_BYTES);
    let (from_tcp, to_tcp) = tcp.into_split();
    let (from_near, to_near) = split(far);
    let (up, down) = (dials.clone(), dials.clone());
    let carrier = tokio::spawn(async move {
        // A way that fails ends; the other has still to deliver what is in it, such as the server's last word.
        let _ = tokio::join!(carry(from_near, to_tcp, up, 1), carry(from_tcp, to_near, down, 2));
    });
    (near, carrier)
}

/// Waits until the cable is in.
pub(super) async fn until_mended(dials: &mut watch::Receiver<Dials>) {
    // An error is a session that is gone, which nobody waits for.
    let _ = dials.wait_for(|dials| !dials.is_cut).await;
}

async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut dials: watch::Receiver<Dials>,
    seed: u64,
) -> io::Result<()> {
    let start = Instant::now();
    let (mut line, mut buffer) = (Line::new(Link::default(), seed), [0; PIECE_BYTES]);
    let (mut is_ended, mut is_dialled) = (false, true);
    loop {
        line.turn(dials.borrow_and_update().one_way());
        while let Some(piece) = line.pop(start.elapsed().into()) {
            to.write_all(&piece).await?;
        }
        if is_ended && line.is_empty() {
            return to.shutdown().await;
        }
        let due = line.next_due(start.elapsed().into()).map(|due| Duration::from_micros(due.0));
        tokio::select! {
            read = from.read(&mut buffer), if !is_ended && line.bytes() < LINE_BYTES_MAX => match read? {
                0 => is_ended = true,
                count => line.push(start.elapsed().into(), &buffer[..count]),
            },
            () = sleep_until(start + due.unwrap_or(Duration::ZERO)), if due.is_some() => {}
            changed = dials.changed(), if is_dialled => is_dialled = changed.is_ok(),
        }
    }
}
