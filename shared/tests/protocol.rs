//! The numbers of `shared/PROTOCOL.md` are those that hold. Its codes and messages are read in `golden.rs`.

use std::fs;

use auspice::limits::{
    BUILD_BYTES_MAX, CLIENT_MESSAGE_BYTES_MAX, COMMANDS_PENDING_MAX, COMMANDS_PER_TICK_MAX, CONTROL_BYTES_MAX, ENTRY_BYTES_MAX,
    GRACE_SECONDS, HASH_EVERY_UPDATES, HELLO_SECONDS_MAX, INPUT_EVERY_MAX, INPUT_LEAD_TICKS_MAX, INPUTS_PER_MESSAGE_MAX,
    LABEL_BYTES_MAX, MESSAGES_BURST_SECONDS, NAME_BYTES_MAX, NEWS_RING_TICKS, SERVER_MESSAGE_BYTES_MAX, STALL_SECONDS_MAX,
    VIEW_BEHIND_TICKS_MAX, WINDOW_SLACK_TICKS, WINDOW_TICKS_MAX,
};
use auspice::message::{PROTOCOL_VERSION, SUBPROTOCOL};

use crate::tidy::root;

#[test]
fn the_page_of_the_wire_says_the_bounds_that_hold() {
    let page = fs::read_to_string(root().join("shared/PROTOCOL.md")).expect("the page should be there");
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in [
        format!("# The wire, version {PROTOCOL_VERSION} "),
        format!("subprotocol `{SUBPROTOCOL}`"),
        format!("A client's message has at most {CLIENT_MESSAGE_BYTES_MAX} bytes"),
        format!("a server's at most 2^{}.", SERVER_MESSAGE_BYTES_MAX.ilog2()),
        format!("7 bits of length (at most {LABEL_BYTES_MAX})"),
        format!("at most {CONTROL_BYTES_MAX} bytes of it at once"),
        format!("| {BUILD_BYTES_MAX} | name of the client's build"),
        format!("1 to {NAME_BYTES_MAX} bytes of UTF-8"),
        format!("so many bytes of UTF-8, 1 to {ENTRY_BYTES_MAX};"),
        format!("*input_every* 1 to {INPUT_EVERY_MAX};"),
        format!("at most {VIEW_BEHIND_TICKS_MAX}. Before the first:"),
        format!("exp(1) of the number of inputs (0 to {INPUTS_PER_MESSAGE_MAX})"),
        format!("at most {COMMANDS_PER_TICK_MAX}, and {COMMANDS_PENDING_MAX} that wait at the server"),
        format!("more than {INPUT_LEAD_TICKS_MAX} after the newest that the server made"),
        format!("Before the first input it is -{INPUT_LEAD_TICKS_MAX},"),
        format!("Every {HASH_EVERY_UPDATES}th update of a client"),
        format!("and {WINDOW_SLACK_TICKS}, but {WINDOW_TICKS_MAX} at most; {WINDOW_TICKS_MAX} too until the first word"),
        format!("as far as the server has their news ({NEWS_RING_TICKS} ticks)"),
        format!("| 4004 | no hello in {HELLO_SECONDS_MAX} s |"),
        format!("| 4006 | the client applied no update for {STALL_SECONDS_MAX} s"),
        format!("the grace time, {GRACE_SECONDS} seconds unless"),
    ] {
        assert!(page.contains(&said), "the page does not say: {said}");
    }
    assert_eq!(MESSAGES_BURST_SECONDS, 10, "\"as many as ten seconds of them at once\"");
}
