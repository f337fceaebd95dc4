use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use auspice::message::Talk;
use auspice::{ClientId, Rng};

use super::hall::ListedPlayer;
use super::{HeardLines, Speaker, TalkHall};
use crate::limits::{
    ALL_LINES_BURST, ALL_LINES_PER_SECOND, LEAFLETS_WAITING_MAX, LINES_KEPT_MAX, PLAYERS_LISTED_MAX,
    PLAYERS_SPREAD_MAX, PRESENCE_AGAIN, PRESENCE_BYTES_MAX, PRESENCE_EVERY, PRESENCE_FOR, ROOM_OPTIONS_MAX,
    ROOMS_SPREAD_MAX, SILENCED_MAX, SPEAKER_LINES_BURST, SPEAKER_LINES_PER_SECOND, SPEAKERS_MAX,
};
use crate::rooms::{ListedRoom, RoomCode};

const SECOND: Duration = Duration::from_secs(1);

fn room(number: u64) -> RoomCode {
    RoomCode::parse(&format!("{number:010}")).expect("ten digits are a code")
}

fn client(number: u64) -> ClientId {
    slotmap::KeyData::from_ffi(1 << 32 | number).into()
}

fn text_of(line: &str) -> String {
    match Talk::read(line) {
        Some(Talk::Line { text, .. }) => text,
        other => panic!("{line:?} is {other:?}"),
    }
}

/// Texts of the lines behind the one of this number.
fn texts(hall: &TalkHall, heard: u64) -> Vec<String> {
    hall.lines_behind(heard).map(|(_, line)| text_of(line)).collect()
}

#[test]
fn whoever_has_heard_some_lines_hears_those_behind_them() {
    let start = Instant::now();
    let mut hall = TalkHall::new(true, start);
    assert_eq!(texts(&hall, hall.newest()), [""; 0]);
    for number in 0..3 {
        hall.say(Some(room(7)), "Ann", &format!("line {number}"), start).unwrap();
    }
    assert_eq!(texts(&hall, 0), ["line 0", "line 1", "line 2"]);
    assert_eq!(texts(&hall, 2), ["line 2"]);
    assert_eq!(texts(&hall, 3), [""; 0]);
    let shown = hall.lines_behind(2).next().unwrap();
    assert_eq!((shown.0, &**shown.1), (3, "line\tall\t0000000007\tAnn\tline 2"));
    hall.say(None, "Bob", "of a private room", start).unwrap();
    assert_eq!(&**hall.lines_behind(3).next().unwrap().1, "line\tall\t-\tBob\tof a private room");
}

#[test]
fn a_player_who_goes_from_room_to_room_hears_each_line_to_all_once_and_in_order() {
    for seed in 0..200 {
        let (mut rng, mut now) = (Rng::new(seed), Instant::now());
        let mut hall = TalkHall::new(true, now);
        // Rooms take new lines at ticks of their own: the number of the last that each has taken.
        let (mut taken, mut at, mut said) = ([0_u64; 3], 0, Vec::new());
        let (mut lines, mut heard) = (HeardLines::default(), Vec::new());
        for _ in 0..1000 {
            now += Duration::from_millis(100);
            // Seldom enough for no line to wait behind sixteen others.
            match rng.below(12) {
                0 => {
                    let line = format!("line {}", said.len());
                    said.extend(hall.say(None, "somebody", &line, now).is_ok().then_some(line));
                }
                1 => {
                    lines.leave(taken[at]);
                    at = rng.below(3) as usize;
                    let missed = hall.lines_behind(lines.heard().unwrap_or_default());
                    missed
                        .filter(|(number, _)| *number <= taken[at])
                        .for_each(|(number, line)| lines.hear_numbered(number, line.clone()));
                }
                _ => {
                    let room = rng.below(3) as usize;
                    if room == at {
                        hall.lines_behind(taken[at])
                            .for_each(|(number, line)| lines.hear_numbered(number, line.clone()));
                        heard.extend(lines.take().map(|line| text_of(&line)));
                    }
                    taken[room] = hall.newest();
                }
            }
        }
        hall.lines_behind(taken[at]).for_each(|(number, line)| lines.hear_numbered(number, line.clone()));
        heard.extend(lines.take().map(|line| text_of(&line)));
        assert_eq!(heard, said, "seed {seed}");
    }
}

#[test]
fn so_many_lines_are_said_to_everyone_and_so_many_are_kept() {
    let start = Instant::now();
    let mut hall = TalkHall::new(true, start);
    let say = |hall: &mut TalkHall, now: Instant| (0..1000).filter(|_| hall.say(None, "Ann", "x", now).is_ok()).count();
    assert_eq!(say(&mut hall, start), ALL_LINES_BURST as usize);
    assert_eq!(say(&mut hall, start + SECOND), ALL_LINES_PER_SECOND as usize);
    assert_eq!(hall.newest(), u64::from(ALL_LINES_BURST + ALL_LINES_PER_SECOND));
    (1..=2).for_each(|minutes| _ = say(&mut hall, start + minutes * 60 * SECOND));
    assert_eq!(texts(&hall, 0).len(), LINES_KEPT_MAX, "whoever was away for long misses some");
}

#[test]
fn players_are_listed_as_long_as_they_are_there_and_so_many_by_name() {
    let start = Instant::now();
    let mut hall = TalkHall::new(true, start);
    hall.enter(room(1), client(1), "Ann");
    hall.enter(room(2), client(1), "Bob");
    hall.enter(room(1), client(1), "Ann");
    let player = |name: &str, number| ListedPlayer { name: name.into(), room: room(number).to_string() };
    let listed = hall.list_players();
    assert_eq!((listed.count, listed.players), (2, vec![player("Ann", 1), player("Bob", 2)]));
    hall.leave(room(1), client(1));
    hall.leave(room(1), client(1));
    assert_eq!(hall.list_players().players, [player("Bob", 2)]);
    hall.clear(room(2));
    assert_eq!(hall.list_players().count, 0);
    for number in 0..300 {
        hall.enter(room(1), client(number), "one of many");
    }
    let listed = hall.list_players();
    assert_eq!((listed.count, listed.players.len()), (300, PLAYERS_LISTED_MAX));
}

#[test]
fn nobody_is_told_of_where_nobody_talks() {
    let start = Instant::now();
    let (mut off, mut on) = (TalkHall::new(false, start), TalkHall::new(true, start));
    off.join(1);
    on.join(2);
    off.enter(room(1), client(1), "Ann");
    on.enter(room(2), client(2), "Bob");
    on.say(None, "Bob", "hi", start).unwrap();
    for leaflet in on.next_leaflet().into_iter().chain(on.presence(vec![listed(2)], start)) {
        off.hear(&leaflet, start);
    }
    assert_eq!((off.list_players().count, off.list_players().players.len(), off.newest()), (0, 0, 0));
    assert_eq!(rooms_abroad(&off), [listed(2)], "rooms of other nodes are listed all the same");
}

#[test]
fn whoever_is_silenced_is_so_by_each_of_its_names_until_it_is_not() {
    let mut hall = TalkHall::new(true, Instant::now());
    let (ann, seat) = (Speaker::Player("ann".into()), Speaker::Seat(room(1), client(1)));
    hall.silence(ann.clone(), true);
    assert!(hall.is_silenced(&[ann.clone(), seat.clone()]) && !hall.is_silenced(std::slice::from_ref(&seat)));
    hall.silence(ann.clone(), false);
    assert!(!hall.is_silenced(&[ann.clone(), seat]));
    hall.silence(ann.clone(), true);
    for number in 0..SILENCED_MAX as u64 {
        hall.silence(Speaker::Seat(room(2), client(number)), true);
    }
    assert!(!hall.is_silenced(&[ann]), "the oldest is forgotten");
    assert!(hall.is_silenced(&[Speaker::Seat(room(2), client(0))]));
}

fn listed(number: u64) -> ListedRoom {
    let options = [("map".to_owned(), "ice".to_owned())].into();
    let code = room(number).to_string();
    ListedRoom { code, players: 1, places: 8, options, is_private: None, state: None, address: None }
}

fn rooms_abroad(hall: &TalkHall) -> Vec<ListedRoom> {
    hall.rooms_abroad().iter().flat_map(|rooms| rooms.iter().cloned()).collect()
}

#[test]
fn a_speaker_says_so_many_lines_over_all_its_connections_and_leaves_others_theirs() {
    let start = Instant::now();
    let mut hall = TalkHall::new(true, start);
    let (ann, bob) = (Speaker::Player("ann".into()), Speaker::Player("bob".into()));
    let count = |hall: &mut TalkHall, who: &Speaker, now| {
        (0..100).filter(|_| hall.count_line(who.clone(), now).is_ok()).count()
    };
    assert_eq!(count(&mut hall, &ann, start), SPEAKER_LINES_BURST as usize);
    assert_eq!(count(&mut hall, &bob, start), SPEAKER_LINES_BURST as usize);
    assert_eq!(count(&mut hall, &ann, start + SECOND), SPEAKER_LINES_PER_SECOND as usize);
    for number in 0..SPEAKERS_MAX as u64 {
        _ = hall.count_line(Speaker::Seat(room(2), client(number)), start + SECOND);
    }
    assert!(hall.count_line(Speaker::Player("eve".into()), start + SECOND).is_err(), "all that may be counted are");
    hall.count_line(Speaker::Player("eve".into()), start + 60 * SECOND).expect("who was quiet is not counted any more");
    assert_eq!(count(&mut hall, &ann, start + 60 * SECOND), SPEAKER_LINES_BURST as usize);
}

#[test]
fn seats_of_a_room_that_ended_are_others() {
    let mut hall = TalkHall::new(true, Instant::now());
    let [seat, other] = [room(1), room(2)].map(|room| Speaker::Seat(room, client(1)));
    hall.silence(seat.clone(), true);
    hall.silence(other.clone(), true);
    hall.clear(room(1));
    assert!(!hall.is_silenced(&[seat]) && hall.is_silenced(&[other]));
}

#[test]
fn a_room_that_moved_is_told_of_once_and_a_node_that_left_not_at_all() {
    let start = Instant::now();
    let mut halls: Vec<_> = (1..=3).map(|number| (TalkHall::new(true, start), number)).collect();
    halls.iter_mut().for_each(|(hall, number)| hall.join(*number));
    let [(from, _), (to, _), (third, _)] = &mut halls[..] else { unreachable!() };
    from.enter(room(1), client(1), "Ann");
    from.enter(room(9), client(2), "Cid");
    let before = from.presence(vec![listed(1), listed(9)], start).unwrap();
    to.hear(&before, start);
    third.hear(&before, start);
    to.enter(room(1), client(1), "Ann");
    let names = |hall: &TalkHall| {
        let mut names: Vec<_> = hall.list_players().players.into_iter().map(|player| player.name).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(names(to), ["Ann", "Cid"], "a room that is here is not another's");
    third.hear(&to.presence(vec![listed(1)], start).unwrap(), start);
    assert_eq!(names(third), ["Ann", "Cid"]);
    assert_eq!(third.list_players().count, 2);
    assert_eq!(rooms_abroad(third).len(), 2);
    third.hear(&from.farewell().unwrap(), start);
    assert_eq!((names(third), rooms_abroad(third)), (vec!["Ann".to_owned()], vec![listed(1)]));
    assert!(from.presence(Vec::new(), start + PRESENCE_FOR).is_none(), "it has left");
}

#[test]
fn words_of_more_than_there_can_be_are_not_believed() {
    let start = Instant::now();
    let (mut here, mut there) = (TalkHall::new(true, start), TalkHall::new(true, start));
    here.join(1);
    there.join(2);
    here.enter(room(1), client(1), "Ann");
    let good = String::from_utf8(here.presence(vec![listed(1)], start).unwrap()).unwrap();
    let options: String = (0..=ROOM_OPTIONS_MAX).map(|number| format!(",\"o{number}\":\"1\"")).collect();
    let bad = [
        good.replace("\"count\":1", &format!("\"count\":{}", u64::MAX)),
        good.replace("\"players\":1", &format!("\"players\":{}", u64::MAX)),
        good.replace("\"map\":\"ice\"", &format!("\"map\":\"ice\"{options}")),
    ];
    for leaflet in bad {
        assert_ne!(leaflet, good);
        there.hear(leaflet.as_bytes(), start);
    }
    assert_eq!((there.list_players().count, rooms_abroad(&there).len()), (0, 0));
}

#[test]
fn who_is_here_is_told_when_it_changes_and_now_and_then_and_forgotten_where_nobody_tells_it() {
    let start = Instant::now();
    let (mut here, mut there) = (TalkHall::new(true, start), TalkHall::new(true, start));
    assert!(here.presence(Vec::new(), start).is_none(), "a server that is alone tells nobody");
    here = TalkHall::new(true, start);
    here.join(1);
    there.join(2);
    here.enter(room(1), client(1), "Ann");
    let first = here.presence(vec![listed(1)], start).expect("it is the first");
    there.hear(&first, start);
    assert_eq!(there.list_players().players[0].name, "Ann");
    assert_eq!(rooms_abroad(&there), [listed(1)]);
    let at = |time: Duration| start + time;
    assert!(here.presence(vec![listed(1)], at(PRESENCE_EVERY)).is_none(), "nothing has changed");
    here.enter(room(1), client(2), "Bob");
    let second = here.presence(vec![listed(1)], at(PRESENCE_EVERY)).expect("it has changed");
    assert!(here.presence(vec![listed(1)], at(PRESENCE_EVERY + PRESENCE_EVERY)).is_none());
    assert!(here.presence(vec![listed(1)], at(PRESENCE_EVERY + PRESENCE_AGAIN)).is_some(), "now and then all the same");
    there.hear(&second, at(PRESENCE_EVERY));
    there.hear(&first, at(PRESENCE_EVERY));
    assert_eq!(there.list_players().count, 2, "an old one says nothing");
    here.hear(&second, at(PRESENCE_EVERY));
    assert_eq!(here.list_players().count, 2, "nor does one's own");
    there.presence(Vec::new(), at(PRESENCE_EVERY + PRESENCE_FOR));
    assert_eq!(there.list_players().count, 0);
}

#[test]
fn a_leaflet_of_many_is_short_and_names_fewer_of_them() {
    let start = Instant::now();
    let (mut here, mut there) = (TalkHall::new(true, start), TalkHall::new(true, start));
    here.join(1);
    there.join(2);
    for number in 0..500 {
        here.enter(room(number % 40), client(number), &"ж\"\\".repeat(10));
    }
    let rooms = (0..500).map(|number| {
        let options = (0..8).map(|option| (format!("{option}{}", "n".repeat(31)), "v".repeat(32))).collect();
        ListedRoom { options, ..listed(number) }
    });
    let leaflet = here.presence(rooms.collect(), start).expect("it is the first");
    assert!(leaflet.len() <= PRESENCE_BYTES_MAX + 200, "{} bytes", leaflet.len());
    there.hear(&leaflet, start);
    let told = there.list_players();
    assert!(
        told.count == 500 && (1..=PLAYERS_SPREAD_MAX).contains(&told.players.len()),
        "{} named",
        told.players.len()
    );
    assert!((1..=ROOMS_SPREAD_MAX).contains(&rooms_abroad(&there).len()));
}

#[test]
fn leaflets_that_no_node_of_ours_spreads_say_nothing_and_lines_that_nobody_fetches_are_lost() {
    let start = Instant::now();
    let (mut here, mut there) = (TalkHall::new(true, start), TalkHall::new(true, start));
    here.join(1);
    there.join(2);
    here.say(Some(room(1)), "Ann", "hello", start).unwrap();
    let good = String::from_utf8(here.next_leaflet().unwrap()).unwrap();
    let bad = [
        good.replace("hello", "\\u202eevil"),
        good.replace("hello", "a\\tb"),
        good.replace("Ann", ""),
        good.replace("0000000001", "../../etc"),
        good.replace("Line", "Order"),
        good[..good.len() - 1].to_owned(),
        String::new(),
    ];
    for (number, leaflet) in bad.iter().enumerate() {
        there.hear(leaflet.replace("\"number\":1", &format!("\"number\":{}", number + 1)).as_bytes(), start);
    }
    assert_eq!(there.newest(), 0);
    there.hear(good.replace("\"number\":1", "\"number\":99").as_bytes(), start);
    assert_eq!(texts(&there, 0), ["hello"]);
    for second in 0..10 {
        (0..ALL_LINES_PER_SECOND).for_each(|_| _ = here.say(None, "Ann", "x", start + second * SECOND));
    }
    assert_eq!(std::iter::from_fn(|| here.next_leaflet()).count(), LEAFLETS_WAITING_MAX);
}

/// Halls on a bus that loses leaflets, delays them, brings them twice and in any order, and is cut now and then.
struct TalkingNodes {
    halls: Vec<TalkHall>,
    /// Players that are there, by hall, room and number.
    people: Vec<BTreeMap<(u64, u64), String>>,
    bus: Vec<(Instant, usize, Vec<u8>)>,
    said: Vec<String>,
    heard: Vec<(u64, Vec<String>)>,
    now: Instant,
}

impl TalkingNodes {
    fn new(count: usize, now: Instant) -> Self {
        let halls = (0..count).map(|number| {
            let mut hall = TalkHall::new(true, now);
            hall.join(number as u64 + 1);
            hall
        });
        let (people, heard) = (vec![BTreeMap::new(); count], vec![(0, Vec::new()); count]);
        Self { halls: halls.collect(), people, bus: Vec::new(), said: Vec::new(), heard, now }
    }

    /// Ten milliseconds of a bus that has faults, or none.
    fn pass(&mut self, rng: &mut Rng, has_faults: bool) {
        self.now += Duration::from_millis(10);
        for from in 0..self.halls.len() {
            let leaflets: Vec<_> = std::iter::from_fn(|| self.halls[from].next_leaflet()).collect();
            let presence = self.halls[from].presence(Vec::new(), self.now);
            for leaflet in leaflets.into_iter().chain(presence) {
                for to in 0..self.halls.len() {
                    let copies = if has_faults { [0, 1, 1, 2][rng.below(4) as usize] } else { 1 };
                    for _ in 0..copies {
                        let delay = if has_faults && rng.one_in(10) { rng.below(3000) } else { 5 };
                        self.bus.push((self.now + Duration::from_millis(delay.into()), to, leaflet.clone()));
                    }
                }
            }
        }
        for (_, to, leaflet) in self.bus.extract_if(.., |(at, ..)| *at <= self.now) {
            self.halls[to].hear(&leaflet, self.now);
        }
        for (hall, (heard, lines)) in self.halls.iter().zip(&mut self.heard) {
            lines.extend(texts(hall, *heard));
            *heard = hall.newest();
        }
    }

    /// Somebody comes, goes or says something.
    fn act(&mut self, rng: &mut Rng) {
        let at = rng.below(self.halls.len() as u32) as usize;
        // A room is one node's.
        let (number, place) = (u64::from(rng.below(6)), at as u64 * 10 + u64::from(rng.below(3)));
        match rng.below(3) {
            0 => {
                let name = format!("p{number} of {at}");
                self.halls[at].enter(room(place), client(number), &name);
                self.people[at].insert((place, number), name);
            }
            1 => {
                self.halls[at].leave(room(place), client(number));
                self.people[at].remove(&(place, number));
            }
            _ => {
                let line = format!("line {}", self.said.len());
                if self.halls[at].say(None, "somebody", &line, self.now).is_ok() {
                    self.said.push(line);
                }
            }
        }
    }
}

#[test]
fn over_a_bus_with_faults_each_line_is_heard_once_at_most_and_in_the_end_all_know_who_is_where() {
    for seed in 0..100 {
        let (mut rng, mut fleet) = (Rng::new(seed), TalkingNodes::new(4, Instant::now()));
        for _ in 0..1500 {
            if rng.one_in(8) {
                fleet.act(&mut rng);
            }
            fleet.pass(&mut rng, true);
        }
        let said = fleet.said.len();
        for (hall, (_, lines)) in fleet.heard.iter().enumerate() {
            let mut once = lines.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), lines.len(), "seed {seed}: hall {hall} heard a line twice");
            assert!(lines.iter().all(|line| fleet.said.contains(line)), "seed {seed}");
            assert!(lines.len() * 4 > said, "seed {seed}: hall {hall} heard {} of {said}", lines.len());
        }
        // What is late is over by then, and everybody has told it once more.
        for _ in 0..(3 * SECOND + PRESENCE_AGAIN + PRESENCE_EVERY).as_millis() / 10 {
            fleet.pass(&mut rng, false);
        }
        let count: usize = fleet.people.iter().map(BTreeMap::len).sum();
        for hall in &fleet.halls {
            let listed = hall.list_players();
            let mut names: Vec<_> =
                listed.players.iter().map(|player| (player.room.clone(), player.name.clone())).collect();
            let mut people: Vec<_> =
                fleet.people.iter().flatten().map(|((at, _), name)| (room(*at).to_string(), name.clone())).collect();
            names.sort_unstable();
            people.sort_unstable();
            assert_eq!((listed.count, names), (count, people), "seed {seed}");
        }
    }
}
