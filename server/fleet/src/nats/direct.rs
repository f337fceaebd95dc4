//! [`Direct`]: letters between nodes beside NATS: one datagram each, sealed for one node.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ring::hmac;
use tokio::net::UdpSocket;

use super::news::NatsNews;
use super::options::NatsFault;
use crate::fabric::{FabricNews, LetterWay};
use crate::id::NodeId;
use crate::limits::LETTER_BYTES_MAX;

/// Bytes of a seal.
const SEAL: usize = 32;

/// A socket for letters.
#[derive(Debug)]
pub(super) struct Direct {
    socket: UdpSocket,
    key: hmac::Key,
    /// The node that this is now.
    node: AtomicU64,
}

impl Direct {
    /// Listens for letters from now on.
    pub(super) async fn listen(address: SocketAddr, key: &[u8], news: NatsNews) -> Result<Arc<Self>, NatsFault> {
        if key.len() < SEAL {
            return Err(NatsFault::ShortKey(key.len()));
        }
        let socket =
            UdpSocket::bind(address).await.map_err(|error| NatsFault::Direct(format!("{address}: {error}")))?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        let direct = Arc::new(Self { socket, key, node: AtomicU64::new(0) });
        let reader = Arc::clone(&direct);
        tokio::spawn(async move { reader.read(news).await });
        Ok(direct)
    }

    /// Is this node from now on.
    pub(super) fn be(&self, node: NodeId) {
        self.node.store(node.0, Ordering::Relaxed);
    }

    /// Sends a letter. One that the socket does not take at once is lost.
    pub(super) fn send(&self, to: NodeId, address: &str, letter: &[u8]) {
        let Ok(address) = address.parse::<SocketAddr>() else { return };
        let _ = self.socket.try_send_to(&seal(&self.key, to, letter), address);
    }

    async fn read(&self, news: NatsNews) {
        let mut buffer = [0; LETTER_BYTES_MAX + SEAL];
        loop {
            // An error is one of the last letter that was sent, whose node is not there.
            let Ok((bytes, _)) = self.socket.recv_from(&mut buffer).await else { continue };
            let me = NodeId(self.node.load(Ordering::Relaxed));
            if let Some(letter) = open(&self.key, me, &buffer[..bytes]) {
                news.tell(FabricNews::Letter { way: LetterWay::Direct, letter: letter.to_vec() });
            }
        }
    }
}

/// A letter with its seal, which holds for one node.
fn seal(key: &hmac::Key, to: NodeId, letter: &[u8]) -> Vec<u8> {
    let mut sealed = to.0.to_be_bytes().to_vec();
    sealed.extend_from_slice(letter);
    let tag = hmac::sign(key, &sealed);
    let mut bytes = letter.to_vec();
    bytes.extend_from_slice(tag.as_ref());
    bytes
}

/// The letter, where its seal is whole and for this node.
fn open<'a>(key: &hmac::Key, me: NodeId, bytes: &'a [u8]) -> Option<&'a [u8]> {
    let (letter, tag) = bytes.split_at_checked(bytes.len().checked_sub(SEAL)?)?;
    let mut sealed = me.0.to_be_bytes().to_vec();
    sealed.extend_from_slice(letter);
    hmac::verify(key, &sealed, tag).ok().map(|()| letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_read_by_the_node_that_it_is_for_and_only_as_it_was_written() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
        let bytes = seal(&key, NodeId(1), b"letter");
        assert_eq!(open(&key, NodeId(1), &bytes), Some(&b"letter"[..]));
        assert_eq!(open(&key, NodeId(2), &bytes), None, "for another node");
        assert_eq!(open(&hmac::Key::new(hmac::HMAC_SHA256, &[8; 32]), NodeId(1), &bytes), None, "by another fleet");
        for end in 0..bytes.len() {
            assert_eq!(open(&key, NodeId(1), &bytes[..end]), None);
        }
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(&key, NodeId(1), &bytes), None);
        }
    }
}
