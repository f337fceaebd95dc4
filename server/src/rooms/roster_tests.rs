use super::*;
use std::sync::mpsc::{Receiver, channel};

use auspice::authority::Admitted;
use auspice::message::SentWord;
use tokio::sync::oneshot;

use super::super::entry::stagger;
use crate::fleet::{FoundRoom, Wanted};
use crate::operate::heartbeat::Heartbeat;
use crate::ticklog::{LogClaim, LogEpoch, RoomAbout};

/// A roster for rooms of four players, of a game with the option `mode`; and the mail of its workers.
fn roster(rooms_max: usize, workers: usize) -> (Roster, Vec<Receiver<WorkerMail>>) {
    let judge = Box::new(|options: &RoomOptions| options.keys().all(|name| name == "mode"));
    let roster = Roster::new(RosterSpec { rooms_max, size: 4, period: Duration::from_millis(33), judge });
    let (posts, mail) = (0..workers)
        .map(|_| {
            let (mail, waiting) = channel();
            (WorkerPost { mail, load: Arc::default(), heartbeat: Arc::new(Heartbeat::new(30)) }, waiting)
        })
        .unzip();
    roster.employ(posts);
    roster.make(&mut roster.rooms(), RoomOptions::new(), false).unwrap();
    (roster, mail)
}

fn mode(mode: &str) -> RoomOptions {
    [("mode".into(), mode.into())].into()
}

fn any() -> RoomWish {
    RoomWish::Any(RoomOptions::new())
}

fn choose(roster: &Roster, wish: &RoomWish) -> Result<Choice, Refusal> {
    roster.choose(wish, || true)
}

#[test]
fn newcomers_fill_one_room_after_the_other() {
    let (roster, _mail) = roster(3, 1);
    let mut on_their_way = Vec::new();
    for _ in 0..12 {
        on_their_way.push(choose(&roster, &any()).unwrap());
    }
    let rooms: Vec<u64> = on_their_way.iter().map(|choice| choice.entry.number).collect();
    assert_eq!(rooms, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
    let last = choose(&roster, &any()).unwrap();
    assert_eq!((last.entry.number, last.closed), (0, Some(Refusal::Full)), "who has a seat may come all the same");
    on_their_way.truncate(9);
    drop(last);
    assert_eq!(choose(&roster, &any()).unwrap().entry.number, 2, "the fullest with a place");
}

#[test]
fn a_room_whose_seats_are_kept_for_the_away_has_places() {
    let (roster, _mail) = roster(1, 1);
    let room = choose(&roster, &any()).unwrap().entry;
    room.note_players(4, 0);
    assert_eq!(choose(&roster, &any()).unwrap().closed, Some(Refusal::Full));
    room.note_players(4, 1);
    assert_eq!(choose(&roster, &any()).unwrap().closed, None);
}

#[test]
fn a_private_room_is_found_by_its_code_alone() {
    let (roster, _mail) = roster(10, 1);
    let room = choose(&roster, &RoomWish::New(RoomOptions::new())).unwrap().entry;
    assert!(room.is_private);
    assert_eq!(choose(&roster, &RoomWish::Code(room.code)).unwrap().entry.code, room.code);
    assert_ne!(choose(&roster, &any()).unwrap().entry.code, room.code);
    assert!(roster.list(&RoomOptions::new(), Vec::new()).iter().all(|listed| listed.code != room.code.to_string()));
    let other = RoomCode::draw().unwrap();
    assert_eq!(choose(&roster, &RoomWish::Code(other)).unwrap_err(), Refusal::NoSuchRoom);
}

#[test]
fn options_choose_among_rooms_and_make_them() {
    let (roster, _mail) = roster(10, 1);
    let wish = RoomWish::Any(mode("duel"));
    let room = choose(&roster, &wish).unwrap().entry;
    assert_eq!(choose(&roster, &wish).unwrap().entry.code, room.code);
    assert_ne!(choose(&roster, &RoomWish::Any(mode("race"))).unwrap().entry.code, room.code);
    let listed = roster.list(&mode("duel"), Vec::new());
    assert_eq!((listed.len(), &listed[0].code), (1, &room.code.to_string()));
    // Of other nodes a fuller one is before it, and itself, which has just come from there, is not there twice.
    let abroad = [(RoomCode::ZERO.to_string(), 1), (room.code.to_string(), 0)];
    let abroad = abroad.map(|(code, players)| ListedRoom { code, players, ..room.listed() });
    let listed = roster.list(&mode("duel"), abroad.to_vec());
    let codes: Vec<String> = listed.into_iter().map(|listed| listed.code).collect();
    assert_eq!(codes, [RoomCode::ZERO.to_string(), room.code.to_string()]);
    let colour = RoomWish::Any([("colour".into(), "red".into())].into());
    assert_eq!(choose(&roster, &colour).unwrap_err(), Refusal::NoSuchRoom, "the game has no such option");
}

#[test]
fn places_are_an_option_of_every_game_within_the_operators_bound() {
    let (roster, _mail) = roster(10, 1);
    let places = |count: &str| RoomWish::New([("places".into(), count.into())].into());
    assert_eq!(choose(&roster, &places("2")).unwrap().entry.size, 2);
    for wrong in ["0", "5", "-1", "many"] {
        assert_eq!(choose(&roster, &places(wrong)).unwrap_err(), Refusal::NoSuchRoom, "{wrong}");
    }
}

#[test]
fn rooms_are_bounded_and_nobody_makes_them_who_may_not() {
    let (roster, _mail) = roster(2, 1);
    let refused = roster.choose(&RoomWish::New(RoomOptions::new()), || false).unwrap();
    assert_eq!(
        (refused.entry.number, refused.closed),
        (0, Some(Refusal::TooOften)),
        "who has a seat may come all the same"
    );
    assert!(choose(&roster, &RoomWish::New(RoomOptions::new())).is_ok());
    let refused = choose(&roster, &RoomWish::New(RoomOptions::new())).unwrap();
    assert_eq!((refused.entry.number, refused.closed), (0, Some(Refusal::Full)));
    assert_eq!(roster.make_room(RoomOptions::new(), false).unwrap_err(), Refusal::Full);
}

#[test]
fn a_room_does_not_end_while_somebody_is_on_the_way_to_it() {
    let (roster, _mail) = roster(10, 1);
    let Choice { entry, reserved, .. } = choose(&roster, &RoomWish::New(RoomOptions::new())).unwrap();
    assert!(!roster.retire(&entry));
    drop(reserved);
    assert!(roster.retire(&entry));
    assert_eq!(choose(&roster, &RoomWish::Code(entry.code)).unwrap_err(), Refusal::NoSuchRoom);
}

#[test]
fn a_room_that_ends_or_is_too_busy_takes_nobody_who_has_no_seat() {
    let (roster, _mail) = roster(10, 1);
    let room = choose(&roster, &any()).unwrap().entry;
    let closed = || choose(&roster, &RoomWish::Code(room.code)).unwrap().closed;
    room.refuse_joins(true);
    assert_eq!(closed(), Some(Refusal::Overloaded));
    assert_ne!(choose(&roster, &any()).unwrap().entry.code, room.code, "others go on");
    room.drain();
    assert_eq!(closed(), Some(Refusal::Stopping));
}

#[test]
fn new_rooms_go_to_the_worker_with_the_least_to_do() {
    let (roster, mail) = roster(100, 3);
    for _ in 0..5 {
        choose(&roster, &RoomWish::New(RoomOptions::new())).unwrap();
    }
    assert!(mail.iter().all(|mail| mail.try_iter().count() == 2));
    roster.workers()[0].load.set_busy(500);
    for _ in 0..4 {
        choose(&roster, &RoomWish::New(RoomOptions::new())).unwrap();
    }
    assert_eq!(mail.iter().map(|mail| mail.try_iter().count()).collect::<Vec<_>>(), [0, 2, 2]);
}

#[test]
fn ticks_of_rooms_do_not_meet() {
    let mut phases: Vec<f64> = (0..100).map(stagger).collect();
    phases.sort_by(f64::total_cmp);
    assert!(phases.windows(2).all(|pair| pair[1] - pair[0] > 0.003));
}

#[test]
fn rooms_of_a_log_keep_their_codes_and_new_ones_are_counted_behind_them() {
    let (roster, _mail) = roster(4, 1);
    let [kept, begun] = [(); 2].map(|()| RoomCode::draw().unwrap());
    let about = RoomAbout { number: 40, is_private: true, options: mode("duel") };
    let entry = roster.take_up(kept, about.clone(), None, None).unwrap();
    assert_eq!((entry.code, entry.about(), entry.lasts), (kept, about.clone(), false));
    assert_eq!(roster.take_up(kept, about, None, None).err(), Some(Refusal::Overloaded), "it is there");
    let claim = LogClaim { epoch: LogEpoch { life: 1, revision: 2 }, node: 3, from: None };
    let entry = roster.begin(begun, mode("duel"), false, Some(claim), None).unwrap();
    assert_eq!((entry.number, entry.lasts, roster.find(begun).is_some()), (41, false, true));
    let unknown = [("colour".into(), "red".into())].into();
    assert_eq!(roster.begin(RoomCode::draw().unwrap(), unknown, false, None, None).err(), Some(Refusal::NoSuchRoom));
    roster.make_room(mode("duel"), false).unwrap();
    assert_eq!(roster.take_up(RoomCode::draw().unwrap(), RoomAbout::default(), None, None).err(), Some(Refusal::Full));
}

/// Nodes that answer nobody.
#[derive(Debug)]
struct Silent;

impl Fleet for Silent {
    fn seek(&self, _: Wanted, _: Option<&Admitted>) -> oneshot::Receiver<FoundRoom> {
        oneshot::channel().1
    }

    fn admit(&self, _: &SentWord, _: RoomCode) -> Option<Admitted> {
        None
    }

    fn may_write(&self) -> bool {
        false
    }

    fn cut(&self, _: RoomCode, _: u32) -> bool {
        false
    }

    fn forward(&self, _: RoomCode, _: &[u8]) -> bool {
        false
    }

    fn end(&self, _: RoomCode) {}

    fn has_others(&self) -> bool {
        false
    }

    fn has_takers(&self) -> bool {
        false
    }

    fn addresses(&self, _: u64) -> Option<(u64, Vec<String>)> {
        None
    }
}

#[test]
fn a_node_leaves_rooms_that_it_has_not_to_its_fleet() {
    let (roster, _mail) = roster(10, 1);
    let (known, other) = (choose(&roster, &RoomWish::New(mode("duel"))).unwrap().entry, RoomCode::draw().unwrap());
    roster.join(Arc::new(Silent));
    assert_eq!(choose(&roster, &RoomWish::Code(known.code)).unwrap().entry.code, known.code);
    for wish in [RoomWish::Code(other), RoomWish::New(RoomOptions::new()), RoomWish::Any(mode("race"))] {
        assert_eq!(choose(&roster, &wish).err(), Some(Refusal::Elsewhere), "{wish:?}");
    }
    let colour = RoomWish::New([("colour".into(), "red".into())].into());
    assert_eq!(choose(&roster, &colour).err(), Some(Refusal::NoSuchRoom), "no node has it");
    assert_eq!(roster.make_room(RoomOptions::new(), true).err(), Some(Refusal::Elsewhere));
    let porch = roster.porch_for(Wanted::Code(other)).unwrap();
    let is_meant = matches!(porch.on_to, Some(Wanted::Code(code)) if code == other);
    assert!(porch.entry.number == 0 && is_meant, "the first room reads hellos for others");
}
