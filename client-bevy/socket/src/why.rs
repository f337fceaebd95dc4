//! Why no connection came to be: a browser does not tell a page what a server answered in place of a WebSocket, but an
//! Auspice server answers the same address plainly asked with what it would say to a stranger just now.

use std::time::Duration;

use auspice::Micros;
use auspice::error::CloseCode;
use auspice::session::Closed;
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestCache, RequestCredentials, RequestInit, Response};

/// Time for the answer: a network that takes the question and gives no answer is no server that says why.
const ANSWER_MAX: Duration = Duration::from_secs(2);

/// Longest sentence that is shown of an answer, in letters.
const SENTENCE_MAX: usize = 200;

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
    // "ws" becomes "http", and "wss" "https".
    let address = format!("http{}", address.strip_prefix("ws")?);
    let init = RequestInit::new();
    init.set_credentials(RequestCredentials::Omit);
    init.set_cache(RequestCache::NoStore);
    let answer = JsFuture::from(web_sys::window()?.fetch_with_str_and_init(&address, &init)).await.ok()?;
    let answer: Response = answer.dyn_into().ok()?;
    let status = answer.status();
    if status == UPGRADE_REQUIRED {
        let sentence = "the server is there, but no WebSocket gets through to it: a proxy before it has to pass that on";
        return Some(Closed::without_word(sentence));
    }
    // Another program's page says nothing of the game.
    let header = |name: &str| answer.headers().get(name).ok().flatten();
    if answer.ok() || !header("content-type").is_some_and(|kind| kind.starts_with("text/plain")) {
        return None;
    }
    let retry_after = header("retry-after").and_then(|seconds| seconds.parse::<u32>().ok());
    let retry_after = retry_after.map(|seconds| Micros::from_seconds(seconds.into()));
    let text = JsFuture::from(answer.text().ok()?).await.ok()?.as_string()?;
    let sentence: String = text.trim().chars().filter(|letter| !letter.is_control()).take(SENTENCE_MAX).collect();
    Some(Closed { code: CloseCode::of_http_status(status), sentence, retry_after })
}
