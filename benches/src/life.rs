//! A bot's whole life: it connects, plays, comes back whenever its connection is lost, and says goodbye when
//! the run is over.

use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;
use std::time::Duration;

use auspice::link::BackOff;
use auspice::{Game, Rng};
use tokio::time::Instant;

use crate::bot::{Bot, play, since};
use crate::dial::{Connection, Dial};
use crate::driver::Driver;

/// Greatest time that a goodbye may take.
const GOODBYE_MAX: Duration = Duration::from_millis(500);
/// Tries to come back, one after the other, before a bot gives up. They take half a minute, as long as a seat is kept.
const TRIES_MAX: u32 = 15;

/// Lives it.
pub async fn live<G: Game, D: Driver<G>>(mut bot: Bot<G, D>, server: Rc<Dial>, start: Instant) {
    let mut socket = match server.connect().await {
        Ok(socket) => socket,
        Err(reason) => return bot.count_refusal(reason),
    };
    bot.opened(since(start));
    let mut back_off = BackOff::new(Rng::new(RandomState::new().hash_one(bot.name())));
    let mut tries = 0;
    loop {
        let end = play(&mut bot, &mut socket, start, |bot| bot.is_leaving() || bot.is_to_be_cut()).await;
        if bot.is_leaving() {
            // Whether the server answers is its own affair.
            let _ = tokio::time::timeout(GOODBYE_MAX, socket.close(None)).await;
            return;
        }
        // Without a goodbye: to the server the player is lost.
        drop(socket);
        match end {
            Ok(()) => bot.cut(since(start)),
            // Turned away on the way back, as when many come at once.
            Err(end) if bot.is_away() && !end.is_final() => bot.count_try(),
            Err(end) => {
                bot.lost(since(start), &end.sentence);
                if end.is_final() || !bot.may_return() {
                    return;
                }
            }
        }
        if !bot.is_away() {
            return;
        }
        tries = if bot.has_just_left() { 0 } else { tries };
        let Some(again) = come_back(&mut bot, &server, &mut back_off, &mut tries).await else { return };
        socket = again;
        bot.opened(since(start));
    }
}

/// Tries until a socket is open; `None` if the run is over first, or that is no use.
async fn come_back<G: Game, D: Driver<G>>(
    bot: &mut Bot<G, D>,
    server: &Dial,
    back_off: &mut BackOff,
    tries: &mut u32,
) -> Option<Connection> {
    if *tries == 0 {
        back_off.forget();
    }
    while *tries < TRIES_MAX && !bot.is_leaving() {
        *tries += 1;
        tokio::time::sleep(Duration::from_micros(back_off.next_wait().0)).await;
        match server.connect().await {
            Ok(socket) => return bot.start_anew().then_some(socket),
            Err(_) => bot.count_try(),
        }
    }
    None
}
