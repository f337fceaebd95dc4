//! A session's lines: by which connection they are said, and what is heard of others.

use auspice::Micros;
use auspice::error::Misuse;
use auspice::limits::{LINES_HEARD_MAX, LINES_PENDING_MAX};
use auspice::message::{Channel, Credential, Talk};
use auspice::replica::Replica;
use auspice::session::{Closed, ConnectionId, Session};

use crate::games::tiny::Tiny;

fn session() -> Session<Replica<Tiny>> {
    Session::new("ann", "tests", 1, || Credential::Open)
}

/// A connection, as soon as one is dialled.
fn dial(session: &mut Session<Replica<Tiny>>) -> ConnectionId {
    let id = (0..60_000).find_map(|millis| session.poll_dial(Micros::from_millis(millis))).expect("it dials");
    session.handle_opened(id, Micros(0));
    id
}

fn say(session: &mut Session<Replica<Tiny>>, text: &str) -> Result<(), Misuse> {
    session.say(Channel::All, text)
}

#[test]
fn a_line_is_said_where_a_server_has_told_the_room_and_nowhere_else() {
    let mut session = session();
    assert_eq!(say(&mut session, "hello"), Err(Misuse::LineNotTaken), "there is no connection");
    let id = dial(&mut session);
    assert_eq!(say(&mut session, "hello"), Err(Misuse::LineNotTaken), "nobody talks here, as far as it knows");
    session.handle_line(id, "room\tabc");
    assert_eq!(session.talk_room(), Some("abc"));
    assert_eq!(session.poll_talk(), Some(Talk::Room { code: "abc".into() }));
    assert_eq!(say(&mut session, "a\tb"), Err(Misuse::LineNotTaken));
    say(&mut session, "hello").unwrap();
    session.say(Channel::Room, "us").unwrap();
    let said: Vec<String> = std::iter::from_fn(|| session.poll_line(id)).collect();
    assert_eq!(said, ["all\thello", "room\tus"]);
    assert!((0..LINES_PENDING_MAX).all(|_| say(&mut session, "x").is_ok()));
    assert_eq!(say(&mut session, "x"), Err(Misuse::LineNotTaken), "so many wait");
}

#[test]
fn what_was_said_on_a_connection_that_is_no_more_is_not_said_on_the_next() {
    let mut session = session();
    let first = dial(&mut session);
    session.handle_line(first, "room\tabc");
    say(&mut session, "hello").unwrap();
    session.handle_closed(first, Closed::without_word("cut"), Micros(0));
    assert_eq!(session.talk_room(), None);
    assert_eq!(say(&mut session, "anybody?"), Err(Misuse::LineNotTaken));
    let second = dial(&mut session);
    session.handle_line(second, "room\tdef");
    assert_eq!(session.talk_room(), Some("def"));
    assert_eq!(session.poll_line(second), None);
    session.handle_line(first, "room\tabc");
    assert_eq!(session.talk_room(), Some("def"), "nothing is heard on a connection that is gone");
    say(&mut session, "hello again").unwrap();
    assert_eq!((session.poll_line(first), session.poll_line(second)), (None, Some("all\thello again".into())));
}

#[test]
fn what_nobody_reads_is_forgotten_from_its_beginning_and_what_means_nothing_is_passed_over() {
    let mut session = session();
    let id = dial(&mut session);
    for text in ["", "people\t7", "line\tall\tabc\tAnn\ta\tb", "room\t../etc"] {
        session.handle_line(id, text);
    }
    assert_eq!((session.poll_talk(), session.talk_room()), (None, None));
    for number in 0..LINES_HEARD_MAX + 3 {
        session.handle_line(id, &format!("line\tall\t-\tBob\tline {number}"));
    }
    let heard: Vec<Talk> = std::iter::from_fn(|| session.poll_talk()).collect();
    assert_eq!(heard.len(), LINES_HEARD_MAX);
    let first = Talk::Line { channel: Channel::All, room: None, name: "Bob".into(), text: "line 3".into() };
    assert_eq!(heard[0], first);
}
