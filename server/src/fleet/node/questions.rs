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

/// Time from one question for the same room to the next; and for the same seat, which every node is asked for.
const AGAIN: Duration = Duration::from_millis(10);
const SEAT_AGAIN: Duration = Duration::from_millis(200);

/// Options of a room that is to be made, as one node tells them to another.
#[derive(Serialize, Deserialize)]
pub(super) struct ToldOptions {
    pub(super) options: RoomOptions,
    pub(super) private: bool,
    /// Is for one newcomer, who comes at once or not at all.
    #[serde(default)]
    pub(super) for_one: bool,
}

/// A room that one node asks others for.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum ToldWish {
    /// Any with these options and a place.
    Any(RoomOptions),
    /// The one whose tokens begin so.
    Seat {
        /// The beginning.
        seat: [u8; 8],
    },
}

/// Plain texts and numbers can be written.
fn told<T: Serialize>(what: &T) -> String {
    serde_json::to_string(what).unwrap_or_default()
}

/// A player, as one node tells it to another.
#[derive(Serialize, Deserialize)]
struct Who {
    player: Option<String>,
    name: String,
}

fn who_to(admitted: &Admitted) -> String {
    let Admitted { player, name } = admitted.clone();
    told(&Who { player, name })
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
                let number = directory.seek(&told(&ToldWish::Any(options.clone())), now);
                self.asked.insert(number, question);
            }
            Wanted::Seat(start) => {
                let number = directory.seek_seat(&told(&ToldWish::Seat { seat: *start }), now);
                self.asked.insert(number, question);
            }
            Wanted::New { options, is_private, is_for_one } => {
                let options = ToldOptions { options: options.clone(), private: *is_private, for_one: *is_for_one };
                let number = directory.open(self.schema, &told(&options), self.is_logged, now);
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
        let again = Instant::now() + if let Wanted::Seat(_) = question.wanted { SEAT_AGAIN } else { AGAIN };
        if again < question.until {
            self.again.push((again, question));
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
            Act::Sought { ask, room, is_moving } => {
                let question = self.asked.remove(&ask)?;
                let wanted = match (room.as_ref().and_then(room_code), &question.wanted) {
                    (Some(code), _) => Wanted::Code(code),
                    (None, Wanted::Any(options)) => {
                        Wanted::New { options: options.clone(), is_private: false, is_for_one: false }
                    }
                    // Nobody knows yet whose seats it has.
                    (None, _) if is_moving => {
                        self.wait(question);
                        return None;
                    }
                    (None, _) => {
                        let _ = question.answer.send(FoundRoom::Nowhere);
                        return None;
                    }
                };
                self.put(directory, now, Seeking { wanted, ..question });
            }
            Act::Opened { ask, room } => {
                let question = self.asked.remove(&ask)?;
                match room.and_then(|(code, found)| Some((room_code(&code)?, found))) {
                    Some((code, found)) => {
                        self.find(directory, now, Seeking { wanted: Wanted::Code(code), ..question }, found);
                    }
                    // Nobody is left who could make it.
                    None if directory.is_draining() && !directory.has_takers() => {
                        let _ = question.answer.send(FoundRoom::Later);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_and_options_of_whatever_name_are_told_apart() {
        let options = RoomOptions::from([("seat".to_owned(), "1".to_owned())]);
        for wish in [ToldWish::Any(options), ToldWish::Any(RoomOptions::new()), ToldWish::Seat { seat: [255; 8] }] {
            assert_eq!(serde_json::from_str::<ToldWish>(&told(&wish)).ok(), Some(wish));
        }
    }
}
