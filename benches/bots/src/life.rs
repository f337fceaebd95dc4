//! A bot's whole life: it connects, plays, comes back whenever its connection is lost, and says goodbye when
//! the run is over.

use std::rc::Rc;
use std::time::Duration;

use auspice::Game;
use auspice_socket::Dial;
use tokio::time::Instant;

use crate::bot::{Bot, play, since};
use crate::driver::Driver;

/// Greatest time that a goodbye may take.
const GOODBYE_MAX: Duration = Duration::from_millis(500);

/// Lives it.
pub async fn live<G: Game, D: Driver<G>>(bot: Bot<G, D>, server: Rc<Dial>, start: Instant) {
    let mut bot = bot.with_spare(Rc::clone(&server));
    while !bot.is_leaving() {
        if !bot.dials(since(start)) {
            let Some(due) = bot.next_due() else { return };
            tokio::time::sleep_until(start + Duration::from_micros(due.0)).await;
            continue;
        }
        let dialled = tokio::select! {
            dialled = server.connect() => dialled,
            closed = bot.patience(start) => Err(closed),
        };
        match dialled {
            Ok(mut socket) => {
                bot.opened(since(start));
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
                    Err(closed) => bot.lost(since(start), closed),
                }
            }
            Err(_) if bot.tries_again() => continue,
            Err(closed) if bot.is_away() => bot.lost(since(start), closed),
            Err(closed) => return bot.count_refusal(closed.sentence),
        }
        if !bot.is_coming_back() {
            return;
        }
    }
}
