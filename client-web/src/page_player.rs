//! [`PagePlayer`]: a player of a page: a session with its sockets, and the sheet of the last frame.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use auspice::message::{Channel, Credential, ResumeToken};
use auspice::replica::{PictureSettings, Replica};
use auspice::session::{Connection, Session};
use auspice::{Display, EntityId, Game, Micros};
use auspice_socket::{Dials, Socket, Sockets, chance};
use serde::Serialize;
use tokio::sync::watch;

use crate::labels::Labels;
use crate::sheet::{CONNECTION, Sheet, TELLS, WAIT_MILLIS, identities};
use crate::told::{json_of, json_of_return, json_of_talk};

/// Things that wait to be told: a page that never asks forgets the oldest.
const TOLD_MAX: usize = 1024;

/// Time from one question for the server's report to the next, while reports are wanted.
const REPORT_EVERY: Micros = Micros(1_000_000);

/// A player's way in: where to, and as whom.
pub struct PageEntry<'a> {
    /// The server's address, `ws://HOST:PORT/play` or `wss:`.
    pub address: &'a str,
    /// The player's name.
    pub name: &'a str,
    /// Name and version of the program, as servers are told.
    pub build: &'a str,
    /// The resume token of a visit before, as [`PagePlayer::token`] gave it.
    pub token: Option<&'a str>,
}

/// A player of a page. Has the core's session, and gives a page numbers and JSON in place of Rust's types.
pub struct PagePlayer<G: Game> {
    address: String,
    session: Session<Replica<G>>,
    sockets: Sockets,
    /// Shown at each connection; a ticket is good once, so the page may put another here.
    credential: Arc<Mutex<Credential>>,
    dials: watch::Sender<Dials>,
    settings: PictureSettings,
    shows_ghosts: bool,
    wants_reports: bool,
    talks: bool,
    asked_at: Micros,
    sheet: Sheet,
    labels: Labels,
    shown: Vec<(usize, EntityId)>,
    /// Happenings as JSON, until the page asks for them.
    told: VecDeque<String>,
    connection: Connection,
}

impl<G: Game> PagePlayer<G> {
    /// A player who connects with the first [`frame`](Self::frame).
    #[must_use]
    pub fn new(entry: PageEntry<'_>) -> Self {
        let credential = Arc::new(Mutex::new(Credential::Open));
        let shown = Arc::clone(&credential);
        let show = move || shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut session = Session::new(entry.name, entry.build, chance(), show).with_spare();
        if let Some(token) = entry.token.and_then(token_of) {
            session = session.resume_by(token);
        }
        Self {
            address: entry.address.into(),
            session,
            sockets: Sockets::new(),
            credential,
            dials: watch::Sender::new(Dials::default()),
            settings: PictureSettings::default(),
            shows_ghosts: false,
            wants_reports: false,
            talks: false,
            asked_at: Micros(0),
            sheet: Sheet::new::<G>(),
            labels: Labels::default(),
            shown: Vec::new(),
            told: VecDeque::new(),
            connection: Connection::Offline,
        }
    }

    /// Dials, takes what came, sends the input that the page has written, and writes the picture at `millis` of the
    /// page's clock. Call it for each picture, and now and then where there is none.
    pub fn frame(&mut self, millis: f64) -> &Sheet {
        let now = Micros((millis * 1000.0) as u64);
        self.pump(now);
        let is_connected = self.session.is_connected();
        if let Some(replica) = self.session.follower_mut().filter(|replica| is_connected && replica.is_playing()) {
            let own = replica.own();
            let frame = replica.frame(now);
            self.sheet.fill(&frame, own, &mut self.labels);
            self.shown.clear();
            self.shown.extend(identities(frame.shown));
            if self.shows_ghosts {
                self.sheet.fill_ghosts(replica, &self.shown);
            }
            self.sheet.fill_figures(&replica.net_stats(now), replica.visible());
        } else {
            self.sheet.clear();
        }
        self.look(now);
        &self.sheet
    }

    /// Dials, takes and sends at `now`.
    fn pump(&mut self, now: Micros) {
        let open = |address: &str| {
            let dials = self.dials.subscribe();
            if self.talks { Socket::open_talking(address, dials) } else { Socket::open_over(address, dials) }
        };
        self.sockets.tend(&mut self.session, now, &self.address, open);
        self.sockets.receive(&mut self.session, now);
        let input = self.sheet.input();
        let is_asking = self.wants_reports && now.since(self.asked_at) >= REPORT_EVERY;
        if let Some(replica) = self.session.follower_mut().filter(|replica| replica.is_playing()) {
            replica.set_input(input);
            replica.set_settings(self.settings);
            if is_asking {
                replica.ask_report();
                self.asked_at = now;
            }
            let events = std::iter::from_fn(|| replica.poll_event());
            self.told.extend(events.filter_map(|event| json_of(&event)));
        }
        self.told.extend(self.session.poll_return().and_then(|back| json_of_return(&back)));
        let talk = std::iter::from_fn(|| self.session.poll_talk());
        self.told.extend(talk.filter_map(|talk| json_of_talk(&talk)));
        self.told.drain(..self.told.len().saturating_sub(TOLD_MAX));
        self.sockets.transmit(&mut self.session, now);
    }

    fn look(&mut self, now: Micros) {
        self.connection = self.session.connection(now);
        let (state, wait) = match &self.connection {
            Connection::Offline => (0, Micros(0)),
            Connection::Connecting => (1, Micros(0)),
            Connection::Playing => (2, Micros(0)),
            Connection::Stalled { silent_for } => (3, *silent_for),
            Connection::Reconnecting { wait, .. } => (4, *wait),
            Connection::Refused { .. } => (5, Micros(0)),
        };
        self.sheet.set(CONNECTION, f64::from(state));
        self.sheet.set(WAIT_MILLIS, wait.as_seconds() * 1000.0);
        self.sheet.set(TELLS, self.told.len() as f64);
    }

    /// The sheet's shape, as JSON.
    #[must_use]
    pub fn shape(&self) -> String {
        self.sheet.shape()
    }

    /// Sets the input, in units and the order of its fields. A page writes it into the sheet itself.
    pub fn set_input(&mut self, units: &[f64]) {
        self.sheet.write_input(units);
    }

    /// The next thing that happened, as JSON; `None` when all is told.
    pub fn next_told(&mut self) -> Option<String> {
        self.told.pop_front()
    }

    /// Says lines to others and hears them from the next connection on, where the server lets players talk.
    pub const fn set_talks(&mut self, talks: bool) {
        self.talks = talks;
    }

    /// Says a line to a channel, `room` or `all`.
    ///
    /// # Errors
    /// A sentence where it is not fit, nobody talks here, or too many wait.
    pub fn say(&mut self, channel: &str, text: &str) -> Result<(), String> {
        let channel = Channel::of_word(channel).ok_or("a line is said to the room, or to all")?;
        self.session.say(channel, text).map_err(|error| error.to_string())
    }

    /// The text of a label's number.
    #[must_use]
    pub fn label(&self, number: u32) -> String {
        String::from_utf8_lossy(self.labels.text(number)).into_owned()
    }

    /// The sentence of a connection that is refused, or is to be tried again; empty otherwise.
    #[must_use]
    pub fn why(&self) -> String {
        match &self.connection {
            Connection::Reconnecting { why, .. } | Connection::Refused { why, .. } => why.clone(),
            _ => String::new(),
        }
    }

    /// The close code of the refusal, or of the last connection's end; `None` where there was none.
    #[must_use]
    pub fn close_code(&self) -> Option<u16> {
        match &self.connection {
            Connection::Refused { code, .. } => code.map(|code| code.0),
            _ => self.session.ending().and_then(|ending| ending.code).map(|code| code.0),
        }
    }

    /// The terms of the session with the game's rules, as JSON, once welcomed.
    #[must_use]
    pub fn terms(&self) -> Option<String> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Told<'a, R> {
            tick_hz: u32,
            send_every: u32,
            interest_radius: f32,
            rules: &'a R,
        }
        let terms = self.replica()?.terms()?;
        let told = Told {
            tick_hz: terms.tick_hz,
            send_every: terms.send_every,
            interest_radius: terms.interest_radius,
            rules: &terms.rules,
        };
        serde_json::to_string(&told).ok()
    }

    /// The replica, where the game's own exports want to ask it something.
    #[must_use]
    pub fn replica(&self) -> Option<&Replica<G>> {
        self.session.follower()
    }

    /// Asks the game for something, once and in order.
    ///
    /// # Errors
    /// A sentence where it is no command of the game, or nobody plays, or too many wait.
    pub fn command(&mut self, json: &str) -> Result<(), String> {
        let command = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let replica = self.session.follower_mut().ok_or("there is no connection yet")?;
        replica.command(&command).map_err(|error| error.to_string())
    }

    /// Shows this at the next connection.
    pub fn set_credential(&mut self, credential: Credential) {
        *self.credential.lock().unwrap_or_else(PoisonError::into_inner) = credential;
    }

    /// Sets how the world is shown. `display` is 0 for each kind as the game would have it, 1 for all in the player's
    /// present, 2 for all in the past.
    pub fn set_settings(&mut self, prediction: bool, smoothing: bool, compensation: bool, display: u8) {
        let display =
            [None, Some(Display::Advance), Some(Display::Interpolate)].get(usize::from(display)).copied().flatten();
        self.settings =
            PictureSettings { prediction, smoothing, compensation, ..PictureSettings::default() }.with_display(display);
    }

    /// Writes `held` and `believed` of each entity from now on.
    pub fn show_ghosts(&mut self, is_shown: bool) {
        if self.shows_ghosts != is_shown {
            self.sheet.forget_rows();
        }
        self.shows_ghosts = is_shown;
    }

    /// Asks the server once a second for what it measures.
    pub const fn want_reports(&mut self, is_wanted: bool) {
        self.wants_reports = is_wanted;
    }

    /// Simulates another network from now on.
    pub fn turn(&mut self, dials: Dials) {
        self.dials.send_replace(dials.clamped());
    }

    /// Tries again at once.
    pub fn reconnect(&mut self) {
        self.session.reconnect();
    }

    /// Breaks the connection at `millis` without a word, as a router does that forgets it.
    pub fn break_off(&mut self, millis: f64) {
        let now = Micros((millis * 1000.0) as u64);
        self.session.break_off("the connection was broken on purpose", now);
        self.sockets.hang_up(&mut self.session, now);
    }

    /// Leaves, and stays away.
    pub fn leave(&mut self) {
        self.session.leave();
        self.sockets.clear();
    }

    /// The token by which another page comes back as the same player; `None` while there is nobody to come back to.
    #[must_use]
    pub fn token(&self) -> Option<String> {
        self.session.resume_token().map(|token| token.0.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Hash of the view, as the server would state it.
    #[must_use]
    pub fn hash(&self) -> u32 {
        self.replica().map_or(0, Replica::hash)
    }
}

/// The credential that a page names by kind and text: a `secret` or a `ticket`; none for any other kind.
#[must_use]
pub fn credential(kind: &str, text: &str) -> Credential {
    match kind {
        "secret" => Credential::Secret(text.into()),
        "ticket" => Credential::Ticket(text.into()),
        _ => Credential::Open,
    }
}

fn token_of(hex: &str) -> Option<ResumeToken> {
    let digits = hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    let bytes: Option<Vec<u8>> = digits.collect();
    bytes?.try_into().ok().map(ResumeToken)
}
