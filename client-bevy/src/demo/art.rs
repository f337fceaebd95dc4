//! Pictures and colours. The pictures are drawn by `assets/make_art.py` and compiled in, so the binary needs no files.

use auspice::EntityId;
use auspice_demo::{Prize, Ship};
use bevy::asset::RenderAssetUsages;
use bevy::image::{CompressedImageFormats, ImageSampler, ImageType};
use bevy::prelude::*;

use crate::style::OWN;

/// Handles of all pictures.
#[derive(Resource)]
pub(crate) struct Art {
    pub(crate) ship: Handle<Image>,
    pub(crate) glow: Handle<Image>,
    pub(crate) spark: Handle<Image>,
    pub(crate) flame: Handle<Image>,
    pub(crate) bolt: Handle<Image>,
    pub(crate) core: Handle<Image>,
    pub(crate) beam: Handle<Image>,
    pub(crate) missile: Handle<Image>,
    pub(crate) ring: Handle<Image>,
    pub(crate) star: Handle<Image>,
    pub(crate) nebula: Handle<Image>,
    pub(crate) rocks: [Handle<Image>; 3],
    prizes: [Handle<Image>; 4],
}

impl Art {
    pub(crate) const fn prize(&self, prize: Prize) -> &Handle<Image> {
        &self.prizes[prize as usize]
    }
}

pub(crate) struct ArtPlugin;

impl Plugin for ArtPlugin {
    fn build(&self, app: &mut App) {
        let mut images = app.world_mut().resource_mut::<Assets<Image>>();
        macro_rules! load {
            ($name:literal) => {
                images.add(decode(include_bytes!(concat!(
                    env!("CARGO_MANIFEST_DIR"),
                    "/",
                    env!("AUSPICE_ASSETS"),
                    "/sprites/",
                    $name
                ))))
            };
        }
        let art = Art {
            ship: load!("ship.png"),
            glow: load!("glow.png"),
            spark: load!("spark.png"),
            flame: load!("flame.png"),
            bolt: load!("bolt.png"),
            core: load!("core.png"),
            beam: load!("beam.png"),
            missile: load!("missile.png"),
            ring: load!("ring.png"),
            star: load!("star.png"),
            nebula: load!("nebula.png"),
            rocks: [load!("rock0.png"), load!("rock1.png"), load!("rock2.png")],
            prizes: [load!("repair.png"), load!("shield.png"), load!("rapid.png"), load!("charge.png")],
        };
        app.insert_resource(art).insert_resource(ClearColor(SPACE));
    }
}

fn decode(bytes: &[u8]) -> Image {
    Image::from_buffer(
        bytes,
        ImageType::Extension("png"),
        CompressedImageFormats::NONE,
        true,
        ImageSampler::linear(),
        RenderAssetUsages::RENDER_WORLD,
    )
    .expect("pictures compiled in should be PNG")
}

/// A sprite of a size, tinted.
pub(crate) fn sprite(image: &Handle<Image>, size: Vec2, color: Color) -> Sprite {
    Sprite { color, custom_size: Some(size), ..Sprite::from_image(image.clone()) }
}

/// Behind everything.
pub(crate) const SPACE: Color = Color::srgb(0.012, 0.016, 0.034);

/// A prize's colour.
pub(crate) const fn prize_colour(prize: Prize) -> Color {
    match prize {
        Prize::Repair => Color::srgb(0.42, 1.0, 0.55),
        Prize::Shield => Color::srgb(0.42, 0.68, 1.0),
        Prize::Rapid => Color::srgb(1.0, 0.83, 0.3),
        Prize::Charge => Color::srgb(0.85, 0.5, 1.0),
    }
}

/// Hues of other ships: warm for the computer's, cool for players, none near the own one's.
const DRONE_HUES: [f32; 5] = [4.0, 18.0, 32.0, 345.0, 330.0];
const PLAYER_HUES: [f32; 4] = [265.0, 95.0, 140.0, 290.0];

/// The colour of a ship: its own for as long as it is there.
pub(crate) fn ship_colour(id: EntityId, ship: &Ship, is_own: bool) -> Color {
    if is_own {
        return OWN;
    }
    let of = |hues: &[f32]| hues[id.slot as usize % hues.len()];
    if ship.is_computer { Color::hsl(of(&DRONE_HUES), 0.95, 0.66) } else { Color::hsl(of(&PLAYER_HUES), 0.9, 0.72) }
}
