//! The binary's ties to a browser: an address with the flags behind its question mark, and a canvas
//! (`web/index.html`).

mod tickets;

use std::path::Path;

use auspice::message::ResumeToken;
use auspice_bevy::Session;
use auspice_bevy::demo::keys::Keys;
use auspice_demo::Demo;
use bevy::log::BoxedFmtLayer;
use bevy::prelude::*;
use wasm_bindgen::throw_str;

use crate::args::Args;

pub(crate) use tickets::{renew, renewed};

/// The canvas on which the game is drawn.
const CANVAS: &str = "#game";

/// The path at which a server, or the proxy before it, takes players.
const PATH: &str = "/play";

/// Flags of the page's address: `?name=Ada&autopilot` is `--name=Ada --autopilot`. Without `url` the server
/// is where the page came from. What stands behind a `#` counts as well, and no server ever sees it: the
/// place for a secret or a ticket.
pub(crate) fn args() -> Result<Args, String> {
    let unread = |_| "the page's address cannot be read".to_owned();
    let location = web_sys::window().ok_or("this is no page")?.location();
    let mut flags = Vec::new();
    for part in [location.search().map_err(unread)?, location.hash().map_err(unread)?] {
        let pairs = web_sys::UrlSearchParams::new_with_str(part.trim_start_matches(['?', '#'])).map_err(unread)?;
        for pair in pairs.entries() {
            let pair = js_sys::Array::from(&pair.map_err(unread)?);
            flags.push((pair.get(0).as_string().unwrap_or_default(), pair.get(1).as_string().unwrap_or_default()));
        }
    }
    let scheme = if location.protocol().map_err(unread)? == "https:" { "wss" } else { "ws" };
    let here = format!("{scheme}://{}{PATH}", location.host().map_err(unread)?);
    let (args, foreign) = Args::of_page(flags, &here)?;
    if !foreign.is_empty() {
        tell(&format!("no flags of this game, and left out: {}", foreign.join(", ")));
    }
    Ok(args)
}

/// Keys as the player has changed them, or as usual where the browser keeps nothing for this page, or kept
/// what this build cannot read.
#[expect(clippy::unnecessary_wraps, reason = "a program may be given a file that is wrong")]
pub(crate) fn keys(_: Option<&Path>) -> Result<Keys, String> {
    let (keys, wrong) = Keys::load_or_usual();
    if let Some(wrong) = wrong {
        tell(&format!("keys are as usual: {wrong}"));
    }
    Ok(keys)
}

/// In the browser's console, before the game has a log.
fn tell(text: &str) {
    web_sys::console::warn_1(&text.into());
}

/// Ends the program: no game can be played, which the page says in its own way.
pub(crate) fn fail(error: &str) -> ! {
    throw_str(error)
}

/// A page has nowhere to print to.
pub(crate) fn print(_: &str) -> Result<(), String> {
    Err("a page prints nothing".into())
}

/// Bevy's own: a browser's console takes every line.
pub(crate) const fn log_layer(_: &mut App) -> Option<BoxedFmtLayer> {
    None
}

/// Whom a page trusts is its browser's affair.
pub(crate) fn trust(_: &Path) -> Result<(), String> {
    Err("a page trusts what its browser trusts".into())
}

/// In place of a file: a page's address has the ticket itself.
pub(crate) fn ticket(text: &Path) -> Result<String, String> {
    Ok(text.to_string_lossy().into_owned())
}

/// Whoever loads the page anew has the same ship: for as long as its tab is there, the page keeps by what one
/// comes back.
pub(crate) fn come_back(session: Session<Demo>, app: &mut App) -> Session<Demo> {
    app.add_systems(Last, keep_place);
    let kept = storage().and_then(|storage| storage.get_item(&place(&session)).ok().flatten());
    match kept.as_deref().and_then(token) {
        Some(token) => session.resume_by(token),
        None => session,
    }
}

/// Keeps the place of the first session alone: of two, none would know whose it is.
fn keep_place(sessions: Query<&Session<Demo>>, mut kept: Local<Option<ResumeToken>>) {
    let Some(session) = sessions.iter().next().filter(|session| session.resume_token() != *kept) else { return };
    *kept = session.resume_token();
    let Some(storage) = storage() else { return };
    // A page that may keep nothing comes back as another player.
    let _ = match &*kept {
        Some(token) => storage.set_item(&place(session), &hex(token)),
        None => storage.remove_item(&place(session)),
    };
}

/// Storage of this tab: two tabs are two players.
fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.session_storage().ok()?
}

/// A token opens no door but that of the server that gave it.
fn place(session: &Session<Demo>) -> String {
    format!("auspice/place of {} at {}", session.name(), session.address())
}

fn hex(token: &ResumeToken) -> String {
    token.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn token(hex: &str) -> Option<ResumeToken> {
    let digits = hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    let bytes: Option<Vec<u8>> = digits.collect();
    bytes?.try_into().ok().map(ResumeToken)
}

/// On the page's canvas, as large as that is; the browser's own meaning of a key is not wanted, F5 or Tab least of all.
pub(crate) fn dress(window: Window) -> Window {
    Window { canvas: Some(CANVAS.into()), fit_canvas_to_parent: true, prevent_default_event_handling: true, ..window }
}
