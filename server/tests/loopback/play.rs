//! Players: joining, seeing each other, being slow, and the end.

use std::time::{Duration, Instant};

use auspice_server::{Config, Handle, ServeError, Server};
use glam::IVec2;
use socket2::{Domain, Socket, Type};

use crate::dots::{Dot, Dots, Rules, Wish};
use crate::player::{PATIENCE, Player, start};

/// What `player` holds of walkers other than itself.
fn others(player: &Player) -> Vec<Dot> {
    player.replica.entities().filter(|held| Some(held.id) != player.replica.own()).map(|held| held.entity).collect()
}

fn walks(dot: &Dot) -> bool {
    dot.pace == IVec2::new(60, 0) && dot.place.x > 20
}

#[test]
fn players_see_each_other_move() {
    for shards in [1, 3] {
        let server = start(|config| (config.shards, config.grace_seconds) = (shards, 0));
        let mut walker = Player::join(server.local_addr(), "walker");
        let mut watcher = Player::join(server.local_addr(), "watcher");
        walker.replica.set_input(Wish { pace: IVec2::new(60, 0) });
        watcher.play_until("the walker walks", |watcher| {
            walker.pump().unwrap();
            others(watcher).iter().any(walks)
        });
        drop(walker);
        watcher.play_until("the walker is gone", |watcher| others(watcher).is_empty());
    }
}

#[test]
fn a_client_that_closes_is_gone_for_the_others() {
    let server = start(|_| {});
    let mut leaver = Player::join(server.local_addr(), "leaver");
    let mut watcher = Player::join(server.local_addr(), "watcher");
    watcher.play_until("both are there", |watcher| others(watcher).len() == 1);
    leaver.web.close(None).unwrap();
    watcher.play_until("one is gone", |watcher| others(watcher).is_empty());
}

/// A connection whose kernel takes next to nothing on the player's behalf.
fn narrow(server: std::net::SocketAddr) -> std::net::TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(2048).unwrap();
    socket.connect(&server.into()).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.into()
}

/// Has all of `players` play on until each of `watched` has `more` updates than now, which are counted.
fn play_on(players: &mut [Vec<Player>; 2], watched: usize, more: u32) -> [Vec<u32>; 2] {
    let updates =
        |players: &[Vec<Player>; 2]| players.each_ref().map(|of| of.iter().map(|player| player.updates).collect());
    let (started, before): (_, [Vec<u32>; 2]) = (Instant::now(), updates(players));
    loop {
        let mut since = updates(players);
        since.iter_mut().flatten().zip(before.iter().flatten()).for_each(|(now, before)| *now -= before);
        if since[watched].iter().all(|&since| since >= more) {
            return since;
        }
        assert!(started.elapsed() < PATIENCE, "not within {PATIENCE:?}: {more} updates for each, but {since:?}");
        players.iter_mut().flatten().for_each(|player| player.pump().unwrap());
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_slow_reader_disturbs_nobody_and_catches_up_exactly() {
    const BESIDE: usize = 0;
    const APART: usize = 1;
    let crowd = 4000;
    // Two of the same, of which one has a slow reader: the machine is as busy for both, however busy it is.
    let servers = [(); 2].map(|()| start(|config| config.terms.rules = Rules { crowd }));
    let five =
        |server: &Handle| (0..5).map(|number| Player::join(server.local_addr(), &format!("fast {number}"))).collect();
    let mut fast = servers.each_ref().map(five);
    let mut slow = Player::over(narrow(servers[BESIDE].local_addr()), servers[BESIDE].local_addr(), "slow");
    slow.pump().unwrap();
    // After as many ticks it has been sent the crowd, which does not fit into its connection. It reads nothing of it.
    play_on(&mut fast, BESIDE, 60);
    let more = play_on(&mut fast, APART, 60);
    assert!(more[BESIDE].iter().all(|&more| more >= 30), "beside a slow reader, and without one: {more:?}");
    let walkers = 1 + fast[BESIDE].len();
    slow.play_until("everything", |slow| slow.replica.visible() == crowd as usize + walkers);
    let seen = slow.replica.tick();
    slow.play_until("ticks go on", |slow| slow.replica.tick().since(seen) > 10);
}

#[test]
fn a_stopping_server_tells_everyone_and_is_quick_about_it() {
    for shards in [1, 2] {
        let server = start(|config| config.shards = shards);
        let mut players: Vec<Player> =
            (0..20).map(|number| Player::join(server.local_addr(), &format!("{number}"))).collect();
        // One that will not answer must not hold up the rest.
        let _silent = crate::player::upgrade(server.local_addr());
        server.shutdown();
        let started = Instant::now();
        let closing = std::thread::spawn(move || {
            for player in &mut players {
                let frame = player.play_until_closed().expect("a close frame");
                assert_eq!(u16::from(frame.code), 1001);
                assert!(frame.reason.contains("stopping"), "{}", frame.reason);
            }
        });
        server.join().unwrap();
        assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
        closing.join().unwrap();
    }
}

#[test]
fn a_slow_tick_rate_does_not_slow_the_stop() {
    let server = start(|config| config.terms.tick_hz = 1);
    std::thread::sleep(Duration::from_millis(50));
    let started = Instant::now();
    drop(server);
    assert!(started.elapsed() < Duration::from_millis(500), "{:?}", started.elapsed());
}

#[test]
fn a_port_in_use_and_terms_that_cannot_be_are_refused_at_the_start() {
    let server = start(|_| {});
    let mut config = Config::for_game::<Dots>(Rules::default());
    config.listen = server.local_addr().into();
    let error = Server::<Dots>::start(config.clone()).unwrap_err();
    assert!(error.to_string().contains(" is in use, ") && error.to_string().contains("--listen"), "{error}");
    config.listen.set_port(0);
    config.terms.tick_hz = 0;
    let error = Server::<Dots>::start(config).unwrap_err();
    assert!(matches!(error, ServeError::Setup(_)), "{error}");
}

#[test]
fn the_times_of_every_tick_go_to_whoever_wants_them() {
    let (to, times) = std::sync::mpsc::channel();
    let server = start(|config| config.tick_times = Some(to));
    let _player = Player::join(server.local_addr(), "walker");
    let ticks: Vec<_> = times.iter().filter(|tick| tick.clients == 1).take(10).collect();
    drop(server);
    for tick in &ticks {
        assert!(tick.due <= tick.began && tick.began <= tick.written, "{tick:?}");
    }
    assert!(ticks.is_sorted_by(|earlier, later| earlier.due < later.due), "{ticks:?}");
}

#[test]
fn a_view_is_complete_two_ticks_after_the_socket_is_open() {
    let server = start(|config| config.terms.tick_hz = 10);
    // The machine may be busy: the quickest of some joins counts. Each but the first begins just after a
    // tick, which is the worst case.
    let joins = (0..5).map(|number| {
        let began = Instant::now();
        let mut player = Player::join(server.local_addr(), &format!("walker {number}"));
        player.play_until("itself", |player| player.replica.visible() > 0);
        began.elapsed()
    });
    let quickest = joins.min().expect("there were some");
    assert!(quickest < Duration::from_millis(250), "{quickest:?} at 10 Hz");
}
