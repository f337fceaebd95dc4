//! The server as an operator sees it: what it counts, what it is asked to do.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use auspice::error::{CloseReason, SessionEnd};
use auspice::message::Credential;
use auspice_server::session::{Claims, Gate, SecretKey, unix_seconds};
use auspice_server::{AdminListen, ServeError};
use glam::IVec2;

use crate::dots::{FATAL_PACE, HEAVY_PACE, Wish};
use crate::player::{PATIENCE, Player, connect, good_request, start};

const TOKEN: &str = "not-a-token-to-keep-1234567890";

/// A file with [`TOKEN`], for one test.
pub(crate) fn token_file(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, format!("{TOKEN}\n")).unwrap();
    path
}

/// Status and body of the answer to a request.
pub(crate) fn ask(admin: SocketAddr, request: &str, headers: &str, body: &str) -> (u16, String) {
    let (head, body) = ask_whole(admin, request, headers, body);
    (head[9..12].parse().unwrap(), body)
}

/// Head and body of the answer to a request.
pub(crate) fn ask_whole(admin: SocketAddr, request: &str, headers: &str, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(admin).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let length = body.len();
    write!(
        stream,
        "{request} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
    .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no response: {response}"));
    (format!("{head}\r\n"), body.to_owned())
}

fn get(admin: SocketAddr, path: &str) -> (u16, String) {
    ask(admin, &format!("GET {path}"), "", "")
}

pub(crate) fn authorised() -> String {
    format!("Authorization: Bearer {TOKEN}\r\n")
}

/// A server with an admin listener on a free port and a token.
pub(crate) fn operated(name: &str) -> (auspice_server::Handle, SocketAddr) {
    let server = start(|config| {
        config.admin.listen = AdminListen::At("127.0.0.1:0".parse().unwrap());
        config.admin.token_file = Some(token_file(name));
        config.drain_timeout = Duration::from_millis(300);
        config.access.trusted_proxy = vec!["127.0.0.1".parse().unwrap()];
    });
    let admin = server.admin_addr().expect("an admin listener was asked for");
    (server, admin)
}

/// The answer to who wants to join from an address that no player has come from.
fn ask_as_a_stranger(address: SocketAddr) -> String {
    let mut stream = connect(address);
    stream.write_all(good_request().replace("Host:", "X-Forwarded-For: 192.0.2.1\r\nHost:").as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn health_and_metrics_are_told_without_a_token() {
    let (server, admin) = operated("health");
    let mut player = Player::join(server.local_addr(), "somebody");
    assert_eq!(get(admin, "/livez").0, 200);
    assert_eq!(get(admin, "/readyz").0, 200);
    player.play_until("the join is counted", |_| {
        let (status, text) = get(admin, "/metrics");
        assert_eq!(status, 200);
        series(&text, "auspice_clients{state=\"active\"}") == 1.0
    });
    assert_eq!(get(admin, "/").0, 404);
    assert_eq!(get(server.local_addr(), "/metrics").0, 404, "players' port has nothing of it");
}

#[test]
fn orders_and_the_list_of_players_need_the_token() {
    let (server, admin) = operated("orders");
    for (request, right) in [("GET /clients", 200), ("POST /kick", 400), ("POST /drain", 202)] {
        assert_eq!(ask(admin, request, "", "").0, 401, "{request}");
        assert_eq!(ask(admin, request, "Authorization: Bearer wrong\r\n", "").0, 401, "{request}");
        assert_eq!(ask(admin, request, &authorised(), "").0, right, "{request}");
    }
    drop(server);
    let server = start(|config| config.admin.listen = AdminListen::At("127.0.0.1:0".parse().unwrap()));
    let (status, sentence) = ask(server.admin_addr().unwrap(), "POST /drain", &authorised(), "");
    assert!(status == 403 && sentence.contains("--admin-token-file"), "{status} {sentence}");
}

#[test]
fn what_is_asked_in_the_wrong_way_is_told_the_right_one() {
    let (_server, admin) = operated("ways");
    for (request, allowed) in [("POST /livez", "GET, HEAD"), ("DELETE /clients", "GET, HEAD"), ("GET /drain", "POST")] {
        let (head, _) = ask_whole(admin, request, &authorised(), "");
        assert!(
            head.starts_with("HTTP/1.1 405 ") && head.contains(&format!("\r\nallow: {allowed}\r\n")),
            "{request}: {head}"
        );
    }
    let (head, body) = ask_whole(admin, "HEAD /readyz", "", "");
    assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("content-length: 6\r\n") && body.is_empty(), "{head}");
    let long = format!("{{\"client\":\"{}\"}}", "9".repeat(2000));
    assert_eq!(ask(admin, "POST /kick", &authorised(), &long).0, 400);
}

#[test]
fn idle_connections_to_the_admin_listener_shut_nobody_out() {
    let (_server, admin) = operated("idle");
    let idle: Vec<TcpStream> = (0..200).map(|_| TcpStream::connect(admin).unwrap()).collect();
    assert_eq!(get(admin, "/livez").0, 200);
    // The oldest made room.
    idle[0].set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!((&idle[0]).read(&mut [0]).unwrap_or_default(), 0);
}

#[test]
fn guesses_at_the_token_are_limited() {
    let (_server, admin) = operated("guesses");
    let statuses: Vec<u16> =
        (0..12).map(|guess| ask(admin, "POST /drain", &format!("Authorization: Bearer {guess}\r\n"), "").0).collect();
    assert_eq!(statuses[..10], [401; 10]);
    assert_eq!(statuses[10..], [429; 2]);
}

/// Linux lets a machine come from any of its own sixteen million addresses.
#[cfg(target_os = "linux")]
#[test]
fn whoever_guesses_from_many_addresses_does_not_fill_the_log() {
    use socket2::{Domain, Socket, Type};
    let (server, admin) = operated("many-guesses");
    let refused = (1..=250_u8).flat_map(|a| [1, 2].map(|b| SocketAddr::from(([127, 77, b, a], 0))));
    for from in refused {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&from.into()).unwrap();
        socket.connect(&admin.into()).unwrap();
        let mut stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(
            stream,
            "GET /clients HTTP/1.1\r\nHost: admin\r\nConnection: close\r\nAuthorization: Bearer guess\r\n\r\n"
        )
        .unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        assert!(response.starts_with("HTTP/1.1 401 "), "{response}");
    }
    assert!(series(&server.metrics(), "auspice_log_lines_held_back_total") > 0.0);
}

#[test]
fn a_weak_token_stops_the_start() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("weak");
    std::fs::write(&path, "password").unwrap();
    let mut config = auspice_server::Config::for_game::<crate::dots::Dots>(crate::dots::Rules::default());
    config.listen.set_port(0);
    config.admin.token_file = Some(path);
    let error = auspice_server::Server::<crate::dots::Dots>::start(config).unwrap_err();
    assert!(matches!(error, ServeError::Token(_)) && error.to_string().contains("openssl"), "{error}");
}

#[test]
fn a_player_is_listed_and_kicked() {
    let (server, admin) = operated("kick");
    let mut player = Player::join(server.local_addr(), "rude");
    let mut other = Player::join(server.local_addr(), "polite");
    let (status, list) = ask(admin, "GET /clients", &authorised(), "");
    assert_eq!(status, 200);
    assert!(list.contains("\"name\":\"rude\"") && list.contains("\"name\":\"polite\""), "{list}");
    let before = &list[..list.find("\"name\":\"rude\"").unwrap()];
    let client = before.rsplit("\"client\":\"").next().unwrap().split('"').next().unwrap();
    let kick = |client: &str| ask(admin, "POST /kick", &authorised(), &format!("{{\"client\":\"{client}\"}}")).0;
    assert_eq!(kick("999v9"), 404);
    assert_eq!(kick(client), 200);
    assert_eq!(u16::from(player.play_until_closed().expect("a close frame").code), 4008);
    let seen = other.replica.tick();
    other.play_until("ticks go on", |other| other.replica.tick().since(seen) > 10);
    assert_eq!(kick(client), 404, "it is gone");
}

#[test]
fn a_drain_lets_nobody_in_gives_time_and_closes_so_that_players_come_back() {
    let (server, admin) = operated("drain");
    let mut player = Player::join(server.local_addr(), "late");
    let asked = Instant::now();
    server.drain();
    assert_eq!(get(admin, "/readyz"), (503, "draining: nobody is let in\n".into()));
    assert_eq!(get(admin, "/livez").0, 200, "it is not dead");
    let response = ask_as_a_stranger(server.local_addr());
    assert!(response.starts_with("HTTP/1.1 503 ") && response.contains("Retry-After"), "{response}");
    let seen = player.replica.tick();
    let frame = player.play_until_closed().expect("a close frame");
    assert_eq!(u16::from(frame.code), 1012);
    assert!(frame.reason.contains("come back"), "{}", frame.reason);
    assert!(asked.elapsed() >= Duration::from_millis(300), "{:?} is less than was promised", asked.elapsed());
    assert!(player.replica.tick().since(seen) > 3, "the game went on meanwhile");
    server.join().unwrap();
}

#[test]
fn what_players_did_before_a_drain_ends_is_played_and_told() {
    for shards in [1, 2] {
        let server =
            start(|config| (config.shards, config.drain_timeout, config.terms.tick_hz) = (shards, Duration::ZERO, 20));
        let mut player = Player::join(server.local_addr(), "hasty");
        let before = player.replica.report().echoes;
        player.play_until("an input is answered", |player| player.replica.report().echoes > before);
        // Inputs of four ticks, and then the server ends before it would have read even one.
        player.replica.set_input(Wish { pace: IVec2::new(200, 0) });
        player.hurry(Duration::from_millis(200));
        player.pump().unwrap();
        server.drain();
        assert_eq!(player.play_until_closed().map(|frame| u16::from(frame.code)), Some(1012));
        let own = player.replica.own().and_then(|own| player.replica.entity(own)).expect("its own entity");
        assert!(own.entity.place.x >= 30, "{:?}: three ticks of its inputs at the least", own.entity);
        server.join().unwrap();
    }
}

#[test]
fn players_who_are_away_are_in_the_sums_until_they_are_gone_for_good() {
    let sums = |text: &str| {
        let clients = |state: &str| series(text, &format!("auspice_clients{{state=\"{state}\"}}"));
        let joined = series(text, "auspice_joins_total{result=\"joined\"}");
        let resumed = series(text, "auspice_joins_total{result=\"resumed\"}");
        (
            joined,
            resumed,
            clients("active"),
            clients("suspended"),
            series(text, "auspice_leaves_total"),
            sum(text, "auspice_disconnects_total"),
        )
    };
    let server = start(|config| (config.grace_seconds, config.drain_timeout) = (3600, Duration::from_millis(300)));
    let address = server.local_addr();
    let heard = |name: &str| {
        let mut player = Player::join(address, name);
        player.play_until("an input is answered", |player| player.replica.report().echoes > 0);
        player
    };
    let mut watcher = heard("watcher");
    let (away, mut back) = (heard("away"), heard("back"));
    let token = back.replica.resume_token().unwrap();
    drop(away);
    drop(std::mem::replace(&mut back, heard("another")));
    watcher.play_until("two are away", |_| sums(&server.metrics()) == (4.0, 0.0, 2.0, 2.0, 0.0, 2.0));
    let mut returned = Player::enter(connect(address), address, "back", Credential::Resume(token));
    watcher.play_until("one is back", |_| {
        returned.pump().unwrap();
        sums(&server.metrics()) == (4.0, 1.0, 3.0, 1.0, 0.0, 2.0)
    });
    // A room that fails takes those who are away with it.
    watcher.replica.set_input(Wish { pace: FATAL_PACE });
    assert_eq!(watcher.play_until_closed().map(|frame| u16::from(frame.code)), Some(1011));
    let mut last = heard("last");
    last.play_until("the old room's players are gone", |_| sums(&server.metrics()) == (5.0, 1.0, 1.0, 0.0, 4.0, 5.0));
    // Nobody can come back to a seat of it.
    let mut late = Player::enter(connect(address), address, "back", Credential::Resume(token));
    let frame = late.play_until_closed().expect("a close frame");
    assert_eq!((u16::from(frame.code), &*frame.reason), (4010, &*SessionEnd::RoomBefore.to_string()));
    // Who is away is waited for as long as who is not.
    drop(heard("gone"));
    last.play_until("it is away", |_| sums(&server.metrics()) == (6.0, 1.0, 1.0, 1.0, 4.0, 6.0));
    server.drain();
    assert_eq!(last.play_until_closed().map(|frame| u16::from(frame.code)), Some(1012));
    let joining = Instant::now();
    let text = loop {
        // Counted after everyone has been told.
        let text = server.metrics();
        if series(&text, "auspice_clients{state=\"active\"}") == 0.0 || joining.elapsed() > PATIENCE {
            break text;
        }
    };
    assert_eq!(sum(&text, "auspice_disconnects_total"), 7.0, "{text}");
    assert_eq!(series(&text, "auspice_disconnects_total{reason=\"server_restarting\"}"), 1.0, "{text}");
    assert_eq!(
        (series(&text, "auspice_rooms{state=\"draining\"}"), series(&text, "auspice_rooms{state=\"running\"}")),
        (1.0, 0.0)
    );
    server.join().unwrap();
}

#[test]
fn a_player_who_comes_twice_within_a_tick_is_counted_once() {
    let (secret, public) = SecretKey::generate().unwrap();
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("twice.pub");
    std::fs::write(&file, public).unwrap();
    let server = start(|config| {
        config.terms.tick_hz = 2;
        config.gate = Gate::of_tickets(&[file], "dots").unwrap();
    });
    let key = SecretKey::parse(&secret).unwrap();
    let ticket = || key.mint(&Claims::new("ann", "Ann", "dots", unix_seconds(SystemTime::now()), 20).unwrap()).unwrap();
    let address = server.local_addr();
    let mut players = [(); 2].map(|()| Player::enter(connect(address), address, "ann", Credential::Ticket(ticket())));
    for player in &mut players {
        player.pump().unwrap();
    }
    let [first, second] = &mut players;
    assert_eq!(first.play_until_closed().map(|frame| u16::from(frame.code)), Some(CloseReason::TakenOver.code()));
    second.play_until("it plays", |second| second.replica.own().is_some());
    let text = server.metrics();
    let clients = |state: &str| series(&text, &format!("auspice_clients{{state=\"{state}\"}}"));
    assert_eq!((clients("handshaking"), clients("active")), (0.0, 1.0), "{text}");
    let joined = series(&text, "auspice_joins_total{result=\"joined\"}")
        + series(&text, "auspice_joins_total{result=\"resumed\"}");
    assert_eq!(joined - sum(&text, "auspice_disconnects_total"), 1.0, "{text}");
    assert_eq!(series(&text, "auspice_joins_total{result=\"joined\"}"), 1.0, "{text}");
}

#[test]
fn every_connection_is_accounted_for_from_its_first_byte() {
    let server = start(|config| config.grace_seconds = 0);
    let mut stays = Player::join(server.local_addr(), "stays");
    for _ in 0..5 {
        drop(connect(server.local_addr()));
        let mut wrong = connect(server.local_addr());
        wrong.write_all(good_request().replace("/play", "/nothing").as_bytes()).unwrap();
        drop(crate::player::upgrade(server.local_addr()));
    }
    let under_way = connect(server.local_addr());
    stays.play_until("all are counted", |_| {
        let text = server.metrics();
        let of = |name: &str| series(&text, name);
        let open = of("auspice_clients{state=\"connecting\"}") + of("auspice_clients{state=\"handshaking\"}");
        let known = sum(&text, "auspice_rejected_total") + sum(&text, "auspice_joins_total") + open;
        of("auspice_connections_total") == 17.0 && known == 17.0 && of("auspice_clients{state=\"connecting\"}") == 1.0
    });
    drop(under_way);
    stays.play_until("it is counted too", |_| {
        let text = server.metrics();
        let hung_up = series(&text, "auspice_rejected_total{check=\"hung_up\"}");
        hung_up == 6.0 && series(&text, "auspice_clients{state=\"connecting\"}") == 0.0
    });
    let text = server.metrics();
    for way in ["sent", "received"] {
        let bytes = |layer: &str| series(&text, &format!("auspice_bytes_{way}_total{{layer=\"{layer}\"}}"));
        assert!(bytes("wire") > bytes("payload") && bytes("payload") > 0.0, "{text}");
    }
    assert_eq!(series(&text, "auspice_input_age_ticks_count"), series(&text, "auspice_input_lead_ticks_count"));
}

#[test]
fn a_drain_of_nobody_takes_no_time() {
    let server = start(|config| config.drain_timeout = Duration::from_secs(3600));
    let asked = Instant::now();
    server.drain();
    server.join().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
}

#[test]
fn a_panic_in_the_game_ends_its_room_and_not_the_server() {
    for shards in [1, 2] {
        let server = start(|config| config.shards = shards);
        let mut bystander = Player::join(server.local_addr(), "bystander");
        let mut culprit = Player::join(server.local_addr(), "culprit");
        culprit.replica.set_input(Wish { pace: FATAL_PACE });
        for player in [&mut culprit, &mut bystander] {
            let frame = player.play_until_closed().expect("a close frame");
            assert_eq!(u16::from(frame.code), 1011);
            assert!(frame.reason.contains("come back"), "{}", frame.reason);
        }
        let mut returner = Player::join(server.local_addr(), "returner");
        let seen = returner.replica.tick();
        returner.play_until("ticks go on", |returner| returner.replica.tick().since(seen) > 10);
        let text = server.metrics();
        assert_eq!(series(&text, "auspice_room_panics_total"), 1.0);
        assert_eq!(series(&text, "auspice_disconnects_total{reason=\"room_failed\"}"), 2.0);
        assert_eq!(series(&text, "auspice_clients{state=\"active\"}"), 1.0);
        server.shutdown();
        drop(returner);
        server.join().unwrap();
    }
}

#[test]
fn a_game_that_panics_again_and_again_ends_the_server() {
    let server = start(|_| {});
    for _ in 0..4 {
        let mut culprit = Player::join(server.local_addr(), "culprit");
        culprit.replica.set_input(Wish { pace: FATAL_PACE });
        assert_eq!(u16::from(culprit.play_until_closed().expect("a close frame").code), 1011);
    }
    let error = server.join().unwrap_err();
    assert!(error.to_string().contains("a pace that this game cannot take"), "{error}");
}

/// The value of a series in `text`.
fn series(text: &str, name: &str) -> f64 {
    let line = text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok())
        .unwrap_or_else(|| panic!("{name} is missing from {text}"))
}

/// The sum over the labels of a family in `text`.
fn sum(text: &str, family: &str) -> f64 {
    let lines = text.lines().filter(|line| line.starts_with(family) && line.as_bytes()[family.len()] == b'{');
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
}

#[test]
fn joins_and_ends_are_counted_by_reason_and_add_up() {
    let server = start(|config| config.grace_seconds = 0);
    let mut stays = Player::join(server.local_addr(), "stays");
    for round in 0..10 {
        let mut closes = Player::join(server.local_addr(), &format!("closes {round}"));
        closes.web.close(None).unwrap();
        drop(Player::join(server.local_addr(), &format!("cut {round}")));
        drop(crate::player::upgrade(server.local_addr()));
    }
    let text = |_: &Player| server.metrics();
    stays.play_until("everyone else is gone", |player| {
        let text = text(player);
        series(&text, "auspice_clients{state=\"active\"}") == 1.0
            && series(&text, "auspice_clients{state=\"handshaking\"}") == 0.0
    });
    let text = server.metrics();
    let sum = |family: &str| sum(&text, family);
    assert_eq!(series(&text, "auspice_joins_total{result=\"joined\"}"), 21.0);
    assert_eq!(sum("auspice_joins_total"), 31.0, "each upgraded connection has one result");
    assert_eq!(sum("auspice_disconnects_total"), 20.0);
    let ends = |reason| series(&text, &format!("auspice_disconnects_total{{reason=\"{reason}\"}}"));
    assert_eq!(ends("closed_by_client") + ends("connection_lost"), 20.0);
    for name in
        ["auspice_updates_total", "auspice_bytes_sent_total{layer=\"wire\"}", "auspice_tick_duration_seconds_count"]
    {
        assert!(series(&text, name) > 0.0, "{name}");
    }
}

#[test]
fn an_overloaded_server_degrades_says_so_and_recovers() {
    let (server, admin) = operated("overload");
    let mut player = Player::join(server.local_addr(), "heavy");
    let level = |player: &mut Player, wanted: f64| {
        player.play_until("the rung is reached", |_| series(&server.metrics(), "auspice_overload_level") == wanted);
    };
    player.replica.set_input(Wish { pace: HEAVY_PACE });
    level(&mut player, 4.0);
    assert_eq!(get(admin, "/readyz"), (503, "overloaded: nobody is let in\n".into()));
    let response = ask_as_a_stranger(server.local_addr());
    assert!(response.starts_with("HTTP/1.1 503 ") && response.contains("Retry-After: "), "{response}");
    let full = Duration::from_secs(1) / 60;
    player.play_until("the player's clock goes slower", |player| {
        player.replica.clock().is_some_and(|clock| u128::from(clock.period().0) > full.as_micros() * 2)
    });
    player.replica.set_input(Wish::default());
    level(&mut player, 0.0);
    player.play_until("the player's clock is back", |player| {
        player.replica.clock().is_some_and(|clock| u128::from(clock.period().0) <= full.as_micros() + 1)
    });
    assert_eq!(get(admin, "/readyz").0, 200);
    let text = server.metrics();
    for rung in 1..=4 {
        assert!(series(&text, &format!("auspice_overload_rungs_total{{rung=\"{rung}\"}}")) >= 1.0, "{text}");
    }
    assert_eq!(series(&text, "auspice_resyncs_total"), 0.0);
    let _ = Player::join(server.local_addr(), "another");
}
