//! [`Sidecar`]: the process beside a game server that Agones hears it by.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::word::FleetWord;
use crate::limits::AGONES_ANSWER_BYTES_MAX;

/// Greatest time that a word may take: it stands beside us, and a sign of life must not wait for another word.
const ANSWER_MAX: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Debug)]
pub(super) struct Sidecar {
    address: SocketAddr,
}

/// Why a word did not do what it should.
#[derive(Debug)]
pub(super) enum Unsaid {
    /// Answered by this status.
    Refused(u16),
    /// Not answered.
    Unheard(io::Error),
}

impl From<io::Error> for Unsaid {
    fn from(error: io::Error) -> Self {
        Self::Unheard(error)
    }
}

impl Sidecar {
    pub(super) const fn at(address: SocketAddr) -> Self {
        Self { address }
    }

    /// Says a word, by a connection of its own: there is one in a second or two.
    pub(super) async fn say(&self, word: FleetWord) -> Result<(), Unsaid> {
        let answered = timeout(ANSWER_MAX, self.ask(word)).await;
        match answered.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))? {
            200..=299 => Ok(()),
            status => Err(Unsaid::Refused(status)),
        }
    }

    /// The status by which a word is answered.
    async fn ask(&self, word: FleetWord) -> io::Result<u16> {
        let ((method, path), body) = (word.request(), word.body());
        let mut stream = TcpStream::connect(self.address).await?;
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        while answer.len() < AGONES_ANSWER_BYTES_MAX && !answer.contains(&b'\n') {
            if stream.read_buf(&mut answer).await? == 0 {
                break;
            }
        }
        status(&answer).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

/// The status of an answer that begins so.
fn status(answer: &[u8]) -> Option<u16> {
    let line = answer.split(|&byte| byte == b'\r').next()?;
    let words = std::str::from_utf8(line).ok()?.strip_prefix("HTTP/1.")?;
    words.split(' ').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_of_answers_alone() {
        assert_eq!(status(b"HTTP/1.1 200 OK\r\nContent-Type"), Some(200));
        assert_eq!(status(b"HTTP/1.0 404 Not Found\r\n"), Some(404));
        assert_eq!(status(b"SSH-2.0-x\r\n"), None);
        assert_eq!(status(b"HTTP/1.1\r\n"), None);
        assert_eq!(status(&[0xff; 40]), None);
    }
}
