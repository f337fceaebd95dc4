//! The browser's pump: a task of the page, over the browser's own WebSocket.
//!
//! A page cannot reach under its WebSocket, so the dials act on whole messages: between the frame and the
//! WebSocket, both ways.

use std::time::Duration;

use auspice::Micros;
use auspice::error::CloseCode;
use auspice::message::{SUBPROTOCOL, TALK_SUBPROTOCOL};
use auspice::session::Closed;
use auspice::sim::{Dials, Line, Link};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, ArrayBuffer, Math, Uint8Array};
use tokio::sync::{mpsc, watch};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BinaryType, CloseEvent, Event, MessageEvent, WebSocket};
use web_time::Instant;

use super::socket::{FarEnd, LINE_BYTES_MAX, Signal};
use super::why::why;

/// Codes that a browser gives where there was no close frame, or one without a code.
const NO_CODE: [u16; 2] = [1005, 1006];

/// A number that nobody can foresee: no two players wait equally long.
pub(super) fn chance() -> u64 {
    (Math::random() * 2f64.powi(53)) as u64
}

/// Connects and carries messages until either side ends it.
pub(super) fn pump(address: String, mut far_end: FarEnd, dials: watch::Receiver<Dials>, talks: bool) {
    wasm_bindgen_futures::spawn_local(async move {
        let closed = run(&address, &mut far_end, dials, talks).await;
        // The frame may be gone by now, which is as good.
        let _ = far_end.incoming.send(Signal::Closed(closed)).await;
    });
}

async fn run(address: &str, far_end: &mut FarEnd, mut dials: watch::Receiver<Dials>, talks: bool) -> Closed {
    tokio::select! {
        // Waits until the cable is in. An error is a session that is gone, as is the other way to end.
        _ = dials.wait_for(|dials| !dials.is_cut) => {}
        () = far_end.incoming.closed() => return Closed::default(),
    }
    match PageSocket::open(address, talks) {
        Ok(mut socket) => {
            let mut closed = carry(&mut socket, far_end, dials).await;
            if !socket.was_open() && closed.code.is_none() && !far_end.incoming.is_closed() {
                closed = why(address).await.unwrap_or(closed);
            }
            // The app ends with its page, too: then nothing comes after this, and the browser says that the
            // page went, which is no goodbye.
            pause(Duration::ZERO).await;
            socket.close(far_end.is_abandoned());
            closed
        }
        Err(closed) => closed,
    }
}

/// Messages both ways, each through a line. Ends when the frame drops its side, or when all that came before
/// the end has been handed on.
async fn carry(socket: &mut PageSocket, far_end: &mut FarEnd, mut dials: watch::Receiver<Dials>) -> Closed {
    let start = Instant::now();
    let (mut up, mut down) = (Line::new(Link::default(), 1), Line::new(Link::default(), 2));
    let (mut ending, mut is_dialled) = (None, true);
    loop {
        let set = *dials.borrow_and_update();
        up.turn(set.one_way());
        down.turn(set.one_way());
        while let Some(message) = up.pop(start.elapsed().into()) {
            socket.send(&message);
        }
        while let Some(message) = down.pop(start.elapsed().into()) {
            if far_end.incoming.send(Signal::Message(message)).await.is_err() {
                return Closed::default();
            }
        }
        if let Some(closed) = ending.take_if(|_| down.is_empty() && !set.is_cut) {
            return closed;
        }
        let now = Micros::from(start.elapsed());
        let due = [&up, &down].into_iter().filter_map(|line| line.next_due(now)).min();
        let wait = Duration::from_micros(due.unwrap_or(now).since(now).0);
        tokio::select! {
            message = far_end.outgoing.recv(), if up.bytes() < LINE_BYTES_MAX => match message {
                Some(message) => up.push(start.elapsed().into(), &message),
                None => return Closed::default(),
            },
            Some(line) = far_end.lines.recv() => socket.say(&line),
            Some(happened) = socket.happened.recv() => match happened {
                Signal::Opened => if far_end.incoming.send(Signal::Opened).await.is_err() { return Closed::default() },
                Signal::Message(message) => down.push(start.elapsed().into(), &message),
                Signal::Line(line) => {
                    if far_end.incoming.send(Signal::Line(line)).await.is_err() {
                        return Closed::default();
                    }
                }
                Signal::Closed(closed) => ending = Some(closed),
            },
            () = pause(wait), if due.is_some() => {}
            changed = dials.changed(), if is_dialled => is_dialled = changed.is_ok(),
        }
    }
}

/// Browsers count whole milliseconds: rather a little late than awake for nothing.
async fn pause(wait: Duration) {
    TimeoutFuture::new(wait.as_micros().div_ceil(1000) as u32).await;
}

/// A WebSocket of the page, whose events are in a queue. The browser reads ahead of it; how far, the server's
/// window bounds, since a page that does not answer is sent no more.
struct PageSocket {
    socket: WebSocket,
    happened: mpsc::UnboundedReceiver<Signal>,
    /// Closures that the browser calls, for as long as it may.
    _heard: (Closure<dyn FnMut(Event)>, Closure<dyn FnMut(MessageEvent)>, Closure<dyn FnMut(CloseEvent)>),
}

impl PageSocket {
    fn open(address: &str, talks: bool) -> Result<Self, Closed> {
        // The only errors: no such address, or a page that came by https and may not talk in the clear.
        let unfit = |_| {
            Closed::without_word(if page_origin().starts_with("https:") && address.starts_with("ws:") {
                "this page came by https: the server's address must begin with wss://"
            } else {
                "this address cannot be used: ws://HOST:PORT or wss://HOST:PORT is expected"
            })
        };
        // Whoever lets nobody talk chooses the other.
        let offered: &[&str] = if talks { &[TALK_SUBPROTOCOL, SUBPROTOCOL] } else { &[SUBPROTOCOL] };
        let offered: Array = offered.iter().map(|&offered| JsValue::from(offered)).collect();
        let socket = WebSocket::new_with_str_sequence(address, &offered).map_err(unfit)?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let (happens, happened) = mpsc::unbounded_channel();

        let opens = happens.clone();
        let on_open = Closure::<dyn FnMut(Event)>::new(move |_| {
            // Nobody listens any more only after `close`, when nothing matters.
            let _ = opens.send(Signal::Opened);
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));

        let comes = happens.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let data = event.data();
            let _ = match data.as_string() {
                Some(text) => comes.send(Signal::Line(text)),
                None => match data.dyn_into::<ArrayBuffer>() {
                    Ok(bytes) => comes.send(Signal::Message(Uint8Array::new(&bytes).to_vec())),
                    Err(_) => Ok(()),
                },
            };
        });
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));

        let closing = socket.clone();
        let on_close = Closure::<dyn FnMut(CloseEvent)>::new(move |event: CloseEvent| {
            // Nothing is chosen before it opens.
            let was_open = !closing.protocol().is_empty();
            let _ = happens.send(Signal::Closed(close_of(&event, was_open)));
        });
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Ok(Self { socket, happened, _heard: (on_open, on_message, on_close) })
    }

    /// Whether a connection came to be: nothing is chosen before.
    fn was_open(&self) -> bool {
        !self.socket.protocol().is_empty()
    }

    /// The browser drops what it can no longer send, and says that it is closed.
    fn send(&self, message: &[u8]) {
        let _ = self.socket.send_with_u8_array(message);
    }

    /// Sends a text message likewise.
    fn say(&self, line: &str) {
        let _ = self.socket.send_with_str(line);
    }

    /// Closes with a goodbye, or as if the network had failed: a page cannot break a connection without a
    /// code.
    fn close(&self, is_abandoned: bool) {
        let code = if is_abandoned { CloseCode::ABANDONED } else { CloseCode::FINISHED };
        let _ = self.socket.close_with_code(code.0);
    }
}

impl Drop for PageSocket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
    }
}

/// The end of the connection, as far as a browser says: never what a server answered in place of one.
fn close_of(event: &CloseEvent, was_open: bool) -> Closed {
    let code = Some(event.code()).filter(|code| !NO_CODE.contains(code)).map(CloseCode);
    let sentence = match (code, was_open) {
        (Some(_), _) => event.reason(),
        (None, true) => "the connection was cut".into(),
        (None, false) => {
            format!("no server answers there, or its operator has to allow this page: --allow-origin {}", page_origin())
        }
    };
    Closed { code, sentence, retry_after: None }
}

fn page_origin() -> String {
    web_sys::window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}
