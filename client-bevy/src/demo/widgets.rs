//! The few pieces that all text on the screen is made of.

use bevy::prelude::*;

use super::art::{PANEL, PANEL_EDGE};

/// Text of a size in pixels.
pub(crate) fn text(content: impl Into<String>, size: f32, colour: Color) -> impl Bundle {
    (Text::new(content), TextFont::from_font_size(FontSize::Px(size)), TextColor(colour))
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
    if text.0 != content {
        text.0 = content;
    }
}
