//! Options of connections, by what they carry: a handshake, files, or a game.

use std::io;
use std::time::Duration;

use auspice_tcp::{RETRANSMISSION_MAX, set_congestion_control, set_retransmission_max};
use socket2::{SockRef, Socket};

use crate::limits::{SEND_BUFFER_BYTES, VISITOR_SEND_BUFFER_BYTES};
#[cfg(any(target_os = "linux", target_os = "android"))]
use crate::limits::{UNACKNOWLEDGED_MAX, UNSENT_LOW_WATER_BYTES};

/// A congestion control that players' connections are to have. None for the kernel's own.
#[derive(Clone, Debug, Default)]
pub(crate) struct CongestionControl(Option<String>);

impl CongestionControl {
    /// The one of this `name`, for connections that are taken from `listener`. Where that cannot be, they have the
    /// kernel's, and the log says so once.
    pub(crate) fn choose(listener: &std::net::TcpListener, name: &str) -> Self {
        match set_congestion_control(&SockRef::from(listener), name) {
            Ok(()) => {
                tracing::info!(congestion = name, "players' connections have this congestion control");
                Self(Some(name.to_owned()))
            }
            Err(error) => {
                let reason = match error.kind() {
                    io::ErrorKind::NotFound => "the kernel has none of that name: perhaps its module is not loaded",
                    io::ErrorKind::PermissionDenied => {
                        "not everybody may choose it: see net.ipv4.tcp_allowed_congestion_control"
                    }
                    _ => "this system lets nobody choose",
                };
                tracing::warn!(congestion = name, %error, "congestion control stays the kernel's own: {reason}");
                Self(None)
            }
        }
    }

    /// Chosen once more for a connection: one whose route names a congestion control (`congctl` of `ip route`) has
    /// that, whatever the listener has. A route that locks it stays in the right.
    fn insist(&self, socket: &Socket) {
        if let Some(name) = &self.0 {
            let _ = set_congestion_control(socket, name);
        }
    }
}

/// Sets what suits a handshake, and the player that may come of it.
pub(super) fn tune_handshake(connection: &tokio::net::TcpStream) -> io::Result<()> {
    let socket = SockRef::from(connection);
    socket.set_tcp_nodelay(true)?;
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_notsent_lowat(UNSENT_LOW_WATER_BYTES)?;
    // It may be let go of at any moment, without a word.
    forsake(&socket);
    Ok(())
}

/// A hold on a connection that is shown files, which lasts for as long as they are shown. The kernel is let go on
/// trying meanwhile: a browser does not ask anew for half a file, so that an outage, or a reader that stops for a
/// while, must not be the end of one. With the hold that patience ends, for what is unsent then.
#[derive(Debug)]
pub(super) struct Download(Socket);

impl Drop for Download {
    fn drop(&mut self) {
        forsake(&self.0);
    }
}

/// Sets what suits a download, in its place.
pub(super) fn tune_visitor(connection: &tokio::net::TcpStream) -> io::Result<Download> {
    let socket = SockRef::from(connection);
    socket.set_send_buffer_size(VISITOR_SEND_BUFFER_BYTES)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_notsent_lowat(VISITOR_SEND_BUFFER_BYTES as u32)?;
    let download = Download(socket.try_clone()?);
    outlast(&socket);
    Ok(download)
}

/// Sets, after [`tune_handshake`], what suits a game: after an outage it goes on within a second, and however
/// long that was it is the room that loses patience and not the kernel. Linux counts the time of
/// [`UNACKNOWLEDGED_MAX`] from an outage that is over, and would end the connection with the next.
pub(super) fn tune_player(connection: &tokio::net::TcpStream, congestion: &CongestionControl) {
    let socket = SockRef::from(connection);
    congestion.insist(&socket);
    outlast(&socket);
}

fn outlast(socket: &Socket) {
    if set_retransmission_max(socket, RETRANSMISSION_MAX).is_err() {
        set_patience(socket, None);
    }
}

/// Has the kernel give up within [`UNACKNOWLEDGED_MAX`], for a connection that nobody will ask for any more.
pub(super) fn let_go(connection: &std::net::TcpStream) {
    forsake(&SockRef::from(connection));
}

fn forsake(socket: &Socket) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    set_patience(socket, Some(UNACKNOWLEDGED_MAX));
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    set_patience(socket, None);
}

/// A connection on which nothing can be set is gone, and that is seen when it is read.
fn set_patience(socket: &Socket, most: Option<Duration>) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = socket.set_tcp_user_timeout(most);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = (socket, most);
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::TcpListener;

    use auspice_tcp::{PATIENCE, congestion_control, retransmission_max};

    use super::*;

    /// The server's end of a connection and its peer's, and what was chosen for it.
    fn pair(congestion: &str) -> (tokio::net::TcpStream, std::net::TcpStream, CongestionControl) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let chosen = CongestionControl::choose(&listener, congestion);
        let peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (taken, _) = listener.accept().unwrap();
        taken.set_nonblocking(true).unwrap();
        (tokio::net::TcpStream::from_std(taken).unwrap(), peer, chosen)
    }

    fn run(test: impl FnOnce()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        runtime.block_on(async { test() });
    }

    #[test]
    fn a_connection_that_plays_is_tried_each_second_for_long_and_one_that_was_let_go_of_not() {
        run(|| {
            let (connection, _peer, chosen) = pair("reno");
            let patience = |connection: &tokio::net::TcpStream| SockRef::from(connection).tcp_user_timeout().unwrap();
            tune_handshake(&connection).unwrap();
            assert_eq!(patience(&connection), Some(UNACKNOWLEDGED_MAX));
            tune_player(&connection, &chosen);
            match retransmission_max(&SockRef::from(&connection)) {
                Ok(most) => assert_eq!((most, patience(&connection)), (RETRANSMISSION_MAX, Some(PATIENCE))),
                // A kernel before 6.15.
                Err(_) => assert_eq!(patience(&connection).unwrap_or_default(), Duration::ZERO),
            }
            let connection = connection.into_std().unwrap();
            let_go(&connection);
            assert_eq!(SockRef::from(&connection).tcp_user_timeout().unwrap(), Some(UNACKNOWLEDGED_MAX));
        });
    }

    #[test]
    fn an_outage_is_not_the_end_of_a_download_for_as_long_as_it_lasts() {
        run(|| {
            let (connection, _peer, _) = pair("reno");
            tune_handshake(&connection).unwrap();
            let download = tune_visitor(&connection).unwrap();
            let patience = || SockRef::from(&connection).tcp_user_timeout().unwrap().filter(|most| !most.is_zero());
            assert!(patience().is_none_or(|most| most == PATIENCE));
            drop(download);
            assert_eq!(patience(), Some(UNACKNOWLEDGED_MAX));
        });
    }

    #[test]
    fn the_congestion_control_of_the_listener_is_that_of_its_connections() {
        run(|| {
            let (connection, _peer, _) = pair("reno");
            assert_eq!(congestion_control(&SockRef::from(&connection)).unwrap(), "reno");
        });
    }

    #[test]
    fn a_route_that_names_another_congestion_control_has_no_say() {
        run(|| {
            let (connection, peer, chosen) = pair("reno");
            // What the kernel does to a connection that it takes by such a route.
            let by_route = congestion_control(&SockRef::from(&peer)).unwrap();
            set_congestion_control(&SockRef::from(&connection), &by_route).unwrap();
            tune_player(&connection, &chosen);
            assert_eq!(congestion_control(&SockRef::from(&connection)).unwrap(), "reno");
        });
    }

    #[test]
    fn one_that_there_is_not_is_the_kernels_own() {
        run(|| {
            let (connection, peer, chosen) = pair("none-such");
            let by_default = congestion_control(&SockRef::from(&peer)).unwrap();
            tune_player(&connection, &chosen);
            assert_eq!(congestion_control(&SockRef::from(&connection)).unwrap(), by_default);
        });
    }
}
