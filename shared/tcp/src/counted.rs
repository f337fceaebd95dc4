//! [`TcpCount`]: bytes and segments of a connection, as the kernel counted them.

use std::io;
use std::ops::{Add, Sub};

use socket2::Socket;

/// Headers of a segment, by TCP with its timestamps and by IPv4 without options: bytes.
pub const SEGMENT_HEADERS: u64 = 20 + 32;

/// Bytes and segments of a connection since it was made, acknowledgements and what was sent again among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpCount {
    /// Bytes that came, each once.
    pub bytes_in: u64,
    /// Bytes that were sent, each as often as it was.
    pub bytes_out: u64,
    /// Segments that came.
    pub segments_in: u64,
    /// Segments that were sent.
    pub segments_out: u64,
}

impl TcpCount {
    /// The count of `socket` so far.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::Unsupported`] on systems other than Linux, and where the kernel is older than 4.19; else an
    /// error of the kernel.
    pub fn of(socket: &Socket) -> io::Result<Self> {
        kernel::count(socket)
    }

    /// Bytes of what came, with [`SEGMENT_HEADERS`].
    #[must_use]
    pub const fn wire_in(&self) -> u64 {
        self.bytes_in + self.segments_in * SEGMENT_HEADERS
    }

    /// Bytes of what was sent, with [`SEGMENT_HEADERS`].
    #[must_use]
    pub const fn wire_out(&self) -> u64 {
        self.bytes_out + self.segments_out * SEGMENT_HEADERS
    }
}

impl Add for TcpCount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            bytes_in: self.bytes_in + other.bytes_in,
            bytes_out: self.bytes_out + other.bytes_out,
            segments_in: self.segments_in + other.segments_in,
            segments_out: self.segments_out + other.segments_out,
        }
    }
}

/// The count since an earlier one.
impl Sub for TcpCount {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            bytes_in: self.bytes_in.saturating_sub(before.bytes_in),
            bytes_out: self.bytes_out.saturating_sub(before.bytes_out),
            segments_in: self.segments_in.saturating_sub(before.segments_in),
            segments_out: self.segments_out.saturating_sub(before.segments_out),
        }
    }
}

#[cfg(target_os = "linux")]
mod kernel {
    use std::io;
    use std::os::fd::AsRawFd as _;

    use libc::socklen_t;
    use socket2::Socket;

    use super::TcpCount;

    /// Bytes of the kernel's `struct tcp_info` (`linux/tcp.h`) as far as `tcpi_bytes_sent`, which came last, with 4.19.
    const INFO_BYTES: usize = 208;

    /// Offset of its `tcpi_bytes_received`, in bytes.
    const BYTES_RECEIVED: usize = 128;

    /// Offset of its `tcpi_segs_out`, in bytes.
    const SEGS_OUT: usize = 136;

    /// Offset of its `tcpi_segs_in`, in bytes.
    const SEGS_IN: usize = 140;

    /// Offset of its `tcpi_bytes_sent`, in bytes.
    const BYTES_SENT: usize = 200;

    pub(super) fn count(socket: &Socket) -> io::Result<TcpCount> {
        let (mut info, mut bytes) = ([0_u8; INFO_BYTES], INFO_BYTES as socklen_t);
        let value = info.as_mut_ptr();
        // SAFETY: the descriptor is open for as long as `socket` is borrowed, and the kernel writes no more than
        // `bytes` bytes, which `info` has.
        #[expect(unsafe_code, reason = "no library reads these fields")]
        let result = unsafe {
            libc::getsockopt(socket.as_raw_fd(), libc::IPPROTO_TCP, libc::TCP_INFO, value.cast(), &raw mut bytes)
        };
        if result != 0 {
            return Err(io::Error::last_os_error());
        }
        if (bytes as usize) < INFO_BYTES {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let short = |at: usize| info[at..].first_chunk().map_or(0, |bytes| u64::from(u32::from_ne_bytes(*bytes)));
        let long = |at: usize| info[at..].first_chunk().map_or(0, |bytes| u64::from_ne_bytes(*bytes));
        Ok(TcpCount {
            bytes_in: long(BYTES_RECEIVED),
            bytes_out: long(BYTES_SENT),
            segments_in: short(SEGS_IN),
            segments_out: short(SEGS_OUT),
        })
    }
}

#[cfg(not(target_os = "linux"))]
mod kernel {
    use std::io;

    use socket2::Socket;

    use super::TcpCount;

    pub(super) fn count(_: &Socket) -> io::Result<TcpCount> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};

    use socket2::SockRef;

    use super::*;

    #[test]
    fn the_kernel_counts_bytes_and_segments_both_ways() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut there = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut here, _) = listener.accept().unwrap();
        let count = |stream: &TcpStream| TcpCount::of(&SockRef::from(stream)).unwrap();
        let before = count(&here);
        let mut buffer = [0; 1000];
        for _ in 0..5 {
            there.write_all(&[1; 1000]).unwrap();
            here.read_exact(&mut buffer).unwrap();
        }
        here.write_all(&[2; 300]).unwrap();
        there.read_exact(&mut buffer[..300]).unwrap();
        let counted = count(&here) - before;
        assert_eq!((counted.bytes_in, counted.bytes_out), (5000, 300));
        // Every write was read before the next, so each is a segment; acknowledgements come on their own or with what
        // is written.
        assert!((5..=7).contains(&counted.segments_in) && (1..=6).contains(&counted.segments_out), "{counted:?}");
        assert_eq!(counted.wire_in(), 5000 + counted.segments_in * 52);
        assert_eq!(count(&there).bytes_out, 5000);
        assert_eq!(counted + TcpCount::default(), counted);
    }
}
