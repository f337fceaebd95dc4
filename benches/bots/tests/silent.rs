//! A bot whose connection falls silent, as one does whose network changed: it has the second connection of a player.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use auspice::Micros;
use auspice::limits::{GIVE_UP_SECONDS, REDIAL_MILLIS};
use auspice::message::{Credential, SUBPROTOCOL};
use auspice_bots::bot::{Bot, SharedTally};
use auspice_bots::demo_driver::DemoDriver;
use auspice_bots::follower::{Depth, Metronome};
use auspice_bots::tally::Tally;
use auspice_demo::Demo;
use auspice_socket::Dial;
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{Instant, sleep};
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;

const PERIOD: Duration = Duration::from_millis(33);

/// Sends a message each tick, for so many ticks; then says nothing, and hangs nothing up.
async fn serve(stream: TcpStream, ticks: u32) {
    #[allow(clippy::result_large_err, reason = "the callback's type is the library's")]
    let speak = |_: &Request, mut answer: Response| {
        answer.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
        Ok(answer)
    };
    let mut socket = accept_hdr_async(stream, speak).await.expect("a bot knows how to ask");
    for _ in 0..ticks {
        if socket.send(Message::binary(vec![0])).await.is_err() {
            return;
        }
        sleep(PERIOD).await;
    }
    while socket.next().await.is_some() {}
}

/// The address of a server whose first connection falls silent after ten ticks.
async fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a port");
    let address = listener.local_addr().expect("it is bound");
    spawn_local(async move {
        let mut ticks = 10;
        while let Ok((stream, _)) = listener.accept().await {
            spawn_local(serve(stream, std::mem::replace(&mut ticks, u32::MAX)));
        }
    });
    format!("ws://{address}")
}

/// A bot on that server, and what it counts.
async fn bot(tally: &SharedTally) -> Bot<Demo, DemoDriver> {
    let server = Rc::new(Dial::new(&server().await, None).expect("there are no certificates to read"));
    let depth = Depth::Bare(Metronome::new(30, Micros(0)));
    let bot = Bot::new("ann".into(), depth, Credential::Open, DemoDriver::new(1), Rc::clone(tally), server);
    bot.expect("the name fits")
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_bot_plays_on_by_a_second_connection_where_the_first_falls_silent() {
    let tally = SharedTally::new(RefCell::new(Tally::default()));
    LocalSet::new()
        .run_until(async {
            let (mut bot, start) = (bot(&tally).await, Instant::now());
            bot.play(start, |_| tally.borrow().comebacks.returned > 0 || start.elapsed().as_secs() > 20).await;
        })
        .await;
    let tally = tally.borrow();
    assert_eq!((tally.comebacks.returned, tally.comebacks.strangers, tally.disconnects), (1, 0, 1));
    let took = tally.comebacks.took_us.max() / 1000;
    assert!((REDIAL_MILLIS..REDIAL_MILLIS + 200).contains(&took), "{took} ms: {:?}", tally.disconnect_reasons);
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_bot_that_is_alone_waits_until_the_first_is_given_up() {
    let tally = SharedTally::new(RefCell::new(Tally::default()));
    let (after, why) = LocalSet::new()
        .run_until(async {
            let (mut bot, start) = (bot(&tally).await.alone(), Instant::now());
            bot.play(start, |bot| bot.ending().is_some()).await;
            (start.elapsed(), bot.ending().map(|closed| closed.sentence.clone()))
        })
        .await;
    assert_eq!(why.as_deref(), Some("the server fell silent"));
    assert!(after >= Duration::from_secs(GIVE_UP_SECONDS), "{after:?}");
}
