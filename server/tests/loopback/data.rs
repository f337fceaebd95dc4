//! A server whose world is made of data.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use auspice_server::{Config, Server};
use glam::IVec2;

use crate::dots::{Dots, FATAL_PACE, Rules, Wish};
use crate::player::Player;

/// Places as a file or a database has them.
const DATA: &str = "100 200\n-300 40\n7 7\n";

#[test]
fn a_world_of_data_is_served_and_made_of_it_again_when_its_room_has_failed() {
    let places: Vec<IVec2> = DATA
        .lines()
        .map(|line| line.split_once(' ').expect("two numbers"))
        .map(|(x, y)| IVec2::new(x.parse().expect("a number"), y.parse().expect("a number")))
        .collect();
    let made = Arc::new(AtomicU32::new(0));
    let (count, among) = (Arc::clone(&made), places.clone());
    let mut config = Config::for_game::<Dots>(Rules::default());
    config.listen = "127.0.0.1:0".parse().unwrap();
    let world = move |_: &_, _| {
        count.fetch_add(1, Ordering::Relaxed);
        Dots::among(&places)
    };
    let server = Server::<Dots>::start_with_world(config, Box::new(world)).unwrap();
    for rooms in 1..=2 {
        let mut player = Player::join(server.local_addr(), "ann");
        player.play_until("everything is seen", |player| player.replica.visible() == among.len() + 1);
        let held: Vec<IVec2> = player.replica.entities().map(|held| held.entity.place).collect();
        assert_eq!(held[..among.len()], among);
        assert_eq!(made.load(Ordering::Relaxed), rooms);
        player.replica.set_input(Wish { pace: FATAL_PACE });
        assert_eq!(u16::from(player.play_until_closed().expect("a close frame").code), 1011);
    }
}
