//! [`PageNews`]: what a page is told, as JSON. `ts/session.ts` has the same shapes.

use auspice::message::{Announcement, InputReport, Talk, TickReport};
use auspice::replica::ReplicaEvent;
use auspice::session::Return;
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
    Returned { back: PageReturn<'a> },
}

/// A [`Return`], for a page: times in milliseconds, and its line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageReturn<'a> {
    away: u64,
    stood_still: u64,
    ticks_lost: u32,
    went_back: u64,
    same_seat: bool,
    why: &'a str,
    line: String,
}

/// An event as JSON; `None` for what a frame shows anyway, and for what is no JSON.
pub(crate) fn json_of<E: Serialize>(event: &ReplicaEvent<E>) -> Option<String> {
    let told = match event {
        ReplicaEvent::Welcomed { .. } => PageNews::Welcomed,
        ReplicaEvent::Event { tick, event } => PageNews::Event { tick: tick.0, event },
        ReplicaEvent::Diverged { tick, held, stated } => {
            PageNews::Diverged { tick: tick.0, held: *held, stated: *stated }
        }
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

/// The player's return, as JSON.
pub(crate) fn json_of_return(back: &Return) -> Option<String> {
    let told: PageNews<'_, ()> = PageNews::Returned {
        back: PageReturn {
            away: back.away.0 / 1000,
            stood_still: back.stood_still.0 / 1000,
            ticks_lost: back.ticks_lost,
            went_back: back.went_back.0 / 1000,
            same_seat: back.same_seat,
            why: &back.why,
            line: back.to_string(),
        },
    };
    serde_json::to_string(&told).ok()
}

#[cfg(test)]
mod tests {
    use auspice::Micros;
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

    #[test]
    fn a_return_is_told_as_the_package_reads_it() {
        let away = Micros::from_millis(3200);
        let back =
            Return { away, ticks_lost: 42, went_back: Micros::from_millis(1400), same_seat: true, ..Return::default() };
        let told = json_of_return(&back).expect("it can be written");
        let numbers = r#""away":3200,"stoodStill":0,"ticksLost":42,"wentBack":1400,"sameSeat":true,"why":"","line":"#;
        assert!(told.starts_with(r#"{"what":"returned","back":{"#) && told.contains(numbers), "{told}");
        assert!(
            told.contains("You are back after 3.2 s as the same player. The server lost what happened last"),
            "{told}"
        );
    }
}
