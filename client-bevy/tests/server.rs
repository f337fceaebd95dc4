//! The client without a window against the real server in this process, over a real socket.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use auspice::EntityId;
use auspice::message::Credential;
use auspice_bevy::{AuspicePlugin, Connection, Controls, Mirrored, Session};
use auspice_demo::{Demo, Input, Rules};
use auspice_server::session::Gate;
use auspice_server::{Config, Handle, Server};
use bevy::ecs::component::Mutable;
use bevy::prelude::*;

fn serve(listen: SocketAddr) -> Handle {
    Server::<Demo>::start(Config { listen: listen.into(), ..Config::for_game::<Demo>(Rules::default()) }).unwrap()
}

fn client(address: SocketAddr) -> App {
    client_showing(address, Credential::Open)
}

fn client_showing(address: SocketAddr, entry: Credential) -> App {
    let mut app = App::new();
    app.world_mut().spawn(Session::<Demo>::new(&format!("ws://{address}"), "tester").with_credential(entry));
    app.add_plugins((MinimalPlugins, AuspicePlugin::<Demo>::default()));
    app
}

fn part<C: Component<Mutability = Mutable>>(app: &mut App) -> Mut<'_, C> {
    app.world_mut().query::<&mut C>().single_mut(app.world_mut()).unwrap()
}

fn session(app: &mut App) -> Mut<'_, Session<Demo>> {
    part(app)
}

/// Frames at the pace of a screen until `is_so`.
fn play_until(apps: &mut [App], what: &str, mut is_so: impl FnMut(&mut [App]) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so(apps) {
        let state = session(&mut apps[0]).connection().to_string();
        assert!(Instant::now() < deadline, "not within 20 s: {what}; {state}");
        apps.iter_mut().for_each(App::update);
        std::thread::sleep(Duration::from_millis(4));
    }
}

fn own_place(app: &mut App) -> Option<Vec3> {
    let mut query = app.world_mut().query::<(&Mirrored<Demo>, &Transform)>();
    query.iter(app.world()).find_map(|(thing, transform)| thing.is_own.then_some(transform.translation))
}

fn own_id(app: &mut App) -> Option<EntityId> {
    let mut query = app.world_mut().query::<&Mirrored<Demo>>();
    query.iter(app.world()).find_map(|thing| thing.is_own.then_some(thing.id))
}

fn names(app: &mut App) -> usize {
    let mut query = app.world_mut().query::<&Mirrored<Demo>>();
    query.iter(app.world()).count()
}

#[test]
fn two_clients_fly_on_one_server() {
    let server = serve(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let mut apps = [client(server.local_addr()), client(server.local_addr())];
    play_until(&mut apps, "both fly", |apps| apps.iter_mut().all(|app| own_place(app).is_some()));
    assert!(names(&mut apps[0]) > 1, "others are seen");
    let start = own_place(&mut apps[1]).unwrap();
    part::<Controls<Demo>>(&mut apps[1]).0 = Input { thrust: true, ..Input::default() };
    play_until(&mut apps, "the ship flies away", |apps| own_place(&mut apps[1]).unwrap().distance(start) > 50.0);
}

#[test]
fn a_server_that_is_stopped_and_started_again_is_found_again() {
    let server = serve(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let address = server.local_addr();
    let mut apps = [client(address)];
    play_until(&mut apps, "flies", |apps| own_place(&mut apps[0]).is_some());
    server.shutdown();
    server.join().unwrap();
    let state = |apps: &mut [App]| session(&mut apps[0]).connection().clone();
    play_until(&mut apps, "notices", |apps| matches!(state(apps), Connection::Reconnecting { .. }));
    assert!(state(&mut apps).to_string().contains("server"), "{}", state(&mut apps));
    let _server = serve(address);
    play_until(&mut apps, "flies again", |apps| session(&mut apps[0]).welcomes() == 2);
    play_until(&mut apps, "has a ship", |apps| own_place(&mut apps[0]).is_some());
}

#[test]
fn nobody_at_the_address_is_told_in_words() {
    let free = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let mut apps = [client(free)];
    let state = |apps: &mut [App]| session(&mut apps[0]).connection().to_string();
    play_until(&mut apps, "says so", |apps| state(apps).contains("no server answers at "));
}

#[test]
fn a_player_whose_connection_is_lost_comes_back_to_the_same_ship() {
    let server = serve(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let mut apps = [client(server.local_addr())];
    play_until(&mut apps, "flies", |apps| own_id(&mut apps[0]).is_some());
    let ship = own_id(&mut apps[0]);
    for welcomes in 2..5 {
        session(&mut apps[0]).drop_link(Duration::ZERO);
        play_until(&mut apps, "flies again", |apps| {
            session(&mut apps[0]).welcomes() == welcomes && own_id(&mut apps[0]).is_some()
        });
        assert_eq!(own_id(&mut apps[0]), ship);
    }
    // Whoever leaves and comes again has another.
    session(&mut apps[0]).connect(&format!("ws://{}", server.local_addr()), "tester");
    play_until(&mut apps, "flies anew", |apps| {
        session(&mut apps[0]).welcomes() == 5 && own_id(&mut apps[0]).is_some_and(|id| Some(id) != ship)
    });
}

#[test]
fn a_server_with_a_secret_lets_in_who_shows_it() {
    let secret = "zV4j1kQ8s0dXh3mPq7Lw";
    let file = std::env::temp_dir().join(format!("auspice-secret-{}", std::process::id()));
    std::fs::write(&file, secret).unwrap();
    let gate = Gate::of_secret(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server =
        Server::<Demo>::start(Config { listen: listen.into(), gate, ..Config::for_game::<Demo>(Rules::default()) })
            .unwrap();
    let entries = [Credential::Secret(secret.into()), Credential::Secret("another".into()), Credential::Open];
    let mut apps = entries.map(|entry| client_showing(server.local_addr(), entry));
    let is_refused = |app: &mut App| matches!(session(app).connection(), Connection::Refused { .. });
    play_until(&mut apps, "one flies, two are refused", |apps| {
        own_id(&mut apps[0]).is_some() && is_refused(&mut apps[1]) && is_refused(&mut apps[2])
    });
}
