//! [`Questions`]: rooms that are looked for, for players who wait, until the directory knows.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use auspice::authority::Admitted;
use auspice::error::Moved;
use auspice::message::SentWord;
use auspice_fleet::{Act, Directory, FoundAt, Now};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::names::{fleet_code, room_code};
use crate::fleet::{FoundRoom, Wanted, way_to};
use crate::rooms::RoomOptions;

/// Time for which a player waits whose room is on its way. Less than the 2 s after which clients give a dial up: within
/// it they dial the next machine rather than the same one again.
const WAITS: Duration = Duration::from_millis(1500);

/// Time from one question for the same room to the next.
const AGAIN: Duration = Duration::from_millis(10);

/// Options of a room that is to be made, as one node tells them to another.
#[derive(Serialize, Deserialize)]
pub(super) struct ToldOptions {
    pub(super) options: RoomOptions,
    pub(super) private: bool,
}

/// A player, as one node tells it to another.
#[derive(Serialize, Deserialize)]
struct Who {
    player: Option<String>,
    name: String,
}

fn who_to(admitted: &Admitted) -> String {
    let Admitted { player, name } = admitted.clone();
    // Plain texts can be written.
    serde_json::to_string(&Who { player, name }).unwrap_or_default()
}

/// The player whom another node told of.
pub(super) fn who_from(text: &str) -> Option<Admitted> {
    let Who { player, name } = serde_json::from_str(text).ok()?;
    Some(Admitted { player, name })
}

/// A room that is looked for.
struct Seeking {
    wanted: Wanted,
    who: Option<String>,
    until: Instant,
    answer: oneshot::Sender<FoundRoom>,
}

/// Rooms that are looked for, by the directory's numbers.
pub(super) struct Questions {
    schema: u64,
    is_logged: bool,
    asked: HashMap<u64, Seeking>,
    /// Questions to be asked again, and when.
    again: Vec<(Instant, Seeking)>,
}

impl Questions {
    /// None yet, of a server whose game has this schema.
    pub(super) fn new(schema: u64, is_logged: bool) -> Self {
        Self { schema, is_logged, asked: HashMap::new(), again: Vec::new() }
    }

    /// Looks for a room.
    pub(super) fn ask(
        &mut self,
        directory: &mut Directory,
        now: Now,
        wanted: Wanted,
        who: Option<&Admitted>,
    ) -> oneshot::Receiver<FoundRoom> {
        let (answer, receiver) = oneshot::channel();
        self.put(directory, now, Seeking { wanted, who: who.map(who_to), until: Instant::now() + WAITS, answer });
        receiver
    }

    fn put(&mut self, directory: &mut Directory, now: Now, question: Seeking) {
        match &question.wanted {
            Wanted::Code(code) => match directory.find(&fleet_code(*code), now) {
                FoundAt::Asked(number) => _ = self.asked.insert(number, question),
                found => self.find(directory, now, question, found),
            },
            Wanted::Any(options) => {
                // Plain texts can be written.
                let number = directory.seek(&serde_json::to_string(options).unwrap_or_default(), now);
                self.asked.insert(number, question);
            }
            Wanted::New { options, is_private } => {
                let told = ToldOptions { options: options.clone(), private: *is_private };
                // Plain texts can be written.
                let told = serde_json::to_string(&told).unwrap_or_default();
                let number = directory.open(self.schema, &told, self.is_logged, now);
                self.asked.insert(number, question);
            }
        }
    }

    /// A room's place is known.
    fn find(&mut self, directory: &mut Directory, now: Now, question: Seeking, found: FoundAt) {
        let Wanted::Code(code) = question.wanted else { return };
        let answer = match found {
            FoundAt::Here => FoundRoom::Here(code),
            FoundAt::Nowhere => FoundRoom::Nowhere,
            FoundAt::Asked(_) | FoundAt::Later => return self.wait(question),
            FoundAt::There { node, address } => match &question.who {
                None => FoundRoom::There { code, moved: Moved { address: way_to(&address, code), word: None } },
                Some(who) => {
                    let number = directory.send_player(&fleet_code(code), node, who, now);
                    self.asked.insert(number, question);
                    return;
                }
            },
        };
        let _ = question.answer.send(answer);
    }

    /// Asks once more, unless nobody waits for it any more.
    fn wait(&mut self, question: Seeking) {
        let now = Instant::now();
        if now + AGAIN < question.until {
            self.again.push((now + AGAIN, question));
        } else {
            let _ = question.answer.send(FoundRoom::Later);
        }
    }

    /// Asks for what is due to be asked again.
    pub(super) fn ask_again(&mut self, directory: &mut Directory, now: Now) {
        let at = Instant::now();
        let due: Vec<_> = self.again.extract_if(.., |(due, _)| *due <= at).collect();
        let due = due.into_iter().filter(|(_, question)| !question.answer.is_closed());
        due.for_each(|(_, question)| self.put(directory, now, question));
    }

    /// Takes an answer of the directory; what is none is handed back.
    pub(super) fn answer(&mut self, directory: &mut Directory, now: Now, act: Act) -> Option<Act> {
        match act {
            Act::FoundAt { ask, found } => {
                let question = self.asked.remove(&ask)?;
                self.find(directory, now, question, found);
            }
            Act::Sought { ask, room } => {
                let question = self.asked.remove(&ask)?;
                let Wanted::Any(options) = &question.wanted else { return None };
                let wanted = match room.as_ref().and_then(room_code) {
                    Some(code) => Wanted::Code(code),
                    None => Wanted::New { options: options.clone(), is_private: false },
                };
                self.put(directory, now, Seeking { wanted, ..question });
            }
            Act::Opened { ask, room } => {
                let question = self.asked.remove(&ask)?;
                match room.and_then(|(code, found)| Some((room_code(&code)?, found))) {
                    Some((code, found)) => {
                        self.find(directory, now, Seeking { wanted: Wanted::Code(code), ..question }, found);
                    }
                    // There is no place, or the store is not there yet.
                    None => self.wait(question),
                }
            }
            Act::Sent { ask, word } => {
                let question = self.asked.remove(&ask)?;
                let Wanted::Code(code) = question.wanted else { return None };
                match word.and_then(|(word, address)| Some((SentWord::parse(&word.text())?, address))) {
                    Some((word, address)) => {
                        let moved = Moved { address: way_to(&address, code), word: Some(word) };
                        let _ = question.answer.send(FoundRoom::There { code, moved });
                    }
                    None => self.wait(question),
                }
            }
            act => return Some(act),
        }
        None
    }
}
