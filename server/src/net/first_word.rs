//! A connection's first word: whether there is one, and whether anybody is left to hear the answer.

use std::io;

use tokio::net::TcpStream;

/// Waits for the first byte of a connection that was just taken, or for its end. Whether its peer is still there:
/// one that has ended its half of the connection behind what it said is not.
pub(super) async fn is_spoken(tcp: &TcpStream) -> io::Result<bool> {
    // Tokio takes a connection that was just accepted to be readable, so that `ready` would not wait.
    Ok(tcp.peek(&mut [0]).await? > 0 && !has_ended(tcp))
}

/// Whether the peer has ended its half of the connection, whatever it said before. Where the system does not
/// tell, that is seen when all has been read.
fn has_ended(tcp: &TcpStream) -> bool {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let mut asked = [PollFd::new(tcp, PollFlags::RDHUP)];
        rustix::io::retry_on_intr(|| poll(&mut asked, Some(&Timespec::default()))).is_ok_and(|ended| ended > 0)
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let _ = tcp;
        false
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::future::poll_fn;
    use std::io::Write;
    use std::net::Shutdown;
    use std::pin::pin;
    use std::task::Poll;

    use tokio::net::TcpListener;

    use super::*;

    /// A connection that was taken after `before` was done with its peer's end.
    fn run(before: impl FnOnce(&mut std::net::TcpStream), test: impl AsyncFnOnce(TcpStream, std::net::TcpStream)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let mut peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            before(&mut peer);
            let (taken, _) = listener.accept().await.unwrap();
            test(taken, peer).await;
        });
    }

    #[test]
    fn a_silent_connection_is_waited_for_until_its_first_byte() {
        let is_pending = async |taken: &TcpStream| {
            let mut word = pin!(is_spoken(taken));
            poll_fn(|context| Poll::Ready(word.as_mut().poll(context).is_pending())).await
        };
        run(
            |_| {},
            async |taken, mut peer| {
                for _ in 0..10 {
                    assert!(is_pending(&taken).await);
                    tokio::task::yield_now().await;
                }
                peer.write_all(b"G").unwrap();
                assert!(is_spoken(&taken).await.unwrap());
            },
        );
    }

    #[test]
    fn who_hung_up_before_it_was_looked_at_is_gone_whatever_it_said() {
        for (said, half) in [("", false), ("GET /play HTTP/1.1\r\n\r\n", false), ("GET /play HTTP/1.1\r\n\r\n", true)] {
            let before = |peer: &mut std::net::TcpStream| {
                peer.write_all(said.as_bytes()).unwrap();
                peer.shutdown(if half { Shutdown::Write } else { Shutdown::Both }).unwrap();
            };
            run(before, async |taken, _peer| assert!(!is_spoken(&taken).await.unwrap(), "{said:?}"));
        }
    }
}
