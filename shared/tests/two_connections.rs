//! A session that dials a second connection beside a silent one: which of the two it stays with.

use auspice::Micros;
use auspice::error::CloseCode;
use auspice::limits::{REDIAL_MILLIS, RIVAL_SECONDS};
use auspice::message::ResumeToken;
use auspice::session::{Connection, ConnectionId, HangUp};

use crate::session::{Play, UPDATE, millis};

/// A session whose connection has been silent for long enough to be dialled beside.
fn silent() -> (Play, ConnectionId, ConnectionId) {
    let mut play = Play::new(1);
    let old = play.play(7);
    let start = play.now;
    assert_eq!(play.dial_within(millis(REDIAL_MILLIS - 5)), None);
    let new = play.dial_within(millis(10)).expect("a second one should be dialled");
    assert_eq!((play.now - start, play.last_shown()), (millis(REDIAL_MILLIS), Some(7)));
    assert!(matches!(play.connection(), Connection::Stalled { .. }));
    assert_eq!(play.dial_within(Micros::from_seconds(1)), None, "two are enough");
    (play, old, new)
}

#[test]
fn of_two_connections_the_new_one_wins_if_it_delivers_first() {
    let (mut play, old, new) = silent();
    play.welcome(new, 8);
    assert!(
        play.session.follower().is_some_and(|puppet| puppet.updates == 1),
        "the old world is shown until the new one is there"
    );
    play.hear(new, UPDATE);
    assert_eq!((play.hang_ups(), play.connection()), (vec![(old, HangUp::Abandon)], Connection::Playing));
    play.hear(old, UPDATE);
    assert_eq!((play.hang_ups(), play.session.resume_token()), (vec![], Some(ResumeToken([8; 32]))));
}

#[test]
fn of_two_connections_the_old_one_wins_if_it_delivers_first() {
    let (mut play, old, new) = silent();
    play.session.handle_opened(new, play.now);
    play.hear(old, UPDATE);
    assert_eq!((play.hang_ups(), play.connection()), (vec![(new, HangUp::Abandon)], Connection::Playing));
    assert_eq!(play.dial_within(millis(REDIAL_MILLIS - 5)), None, "there is nothing to come back from");
    // It has said nothing, so this is another device.
    play.close(old, CloseCode::TAKEN_OVER);
    assert!(matches!(play.connection(), Connection::Refused { .. }));
}

#[test]
fn a_new_connection_that_has_said_hello_is_waited_for_while_the_old_one_still_plays() {
    let (mut play, old, new) = silent();
    play.session.handle_opened(new, play.now);
    assert!(play.session.poll_transmit(new, play.now).is_some());
    // What was on its way before the server moved the seat.
    play.hear(old, UPDATE);
    assert_eq!((play.hang_ups(), play.connection()), (vec![], Connection::Playing));
    play.close(old, CloseCode::TAKEN_OVER);
    play.hear(new, &[0, 8]);
    play.hear(new, UPDATE);
    assert_eq!((play.hang_ups(), play.connection()), (vec![], Connection::Playing));
    assert_eq!(play.dial_within(millis(REDIAL_MILLIS - 5)), None);
}

#[test]
fn a_hello_that_arrives_when_nobody_waits_for_it_is_no_other_device() {
    for late in [true, false] {
        let (mut play, old, new) = silent();
        play.session.handle_opened(new, play.now);
        assert!(play.session.poll_transmit(new, play.now).is_some());
        play.lose(new);
        play.hear(old, UPDATE);
        play.now = play.now + if late { Micros::from_seconds(RIVAL_SECONDS) } else { millis(500) };
        play.close(old, CloseCode::TAKEN_OVER);
        if late {
            assert!(matches!(play.connection(), Connection::Refused { .. }));
        } else {
            play.play(8);
            assert_eq!(play.last_shown(), Some(7));
        }
    }
}

#[test]
fn a_takeover_by_the_own_new_connection_is_no_end() {
    let (mut play, old, new) = silent();
    play.welcome(new, 8);
    play.close(old, CloseCode::TAKEN_OVER);
    assert_eq!(play.connection(), Connection::Connecting);
    play.hear(new, UPDATE);
    assert_eq!((play.connection(), play.hang_ups()), (Connection::Playing, vec![]));
    // Another device's is.
    play.close(new, CloseCode::TAKEN_OVER);
    assert!(matches!(play.connection(), Connection::Refused { .. }));
}

#[test]
fn a_second_connection_that_fails_is_tried_again_while_the_first_is_silent() {
    let (mut play, old, new) = silent();
    play.lose(new);
    assert!(matches!(play.connection(), Connection::Stalled { .. }));
    let newer = play.dial_within(millis(110)).expect("it should be tried again");
    play.lose(newer);
    play.hear(old, UPDATE);
    assert_eq!(play.dial_within(millis(REDIAL_MILLIS - 5)), None, "the first is well again");
}

#[test]
fn a_refusal_of_the_second_connection_ends_both() {
    let (mut play, old, new) = silent();
    play.close(new, CloseCode::KICKED);
    assert!(matches!(play.connection(), Connection::Refused { .. }));
    assert_eq!(play.hang_ups(), [(old, HangUp::Abandon)]);
}
