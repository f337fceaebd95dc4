//! [`LogViewer`]: a client that looks at a log, and whom it follows.

use auspice::authority::PlayerGlance;
use auspice::{ClientId, EntityId, Place};

/// A client that looks on.
#[derive(Clone, Debug, Default)]
pub(super) struct LogViewer {
    /// Name or number of the player that it wants to follow; whoever is there without one.
    pub(super) wants: Option<String>,
    /// The recorded player that it follows.
    pub(super) follows: Option<ClientId>,
    /// The entity of that player.
    pub(super) own: Option<EntityId>,
    /// The point from which it sees.
    pub(super) centre: Option<Place>,
    /// The entity that it was told last to follow.
    pub(super) told: Option<EntityId>,
}

impl LogViewer {
    /// Looks at a tick with these players, from `middle` where there is nobody to follow. A player who is not there, or
    /// nowhere, leaves it where it was.
    pub(super) fn look(&mut self, players: &[PlayerGlance], middle: impl FnOnce() -> Option<Place>) {
        let found = match &self.wants {
            Some(wanted) => players.iter().find(|player| is_called(player, wanted)),
            None => {
                let mut seen = players.iter().filter(|player| player.centre.is_some());
                seen.clone().find(|player| Some(player.client) == self.follows).or_else(|| seen.next())
            }
        };
        self.follows = found.map(|player| player.client);
        self.own = found.and_then(|player| player.own);
        self.centre = found.and_then(|player| player.centre).or(self.centre).or_else(middle);
    }

    /// The entity that it is to be told to follow, if that is another than it was told. Who loses its entity may have
    /// been told by its game what it looks at instead.
    pub(super) fn news(&mut self) -> Option<EntityId> {
        let before = std::mem::replace(&mut self.told, self.own);
        self.own.filter(|own| before != Some(*own))
    }
}

/// Whether a player has this name, or number.
pub(super) fn is_called(player: &PlayerGlance, wanted: &str) -> bool {
    player.name == wanted || player.client.to_string() == wanted
}
