//! A player with a touch screen, from the events of fingers to what the server is sent. On virtual time.

use std::time::Duration;

use auspice_bevy::Controls;
use auspice_demo::{Demo, Input, Rules};
use bevy::input::touch::{TouchInput, TouchPhase};
use bevy::prelude::*;
use bevy::window::PrimaryWindow;

use crate::common::Rig;

struct Player {
    rig: Rig,
    window: Entity,
    size: Vec2,
}

impl Player {
    fn new() -> Self {
        let mut rig = Rig::shown(Rules { npcs: 0, asteroids: 0, pickups: 0, ..Rules::default() }, Duration::ZERO);
        rig.until_playing();
        let world = rig.app.world_mut();
        let (window, size) = world.query_filtered::<(Entity, &Window), With<PrimaryWindow>>().single(world).unwrap();
        let size = size.size();
        Self { rig, window, size }
    }

    fn finger(&mut self, id: u64, phase: TouchPhase, position: Vec2) {
        let event = TouchInput { phase, position, window: self.window, force: None, id };
        self.rig.app.world_mut().write_message(event);
        self.rig.frame();
    }

    fn input(&mut self) -> Input {
        self.rig.part::<Controls<Demo>>().0
    }

    /// Where a thumb that rests in the left half is moved to so that it points along `way`, up being up.
    fn point(&mut self, way: Vec2) {
        let rest = Vec2::new(150.0, self.size.y - 150.0);
        self.finger(1, TouchPhase::Started, rest);
        self.finger(1, TouchPhase::Moved, rest + way * Vec2::new(1.0, -1.0));
    }

    fn heading(&mut self) -> Vec2 {
        let turns = f32::from(self.rig.own().unwrap().0.heading) / f32::from(auspice_demo::TURN);
        Vec2::from_angle(turns * std::f32::consts::TAU)
    }
}

#[test]
fn the_left_thumb_flies_where_it_points() {
    let mut player = Player::new();
    let before = player.rig.own().unwrap().1;
    let way = player.heading().perp() * 80.0;
    player.point(way);
    assert_eq!(player.input().turn, 1, "to the left, the shorter way");
    assert!(player.input().thrust);
    player.rig.frames(90);
    assert_eq!(player.input().turn, 0, "the nose has come to point there");
    assert!(player.heading().angle_to(way).abs() < 0.2);
    let moved = (player.rig.own().unwrap().1 - before).truncate();
    assert!(moved.dot(way.normalize()) > 10.0, "the ship moved by {moved}");
    player.finger(1, TouchPhase::Ended, Vec2::ZERO);
    assert_eq!(player.input(), Input::default(), "the thumb is lifted");
}

#[test]
fn a_thumb_that_points_but_a_little_turns_without_thrust_and_one_at_rest_does_nothing() {
    let mut player = Player::new();
    let way = -player.heading().perp();
    player.point(way * 25.0);
    assert_eq!(player.input(), Input { turn: -1, ..Input::default() });
    player.finger(1, TouchPhase::Canceled, Vec2::ZERO);
    player.point(way * 5.0);
    assert_eq!(player.input(), Input::default());
}

#[test]
fn the_right_thumb_shoots_while_the_left_one_flies() {
    let mut player = Player::new();
    let way = player.heading() * 80.0;
    player.point(way);
    let corner = player.size;
    for (from_corner, input) in [
        (Vec2::new(72.0, 72.0), Input { fire: true, ..Input::default() }),
        (Vec2::new(170.0, 62.0), Input { laser: true, ..Input::default() }),
        (Vec2::new(62.0, 170.0), Input { missile: true, ..Input::default() }),
        (Vec2::new(300.0, 300.0), Input { fire: true, ..Input::default() }),
    ] {
        player.finger(2, TouchPhase::Started, corner - from_corner);
        assert_eq!(player.input(), Input { thrust: true, ..input }, "at {from_corner} from the corner");
        player.finger(2, TouchPhase::Ended, corner - from_corner);
        assert_eq!(player.input(), Input { thrust: true, ..Input::default() }, "lifted");
    }
}

#[test]
fn what_a_finger_may_touch_is_drawn_once_there_is_one_and_leads_into_the_menu() {
    let mut player = Player::new();
    let is_drawn = |player: &mut Player, word: &str| player.rig.written().iter().any(|line| line == word);
    assert!(!is_drawn(&mut player, "GUN") && !is_drawn(&mut player, "MENU"), "{:?}", player.rig.written());
    player.point(Vec2::ZERO);
    player.rig.frame();
    for word in ["GUN", "LASER", "MISSILE", "MENU"] {
        assert!(is_drawn(&mut player, word), "{word}: {:?}", player.rig.written());
    }
    let world = player.rig.app.world_mut();
    let menu = world.query::<(&Text, &ChildOf)>().iter(world).find(|(text, _)| text.0 == "MENU").unwrap().1.parent();
    *world.get_mut::<Interaction>(menu).unwrap() = Interaction::Pressed;
    player.rig.frame();
    assert_eq!(player.rig.marked(), "Back to the game");
    player.rig.frames(2);
    assert_eq!(player.input(), Input::default(), "nothing flies while the menu is open");
    assert!(!is_drawn(&mut player, "GUN"), "{:?}", player.rig.written());
}

#[test]
fn on_a_small_screen_fingers_press_the_buttons_where_they_are_drawn() {
    let mut player = Player::new();
    let world = player.rig.app.world_mut();
    world.get_mut::<Window>(player.window).unwrap().resolution.set(640.0, 360.0);
    player.rig.frames(3);
    let scale = player.rig.app.world().resource::<UiScale>().0;
    assert!(scale < 0.9, "what is drawn shrinks: {scale}");
    for (from_corner, input) in [
        (Vec2::new(72.0, 72.0), Input { fire: true, ..Input::default() }),
        (Vec2::new(170.0, 62.0), Input { laser: true, ..Input::default() }),
        (Vec2::new(62.0, 170.0), Input { missile: true, ..Input::default() }),
    ] {
        let at = Vec2::new(640.0, 360.0) - from_corner * scale;
        player.finger(2, TouchPhase::Started, at);
        assert_eq!(player.input(), input, "at {at}");
        player.finger(2, TouchPhase::Ended, at);
    }
}
