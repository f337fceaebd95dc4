//! [`Segment`]: what a link reads of an IPv4 packet that carries TCP, and the ports that it may change.

/// Bytes of an IPv4 header without options, and the least of a TCP header.
const HEADER_BYTES: usize = 20;
/// The number of TCP among IP's protocols.
const TCP: u8 = 6;
/// Flags of a TCP header.
const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;
/// Place of the checksum in a TCP header.
const CHECKSUM_AT: usize = 16;

/// A TCP segment within its packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Port of the sender.
    pub source: u16,
    /// Port of the receiver.
    pub target: u16,
    /// Number of the first byte of its payload.
    pub sequence: u32,
    /// Bytes of its payload.
    pub payload: usize,
    /// Bytes of the whole packet, IP's header included.
    pub bytes: usize,
    flags: u8,
    /// Place of TCP's header in the packet.
    at: usize,
}

/// An end of a connection, by its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// The sender's.
    Source,
    /// The receiver's.
    Target,
}

impl Segment {
    /// Reads `packet`; `None` where that is no IPv4, no TCP, or cut short.
    #[must_use]
    pub fn parse(packet: &[u8]) -> Option<Self> {
        let first = *packet.first()?;
        if first >> 4 != 4 || *packet.get(9)? != TCP {
            return None;
        }
        let (at, bytes) = (usize::from(first & 15) * 4, usize::from(number(packet, 2)?));
        let tcp = packet.get(at..bytes)?;
        let header = usize::from(tcp.get(12)? >> 4) * 4;
        if at < HEADER_BYTES || header < HEADER_BYTES {
            return None;
        }
        Some(Self {
            source: number(tcp, 0)?,
            target: number(tcp, 2)?,
            sequence: u32::from(number(tcp, 4)?) << 16 | u32::from(number(tcp, 6)?),
            payload: tcp.len().checked_sub(header)?,
            bytes,
            flags: *tcp.get(13)?,
            at,
        })
    }

    /// Whether it is the first of a connection.
    #[must_use]
    pub const fn opens(&self) -> bool {
        self.flags & (SYN | ACK) == SYN
    }

    /// Whether it says nothing but what has been received.
    #[must_use]
    pub const fn is_pure_ack(&self) -> bool {
        self.payload == 0 && self.flags & (SYN | FIN | RST) == 0
    }

    /// Gives an end of `packet`, of which this is the segment, another port, and mends the checksum.
    pub fn set_port(&mut self, packet: &mut [u8], which: Port, port: u16) {
        let (at, was) = match which {
            Port::Source => (self.at, std::mem::replace(&mut self.source, port)),
            Port::Target => (self.at + 2, std::mem::replace(&mut self.target, port)),
        };
        let Some(sum) = number(packet, self.at + CHECKSUM_AT) else { return };
        // RFC 1624: a changed word changes the one's complement sum by its difference.
        let mut sum = u32::from(!sum) + u32::from(!was) + u32::from(port);
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        for (at, word) in [(at, port), (self.at + CHECKSUM_AT, !(sum as u16))] {
            if let Some(place) = packet.get_mut(at..at + 2) {
                place.copy_from_slice(&word.to_be_bytes());
            }
        }
    }
}

/// The 16 bits at `at`, the greater byte first.
fn number(bytes: &[u8], at: usize) -> Option<u16> {
    let word = bytes.get(at..at + 2)?;
    Some(u16::from_be_bytes([word[0], word[1]]))
}

/// A packet of a connection from 10.0.0.1, with its checksum.
#[cfg(test)]
pub(super) fn packet(source: u16, target: u16, sequence: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    let bytes = 2 * HEADER_BYTES + payload.len();
    let mut packet =
        vec![0x45, 0, (bytes >> 8) as u8, bytes as u8, 0, 0, 0, 0, 64, TCP, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    packet.extend(source.to_be_bytes());
    packet.extend(target.to_be_bytes());
    packet.extend(sequence.to_be_bytes());
    packet.extend([0, 0, 0, 0, 0x50, flags, 1, 0, 0, 0, 0, 0]);
    packet.extend(payload);
    let sum = !checksum(&packet);
    packet[36..38].copy_from_slice(&sum.to_be_bytes());
    packet
}

/// The sum over a packet's segment and the addresses before it: all ones where it is sound.
#[cfg(test)]
fn checksum(packet: &[u8]) -> u16 {
    let length = packet.len() - HEADER_BYTES;
    let words =
        packet[12..].chunks(2).map(|word| u32::from(word[0]) << 8 | u32::from(word.get(1).copied().unwrap_or(0)));
    let mut sum = words.sum::<u32>() + u32::from(TCP) + length as u32;
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_read_and_what_is_none_is_not() {
        let data = packet(40_000, 7700, 9, ACK, b"hello");
        let segment = Segment::parse(&data).unwrap();
        let read = (segment.source, segment.target, segment.sequence, segment.payload, segment.bytes);
        assert_eq!(read, (40_000, 7700, 9, 5, 45));
        assert!(!segment.opens() && !segment.is_pure_ack());
        assert!(Segment::parse(&packet(1, 2, 0, SYN, b"")).unwrap().opens());
        assert!(!Segment::parse(&packet(1, 2, 0, SYN | ACK, b"")).unwrap().opens());
        assert!(Segment::parse(&packet(1, 2, 0, ACK, b"")).unwrap().is_pure_ack());
        for length in 0..data.len() {
            assert_eq!(Segment::parse(&data[..length]), None, "{length} bytes");
        }
        let mut datagram = data;
        datagram[9] = 17;
        assert_eq!(Segment::parse(&datagram), None);
    }

    #[test]
    fn another_port_keeps_the_checksum_sound() {
        for (port, which) in [(1234, Port::Source), (65_535, Port::Target), (0, Port::Source)] {
            let mut data = packet(40_000, 7700, 9, ACK, b"odd");
            let mut segment = Segment::parse(&data).unwrap();
            assert_eq!(checksum(&data), 0xffff);
            segment.set_port(&mut data, which, port);
            assert_eq!(checksum(&data), 0xffff);
            assert_eq!(Segment::parse(&data), Some(segment));
            assert_eq!(if which == Port::Source { segment.source } else { segment.target }, port);
        }
    }
}
