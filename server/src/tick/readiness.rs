//! [`Readiness`]: which sockets are to be read in a tick. One question to the kernel tells it for all of them.
//!
//! Nobody is woken by what comes: the question is asked once a tick, and does not wait. The kernel tells of each socket
//! once for what has come since, so one of which more may be there stays awake until it was read empty.

use std::net::TcpStream;

use super::batch::SocketIndex;

/// Sockets by their places that are to be looked at in a tick.
pub(super) struct Readiness {
    inquiry: Inquiry,
    /// Sockets that are looked at in the next tick, a bit for each place.
    awake: PlaceSet,
    /// Sockets of whose ends the kernel has told, which it does once.
    ended: PlaceSet,
}

/// The way to find out what has come.
enum Inquiry {
    /// Every socket is read in every tick: where nearly each has something, that costs less.
    All,
    /// The kernel is asked, once there is a socket.
    Unasked,
    Kernel(kernel::Queue),
}

impl Readiness {
    /// `usually` says that most sockets have something in each tick.
    pub(super) const fn new(usually: bool) -> Self {
        let inquiry = if usually { Inquiry::All } else { Inquiry::Unasked };
        Self { inquiry, awake: PlaceSet::new(), ended: PlaceSet::new() }
    }

    /// A socket came to `place`.
    pub(super) fn add(&mut self, place: SocketIndex, tcp: &TcpStream) {
        self.awake.insert(place);
        if matches!(self.inquiry, Inquiry::Unasked) {
            self.inquiry = kernel::Queue::new().map_or(Inquiry::All, Inquiry::Kernel);
        }
        if let Inquiry::Kernel(queue) = &self.inquiry
            && queue.add(place, tcp).is_err()
        {
            // One that the kernel does not watch could only be found by reading it.
            self.inquiry = Inquiry::All;
        }
    }

    /// The socket at `place` goes.
    pub(super) fn remove(&mut self, place: SocketIndex, tcp: &TcpStream) {
        self.awake.remove(place);
        self.ended.remove(place);
        if let Inquiry::Kernel(queue) = &self.inquiry {
            queue.remove(tcp);
        }
    }

    /// The socket at `place` is to be looked at in the next tick, whether or not something comes.
    pub(super) fn wake(&mut self, place: SocketIndex) {
        self.awake.insert(place);
    }

    /// The socket at `place` need not be looked at before something comes.
    pub(super) fn rest(&mut self, place: SocketIndex) {
        if !self.ended.contains(place) {
            self.awake.remove(place);
        }
    }

    /// Wakes those for whom something has come.
    pub(super) fn ask(&mut self) {
        let Self { inquiry: Inquiry::Kernel(queue), awake, ended } = self else { return };
        let told = queue.ask(|place, has_ended| {
            awake.insert(place);
            if has_ended {
                ended.insert(place);
            }
        });
        if told.is_err() {
            self.inquiry = Inquiry::All;
        }
    }

    /// The first place from `from` on, of `count`, whose socket is to be looked at, if there is one.
    pub(super) fn next(&self, from: usize, count: usize) -> Option<usize> {
        match self.inquiry {
            Inquiry::All => (from < count).then_some(from),
            Inquiry::Unasked | Inquiry::Kernel(_) => self.awake.next(from),
        }
    }
}

/// Places, a bit for each.
struct PlaceSet(Vec<u64>);

impl PlaceSet {
    const fn new() -> Self {
        Self(Vec::new())
    }

    fn insert(&mut self, place: SocketIndex) {
        let word = place as usize / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (place % 64);
    }

    fn remove(&mut self, place: SocketIndex) {
        if let Some(word) = self.0.get_mut(place as usize / 64) {
            *word &= !(1 << (place % 64));
        }
    }

    fn contains(&self, place: SocketIndex) -> bool {
        self.0.get(place as usize / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    fn next(&self, from: usize) -> Option<usize> {
        let first = self.0.get(from / 64)? & (u64::MAX << (from % 64));
        if first != 0 {
            return Some(from / 64 * 64 + first.trailing_zeros() as usize);
        }
        let index = from / 64 + 1;
        let behind = self.0[index..].iter().position(|word| *word != 0)?;
        Some((index + behind) * 64 + self.0[index + behind].trailing_zeros() as usize)
    }
}

#[cfg(unix)]
mod kernel {
    //! The kernel's queue of sockets on which something has come: epoll, kqueue and their like.

    use std::io;
    use std::net::TcpStream;
    use std::os::fd::AsRawFd as _;
    use std::time::Duration;

    use mio::unix::SourceFd;
    use mio::{Events, Interest, Poll, Token};

    use super::SocketIndex;
    use crate::limits::READY_SOCKETS_AT_ONCE;

    pub(super) struct Queue {
        poll: Poll,
        told: Events,
    }

    impl Queue {
        pub(super) fn new() -> io::Result<Self> {
            Ok(Self { poll: Poll::new()?, told: Events::with_capacity(READY_SOCKETS_AT_ONCE) })
        }

        pub(super) fn add(&self, place: SocketIndex, tcp: &TcpStream) -> io::Result<()> {
            let token = Token(place as usize);
            self.poll.registry().register(&mut SourceFd(&tcp.as_raw_fd()), token, Interest::READABLE)
        }

        pub(super) fn remove(&self, tcp: &TcpStream) {
            // One that is gone already is watched no more.
            let _ = self.poll.registry().deregister(&mut SourceFd(&tcp.as_raw_fd()));
        }

        /// Tells of each socket on which something came since it was asked last, and whether its peer has ended it.
        pub(super) fn ask(&mut self, mut tell: impl FnMut(SocketIndex, bool)) -> io::Result<()> {
            loop {
                match self.poll.poll(&mut self.told, Some(Duration::ZERO)) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    polled => polled?,
                }
                let mut count = 0;
                for event in &self.told {
                    count += 1;
                    tell(event.token().0 as SocketIndex, event.is_read_closed() || event.is_error());
                }
                if count < READY_SOCKETS_AT_ONCE {
                    return Ok(());
                }
            }
        }
    }
}

#[cfg(not(unix))]
mod kernel {
    //! No queue: each socket is read in each tick.

    use std::convert::Infallible;
    use std::io;
    use std::net::TcpStream;

    use super::SocketIndex;

    pub(super) struct Queue(Infallible);

    impl Queue {
        pub(super) fn new() -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }

        pub(super) fn add(&self, _: SocketIndex, _: &TcpStream) -> io::Result<()> {
            match self.0 {}
        }

        pub(super) fn remove(&self, _: &TcpStream) {
            match self.0 {}
        }

        pub(super) fn ask(&mut self, _: impl FnMut(SocketIndex, bool)) -> io::Result<()> {
            match self.0 {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_in_order_wherever_they_are() {
        let mut places = PlaceSet::new();
        for place in [0, 63, 64, 200, 700] {
            places.insert(place);
        }
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(place) = places.next(from) {
            found.push(place);
            from = place + 1;
        }
        assert_eq!(found, [0, 63, 64, 200, 700]);
        places.remove(64);
        places.remove(5000);
        assert_eq!((places.next(64), places.contains(63), places.contains(64)), (Some(200), true, false));
        assert_eq!(places.next(10_000), None);
    }
}
