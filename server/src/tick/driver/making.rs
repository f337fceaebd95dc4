//! Rooms are made for workers: new ones and those of logs as they are, and those of other nodes to be followed.

use std::sync::Arc;

use auspice::Game;

use super::heir::HeirRoom;
use super::many::DriverMaker;
use crate::error::ServeError;
use crate::rooms::{RoomEnds, RoomMaker, Runner};

impl<G: Game> RoomMaker for DriverMaker<G> {
    fn make(&self, ends: RoomEnds) -> Result<Box<dyn Runner>, ServeError> {
        Ok(Box::new(self.make_driver(ends)?))
    }

    fn follow(self: Arc<Self>, ends: RoomEnds) -> Box<dyn Runner> {
        Box::new(HeirRoom::new(self, ends))
    }
}
