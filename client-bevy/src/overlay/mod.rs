//! The overlay: what the netcode does, in numbers and in strips. F3 opens it, turns its pages, and closes it.
//! Knows no game.

mod canvas;
mod pages;

use bevy::asset::RenderAssetUsages;
use bevy::image::ImageSampler;
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, TextureDimension, TextureFormat};

use crate::Connection;
use crate::bridge::Playable;
use crate::meter::Meter;
use crate::plugin::{Screen, Stage, Typing};
use crate::session::Session;
use crate::style::{FAINT_INK, pane, placed, show, text};
use canvas::{Canvas, HEIGHT, WIDTH};

pub use pages::{Line, PAGES};

/// Shows the [`Meter`] of each session of `G` that has a [`Screen`]. Needs Bevy's UI.
#[derive(Clone, Copy, Debug)]
pub struct OverlayPlugin<G> {
    /// Key that opens it, turns its pages, and closes it.
    pub key: KeyCode,
    /// The page that is open at the start, counted from 1; 0 for none.
    pub page: usize,
    /// The game whose sessions it shows.
    pub game: std::marker::PhantomData<fn() -> G>,
}

impl<G> Default for OverlayPlugin<G> {
    fn default() -> Self {
        Self { key: KeyCode::F3, page: 0, game: std::marker::PhantomData }
    }
}

impl<G: Playable> Plugin for OverlayPlugin<G> {
    fn build(&self, app: &mut App) {
        app.init_resource::<Typing>()
            .insert_resource(Overlay { key: self.key, page: self.page.min(PAGES.len()) })
            .add_systems(Update, (build::<G>, turn, write::<G>, draw).chain().in_set(Stage::Show));
    }
}

/// The page of the overlay that is open.
#[derive(Resource)]
pub struct Overlay {
    /// See [`OverlayPlugin::key`].
    pub key: KeyCode,
    /// Counted from 1; 0 for none.
    pub page: usize,
}

impl Overlay {
    /// Opens the next page; after the last, closes.
    pub const fn turn(&mut self) {
        self.page = (self.page + 1) % (PAGES.len() + 1);
    }
}

#[derive(Component)]
struct Root;
#[derive(Component)]
struct Title;
/// A line of the page of a session.
#[derive(Component)]
struct Row(Entity, usize);
/// The strip of a session.
#[derive(Component)]
struct Strip(Entity);

/// Often enough to follow, seldom enough to read.
const EVERY_SECONDS: f32 = 0.2;
/// Lines of the longest page.
const LINES_MAX: usize = 13;
const FONT: f32 = 13.0;

fn build<G: Playable>(
    shown: Query<(Entity, &Screen), (With<Session<G>>, Added<Screen>)>,
    mut images: ResMut<Assets<Image>>,
    mut commands: Commands,
) {
    for (session, screen) in &shown {
        let extent = Extent3d { width: WIDTH as u32, height: HEIGHT as u32, depth_or_array_layers: 1 };
        let usage = RenderAssetUsages::RENDER_WORLD | RenderAssetUsages::MAIN_WORLD;
        let mut image = Image::new_fill(extent, TextureDimension::D2, &[0; 4], TextureFormat::Rgba8UnormSrgb, usage);
        image.sampler = ImageSampler::nearest();
        let image = images.add(image);
        let node = placed(Node {
            right: px(16),
            bottom: px(16),
            padding: UiRect::axes(px(12), px(9)),
            flex_direction: FlexDirection::Column,
            row_gap: px(1),
            ..default()
        });
        let root = (Root, pane(node), GlobalZIndex(5), UiTargetCamera(screen.0));
        commands.spawn(root).with_children(|root| {
            root.spawn((Title, text("", 12.0, FAINT_INK), Node { margin: UiRect::bottom(px(4)), ..default() }));
            for index in 0..LINES_MAX {
                root.spawn((Row(session, index), text("", FONT, Color::NONE)));
            }
            let strip =
                Node { width: px(WIDTH as u32), height: px(HEIGHT as u32), margin: UiRect::top(px(5)), ..default() };
            root.spawn((Strip(session), ImageNode::new(image), strip));
        });
    }
}

fn turn(
    keys: Res<ButtonInput<KeyCode>>,
    typing: Res<Typing>,
    mut overlay: ResMut<Overlay>,
    mut roots: Query<&mut Node, With<Root>>,
    mut titles: Query<&mut Text, With<Title>>,
) {
    if keys.just_pressed(overlay.key) && !typing.0 {
        overlay.turn();
    }
    for mut root in &mut roots {
        show(&mut root, overlay.page > 0);
    }
    let Some(page) = overlay.page.checked_sub(1) else { return };
    for mut title in &mut titles {
        let content = format!("{}   {:?} {} of {}", PAGES[page].title, overlay.key, page + 1, PAGES.len());
        crate::style::set(&mut title, content);
    }
}

fn write<G: Playable>(
    time: Res<Time<Real>>,
    overlay: Res<Overlay>,
    sessions: Query<(&Session<G>, &Meter)>,
    mut due: Local<f32>,
    mut rows: Query<(&Row, &mut Text, &mut TextColor, &mut Node)>,
) {
    *due -= time.delta_secs();
    let page = overlay.page.checked_sub(1).filter(|_| *due <= 0.0 || overlay.is_changed());
    let Some(page) = page else { return };
    *due = EVERY_SECONDS;
    for (row, mut text, mut colour, mut node) in &mut rows {
        let Ok((session, meter)) = sessions.get(row.0) else { continue };
        let line = (PAGES[page].lines)(meter, &state(session)).into_iter().nth(row.1);
        show(&mut node, line.is_some());
        if let Some(line) = line {
            crate::style::set(&mut text, line.text);
            colour.set_if_neq(TextColor(line.colour));
        }
    }
}

/// The connection, and what is simulated on it.
fn state<G: Playable>(session: &Session<G>) -> String {
    match session.connection() {
        Connection::Playing if !session.dials().is_off() => session.dials().to_string(),
        Connection::Reconnecting { .. } => "reconnecting".into(),
        Connection::Stalled { .. } => "stalled".into(),
        Connection::Refused { .. } => "refused".into(),
        other => other.to_string(),
    }
}

fn draw(
    overlay: Res<Overlay>,
    meters: Query<&Meter>,
    strips: Query<(&Strip, &ImageNode)>,
    mut images: ResMut<Assets<Image>>,
) {
    let Some(page) = overlay.page.checked_sub(1) else { return };
    for (strip, node) in &strips {
        let (Ok(meter), Some(mut image)) = (meters.get(strip.0), images.get_mut(&node.image)) else { continue };
        let Some(pixels) = image.data.as_mut() else { continue };
        let mut canvas = Canvas::clear(pixels);
        (PAGES[page].draw)(meter, &mut canvas);
    }
}
