//! A player of a server of many machines: it goes where it is sent, and comes back by any way that it was told.

use std::sync::{Arc, Mutex};

use auspice::Micros;
use auspice::error::{CloseCode, Moved, PeerFault, SetupError};
use auspice::message::{Credential, ResumeToken, SentWord};
use auspice::session::{Carried, Closed, ConnectionId, Follower, HangUp, Session};

/// A follower of a protocol in which each message but the first is an update, and a text tells ways, or behind a `>`
/// the machine at which the room goes on soon.
#[derive(Default)]
struct Tourist {
    is_greeted: bool,
    updates: u64,
    ways: Option<Vec<String>>,
    ahead: Option<String>,
}

impl Follower for Tourist {
    fn handle_message(&mut self, bytes: &[u8], _: Micros) -> Result<(), PeerFault> {
        let text = String::from_utf8_lossy(bytes);
        self.updates += 1;
        if let Some(ahead) = text.strip_prefix('>') {
            self.ahead = Some(ahead.into());
            return Ok(());
        }
        self.ways = (!text.is_empty()).then(|| text.split(',').map(Into::into).collect());
        Ok(())
    }

    fn poll_transmit(&mut self, _: Micros) -> Option<&[u8]> {
        (!std::mem::replace(&mut self.is_greeted, true)).then_some(b"hello")
    }

    fn next_due(&self) -> Option<Micros> {
        None
    }

    fn is_playing(&self) -> bool {
        self.updates > 0
    }

    fn updates(&self) -> u64 {
        self.updates
    }

    fn resume_token(&self) -> Option<ResumeToken> {
        (self.updates > 0).then_some(ResumeToken([7; 32]))
    }

    fn take_ways(&mut self) -> Option<Vec<String>> {
        self.ways.take()
    }

    fn take_ahead(&mut self) -> Option<String> {
        self.ahead.take()
    }

    fn carry(&self) -> Option<Carried> {
        None
    }

    fn adopt(&mut self, _: Carried) {}
}

/// A session, and what it showed at each dial.
struct Trip {
    session: Session<Tourist>,
    shown: Arc<Mutex<Vec<Option<Credential>>>>,
    now: Micros,
}

impl Trip {
    fn new() -> Self {
        let shown = Arc::<Mutex<Vec<_>>>::default();
        let log = Arc::clone(&shown);
        let make = move |own: Option<Credential>| {
            log.lock().unwrap().push(own);
            Ok::<_, SetupError>(Tourist::default())
        };
        Self { session: Session::following(1, make), shown, now: Micros(0) }
    }

    /// Waits for a dial: the connection, its address and how long that was.
    fn dial(&mut self) -> (ConnectionId, Option<String>, Micros) {
        let start = self.now;
        loop {
            if let Some(id) = self.session.poll_dial(self.now) {
                return (id, self.session.address(id).map(Into::into), self.now.since(start));
            }
            self.now = self.now + Micros::from_millis(1);
        }
    }

    fn play(&mut self, id: ConnectionId, ways: &str) {
        self.session.handle_opened(id, self.now);
        let _ = self.session.poll_transmit(id, self.now);
        self.session.handle_message(id, ways.as_bytes(), self.now).unwrap();
    }

    fn update(&mut self, id: ConnectionId, text: &str) {
        self.session.handle_message(id, text.as_bytes(), self.now).unwrap();
    }

    fn pass(&mut self, time: Micros) {
        self.now = self.now + time;
    }

    fn close(&mut self, id: ConnectionId, closed: Closed) {
        self.session.handle_closed(id, closed, self.now);
    }

    fn send_on(&mut self, id: ConnectionId, address: &str, word: Option<SentWord>) {
        let moved = Moved { address: address.into(), word };
        self.close(id, Closed::with(CloseCode::MOVED, moved.text()));
    }

    fn last_shown(&self) -> Option<Credential> {
        self.shown.lock().unwrap().last().unwrap().clone()
    }
}

fn gone() -> Closed {
    Closed::without_word("gone")
}

#[test]
fn who_is_sent_on_dials_there_at_once_and_shows_the_word_once() {
    let (mut trip, word) = (Trip::new(), SentWord([9; 16]));
    let (id, address, _) = trip.dial();
    assert_eq!((address, trip.last_shown()), (None, None));
    trip.send_on(id, "ws://b/play/x", Some(word));
    let told = trip.session.ending().unwrap().sentence.clone();
    assert_eq!(told, "Your room is at another machine", "the word is shown to nobody");
    let (id, address, wait) = trip.dial();
    assert_eq!((address.as_deref(), wait), (Some("ws://b/play/x"), Micros(0)));
    assert_eq!(trip.last_shown(), Some(Credential::Sent(word)));
    trip.close(id, gone());
    trip.dial();
    assert_eq!(trip.last_shown(), None, "a word is good once");
}

#[test]
fn a_player_whose_room_moves_shows_its_token_there() {
    let mut trip = Trip::new();
    let (id, ..) = trip.dial();
    trip.play(id, "");
    trip.send_on(id, "ws://b/play/x", None);
    let (id, address, wait) = trip.dial();
    assert_eq!((address.as_deref(), wait), (Some("ws://b/play/x"), Micros(0)));
    assert_eq!(trip.last_shown(), Some(Credential::Resume(ResumeToken([7; 32]))));
    let word = SentWord([9; 16]);
    trip.send_on(id, "ws://c/play/y", Some(word));
    trip.dial();
    assert_eq!(trip.last_shown(), Some(Credential::Sent(word)), "it goes to another room");
}

#[test]
fn a_player_whose_machine_died_tries_the_others_in_turn() {
    let mut trip = Trip::new();
    let (id, ..) = trip.dial();
    trip.play(id, "ws://a/play/x,ws://b/play/x");
    trip.close(id, gone());
    let mut dialled = Vec::new();
    for _ in 0..4 {
        let (id, address, wait) = trip.dial();
        assert!(wait < Micros::from_millis(250), "{wait:?} before {address:?}");
        dialled.extend(address);
        trip.close(id, gone());
    }
    assert_eq!(dialled, ["ws://a/play/x", "ws://b/play/x", "ws://a/play/x", "ws://b/play/x"]);
    let (id, ..) = trip.dial();
    trip.close(id, Closed::with(CloseCode::SESSION_OVER, "over"));
    assert_eq!(trip.dial().1, None, "whoever has no seat begins anew");
}

#[test]
fn machines_that_send_a_player_in_circles_are_left_alone_for_a_while() {
    let mut trip = Trip::new();
    let mut waited = Micros(0);
    for turn in 0..40 {
        let (id, _, wait) = trip.dial();
        waited = waited + wait;
        trip.send_on(id, if turn % 2 == 0 { "ws://b" } else { "ws://a" }, None);
    }
    assert!(waited > Micros::from_millis(500), "{waited:?}");
}

/// A player who was told to dial `ws://b/play/x` beside its connection, and has: both connections.
fn ahead(trip: &mut Trip) -> (ConnectionId, ConnectionId) {
    let (id, ..) = trip.dial();
    trip.play(id, "");
    trip.update(id, ">ws://b/play/x");
    let (there, address, wait) = trip.dial();
    assert_eq!((address.as_deref(), wait), (Some("ws://b/play/x"), Micros(0)));
    assert_eq!(trip.last_shown(), Some(Credential::Resume(ResumeToken([7; 32]))));
    // What comes here meanwhile does not end that, dialled or open.
    trip.update(id, "");
    trip.session.handle_opened(there, trip.now);
    trip.update(id, "");
    let _ = trip.session.poll_transmit(there, trip.now);
    assert_eq!(trip.session.played_by(), Some(id));
    (id, there)
}

#[test]
fn a_player_whose_room_goes_elsewhere_soon_is_there_before_and_plays_where_it_is_told_something() {
    let mut trip = Trip::new();
    let (id, there) = ahead(&mut trip);
    trip.update(id, "");
    assert_eq!(trip.session.played_by(), Some(id));
    trip.update(there, "");
    assert_eq!(trip.session.played_by(), Some(there));
    assert_eq!(trip.session.poll_hang_up(trip.now), Some((id, HangUp::Abandon)));
    assert_eq!(trip.session.ending(), None, "nothing was lost");
    trip.pass(Micros::from_millis(500));
    assert_eq!(trip.session.poll_dial(trip.now), None);
}

#[test]
fn a_connection_to_where_the_room_goes_soon_may_fail_and_says_nothing_of_the_player() {
    let ends = [gone(), Closed::with(CloseCode::SESSION_OVER, "over"), Closed::with(CloseCode::KICKED, "kicked")];
    for closed in ends {
        let mut trip = Trip::new();
        let (id, there) = ahead(&mut trip);
        trip.close(there, closed);
        trip.update(id, "");
        assert_eq!((trip.session.played_by(), trip.session.ending()), (Some(id), None));
        assert_eq!(trip.session.poll_dial(trip.now), None, "it plays");
        trip.send_on(id, "ws://b/play/x", None);
        let (_, address, wait) = trip.dial();
        assert_eq!((address.as_deref(), wait), (Some("ws://b/play/x"), Micros(0)));
        assert_eq!(trip.last_shown(), Some(Credential::Resume(ResumeToken([7; 32]))), "its seat is where the room is");
    }
}

#[test]
fn a_player_whose_room_went_waits_where_it_has_dialled_and_dials_there_again_when_that_is_lost() {
    let mut trip = Trip::new();
    let (id, there) = ahead(&mut trip);
    trip.send_on(id, "ws://b/play/x", None);
    assert_eq!(trip.session.poll_dial(trip.now), None, "it is there");
    trip.close(there, gone());
    let (_, address, _) = trip.dial();
    assert_eq!(address.as_deref(), Some("ws://b/play/x"));
}

#[test]
fn whoever_dials_alone_is_told_when_the_room_is_elsewhere() {
    let mut trip = Trip::new();
    trip.session = std::mem::replace(&mut trip.session, Session::following(2, |_| Ok(Tourist::default()))).dial_alone();
    let (id, ..) = trip.dial();
    trip.play(id, "");
    trip.update(id, ">ws://b/play/x");
    assert_eq!(trip.session.poll_dial(trip.now), None);
}
