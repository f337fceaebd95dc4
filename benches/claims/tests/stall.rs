//! A client that stops reading, over real sockets: what waits for it, and what it sees when it goes on.

// A test binary has no outside that could reach anything.
#![allow(missing_docs)]

use std::time::Duration;

use auspice_claims::stall;
use auspice_server::{Config, Server};
use auspice_workloads::w1::W1;
use auspice_workloads::workload::Workload;

/// Bytes that may wait for one client.
const QUEUED_BYTES_MAX: u64 = 8 * 1024;
/// A round trip within this machine takes less than a tick, and two more are granted.
const AGE_TICKS_MAX: u32 = 3;

#[test]
fn one_that_reads_nothing_has_little_queued_and_goes_on_with_new_state() {
    let mut config = Config::for_game::<W1>(W1::rules(200, None));
    config.listen.set_port(0);
    config.terms.patience_millis = 0;
    let server = Server::<W1>::start(config).expect("the server should start");
    let stalls =
        stall::play(server.local_addr(), 2, Duration::from_secs(2)).expect("the client should come back each time");
    server.shutdown();
    server.join().expect("the server should end well");
    assert_eq!(stalls.len(), 2);
    for stall in stalls {
        // Only Linux tells.
        assert!(stall.queued_bytes.is_none_or(|bytes| bytes <= QUEUED_BYTES_MAX), "{stall:?}");
        assert!(stall.first_age_ticks <= AGE_TICKS_MAX, "{stall:?}");
    }
}
