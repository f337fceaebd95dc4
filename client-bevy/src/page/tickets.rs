//! New tickets for a page: each is good once, and not for long, so that one in the page's address is no way back
//! after a restart or a long absence. They come from an address (`ticket-url`), or from the page around this one
//! (`ticket-from`).

use std::sync::{Mutex, PoisonError};

use auspice::limits::CREDENTIAL_BYTES_MAX;
use auspice_bevy::{Session, socket};
use auspice_demo::Demo;
use bevy::prelude::*;
use js_sys::{JsString, Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, Window};

use super::tell;
use crate::args::Args;
use crate::renewal::{Renewal, Step};

/// Question of this page to the page around it, and the answer of that, by the key `auspice`.
const WANTED: &str = "ticket wanted";
const GIVEN: &str = "ticket";

/// Tickets that came, for the credential and for the session that waits.
struct Tickets {
    newest: Option<String>,
    is_new: bool,
}

static TICKETS: Mutex<Tickets> = Mutex::new(Tickets { newest: None, is_new: false });

fn tickets() -> std::sync::MutexGuard<'static, Tickets> {
    TICKETS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The newest ticket that came since the page was loaded.
pub(crate) fn renewed() -> Option<String> {
    tickets().newest.clone()
}

/// A source of tickets.
#[derive(Resource, Clone)]
struct TicketSource {
    url: Option<String>,
    /// Origin of the page around this one.
    around: Option<String>,
}

/// Asks for a ticket whenever the server wants one, if the page's address says where they come from.
///
/// # Errors
/// What is wrong with that, in words for whoever opened the page.
pub(crate) fn renew(args: &Args, app: &mut App) -> Result<(), String> {
    let source = TicketSource { url: args.ticket_url.clone(), around: args.ticket_from.clone() };
    if let Some(origin) = &source.around {
        listen(origin)?;
    }
    if source.url.is_some() || source.around.is_some() {
        app.insert_resource(source).add_systems(Update, ask);
    }
    Ok(())
}

fn ask(
    source: Res<TicketSource>,
    time: Res<Time<Real>>,
    mut sessions: Query<&mut Session<Demo>>,
    mut renewal: Local<Renewal>,
) {
    let has_come = tickets().is_new;
    match renewal.step(time.elapsed(), sessions.iter().map(Session::connection), has_come) {
        Some(Step::Try(index)) => {
            tickets().is_new = false;
            if let Some(mut session) = sessions.iter_mut().nth(index) {
                session.reconnect();
            }
        }
        Some(Step::Ask) => {
            if let Some(url) = source.url.clone() {
                wasm_bindgen_futures::spawn_local(async move {
                    match fetch(&url).await {
                        Ok(ticket) => take(&ticket),
                        Err(error) => tell(&format!("no ticket from {url}: {error}")),
                    }
                });
            }
            if let Some(origin) = &source.around {
                beg(origin);
            }
        }
        None => {}
    }
}

fn take(ticket: &str) {
    let ticket = ticket.trim();
    if ticket.is_empty() || ticket.len() > CREDENTIAL_BYTES_MAX {
        return tell(&format!("what came is no ticket: {} bytes", ticket.len()));
    }
    *tickets() = Tickets { newest: Some(ticket.into()), is_new: true };
}

/// Asks as whoever is signed in there: with the cookies of that address.
async fn fetch(url: &str) -> Result<String, String> {
    let failed = |_| "it cannot be reached, or does not allow this page (Access-Control-Allow-Origin)".to_owned();
    let answer = socket::fetch(url, "include").await.map_err(failed)?;
    if !answer.ok() {
        return Err(format!("it answers {}", answer.status()));
    }
    let text = JsFuture::from(answer.text().map_err(failed)?).await.map_err(failed)?;
    text.as_string().ok_or_else(|| "it is no text".into())
}

fn around() -> Option<Window> {
    web_sys::window()?.parent().ok()?
}

/// Asks the page around this one, if it is of that origin.
fn beg(origin: &str) {
    let message = Object::new();
    let is_asked = Reflect::set(&message, &"auspice".into(), &WANTED.into())
        .and_then(|_| around().ok_or(JsValue::UNDEFINED))
        .and_then(|page| page.post_message(&message, origin));
    if is_asked.is_err() {
        tell(&format!("no page of {origin} is around this one"));
    }
}

/// Takes tickets from the page around this one, and from no other.
fn listen(origin: &str) -> Result<(), String> {
    let origin = origin.to_owned();
    let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let is_around = around().is_some_and(|page| event.source().is_some_and(|source| Object::is(&source, &page)));
        let data = event.data();
        let said =
            |key: &str| Reflect::get(&data, &key.into()).ok().and_then(|value| value.dyn_into::<JsString>().ok());
        if event.origin() == origin
            && is_around
            && said("auspice").is_some_and(|word| word == GIVEN)
            && let Some(ticket) = said("ticket")
        {
            take(&String::from(ticket));
        }
    });
    let window = web_sys::window().ok_or("this is no page")?;
    let added = window.add_event_listener_with_callback("message", heard.as_ref().unchecked_ref());
    // For as long as the page is there.
    heard.forget();
    added.map_err(|_| "no messages can be heard".into())
}
