//! Orders of an operator to the tick thread, taken up once a tick.

use std::time::Instant;

use auspice::Game;
use auspice::error::CloseReason;

use super::Driver;
use crate::limits::GLANCE_LATE_MAX;
use crate::operate::admin::{Listed, Order};
use crate::operate::inspector::RoomWatcher;

impl<G: Game> Driver<G> {
    /// Does what the admin listener wants. Whoever asked may have gone meanwhile.
    pub(super) fn take_orders(&mut self) {
        while let Ok(order) = self.orders.try_recv() {
            match order {
                Order::List(reply) => {
                    let _ = reply.send(self.list());
                }
                Order::Report(seconds, reply) => {
                    let (tape, room) = (&mut self.tape, &mut self.room);
                    let _ = reply.send(tape.as_mut().map(|tape| tape.last_seconds(room, seconds)));
                }
                Order::Watch(watch) => {
                    let now = Instant::now();
                    let mut watcher = RoomWatcher::new(watch, now);
                    // There may be no tick for long.
                    watcher.observe(&self.room, now + GLANCE_LATE_MAX);
                    self.watcher = Some(watcher);
                }
                Order::Raise(claim) => self.tape.iter_mut().for_each(|tape| tape.raise(claim)),
                // It plays already.
                Order::TakeOver(told) => drop(told.done.send(Ok(()))),
                Order::Silence { client, is_silenced, reply } => {
                    let _ = reply.send(self.silence(&client, is_silenced));
                }
                Order::Kick(client, reply) => {
                    let _ = reply.send(self.kick(&client));
                }
            }
        }
    }

    fn list(&self) -> Vec<Listed> {
        let listed = self.lanes.seats().filter(|seat| !seat.is_spare).filter_map(|seat| {
            let client = seat.client?;
            let status = self.room.client(client)?;
            Some(Listed {
                client: client.to_string(),
                room: self.roster.is_of_many().then(|| self.entry.code.to_string()),
                name: status.name.map(str::to_owned),
                address: seat.address,
                lead_ticks: status.lead,
                unacked_ticks: status.unacked_ticks,
                visible: status.visible,
                inputs_received: status.inputs.received,
                inputs_late: status.inputs.late,
                inputs_missing: status.inputs.missing,
            })
        });
        listed.collect()
    }

    /// Closes a client. False if there is none of that name.
    fn kick(&mut self, client: &str) -> bool {
        self.lanes.find_called(client).is_some_and(|(_, at)| self.close(at, &CloseReason::Kicked))
    }
}
