//! Why no connection came to be: a browser does not tell a page what a server answered in place of a WebSocket, but an
//! Auspice server answers the same address plainly asked with what it would say to a stranger just now.

use std::time::Duration;

use auspice::Micros;
use auspice::error::CloseCode;
use auspice::session::Closed;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// Time for the answer: a network that takes the question and gives no answer is no server that says why.
const ANSWER_MAX: Duration = Duration::from_secs(2);

/// Longest sentence that is shown of an answer, in letters.
const SENTENCE_MAX: usize = 200;

/// The path at which an Auspice server says why.
const PATH: &str = "/play";

/// The answer to a request that could have been a WebSocket's: nothing speaks against one.
const UPGRADE_REQUIRED: u16 = 426;

/// The sentence of the server at `address` (`ws:` or `wss:`), if one answers in a way that a page may read.
pub(super) async fn why(address: &str) -> Option<Closed> {
    let answered = std::pin::pin!(ask(address));
    tokio::select! {
        closed = answered => closed,
        () = TimeoutFuture::new(ANSWER_MAX.as_millis() as u32) => None,
    }
}

async fn ask(address: &str) -> Option<Closed> {
    // "ws" becomes "http", and "wss" "https". Where players may come by the root as well, that is the page's.
    let address = format!("http{}", address.strip_prefix("ws")?.trim_end_matches('/'));
    let has_path = address.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
    let answer = fetch(&format!("{address}{}", if has_path { "" } else { PATH }), "omit").await.ok()?;
    let status = answer.status();
    if status == UPGRADE_REQUIRED {
        let sentence =
            "the server is there, but no WebSocket gets through to it: a proxy before it has to pass that on";
        return Some(Closed::without_word(sentence));
    }
    // Another program's page says nothing of the game.
    if answer.ok() || !header(&answer, "content-type").is_some_and(|kind| kind.starts_with("text/plain")) {
        return None;
    }
    let retry_after = header(&answer, "retry-after").and_then(|seconds| seconds.parse::<u32>().ok());
    let retry_after = retry_after.map(|seconds| Micros::from_seconds(seconds.into()));
    let text = JsFuture::from(answer.text().ok()?).await.ok()?.as_string()?;
    let sentence: String = text.trim().chars().filter(|letter| !letter.is_control()).take(SENTENCE_MAX).collect();
    Some(Closed { code: CloseCode::of_http_status(status), sentence, retry_after })
}

/// Asks `address` by the browser's own `fetch`, past its cache, with `credentials` as it calls them: `omit` or
/// `include`.
///
/// # Errors
/// The browser's, which says no more than that there is no answer that the page may read.
pub async fn fetch(address: &str, credentials: &str) -> Result<Response, JsValue> {
    let options = Object::new();
    Reflect::set(&options, &"credentials".into(), &credentials.into())?;
    Reflect::set(&options, &"cache".into(), &"no-store".into())?;
    let window = js_sys::global();
    let fetch: Function = Reflect::get(&window, &"fetch".into())?.dyn_into()?;
    let answer: Promise = fetch.call2(&window, &address.into(), &options)?.dyn_into()?;
    JsFuture::from(answer).await?.dyn_into()
}

fn header(answer: &Response, name: &str) -> Option<String> {
    let headers = Reflect::get(answer, &"headers".into()).ok()?;
    let get: Function = Reflect::get(&headers, &"get".into()).ok()?.dyn_into().ok()?;
    get.call1(&headers, &name.into()).ok()?.as_string()
}
