//! Options of a TCP socket that carries a game, for both ends, and what the kernel counts of it.
//!
//! They matter where segments are lost. After an outage Linux tries again at intervals that double up to two
//! minutes, so that an outage of five seconds lasts eight; and a congestion control that takes each loss for a
//! crowded line lets a player of a lossy one wait for nearly every second of them. `server/DEPLOY.md` has the
//! figures.

mod counted;

use std::io;
use std::time::Duration;

pub use counted::{SEGMENT_HEADERS, TcpCount};
use socket2::Socket;

/// Greatest time from one try to send what was lost to the next, unless a caller knows better: a second is
/// what a player waits for at the very most once the network is back, and a try is one small segment.
pub const RETRANSMISSION_MAX: Duration = Duration::from_secs(1);

/// Time for which the kernel goes on trying where [`set_retransmission_max`] was called: what it does for a
/// socket that it was not called for. Its own count of tries would end after 14 seconds.
pub const PATIENCE: Duration = Duration::from_secs(900);

/// Has the kernel try again at least each `most`, from a second to two minutes, for as long as something sent
/// was not taken; and go on for [`PATIENCE`], which is set for the tries alone and not to find out who is
/// gone.
///
/// # Errors
///
/// [`io::ErrorKind::Unsupported`] or an error of the kernel where there is no such option: it needs Linux 6.15.
/// The socket is as good as it was.
pub fn set_retransmission_max(socket: &Socket, most: Duration) -> io::Result<()> {
    retransmission::set(socket, most)
}

/// Greatest time from one try to send what was lost to the next.
///
/// # Errors
///
/// As for [`set_retransmission_max`].
pub fn retransmission_max(socket: &Socket) -> io::Result<Duration> {
    retransmission::get(socket)
}

/// Has the kernel decide by this congestion control how much may be on the way: `bbr`, `cubic` and so on.
///
/// # Errors
///
/// [`io::ErrorKind::NotFound`] where the kernel has none of that name, [`io::ErrorKind::PermissionDenied`]
/// where it is not for everybody (`net.ipv4.tcp_allowed_congestion_control`), and
/// [`io::ErrorKind::Unsupported`] on systems on which a socket has no choice. The socket is as good as it was.
pub fn set_congestion_control(socket: &Socket, name: &str) -> io::Result<()> {
    #[cfg(any(target_os = "freebsd", target_os = "linux"))]
    return socket.set_tcp_congestion(name.as_bytes());
    #[cfg(not(any(target_os = "freebsd", target_os = "linux")))]
    return Err(io::Error::new(io::ErrorKind::Unsupported, format!("{name} cannot be chosen here: {socket:?}")));
}

/// The name of the socket's congestion control.
///
/// # Errors
///
/// [`io::ErrorKind::Unsupported`] on systems on which a socket has no choice.
pub fn congestion_control(socket: &Socket) -> io::Result<String> {
    #[cfg(any(target_os = "freebsd", target_os = "linux"))]
    {
        let name = socket.tcp_congestion()?;
        let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
        Ok(String::from_utf8_lossy(name).into_owned())
    }
    #[cfg(not(any(target_os = "freebsd", target_os = "linux")))]
    return Err(io::Error::new(io::ErrorKind::Unsupported, format!("nothing can be chosen here: {socket:?}")));
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod retransmission {
    use std::ffi::c_int;
    use std::io;
    use std::os::fd::AsRawFd as _;
    use std::time::Duration;

    use libc::socklen_t;
    use socket2::Socket;

    use super::PATIENCE;

    /// `TCP_RTO_MAX_MS` of Linux 6.15, which `libc` does not name yet.
    const TCP_RTO_MAX_MS: c_int = 44;

    /// Bytes of an option that is a number.
    const NUMBER_BYTES: socklen_t = size_of::<c_int>() as socklen_t;

    pub(super) fn set(socket: &Socket, most: Duration) -> io::Result<()> {
        let most = c_int::try_from(most.as_millis()).unwrap_or(c_int::MAX);
        let value = &raw const most;
        // SAFETY: the descriptor is open for as long as `socket` is borrowed, and the kernel reads the bytes of
        // one `c_int`, which `most` has.
        #[expect(unsafe_code, reason = "no library sets this option")]
        let result = unsafe {
            libc::setsockopt(socket.as_raw_fd(), libc::IPPROTO_TCP, TCP_RTO_MAX_MS, value.cast(), NUMBER_BYTES)
        };
        told(result)?;
        socket.set_tcp_user_timeout(Some(PATIENCE))
    }

    pub(super) fn get(socket: &Socket) -> io::Result<Duration> {
        let (mut most, mut bytes): (c_int, _) = (0, NUMBER_BYTES);
        let value = &raw mut most;
        // SAFETY: the descriptor is open for as long as `socket` is borrowed, and the kernel writes no more than
        // `bytes` bytes, which `most` has.
        #[expect(unsafe_code, reason = "no library reads this option")]
        let result = unsafe {
            libc::getsockopt(socket.as_raw_fd(), libc::IPPROTO_TCP, TCP_RTO_MAX_MS, value.cast(), &raw mut bytes)
        };
        told(result)?;
        Ok(Duration::from_millis(u64::try_from(most).unwrap_or_default()))
    }

    fn told(result: c_int) -> io::Result<()> {
        if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod retransmission {
    use std::io;
    use std::time::Duration;

    use socket2::Socket;

    pub(super) fn set(_: &Socket, _: Duration) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn get(_: &Socket) -> io::Result<Duration> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use socket2::SockRef;

    use super::*;

    /// The two ends of a connection.
    fn pair() -> [TcpStream; 2] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let there = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        [listener.accept().unwrap().0, there]
    }

    #[test]
    fn the_time_between_two_tries_is_what_was_set_where_the_kernel_knows_it() {
        for end in &pair() {
            let socket = SockRef::from(end);
            match set_retransmission_max(&socket, RETRANSMISSION_MAX) {
                Ok(()) => {
                    assert_eq!(retransmission_max(&socket).unwrap(), RETRANSMISSION_MAX);
                    #[cfg(any(target_os = "linux", target_os = "android"))]
                    assert_eq!(socket.tcp_user_timeout().unwrap(), Some(PATIENCE));
                }
                Err(_) => assert!(retransmission_max(&socket).is_err(), "then there is none to be read either"),
            }
        }
    }

    #[test]
    fn what_is_out_of_range_is_an_error_and_changes_nothing() {
        let [end, _peer] = pair();
        let socket = SockRef::from(&end);
        let before = retransmission_max(&socket).ok();
        assert!(set_retransmission_max(&socket, Duration::ZERO).is_err());
        assert!(set_retransmission_max(&socket, Duration::MAX).is_err());
        assert_eq!(retransmission_max(&socket).ok(), before);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_congestion_control_is_the_one_that_was_named_or_as_it_was() {
        for end in &pair() {
            let socket = SockRef::from(end);
            // There is always this one, for everybody.
            set_congestion_control(&socket, "reno").unwrap();
            assert_eq!(congestion_control(&socket).unwrap(), "reno");
            let error = set_congestion_control(&socket, "none-such").unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::NotFound);
            assert_eq!(congestion_control(&socket).unwrap(), "reno");
        }
    }
}
