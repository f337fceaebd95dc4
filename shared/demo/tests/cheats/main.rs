//! Bots that cheat, each beside an honest twin: the same room, the same seed, the same wish. What a cheat has
//! of it is a number, and it is never more than the twin's, neither where each tick is told nor where news may wait.

mod fire;
mod motion;
mod pen;
mod seats;
mod sight;
mod trial;
mod words;
