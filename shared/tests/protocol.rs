//! The numbers of `shared/PROTOCOL.md` are those that hold. Its codes and messages are read in `golden.rs`.

use std::fs;

use auspice::limits::{
    ANSWERED_BYTES, BUILD_BYTES_MAX, CLIENT_MESSAGE_BYTES_MAX, COMMANDS_PENDING_MAX, COMMANDS_PER_TICK_MAX,
    CONTROL_BYTES_MAX, CREDENTIAL_BYTES_MAX, GRACE_SECONDS, HASH_EVERY_TICKS, HELLO_SECONDS_MAX, HURRY_SECONDS,
    INPUT_EVERY_MAX, INPUT_LEAD_MILLIS_MAX, INPUT_SILENCE_TICKS_MAX, INPUTS_PER_MESSAGE_MAX, LABEL_BYTES_MAX,
    MESSAGES_BURST_SECONDS, NAME_BYTES_MAX, NAME_CHARS_MAX, PATIENCE_MILLIS, PATIENCE_MILLIS_MAX,
    SERVER_MESSAGE_BYTES_MAX, STALL_SECONDS_MAX, VIEW_BEHIND_TICKS_MAX, WINDOW_MILLIS_MAX, WINDOW_SLACK_MILLIS,
    WINDOW_SLACK_ROUND_TRIPS,
};
use auspice::message::{PROTOCOL_VERSION, SUBPROTOCOL};
use auspice::tick::ticks_in;

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
        format!("1 to {NAME_CHARS_MAX} characters, at most {NAME_BYTES_MAX} bytes of UTF-8"),
        format!("so many bytes of UTF-8, 1 to {CREDENTIAL_BYTES_MAX};"),
        format!("*input_every* 1 to {INPUT_EVERY_MAX},"),
        format!("at most {VIEW_BEHIND_TICKS_MAX}. Before the first:"),
        format!("exp(1) of the number of inputs (0 to {INPUTS_PER_MESSAGE_MAX})"),
        format!("at most {COMMANDS_PER_TICK_MAX}, and {COMMANDS_PENDING_MAX} that wait at the server"),
        format!("or {INPUTS_PER_MESSAGE_MAX} ticks if that is more, after the newest"),
        format!("it is as low as inputs may be early, -{} at 30 Hz", ticks_in(INPUT_LEAD_MILLIS_MAX, 30)),
        format!("Once in {HASH_EVERY_TICKS} ticks an update of a client"),
        format!("*patience_millis* 0 to {PATIENCE_MILLIS_MAX};"),
        format!("(5 for {PATIENCE_MILLIS} ms at 30 Hz)"),
        format!("*patience*, but at most {INPUT_SILENCE_TICKS_MAX},"),
        format!("answer one of {ANSWERED_BYTES} bytes or more within a tick"),
        format!("twice within {HURRY_SECONDS} seconds"),
        format!(
            "or {WINDOW_SLACK_MILLIS} ms and 2 * *quiet* - 2 ticks more if that is more, where *quiet* is the larger \
             of *patience* and input silence; but {WINDOW_MILLIS_MAX} ms at most"
        ),
        format!("which it keeps for {WINDOW_MILLIS_MAX} ms"),
        format!("| 4004 | no hello in {HELLO_SECONDS_MAX} s |"),
        format!("| 4006 | the client applied no update for {STALL_SECONDS_MAX} s"),
        format!("the grace time, {GRACE_SECONDS} seconds unless"),
    ] {
        assert!(page.contains(&said), "the page does not say: {said}");
    }
    assert_eq!(MESSAGES_BURST_SECONDS, 10, "\"as many as ten seconds of them at once\"");
    assert_eq!(INPUT_LEAD_MILLIS_MAX, 2000, "\"more than two seconds after the newest\"");
    assert_eq!(WINDOW_SLACK_ROUND_TRIPS, 2, "\"two round trips and ..\"");
}
