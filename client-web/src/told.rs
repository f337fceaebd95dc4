//! [`PageNews`]: what a page is told, as JSON. `ts/session.ts` has the same shapes.

use auspice::message::{Announcement, InputReport, Talk, TickReport};
use auspice::replica::ReplicaEvent;
use serde::Serialize;

/// Something that happened, for a page.
#[derive(Serialize)]
#[serde(tag = "what", rename_all = "camelCase")]
enum PageNews<'a, E> {
    Welcomed,
    Event { tick: u32, event: &'a E },
    Diverged { tick: u32, held: u32, stated: u32 },
    Differs { tick: u32, lines: &'a [String] },
    Announced { announcement: Announcement },
    Report { ticks: TickReport, inputs: InputReport, bits: &'a [(String, u64)] },
    Stays { why: &'a str },
    Room { code: &'a str },
    Line { channel: &'static str, room: Option<&'a str>, name: &'a str, text: &'a str },
    Unsaid { why: &'a str },
}

/// An event as JSON; `None` for what a frame shows anyway, and for what is no JSON.
pub(crate) fn json_of<E: Serialize>(event: &ReplicaEvent<E>) -> Option<String> {
    let told = match event {
        ReplicaEvent::Welcomed { .. } => PageNews::Welcomed,
        ReplicaEvent::Event { tick, event } => PageNews::Event { tick: tick.0, event },
        ReplicaEvent::Diverged { tick, held, stated } => PageNews::Diverged { tick: tick.0, held: *held, stated: *stated },
        ReplicaEvent::Differs { tick, lines } => PageNews::Differs { tick: tick.0, lines },
        ReplicaEvent::Announced(announcement) => PageNews::Announced { announcement: *announcement },
        ReplicaEvent::Report { ticks, inputs, bits } => PageNews::Report { ticks: *ticks, inputs: *inputs, bits },
        ReplicaEvent::Stays { why } => PageNews::Stays { why },
        ReplicaEvent::Entered(_) | ReplicaEvent::Left(_) => return None,
    };
    serde_json::to_string(&told).ok()
}

/// Talk of players, as JSON.
pub(crate) fn json_of_talk(talk: &Talk) -> Option<String> {
    let told: PageNews<'_, ()> = match talk {
        Talk::Room { code } => PageNews::Room { code },
        Talk::Line { channel, room, name, text } => {
            PageNews::Line { channel: channel.word(), room: room.as_deref(), name, text }
        }
        Talk::Unsaid { why } => PageNews::Unsaid { why },
    };
    serde_json::to_string(&told).ok()
}

#[cfg(test)]
mod tests {
    use auspice::message::Channel;

    use super::*;

    #[test]
    fn what_players_say_is_told_as_the_package_reads_it() {
        let line = Talk::Line { channel: Channel::All, room: None, name: "Ann".into(), text: "hi".into() };
        let told = json_of_talk(&line).expect("it can be written");
        assert_eq!(told, r#"{"what":"line","channel":"all","room":null,"name":"Ann","text":"hi"}"#);
        let room = Talk::Room { code: "0123456789".into() };
        assert_eq!(json_of_talk(&room).as_deref(), Some(r#"{"what":"room","code":"0123456789"}"#));
        let unsaid = Talk::Unsaid { why: "Wait.".into() };
        assert_eq!(json_of_talk(&unsaid).as_deref(), Some(r#"{"what":"unsaid","why":"Wait."}"#));
    }
}
