//! Pictures of the window, or of what would be in it: one by one, or all of them.

use std::path::PathBuf;

use bevy::asset::RenderAssetUsages;
use bevy::camera::RenderTarget;
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, TextureFormat, TextureUsages};
use bevy::render::view::screenshot::{Captured, Screenshot, save_to_disk};

/// Frames that may wait for the disk at once; a recording leaves out what would be more.
const WAITING_MAX: usize = 8;

/// Takes pictures: of the window, or, where there is none, of a canvas that cameras draw on.
pub struct PicturesPlugin {
    /// Folder for all frames, if they are recorded: `00000.png` and so on.
    pub record: Option<PathBuf>,
    /// The size of the canvas, if there is no window.
    pub canvas: Option<(u32, u32)>,
}

/// Pictures that are to be taken, and where they are taken of.
#[derive(Resource, Default)]
pub struct Pictures {
    wanted: Vec<PathBuf>,
    record: Option<PathBuf>,
    recorded: u32,
    /// The canvas that cameras draw on, if there is no window.
    pub(crate) canvas: Option<Canvas>,
}

/// An image in place of a window.
#[derive(Clone)]
pub(crate) struct Canvas {
    pub(crate) image: Handle<Image>,
    pub(crate) size: UVec2,
}

impl Canvas {
    pub(crate) fn target(&self) -> RenderTarget {
        RenderTarget::Image(self.image.clone().into())
    }
}

impl Pictures {
    /// Takes a picture of this frame.
    pub fn take(&mut self, file: PathBuf) {
        self.wanted.push(file);
    }

    /// Records no more.
    pub(crate) fn end(&mut self) {
        self.record = None;
    }
}

impl Plugin for PicturesPlugin {
    fn build(&self, app: &mut App) {
        let canvas = self.canvas.map(|(width, height)| {
            let mut image = Image::new_target_texture(width, height, TextureFormat::Rgba8UnormSrgb, None);
            image.texture_descriptor.usage |= TextureUsages::COPY_SRC;
            image.texture_descriptor.size = Extent3d { width, height, depth_or_array_layers: 1 };
            image.asset_usage = RenderAssetUsages::all();
            let image = app.world_mut().resource_mut::<Assets<Image>>().add(image);
            Canvas { image, size: UVec2::new(width, height) }
        });
        app.insert_resource(Pictures { record: self.record.clone(), canvas, ..default() })
            .add_systems(PostUpdate, take);
    }
}

fn take(
    mut pictures: ResMut<Pictures>,
    waiting: Query<(), (With<Screenshot>, Without<Captured>)>,
    mut commands: Commands,
) {
    let mut files = std::mem::take(&mut pictures.wanted);
    if let Some(folder) = pictures.record.clone().filter(|_| waiting.iter().len() < WAITING_MAX) {
        files.push(folder.join(format!("{:05}.png", pictures.recorded)));
        pictures.recorded += 1;
    }
    if files.is_empty() {
        return;
    }
    let canvas = pictures.canvas.as_ref();
    let mut screenshot = commands
        .spawn(canvas.map_or_else(Screenshot::primary_window, |canvas| Screenshot::image(canvas.image.clone())));
    for file in files {
        screenshot.observe(save_to_disk(file));
    }
}
