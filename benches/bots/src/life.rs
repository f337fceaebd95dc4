//! A bot's whole life: it connects, plays, comes back whenever its connection is lost, and says goodbye when
//! the run is over.

use auspice::Game;
use tokio::time::Instant;

use crate::bot::{Bot, since};
use crate::driver::Driver;

/// Lives it, with the connections that a player has.
pub async fn live<G: Game, D: Driver<G>>(bot: Bot<G, D>, start: Instant) {
    let mut bot = bot.with_spare();
    loop {
        bot.play(start, |bot| bot.is_leaving() || bot.is_to_be_cut()).await;
        if bot.is_leaving() {
            return bot.leave().await;
        }
        if !bot.is_to_be_cut() {
            return;
        }
        bot.cut(since(start));
    }
}
