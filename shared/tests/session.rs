//! A player's session: what it makes of every ending, of silence and of failure, on virtual time and without a server.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};

use auspice::Micros;
use auspice::error::{CloseCode, PeerFault, SetupError};
use auspice::limits::{DIAL_MILLIS, GIVE_UP_SECONDS, RETRY_AFTER_SECONDS_MAX, STALLED_MILLIS};
use auspice::message::{Credential, ResumeToken};
use auspice::session::{Carried, Closed, Connection, ConnectionId, Follower, HangUp, Return, Session};

/// Tokens that followers were made with, oldest first.
type Shown = Arc<Mutex<Vec<Option<u8>>>>;

/// A follower of a protocol that is just large enough.
#[derive(Default)]
pub(crate) struct Puppet {
    token: Option<ResumeToken>,
    is_greeted: bool,
    pub(crate) updates: u64,
}

pub(crate) const UPDATE: &[u8] = &[1];
const NONSENSE: &[u8] = &[];

impl Follower for Puppet {
    fn handle_message(&mut self, bytes: &[u8], _: Micros) -> Result<(), PeerFault> {
        match bytes {
            [] => return Err(PeerFault::OutOfTurn),
            [_] => self.updates += 1,
            [_, token, ..] => self.token = Some(ResumeToken([*token; 32])),
        }
        Ok(())
    }

    fn poll_transmit(&mut self, _: Micros) -> Option<&[u8]> {
        (!std::mem::replace(&mut self.is_greeted, true)).then_some(b"hello")
    }

    fn next_due(&self) -> Option<Micros> {
        (!self.is_greeted).then_some(Micros(0))
    }

    fn is_playing(&self) -> bool {
        self.token.is_some()
    }

    fn updates(&self) -> u64 {
        self.updates
    }

    fn resume_token(&self) -> Option<ResumeToken> {
        self.token
    }

    fn carry(&self) -> Option<Carried> {
        None
    }

    fn adopt(&mut self, _: Carried) {}
}

/// A session and a clock.
pub(crate) struct Play {
    pub(crate) session: Session<Puppet>,
    shown: Shown,
    pub(crate) now: Micros,
}

pub(crate) fn millis(milliseconds: u64) -> Micros {
    Micros::from_millis(milliseconds)
}

impl Play {
    pub(crate) fn new(seed: u64) -> Self {
        let shown = Shown::default();
        let log = shown.clone();
        let make = move |own: Option<Credential>| {
            log.lock().unwrap().push(own.map(|own| if let Credential::Resume(token) = own { token.0[0] } else { 0 }));
            Ok::<_, SetupError>(Puppet::default())
        };
        Self { session: Session::following(seed, make), shown, now: Micros::from_seconds(1) }
    }

    /// A session that has one connection at most.
    fn alone(seed: u64) -> Self {
        let mut play = Self::new(seed);
        play.session = play.session.dial_alone();
        play
    }

    /// Waits, looking every 5 ms, until the session dials.
    pub(crate) fn dial_within(&mut self, time: Micros) -> Option<ConnectionId> {
        let end = self.now + time;
        loop {
            if let Some(id) = self.session.poll_dial(self.now) {
                return Some(id);
            }
            if self.now >= end {
                return None;
            }
            self.now = self.now + millis(5);
        }
    }

    pub(crate) fn welcome(&mut self, id: ConnectionId, token: u8) {
        self.session.handle_opened(id, self.now);
        assert_eq!(self.session.poll_transmit(id, self.now), Some(&b"hello"[..]));
        self.hear(id, &[0, token]);
    }

    pub(crate) fn hear(&mut self, id: ConnectionId, bytes: &[u8]) {
        self.session.handle_message(id, bytes, self.now).expect("the server should be honest");
    }

    /// Plays on a new connection.
    pub(crate) fn play(&mut self, token: u8) -> ConnectionId {
        let id = self.dial_within(Micros::from_seconds(6)).expect("it should be dialled");
        self.welcome(id, token);
        self.hear(id, UPDATE);
        assert_eq!(self.connection(), Connection::Playing);
        id
    }

    pub(crate) fn close(&mut self, id: ConnectionId, code: impl Into<CloseCode>) {
        self.session.handle_closed(id, Closed::with(code, "because"), self.now);
    }

    pub(crate) fn lose(&mut self, id: ConnectionId) {
        self.session.handle_closed(id, Closed::without_word("gone"), self.now);
    }

    pub(crate) fn connection(&self) -> Connection {
        self.session.connection(self.now)
    }

    pub(crate) fn hang_ups(&mut self) -> Vec<(ConnectionId, HangUp)> {
        std::iter::from_fn(|| self.session.poll_hang_up(self.now)).collect()
    }

    pub(crate) fn last_shown(&self) -> Option<u8> {
        *self.shown.lock().unwrap().last().expect("somebody should have been made")
    }
}

#[test]
fn every_close_code_does_what_it_means() {
    for code in (1000..=1015).chain(4000..=4020).map(CloseCode) {
        let mut play = Play::new(u64::from(code.0));
        let id = play.play(7);
        play.close(id, code);
        assert_eq!(play.session.resume_token().is_some(), !code.ends_session(), "{code}");
        assert_eq!(play.hang_ups(), [], "{code}: it is closed already");
        if code.is_final() {
            assert_eq!(play.connection(), Connection::Refused { code: Some(code), why: "because".into() });
            assert_eq!((play.session.next_due(), play.dial_within(Micros::from_seconds(60))), (None, None), "{code}");
        } else {
            assert!(matches!(play.connection(), Connection::Reconnecting { why, .. } if why == "because"), "{code}");
            assert!(play.dial_within(millis(110)).is_some(), "{code}: the first wait is short");
            assert_eq!(play.last_shown(), (!code.ends_session()).then_some(7), "{code}");
        }
    }
}

#[test]
fn a_session_that_is_over_is_joined_anew_as_at_the_first_time() {
    let mut play = Play::new(1);
    let first = play.play(7);
    play.lose(first);
    let second = play.dial_within(millis(110)).expect("it should come back");
    assert_eq!(play.last_shown(), Some(7));
    play.session.handle_opened(second, play.now);
    play.close(second, CloseCode::SESSION_OVER);
    play.play(8);
    assert_eq!(*play.shown.lock().unwrap(), [None, Some(7), None]);
    assert_eq!(play.session.ending(), None);
}

#[test]
fn silence_is_shown_at_once_and_given_up_after_its_time() {
    let mut play = Play::alone(1);
    let id = play.play(7);
    let start = play.now;
    play.now = start + millis(STALLED_MILLIS);
    assert_eq!(play.connection(), Connection::Playing);
    play.now = play.now + millis(1);
    assert_eq!(play.connection(), Connection::Stalled { silent_for: millis(STALLED_MILLIS + 1) });
    play.now = start + Micros::from_seconds(GIVE_UP_SECONDS) - Micros(1);
    assert_eq!(play.hang_ups(), []);
    play.now = play.now + Micros(1);
    assert_eq!(play.hang_ups(), [(id, HangUp::Abandon)]);
    assert!(matches!(play.connection(), Connection::Reconnecting { why, .. } if why == "the server fell silent"));
    play.play(8);
    assert_eq!(*play.shown.lock().unwrap(), [None, Some(7)]);
}

#[test]
fn a_stall_that_ends_in_time_goes_on_where_it_was() {
    let mut play = Play::alone(1);
    let id = play.play(7);
    play.now = play.now + Micros::from_seconds(GIVE_UP_SECONDS) - Micros(1);
    play.hear(id, UPDATE);
    assert_eq!(
        (play.connection(), play.hang_ups(), play.session.poll_dial(play.now)),
        (Connection::Playing, vec![], None)
    );
}

#[test]
fn a_dial_without_an_answer_is_given_up_and_tried_again() {
    let mut play = Play::new(1);
    let id = play.dial_within(Micros(0)).expect("it should dial at once");
    assert_eq!(play.connection(), Connection::Connecting);
    assert_eq!(play.session.next_due(), Some(play.now + millis(DIAL_MILLIS)));
    play.now = play.now + millis(DIAL_MILLIS);
    assert_eq!(play.hang_ups(), [(id, HangUp::Abandon)]);
    assert!(matches!(play.connection(), Connection::Reconnecting { why, .. } if why == "no answer in time"));
    assert!(play.dial_within(millis(110)).is_some());
    assert_eq!(
        play.session.next_due(),
        Some(play.now + millis(2 * DIAL_MILLIS)),
        "the network may be slow, and not dead"
    );
}

#[test]
fn an_answered_dial_that_brings_no_update_is_given_up_too() {
    let mut play = Play::alone(1);
    let id = play.dial_within(Micros(0)).expect("it should dial at once");
    play.now = play.now + Micros::from_seconds(1);
    play.welcome(id, 7);
    play.now = play.now + Micros::from_seconds(GIVE_UP_SECONDS) - Micros(1);
    assert_eq!((play.hang_ups(), play.connection()), (vec![], Connection::Connecting));
    play.now = play.now + Micros(1);
    assert_eq!(play.hang_ups(), [(id, HangUp::Abandon)]);
    assert!(play.dial_within(millis(110)).is_some());
    assert_eq!(play.last_shown(), Some(7), "the welcome was there");
}

#[test]
fn a_program_that_stood_still_reads_what_waits_before_it_gives_up() {
    let mut play = Play::alone(1);
    let id = play.play(7);
    play.now = play.now + Micros::from_seconds(60);
    assert_eq!((play.hang_ups(), play.session.poll_dial(play.now)), (vec![], None));
    play.hear(id, UPDATE);
    assert_eq!(play.connection(), Connection::Playing);
    // And once only: where nothing waits, it is over after a moment, however seldom the program looks.
    play.now = play.now + Micros::from_seconds(60);
    assert_eq!(play.hang_ups(), []);
    play.now = play.now + Micros::from_seconds(60);
    assert_eq!(play.hang_ups(), [(id, HangUp::Abandon)]);
}

#[test]
fn waits_grow_with_each_failure_and_are_short_again_after_an_update() {
    let most = |waits: &[Micros]| waits.iter().max().copied().unwrap_or_default();
    let mut waits = vec![Vec::new(); 9];
    for seed in 0..40 {
        let mut play = Play::new(seed);
        let mut id = play.play(7);
        for waits in &mut waits {
            play.lose(id);
            let lost_at = play.now;
            id = play.dial_within(Micros::from_seconds(6)).expect("it should be tried again");
            waits.push(play.now - lost_at);
            assert_eq!(play.last_shown(), Some(7), "the token is kept over failures");
        }
        play.welcome(id, 8);
        play.hear(id, UPDATE);
        play.lose(id);
        assert!(play.dial_within(millis(110)).is_some());
    }
    assert!(most(&waits[0]) <= millis(105), "{:?}", most(&waits[0]));
    assert!(waits.iter().skip(6).all(|waits| most(waits) > Micros::from_seconds(4)), "{waits:?}");
    assert!(waits.iter().all(|waits| most(waits) <= millis(5005)));
}

#[test]
fn whoever_is_asked_to_stay_away_for_a_while_does_and_not_for_ever() {
    for (asked, waited) in [(0, 0), (3, 3), (u64::MAX / 1_000_000, RETRY_AFTER_SECONDS_MAX)] {
        let mut play = Play::new(1);
        let id = play.dial_within(Micros(0)).expect("it should dial at once");
        let retry_after = Some(Micros::from_seconds(asked));
        let closed = Closed { retry_after, ..Closed::with(CloseCode::TRY_AGAIN, "the server is full") };
        play.session.handle_closed(id, closed, play.now);
        if waited > 0 {
            assert_eq!(play.dial_within(Micros::from_seconds(waited) - millis(5)), None);
        }
        assert!(play.dial_within(millis(110)).is_some(), "{asked} s");
    }
}

#[test]
fn a_player_who_leaves_says_goodbye_and_comes_back_as_somebody_new() {
    let mut play = Play::new(1);
    let id = play.play(7);
    play.session.leave();
    assert_eq!(play.hang_ups(), [(id, HangUp::Goodbye)]);
    assert_eq!((play.connection(), play.session.next_due()), (Connection::Offline, None));
    assert!(play.session.follower().is_none() && play.dial_within(Micros::from_seconds(60)).is_none());
    // What was still under way is nobody's.
    play.hear(id, UPDATE);
    play.lose(id);
    assert_eq!(play.connection(), Connection::Offline);
    play.session.reconnect();
    play.play(8);
    assert_eq!((play.last_shown(), play.session.poll_return()), (None, None), "it was its own wish to be away");
}

#[test]
fn a_page_that_is_loaded_anew_is_told_where_its_seat_is_gone() {
    let mut play = Play::new(1);
    play.session = play.session.resume_by(ResumeToken([7; 32]));
    let id = play.dial_within(Micros(0)).expect("it should dial at once");
    play.close(id, CloseCode::SESSION_OVER);
    play.play(8);
    let back = Return { why: "because".into(), ..Return::default() };
    assert_eq!(
        (back.to_string(), play.session.poll_return()),
        ("You are back as a new player: because.".into(), Some(back))
    );
    // Where no token was shown, nobody was here before.
    let mut play = Play::new(1);
    let id = play.dial_within(Micros(0)).expect("it should dial at once");
    play.close(id, CloseCode::CREDENTIAL_REFUSED);
    play.session.reconnect();
    play.play(8);
    assert_eq!(play.session.poll_return(), None);
}

#[test]
fn a_refused_player_may_ask_again_and_an_impatient_one_does_not_wait() {
    let mut play = Play::new(1);
    let first = play.play(7);
    play.close(first, CloseCode::KICKED);
    play.session.reconnect();
    let second = play.play(8);
    for _ in 0..9 {
        play.lose(second);
    }
    play.session.reconnect();
    assert!(play.session.poll_dial(play.now).is_some());
    assert_eq!(play.last_shown(), Some(8));
}

#[test]
fn a_server_that_breaks_the_protocol_is_left_and_dialled_anew() {
    let mut play = Play::new(1);
    let id = play.play(7);
    assert_eq!(play.session.handle_message(id, NONSENSE, play.now), Err(PeerFault::OutOfTurn));
    assert_eq!(play.hang_ups(), [(id, HangUp::Abandon)]);
    assert!(play.session.ending().is_some_and(|ending| ending.sentence.starts_with("the server broke the protocol: ")));
    play.play(8);
}

#[test]
fn a_follower_that_cannot_be_made_is_a_refusal() {
    let mut session = Session::<Puppet>::following(1, |_| Err(SetupError::NameUnfit));
    assert_eq!(session.poll_dial(Micros(1)), None);
    let why = SetupError::NameUnfit.to_string();
    assert_eq!(session.connection(Micros(1)), Connection::Refused { code: None, why });
    assert_eq!(session.next_due(), None);
}

#[test]
fn the_last_world_stays_to_be_looked_at_until_the_next_dial() {
    let mut play = Play::new(1);
    let id = play.play(7);
    play.lose(id);
    assert!(play.session.follower().is_some_and(|puppet| puppet.updates == 1) && !play.session.is_connected());
    play.dial_within(millis(110)).expect("it should come back");
    assert!(play.session.follower().is_some_and(|puppet| puppet.updates == 0));
}

/// A server that answers 30 ms after a dial, plays for some seconds, and then falls silent.
#[test]
fn a_session_that_is_looked_at_only_when_it_is_due_misses_nothing() {
    let mut play = Play::alone(3);
    let answers = RefCell::new(Vec::new());
    let (end, mut silences) = (Micros::from_seconds(100), 0);
    while play.now < end {
        silences += play.hang_ups().len();
        if let Some(id) = play.session.poll_dial(play.now) {
            answers.borrow_mut().push((play.now + millis(30), id));
        }
        let answer = answers.borrow().first().copied();
        let due = play.session.next_due().expect("something should always be due");
        if let Some((at, id)) = answer.filter(|(at, _)| *at <= due.max(play.now)) {
            play.now = play.now.max(at);
            answers.borrow_mut().clear();
            play.welcome(id, 7);
            play.hear(id, UPDATE);
        } else {
            assert!(due > play.now, "{due:?} is over at {:?}", play.now);
            play.now = due;
        }
    }
    assert_eq!(silences as u64, 99 / GIVE_UP_SECONDS, "each silence ends when its time is over");
}
