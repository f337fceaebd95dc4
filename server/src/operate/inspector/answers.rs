//! [`Inspector`]: what is answered to whoever looks at a room.

use std::sync::{Arc, Mutex, PoisonError};

use hyper::body::Bytes;

use super::logged::LoggedRoomAt;
use super::moment::ShownMoment;
use super::not_shown::NotShown;
use super::record::LiveRecord;
use super::tables::Tables;
use super::views::{PlayerView, WorldView};

/// A room that is looked at, running or of a log.
pub(crate) struct Inspector {
    tables: Tables,
    subject: Subject,
    /// The world as it was told last: three who look at the same moment cost as much as one.
    told: Mutex<Option<(u32, Bytes)>>,
}

enum Subject {
    Live(LiveRecord),
    Logged(LoggedRoomAt),
}

/// Parameters of a question, as an address has them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Question {
    tick: Option<u32>,
    after: u64,
    client: String,
}

impl Question {
    fn read(query: &str) -> Option<Self> {
        let mut question = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=')? {
                ("tick", tick) => question.tick = Some(tick.parse().ok()?),
                ("after", after) => question.after = after.parse().ok()?,
                ("client", client) => client.clone_into(&mut question.client),
                _ => return None,
            }
        }
        Some(question)
    }
}

impl Inspector {
    /// Looks at a room that runs.
    pub(crate) const fn live(tables: Tables, record: LiveRecord) -> Self {
        Self { tables, subject: Subject::Live(record), told: Mutex::new(None) }
    }

    /// Looks at a log.
    pub(crate) const fn logged(tables: Tables, room: LoggedRoomAt) -> Self {
        Self { tables, subject: Subject::Logged(room), told: Mutex::new(None) }
    }

    /// Takes in what comes of a room that runs. Ends only with what runs it.
    pub(crate) async fn collect(&self) {
        match &self.subject {
            Subject::Live(record) => record.collect().await,
            Subject::Logged(_) => std::future::pending().await,
        }
    }

    /// Answers what is asked as `what?query`, in JSON.
    pub(crate) async fn answer(&self, what: &str, query: &str) -> Result<Bytes, NotShown> {
        let question = Question::read(query).ok_or(NotShown::BadQuestion)?;
        match what {
            "tables" => written(serde_json::to_vec(&self.tables)),
            "status" => self.status(&question).await,
            "world" => self.world(&*self.moment(question.tick).await?),
            "player" if !question.client.is_empty() => {
                let moment = self.moment(question.tick).await?;
                let player = PlayerView::of(&moment, &self.tables, &question.client).ok_or(NotShown::NoSuchPlayer)?;
                written(serde_json::to_vec(&player))
            }
            "player" => Err(NotShown::BadQuestion),
            _ => Err(NotShown::NoSuchPath),
        }
    }

    async fn moment(&self, tick: Option<u32>) -> Result<Arc<ShownMoment>, NotShown> {
        match &self.subject {
            Subject::Live(record) => record.moment(tick).ok_or(NotShown::NothingYet),
            Subject::Logged(room) => room.moment(tick).await,
        }
    }

    async fn status(&self, question: &Question) -> Result<Bytes, NotShown> {
        match &self.subject {
            Subject::Live(record) => written(record.status(&self.tables, question.after)),
            Subject::Logged(room) => written(room.status(&self.tables, &*room.moment(question.tick).await?)),
        }
    }

    fn world(&self, moment: &ShownMoment) -> Result<Bytes, NotShown> {
        // What is told is right after any panic: it is put there whole.
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((tick, world)) = &*told
            && *tick == moment.tick
        {
            return Ok(world.clone());
        }
        let world = written(serde_json::to_vec(&WorldView::of(moment, &self.tables)))?;
        *told = Some((moment.tick, world.clone()));
        Ok(world)
    }
}

fn written(json: serde_json::Result<Vec<u8>>) -> Result<Bytes, NotShown> {
    // Plain numbers and texts: there is nothing that could not be written.
    json.map(Bytes::from).map_err(|_| NotShown::NothingYet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_numbers_and_names_and_nothing_else() {
        let read = Question::read;
        assert_eq!(read(""), Some(Question::default()));
        assert_eq!(read("tick=7&client=1v1"), Some(Question { tick: Some(7), client: "1v1".into(), after: 0 }));
        for wrong in ["tick=-1", "tick=", "tick", "after=x", "token=abc", "tick=99999999999"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
