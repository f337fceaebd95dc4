//! The one style of everything on the screen that is no part of a world: colours, text, panes.

use bevy::prelude::*;

use crate::letters::legible;

/// The player's own ship, and everything that is about the player.
pub(crate) const OWN: Color = Color::srgb(0.36, 0.92, 1.0);
/// Text that is to be read.
pub(crate) const INK: Color = Color::srgb(0.86, 0.91, 0.98);
/// Text beside it.
pub(crate) const FAINT_INK: Color = Color::srgb(0.55, 0.62, 0.74);
/// Behind text.
pub(crate) const PANEL: Color = Color::srgba(0.02, 0.035, 0.07, 0.95);
/// Around it.
pub(crate) const PANEL_EDGE: Color = Color::srgba(0.35, 0.55, 0.8, 0.35);
/// Behind a line of a menu that is marked.
pub(crate) const MARKED: Color = Color::srgba(0.36, 0.8, 1.0, 0.16);
/// Colour of what is well.
pub(crate) const GOOD: Color = Color::srgb(0.45, 0.95, 0.55);
/// Colour of what is to be watched.
pub(crate) const WARNING: Color = Color::srgb(1.0, 0.78, 0.3);
/// Colour of what is bad.
pub(crate) const BAD: Color = Color::srgb(1.0, 0.36, 0.32);

/// Text of a size in pixels.
pub(crate) fn text(content: impl Into<String>, size: f32, colour: Color) -> impl Bundle {
    (Text::new(legible(&content.into())), TextFont::from_font_size(FontSize::Px(size)), TextColor(colour))
}

/// Below text that stands on the world itself.
pub(crate) fn shadow() -> TextShadow {
    TextShadow { offset: Vec2::splat(1.5), color: Color::BLACK }
}

/// A node that stands somewhere on the screen, whatever else is there.
pub(crate) fn placed(node: Node) -> Node {
    Node { position_type: PositionType::Absolute, ..node }
}

/// A dark pane with a thin bright edge.
pub(crate) fn pane(node: Node) -> impl Bundle {
    let node = Node { border: UiRect::all(px(1)), border_radius: BorderRadius::all(px(6)), ..node };
    (node, BackgroundColor(PANEL), BorderColor::all(PANEL_EDGE))
}

/// Shows or hides a node.
pub(crate) fn show(node: &mut Node, is_shown: bool) {
    let display = if is_shown { Display::Flex } else { Display::None };
    if node.display != display {
        node.display = display;
    }
}

/// Changes a text only where it differs: a text that is touched is laid out again.
pub(crate) fn set(text: &mut Text, content: String) {
    let content = legible(&content);
    if text.0 != content {
        text.0 = content.into_owned();
    }
}
