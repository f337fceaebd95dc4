//! [`Transport`]: a stream as the wire needs it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use super::tuning;

/// A stream's abilities that the wire needs beyond reading and writing.
pub(crate) trait Transport: Read + Write {
    /// Bytes that came off the network since it was asked last, of which the last read gave `read`.
    fn take_raw(&mut self, read: usize) -> usize;

    /// Whether the last read, which gave `read` bytes of the `most` asked for, took all that was there.
    fn is_drained(&self, read: usize, most: usize) -> bool;

    /// Whether bytes that were written wait inside, to be sent by `flush`.
    fn is_pending(&self) -> bool;

    /// Ends the sending half: the peer reads an end after what was sent. A stream that is already gone is
    /// none the worse for it.
    fn hang_up(&mut self);

    /// Leaves it to the kernel, but not for long, to send what is left to a peer that may have vanished.
    fn let_go(&self);
}

impl Transport for TcpStream {
    fn take_raw(&mut self, read: usize) -> usize {
        read
    }

    fn is_drained(&self, read: usize, most: usize) -> bool {
        read < most
    }

    fn is_pending(&self) -> bool {
        false
    }

    fn hang_up(&mut self) {
        let _ = self.shutdown(Shutdown::Write);
    }

    fn let_go(&self) {
        tuning::let_go(self);
    }
}
